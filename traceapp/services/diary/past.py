"""What a producer's records say to its diary: lots, places, plots, earlier entries. These are verified, as on pages.

A diary is read by its newest pages: the last entries of all, the last of each stage and of each control point, and
every spray after which a plot may still wait. Index keys of the records (core/list_subjects.py) lead there, however
many seasons lie behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache

from sqlalchemy import Connection

from traceapp.core.diary.control_points import ControlPoint, plan_from
from traceapp.core.diary.fields import FORMS
from traceapp.core.events import LONGEST_WAIT, Event
from traceapp.core.evidence import events_stated, read_records
from traceapp.core.facts import EventFact, FacilityFact, ProductFact
from traceapp.core.keys import Keyring
from traceapp.core.list_subjects import (
    done_subject,
    sprayed_subject,
    stage_subject,
    waits_subject,
)
from traceapp.core.quantities import name_key
from traceapp.core.statements import plot_subject, record_url, record_uuid
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.diary.newest import last_of, measured_points, some_of
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.verified import facts_about, stored_about, stored_of
from traceapp.services.registry.registers import role_of

MOST_LOTS = 60
"""The newest lots are what one writes about; an older one is found by its number."""
NEWEST = 12
"""Entries that are read whatever they tell: what was written lately."""
OF_EACH = 3
"""Of each stage, however long ago it was: one of them may have been taken back."""
OF_POINT = 2
"""Of each control point: one of them may have been taken back."""
MOST_PLOTS = 60
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OwnLot:
    """A lot to write about. `done` once it was packed or sent."""

    id: str
    number: str
    product: str
    name: str
    name_en: str
    done: bool


@dataclass(frozen=True)
class Past:
    """One producer's lots, newest first, its places by id, and its own events that count now, in order of start."""

    organisation: str
    lots: tuple[OwnLot, ...]
    places: tuple[tuple[str, str], ...]
    facts: tuple[EventFact, ...]
    looked_up: frozenset[str] = frozenset()
    """Plots (their codes, letter for letter) of which every spray that may matter is among the facts."""

    @cached_property
    def planned(self) -> dict[str, ControlPoint]:
        """Control points by name, as the latest entries tell them."""
        return plan_from(self.events)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened, without who recorded it when."""
        return tuple(fact.event for fact in self.facts)

    @cached_property
    def plots(self) -> tuple[str, ...]:
        """Codes of the plots that these events name, each once, as named last."""
        return plots_of(self.events)

    def lot(self, lot: str) -> OwnLot | None:
        """One of the lots, by its id."""
        return next((one for one in self.lots if one.id == lot), None)

    def fact(self, record_id: str) -> EventFact | None:
        """The event of a record, by its UUID."""
        return self._by_record.get(record_id)

    @cached_property
    def _by_record(self) -> dict[str, EventFact]:
        return {record_uuid(fact.source.record_id): fact for fact in self.facts}

    def tells(self, asked: Asked) -> bool:
        """Whether everything that is asked for is here."""
        named = [self.fact(one) for one in asked.records]
        plots = {*asked.plots, *(plot for fact in named if fact for plot in fact.event.plots)}
        is_here = all(named) and plots <= self.looked_up and all(map(self.lot, asked.lots))
        return is_here and (asked.since is None or asked.since >= asked.today.replace(day=1))


def plots_of(events: Iterable[Event]) -> tuple[str, ...]:
    """Codes of the plots that events name, each once, sorted."""
    found = {name_key(plot): plot for event in events for plot in event.plots if isinstance(plot, str)}
    return tuple(sorted(found.values()))


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a past somebody asks for, beside what was written lately and what waits on `today`.

    `since`: the first day of a harvest that is asked about; `lots` (ids), `plots` (codes), `records` (UUIDs): those
    too; `registers`: its lots and places as well.
    """

    today: date
    since: date | None = None
    lots: Collection[str] = ()
    plots: Collection[str] = ()
    records: Collection[str] = ()
    registers: bool = True


def read_past(connection: Connection, host: str, organisation: str, keyring: Keyring, asked: Asked) -> Past:
    """What a producer may refer to now. NotFound for an organisation that is not there."""
    usual = _past(connection, host, organisation, keyring, Asked(asked.today, registers=asked.registers))
    return usual if usual.tells(asked) else _past(connection, host, organisation, keyring, asked)


@shared
def _past(connection: Connection, host: str, organisation: str, keyring: Keyring, asked: Asked) -> Past:
    role_of(connection, organisation)
    events = _own_events(connection, host, organisation, keyring, replace(asked, lots=(), registers=False))
    places = _registers(connection, host, organisation, keyring, tuple(asked.lots)) if asked.registers else ((), ())
    return Past(organisation, *places, *events)


@shared
def _registers(
    connection: Connection, host: str, organisation: str, keyring: Keyring, more: Collection[str]
) -> tuple[tuple[OwnLot, ...], tuple[tuple[str, str], ...]]:
    """Lots, those that somebody named among them, and places."""
    lots = _lots(connection, host, organisation, more)
    places = [place for (place,) in driver.run(connection, _PLACES, (organisation,))]
    named = {*places, *(lot.product for lot in lots)}
    said = facts_about(connection, host, named, ["ProductRecord", "FacilityRecord"], keyring)
    products = {one.id: (one.name_vi, one.name_en or "") for one in said if isinstance(one, ProductFact)}
    names = {one.id: one.name for one in said if isinstance(one, FacilityFact)}
    return (
        tuple(_named(lot, *products.get(lot.product, ("", ""))) for lot in lots),
        tuple((place, names.get(place, "")) for place in places),
    )


def _named(lot: OwnLot, name: str, name_en: str) -> OwnLot:
    return replace(lot, name=name, name_en=name_en)


def _lots(connection: Connection, host: str, organisation: str, more: Collection[str]) -> list[OwnLot]:
    """The newest lots, then those that somebody named, without the names of their products."""
    records = record_url(host, "")
    rows = driver.run(connection, _LOTS, (records, organisation, MOST_LOTS))
    for lot in sorted(set(more) - {row[0] for row in rows}):
        rows += driver.run(connection, _LOT, (records, organisation, lot))
    return [OwnLot(lot, number, product, "", "", bool(done)) for lot, product, number, done in rows]


_OWN_LOT = "SELECT l.id, l.product, l.lot FROM lots l JOIN products p ON p.id = l.product"
# What was taken back left nothing done.
_WITH_DONE = (
    "SELECT o.id, o.product, o.lot, EXISTS (SELECT 1 FROM record_subjects s "
    "JOIN log_entries e ON e.leaf_index = s.leaf_index WHERE s.subject = o.id || '{done}' "
    "AND NOT EXISTS (SELECT 1 FROM record_subjects c JOIN log_entries f ON f.leaf_index = c.leaf_index "
    "JOIN records r ON r.record_id = f.record_id "
    "WHERE c.subject = ? || e.record_id AND r.type = 'CorrectionRecord')) FROM ({lots}) o"
)
_DONE = done_subject("")
_LOTS = _WITH_DONE.format(done=_DONE, lots=f"{_OWN_LOT} WHERE p.organisation = ? ORDER BY l.record_id DESC LIMIT ?")
_LOT = _WITH_DONE.format(done=_DONE, lots=f"{_OWN_LOT} WHERE p.organisation = ? AND l.id = ?")
_PLACES = "SELECT id FROM facilities WHERE organisation = ? ORDER BY record_id"


@shared
def _own_events(
    connection: Connection, host: str, organisation: str, keyring: Keyring, asked: Asked
) -> tuple[tuple[EventFact, ...], frozenset[str]]:
    """What the organisation itself declared: lately, of each stage, as `asked`; and the last sprays of all plots of
    these, whatever lot they were filed under. Then which plots these are.
    """
    rows = _written(connection, organisation, asked)
    found = stored_of(connection, host, rows)
    told = [fact for _, fact in read_records(found, keyring, reader=read_kept) if isinstance(fact, EventFact)]
    plots = list(dict.fromkeys([*asked.plots, *sorted({plot for fact in told for plot in fact.event.plots})]))
    plots = plots[:MOST_PLOTS]
    sprays = _sprays(connection, organisation, plots, asked.today, {row[0] for row in rows})
    found += stored_of(connection, host, sprays)
    taken_back = stored_about(connection, host, [one.record_id for one in found], ["CorrectionRecord"])
    stated = events_stated(read_records([*found, *taken_back], keyring, reader=read_kept))
    own = tuple(fact for fact in stated if fact.source.declared_by == organisation)
    return own, frozenset(plots)


def _written(connection: Connection, organisation: str, asked: Asked) -> list[driver.Row]:
    """Rows of (leaf index, record's UUID, entry, body): lately written, of each stage, waiting, and asked for."""
    newest = _newest(organisation)
    waiting = _waiting(organisation, asked.since or asked.today, asked.today)
    points = measured_points(connection, organisation)
    sql = _found_sql(len(FORMS), len(points), len(waiting), len(asked.records))
    of_points = [value for point in points for value in (point, OF_POINT)]
    return driver.run(connection, sql, [*newest, *of_points, *waiting, *asked.records])


@lru_cache(maxsize=100)
def _newest(organisation: str) -> tuple[str | int, ...]:
    """Key and limit of each stage: of those that are asked for in any case, then of those among the newest of all."""
    subjects = {stage: stage_subject(organisation, stage) for stage in FORMS}
    each = (one for key in subjects.values() for one in (key, OF_EACH))
    return (*each, *(one for key in subjects.values() for one in (key, NEWEST)))


@lru_cache(maxsize=100)
def _waiting(organisation: str, since: date, today: date) -> tuple[str, ...]:
    """Keys of all that was sprayed until `today` and kept a plot waiting on `since` or later."""
    ahead = _months(since, today + timedelta(days=LONGEST_WAIT))
    return tuple(waits_subject(organisation, month) for month in ahead)


def _months(first: date, last: date) -> Iterator[date]:
    """The first days of all months from that of `first` to that of `last`."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)


def _sprays(
    connection: Connection, organisation: str, plots: list[str], today: date, known: set[int]
) -> list[driver.Row]:
    """The last sprays of plots, but for those whose leaf indices are `known`: the last of the year, and of all those
    recorded last.
    """
    if not plots:
        return []
    year = list(_months(today - YEAR, today))
    of_year = [sprayed_subject(organisation, month, plot) for plot in plots for month in year]
    of_all = [value for plot in plots for value in (plot_subject(organisation, plot), OF_EACH)]
    sql = f"{last_of(len(plots), len(year))} UNION ALL {some_of(len(plots))}"
    leaves = driver.run(connection, sql, [*of_year, *of_all])
    return driver.run_for(connection, _BY_LEAF, {leaf for (leaf,) in leaves} - known)


def newest_about(connection: Connection, subjects: Collection[str], most: int, skip: int) -> list[driver.Row]:
    """Rows of (leaf index, record's UUID, entry, body) of the newest about any of these, but for the first `skip`."""
    some = [value for subject in subjects for value in (subject, most + skip)]
    newest = f"SELECT * FROM ({some_of(len(subjects))}) a ORDER BY leaf_index DESC LIMIT ? OFFSET ?"  # noqa: S608
    return driver.run(connection, _BY_LEAF.format(f"SELECT * FROM ({newest}) b"), [*some, most, skip])  # noqa: S608


_BY_LEAF = (
    "SELECT e.leaf_index, e.record_id, e.entry, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index IN ({})"
)


@lru_cache(maxsize=100)
def _found_sql(stages: int, points: int, waiting: int, records: int) -> str:
    """The newest of each stage, the NEWEST of all, those of each control point, what waits, and those of these ids."""
    lately = f"SELECT * FROM ({some_of(stages)}) a ORDER BY leaf_index DESC LIMIT {NEWEST}"  # noqa: S608
    waits = f"SELECT leaf_index FROM record_subjects WHERE subject IN ({', '.join('?' * waiting)})"  # noqa: S608
    named = f"SELECT leaf_index FROM log_entries WHERE record_id IN ({', '.join('?' * records)})"  # noqa: S608
    parts = [some_of(stages), f"SELECT * FROM ({lately}) b", waits]  # noqa: S608
    if points:
        parts.insert(2, f"SELECT * FROM ({some_of(points)}) c")  # noqa: S608
    return _BY_LEAF.format(" UNION ALL ".join([*parts, named] if records else parts))
