"""From checked entries to signed records: judged once more, captured together, and then nothing typed is left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

from sqlalchemy import Connection, delete, insert, select, update

from traceapp.core.diary.control_points import ControlPoint
from traceapp.core.diary.filling import Entry, Problem, read_entry
from traceapp.core.diary.packs import packs_sent
from traceapp.core.diary.past import Doubt, doubts
from traceapp.core.errors import Conflict, InvalidEvent, RuleBroken
from traceapp.core.events import Event, Stage
from traceapp.core.statements import record_uuid
from traceapp.db import driver
from traceapp.db.diary import control_points, diary_entries
from traceapp.db.parts import shared
from traceapp.services.diary.entries import Kept, State, Writer, find, has_photo, open_entries, photo_of
from traceapp.services.diary.newest import MOST_POINTS
from traceapp.services.diary.packs import PacksLeft, nobody_counted
from traceapp.services.diary.past import Past
from traceapp.services.diary.same_day import WrittenOn, nothing_written
from traceapp.services.log.entries import Receipt
from traceapp.services.records.events import capture_many, correct, said_since
from traceapp.services.records.signing import Notary

MOST_LIMITS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """What can be said of an entry now: what it tells, what must be put right, and what to ask once."""

    entry: Entry | None
    problems: tuple[Problem, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands between it and signing."""
        return self.entry is not None and not self.problems and not self.doubts


@dataclass(frozen=True)
class Desk:
    """All that one producer's entries are judged by: its past, its plan, what else lies open, and the day."""

    past: Past
    plan: Mapping[str, ControlPoint]
    open: tuple[Kept, ...]
    today: date
    packs_left: PacksLeft = nobody_counted
    written_on: WrittenOn = nothing_written

    @cached_property
    def _drafted(self) -> dict[str, Event]:
        """What open entries would say if they were signed, by their ids: a spray counts once it is written down."""
        found: dict[str, Event] = {}
        for one in self.open:
            entry, _ = self._read(one)
            if entry is not None:
                found[one.id] = entry.event(one.lot or "", self.past.organisation)
        return found

    def _read(self, one: Kept) -> tuple[Entry | None, tuple[Problem, ...]]:
        return read_entry(one.stage, one.typed, self.today, self.plan.values())

    @property
    def drafted(self) -> tuple[tuple[str, Event], ...]:
        """The same, in the order in which they were made."""
        return tuple(self._drafted.items())

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that happened, signed or not."""
        return (*self.past.events, *self._drafted.values())

    def others(self, one: Kept) -> tuple[Event, ...]:
        """Everything beside this entry, and beside what it corrects."""
        signed = (
            fact.event
            for fact in self.past.facts
            if one.corrects is None or record_uuid(fact.source.record_id) != one.corrects
        )
        return (*signed, *(event for entry, event in self._drafted.items() if entry != one.id))

    def judge(self, one: Kept) -> Judged:
        """What stands between an entry and signing. A doubt that was answered is none any more."""
        entry, problems = self._read(one)
        if not one.lot:
            problems = (Problem("lot", "missing"), *problems)
        if one.corrects and not one.typed.get("reason", "").strip():
            problems = (*problems, Problem("reason", "missing"))
        if entry is None:
            return Judged(None, problems)
        sure = set(one.typed.get("sure", "").splitlines())
        others = self.others(one)
        asked = doubts(entry, others, self._left(one), self._written(one, entry.start))
        return Judged(entry, problems, tuple(doubt for doubt in asked if doubt.token not in sure))

    def _written(self, one: Kept, day: date) -> tuple[Event, ...]:
        """What was written of its lot before this entry, signed on that day or not; a correction repeats what it
        corrects.
        """
        if one.corrects or not one.lot:
            return ()
        drafts = [self._drafted[other.id] for other in self._earlier(one) if other.id in self._drafted]
        lately = [event for event in (*self.past.events, *drafts) if event.lot == one.lot]
        return (*lately, *self.written_on(one.lot, one.stage, day))

    def _earlier(self, one: Kept) -> list[Kept]:
        """Open entries that were made before this one."""
        return [other for other in self.open if (other.made_at, other.id) < (one.made_at, one.id)]

    def _left(self, one: Kept) -> Fraction | None:
        """How many packs may be sent with this entry. Of drafts, those made before count: the last one answers."""
        left = self.packs_left(one.lot, one.corrects) if one.stage is Stage.SHIP and one.lot else None
        if left is None or not one.lot:
            return None
        earlier = {other.id for other in self._earlier(one)}
        return left - packs_sent((event for entry, event in self._drafted.items() if entry in earlier), one.lot)

    def place(self, one: Kept) -> str | None:
        """Where it happened: as chosen, else the producer's first place."""
        known = [place for place, _ in self.past.places]
        chosen = one.typed.get("place", "")
        return chosen if chosen in known else next(iter(known), None)


def set_desk(
    connection: Connection,
    past: Past,
    today: date,
    packs_left: PacksLeft = nobody_counted,
    written_on: WrittenOn = nothing_written,
) -> Desk:
    """The desk of the producer whose past this is."""
    open_now = open_entries(connection, past.organisation)
    return Desk(past, plan_of(connection, past), open_now, today, packs_left, written_on)


def newer_than(connection: Connection, host: str, one: Kept) -> str | None:
    """What says now what a draft was to correct, as `said_since` has it; None where nothing stands in its way."""
    return said_since(connection, host, one.corrects) if one.corrects else None


def late_corrections(connection: Connection, host: str, desk: Desk, wanted: Collection[str]) -> list[str]:
    """Which of these entries correct what was corrected since, or what another of them corrects too."""
    found: list[str] = []
    corrected: set[str] = set()
    for one in desk.open:
        if one.id not in wanted or one.corrects is None:
            continue
        if one.corrects in corrected or newer_than(connection, host, one) is not None:
            found.append(one.id)
        corrected.add(one.corrects)
    return found


def sign(
    connection: Connection, writer: Writer, wanted: Mapping[str, int], desk: Desk, notary: Notary, now: datetime
) -> tuple[Kept, ...]:
    """Sign checked entries (version by id), all or none. Those that are signed already stay as they are.

    Conflict for another version, RuleBroken for an entry that is not ready (any more).
    """
    found = [find(connection, writer.organisation, entry) for entry in wanted]
    ready = sorted((one for one in found if one.state is not State.SIGNED), key=lambda one: (one.made_at, one.id))
    events = [_event(connection, one, wanted[one.id], desk) for one in ready]
    new = [(one, event) for one, event in zip(ready, events, strict=True) if one.corrects is None]
    receipts = capture_many(connection, [event for _, event in new], notary, now) if new else ()
    for (one, _), receipt in zip(new, receipts, strict=True):
        _close(connection, one, receipt)
    for one, event in zip(ready, events, strict=True):
        if one.corrects:
            reason = one.typed["reason"].strip()
            said = correct(connection, one.corrects, event, writer.organisation, notary, now, reason=reason)
            _close(connection, one, said[-1])
    return tuple(find(connection, writer.organisation, entry) for entry in wanted)


def _event(connection: Connection, one: Kept, version: int, desk: Desk) -> Event:
    if one.version != version:
        raise Conflict("This entry was changed elsewhere since you opened it: look at it again before you sign.")
    judged = desk.judge(one)
    if one.state is not State.CHECKED or not judged.is_ready or judged.entry is None or one.lot is None:
        raise RuleBroken("This entry is not ready to be signed: open it and answer what is asked there.")
    photo = None
    if has_photo(connection, one.id):
        photo = hashlib.sha256(photo_of(connection, desk.past.organisation, one.id)).hexdigest()
    return judged.entry.event(
        one.lot, desk.past.organisation, desk.place(one), copied=one.copied, noted_at=one.made_at, photo=photo
    )


def _close(connection: Connection, one: Kept, receipt: Receipt) -> None:
    # People stand in what was typed; from here on they stand where they can be erased, and nowhere else.
    values = {
        "state": State.SIGNED.value,
        "record_id": record_uuid(receipt.record_id),
        "typed": "{}",
        "copied": "[]",
        "version": one.version + 1,
    }
    here = (diary_entries.c.id == one.id) & (diary_entries.c.version == one.version)
    if not connection.execute(update(diary_entries).where(here).values(values)).rowcount:
        raise Conflict("This entry was changed elsewhere while it was signed: look at it again.")


def plan_of(connection: Connection, past: Past) -> dict[str, ControlPoint]:
    """The control points of a producer by name: as its plan has them, else as its latest entries tell them."""
    return dict(sorted({**past.planned, **_planned(connection, past.organisation)}.items()))


@shared
def _planned(connection: Connection, organisation: str) -> dict[str, ControlPoint]:
    rows = driver.run(connection, "SELECT point FROM control_points WHERE organisation = ?", (organisation,))
    return {point.ccp: point for point in (ControlPoint.of_json(json.loads(text)) for (text,) in rows)}


def set_point(connection: Connection, organisation: str, point: ControlPoint, now: datetime) -> None:
    """Put a control point into the plan, in place of the one of that name. RuleBroken where the plan is full."""
    _require_point(point)
    drop_point(connection, organisation, point.ccp)
    kept = json.dumps(point.as_json(), ensure_ascii=False)
    values = {"organisation": organisation, "ccp": point.ccp, "point": kept, "changed": now}
    connection.execute(insert(control_points).values(values))
    if len(_points(connection, organisation)) > MOST_POINTS:
        raise RuleBroken(f"A plan has at most {MOST_POINTS} control points.")


def drop_point(connection: Connection, organisation: str, ccp: str) -> None:
    """Take a control point out of the plan, if it is in."""
    here = (control_points.c.organisation == organisation) & (control_points.c.ccp == ccp)
    connection.execute(delete(control_points).where(here))


def _points(connection: Connection, organisation: str) -> Sequence[str]:
    return (
        connection.execute(select(control_points.c.ccp).where(control_points.c.organisation == organisation))
        .scalars()
        .all()
    )


def _require_point(point: ControlPoint) -> None:
    if not point.ccp.strip() or not point.limits or len(point.limits) > MOST_LIMITS:
        raise InvalidEvent(f"A control point needs a name and one to {MOST_LIMITS} things to measure.")
    for limit in point.limits:
        if not limit.what.strip() or (limit.least is None and limit.most is None):
            raise InvalidEvent("What is measured needs a name and a limit, least or most.")
        if limit.least is not None and limit.most is not None and limit.least > limit.most:
            raise InvalidEvent(f"The least of {limit.what[:40]!r} is above its most: change one of them.")
