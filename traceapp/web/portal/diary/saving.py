"""From a sent form to a kept entry that knows how far it is: what browsers and waiting phones share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

from traceapp.core.dates import vietnamese_date
from traceapp.core.diary.fields import FORMS
from traceapp.core.diary.past import offered, still_copied, typed_values
from traceapp.core.errors import NotFound
from traceapp.core.events import Stage
from traceapp.core.statements import record_uuid
from traceapp.services.accounts.people import Member
from traceapp.services.diary.entries import Kept, Sent, State, Writer, change, find, keep
from traceapp.services.diary.packs import packs_known
from traceapp.services.diary.past import Past
from traceapp.services.diary.signing import Desk, Judged, set_desk
from traceapp.services.records.names import name_of
from traceapp.services.records.signing import Notary
from traceapp.services.world import World
from traceapp.web.access import world
from traceapp.web.auth import session
from traceapp.web.portal.diary.own_day import OwnDay
from traceapp.web.portal.diary.sent import FROM, SentForm


@dataclass(frozen=True, slots=True)
class Diary:
    """One member's diary at one moment."""

    here: World
    member: Member
    now: datetime

    @property
    def whose(self) -> str:
        """Whose an entry is that waits in a phone: this person's, written for this organisation."""
        return f"{self.member.account} {self.member.declared_by}"

    @property
    def writer(self) -> Writer:
        """For whom is written, and who writes."""
        return Writer(self.member.declared_by, self.member.account)

    @property
    def notary(self) -> Notary:
        """What signs for this member."""
        return self.member.notary(self.here.notary)

    @property
    def day(self) -> OwnDay:
        """The organisation's diary on this day."""
        return OwnDay(self.here, self.member.declared_by, vietnamese_date(self.now))

    def save(
        self,
        stage: Stage,
        form: SentForm,
        *,
        made_at: datetime | None = None,
        entry: str = "",
        corrects: str | None = None,
    ) -> tuple[Kept, Judged]:
        """Keep a new entry, or change `entry`; one that lacks nothing is checked, unless it was only put aside."""
        with self.here.read() as connection:
            past = self.day.past_for(connection, stage, form)
        with self.here.write_aside() as connection:
            copied = self._copied(connection, stage, form, past)
            if entry:
                kept = change(
                    connection,
                    self.writer,
                    entry,
                    form.version,
                    form.typed,
                    lot=form.lot,
                    copied=copied,
                    photo=form.photo,
                )
            else:
                when = made_at or self.now
                sent = Sent(form.key, stage, form.typed, when, form.lot, copied, form.photo, corrects)
                kept = keep(connection, self.writer, sent, self.now)
            return self._settled(connection, kept, past, form.do)

    def is_overtaken(self, entry: str, version: int) -> bool:
        """Whether a draft was changed, signed or thrown away since that version of it."""
        with self.here.read() as connection:
            try:
                kept = find(connection, self.member.declared_by, entry)
            except NotFound:
                return True
        return kept.version != version or kept.state is State.SIGNED

    def known_change(self, entry: str, form: SentForm) -> Kept | None:
        """The draft that holds exactly this change already: its phone never heard the answer and sends it again."""
        with self.here.read() as connection:
            try:
                kept = find(connection, self.member.declared_by, entry)
            except NotFound:
                return None
        is_it = kept.version > form.version and (kept.typed, kept.lot) == (form.typed, form.lot)
        return kept if is_it else None

    def judged(self, kept: Kept) -> Judged:
        """What stands between an entry and signing."""
        with self.here.read() as connection:
            return self.day.desk(connection).judge(kept)

    def _settled(self, connection: Any, kept: Kept, past: Past, do: str) -> tuple[Kept, Judged]:
        if kept.state is State.SIGNED:
            return kept, Judged(None)
        desk = set_desk(connection, past, self.day.today, packs_known(self.here, connection))
        judged = desk.judge(kept)
        if do == "check" and judged.is_ready and kept.state is State.DRAFT:
            kept = change(
                connection,
                self.writer,
                kept.id,
                kept.version,
                kept.typed,
                lot=kept.lot,
                copied=kept.copied,
                state=State.CHECKED,
            )
        return kept, judged

    def _copied(self, connection: Any, stage: Stage, form: SentForm, past: Past) -> tuple[str, ...]:
        """Fields that still are as an earlier entry had them. Where that one is gone, the phone's own word counts."""
        given = offered_from(connection, past, form.typed.get(FROM, ""), self.day.today)
        return still_copied(FORMS[stage], form.typed, given or form.typed, form.claimed)


def own_diary() -> Diary:
    """That of the member who asks, now."""
    here = world()
    return Diary(here, session.member(), here.clock())


def offered_from(connection: Any, past: Past, source: str, today: date) -> dict[str, str]:
    """What an earlier entry offers, signed or not; nothing where there is none."""
    fact = past.fact(source)
    if fact is not None:
        return _in_words(connection, offered(fact.event))
    try:
        draft = find(connection, past.organisation, source)
    except NotFound:
        return {}
    return offered_by_draft(draft, set_desk(connection, past, today))


def _in_words(connection: Any, given: Mapping[str, str]) -> dict[str, str]:
    """What is offered, with the name of an organisation that stands in the record by its id; left out without one."""
    told = {
        name: name_of(connection, text) if "-" not in name and text.startswith("https://") else text
        for name, text in given.items()
    }
    return {name: text for name, text in told.items() if text}


def offered_by_draft(draft: Kept, desk: Desk) -> dict[str, str]:
    """What an unsigned entry offers to the next one."""
    judged = desk.judge(draft)
    if judged.entry is None:
        return {}
    return offered(judged.entry.event(draft.lot or "", desk.past.organisation))


def as_typed(past: Past, record_id: str) -> tuple[dict[str, str], str, Stage]:
    """A signed entry as it would be typed, its lot and stage; NotFound for anybody else's."""
    fact = past.fact(record_uuid(record_id))
    if fact is None or fact.stage not in FORMS:
        raise NotFound(f"There is no diary record {record_id[:60]} to correct.")
    values = {**typed_values(fact.event), "place": fact.event.place or ""}
    return values, fact.event.lot, fact.stage


def lot_number(past: Past, lot: str | None) -> str:
    """A lot's number as people know it."""
    found = past.lot(lot or "")
    return found.number if found else unquote((lot or "").rpartition("/")[2])
