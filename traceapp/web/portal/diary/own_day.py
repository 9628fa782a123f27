"""An organisation's diary as it stands on one day, whoever of its members asks: what was written, what is judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from traceapp.core.events import Stage
from traceapp.core.statements import is_uuid, record_uuid
from traceapp.core.typed import NotReadable, read_day
from traceapp.services.diary.entries import open_entries
from traceapp.services.diary.packs import packs_known
from traceapp.services.diary.past import Asked, Past, read_past
from traceapp.services.diary.same_day import written_known
from traceapp.services.diary.signing import Desk, plan_of
from traceapp.services.world import World
from traceapp.web.portal.diary.sent import FROM, SentForm


@dataclass(frozen=True, slots=True)
class OwnDay:
    """The diary of one organisation on `today`, a day in Vietnam."""

    here: World
    organisation: str
    today: date

    def past(
        self,
        connection: Any,
        form: SentForm | None = None,
        *,
        records: Collection[str] = (),
        since: date | None = None,
        registers: bool = True,
    ) -> Past:
        """What its records say, with what a form names, and these records; `since` and `registers` as in Asked."""
        named = map(record_uuid, (*records, form.typed.get(FROM, "") if form else ""))
        asked = Asked(
            self.today,
            since=since,
            lots=(form.lot,) if form and form.lot else (),
            plots=tuple(form.typed.get("plots", "").splitlines()) if form else (),
            records=tuple([one for one in named if is_uuid(one)]),
            registers=registers,
        )
        return read_past(connection, self.here.host, self.organisation, self.here.keyring(connection), asked)

    def past_for(self, connection: Any, stage: Stage, form: SentForm) -> Past:
        """All that an entry of that stage is judged by."""
        return self.past(connection, form, since=_judged_from([(stage, form.typed)]))

    def desk(
        self,
        connection: Any,
        form: SentForm | None = None,
        *,
        about: Stage | None = None,
        records: Collection[str] = (),
        registers: bool = True,
    ) -> Desk:
        """What entries are judged by: those that lie open, and one of stage `about`; the rest as in `past`.

        Entries are judged while the connection lasts: what is left of a lot is read where one tells that some was sent,
        and what was written of it on that day wherever one can be signed but for that.
        """
        lying = open_entries(connection, self.organisation)
        new = [(about, form.typed if form else {})] if about else []
        since = _judged_from([*((one.stage, one.typed) for one in lying), *new])
        past = self.past(connection, form, records=records, since=since, registers=registers)
        known = packs_known(self.here, connection), written_known(self.here, connection, self.organisation)
        return Desk(past, plan_of(connection, past), lying, self.today, *known)


def _judged_from(entries: Iterable[tuple[Stage, Mapping[str, str]]]) -> date | None:
    """From which day on sprays matter to these entries; None where they do not, or from today."""
    started = [_day(typed.get("start", "")) for stage, typed in entries if stage is Stage.HARVEST]
    return min((day for day in started if day), default=None)


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except NotReadable:
        return None
