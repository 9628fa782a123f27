"""What a producer's records say to its diary: lots, places, plots, earlier entries. These are verified, as on pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from traceapp.core.events import Event, Stage
from traceapp.core.evidence import StoredRecord, events_stated, read_records
from traceapp.core.facts import EventFact
from traceapp.core.keys import Keyring
from traceapp.core.quantities import name_key
from traceapp.core.statements import plot_subject
from traceapp.db import driver
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.names import told_by
from traceapp.services.records.verified import stored_of
from traceapp.services.registry.registers import role_of

MOST_LOTS = 60
"""The newest lots are what one writes about; an older one is found by its number."""
MOST_RECORDS = 300
_DONE = frozenset({Stage.PACK, Stage.SHIP, Stage.SELL})


@dataclass(frozen=True, slots=True)
class OwnLot:
    """A lot to write about. `done` once it was packed or sent."""

    id: str
    number: str
    product: str
    name: str
    done: bool


@dataclass(frozen=True)
class Past:
    """One producer's lots, newest first, its places by id, and its own events, in order of start."""

    organisation: str
    lots: tuple[OwnLot, ...]
    places: tuple[tuple[str, str], ...]
    facts: tuple[EventFact, ...]

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened, without who recorded it when."""
        return tuple(fact.event for fact in self.facts)

    @cached_property
    def plots(self) -> tuple[str, ...]:
        """Codes of plots that were ever named, each once, as named last."""
        return plots_of(self.events)

    def lot(self, lot: str) -> OwnLot | None:
        """One of the lots, by its id."""
        return next((one for one in self.lots if one.id == lot), None)

    def fact(self, record_id: str) -> EventFact | None:
        """The event of a record, by its UUID."""
        return next((fact for fact in self.facts if fact.source.record_id.endswith(f"/{record_id}")), None)


def plots_of(events: Iterable[Event]) -> tuple[str, ...]:
    """Codes of the plots that events name, each once, sorted."""
    found = {name_key(plot): plot for event in events for plot in event.plots if isinstance(plot, str)}
    return tuple(sorted(found.values()))


def read_past(
    connection: Connection,
    host: str,
    organisation: str,
    keyring: Keyring,
    *,
    lots_too: Collection[str] = (),
    plots_too: Collection[str] = (),
) -> Past:
    """What a producer may refer to now; further lots (ids) and plots (codes) that somebody named are looked up too."""
    role_of(connection, organisation)
    lots = driver.run(connection, _LOTS, (organisation, MOST_LOTS))
    known = {row[0] for row in lots}
    lots += [row for lot in sorted(set(lots_too) - known) for row in driver.run(connection, _LOT, (organisation, lot))]
    facts = _own_events(connection, host, organisation, keyring, known | set(lots_too), set(plots_too))
    done = {fact.event.lot for fact in facts if fact.stage in _DONE}
    names = {product: _name(connection, product, "ProductRecord", "name_vi") for product in {row[1] for row in lots}}
    places = [row[0] for row in driver.run(connection, _PLACES, (organisation,))]
    return Past(
        organisation,
        tuple(OwnLot(row[0], row[2], row[1], names[row[1]], row[0] in done) for row in lots),
        tuple((place, _name(connection, place, "FacilityRecord", "name")) for place in places),
        facts,
    )


def _name(connection: Connection, thing: str, record_type: str, field: str) -> str:
    return str(told_by(connection, thing, record_type).get(field) or "")


_LOTS = (
    "SELECT lots.id, product, lot FROM lots JOIN products ON products.id = lots.product WHERE organisation = ? "
    "ORDER BY lots.record_id DESC LIMIT ?"
)
_LOT = (
    "SELECT lots.id, product, lot FROM lots JOIN products ON products.id = lots.product "
    "WHERE organisation = ? AND lots.id = ?"
)
_PLACES = "SELECT id FROM facilities WHERE organisation = ? ORDER BY record_id"
_LEAVES = "SELECT leaf_index FROM record_subjects WHERE subject IN ({})"
_EVENTS = (
    "SELECT e.leaf_index, e.record_id, e.entry, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE r.type IN ('TraceEvent', 'CorrectionRecord') AND e.leaf_index IN ({})"
)


def _own_events(
    connection: Connection, host: str, organisation: str, keyring: Keyring, lots: set[str], plots: set[str]
) -> tuple[EventFact, ...]:
    """What the organisation itself declared of these lots and, whatever lot it was filed under, of their plots' sprays.

    Of very many records only the newest are read.
    """

    def stored(subjects: Iterable[str], known: Iterable[StoredRecord] = ()) -> dict[str, StoredRecord]:
        rows = _newest_events(connection, set(subjects), {one.leaf_index for one in known})
        return {one.record_id: one for one in stored_of(connection, host, rows)}

    def own(read: dict[str, StoredRecord]) -> tuple[EventFact, ...]:
        stated = events_stated(read_records(read.values(), keyring, reader=read_kept))
        return tuple(fact for fact in stated if fact.source.declared_by == organisation)

    found = stored(lots)
    facts = own(found)
    named = plots.union(*(fact.event.plots for fact in facts))
    sprays = stored((plot_subject(organisation, plot) for plot in named), found.values())
    return own({**found, **sprays}) if sprays else facts


def _newest_events(connection: Connection, subjects: set[str], known: set[int]) -> list[driver.Row]:
    """The newest events and corrections about these, MOST_RECORDS of them at most; `known` are read already."""
    leaves = sorted({leaf for (leaf,) in driver.run_for(connection, _LEAVES, subjects)} - known)
    found: list[driver.Row] = []
    while leaves and (missing := MOST_RECORDS - len(found)) > 0:
        # Some records are of another kind: as many as are missing then are looked at next.
        found += driver.run_for(connection, _EVENTS, leaves[-missing:])
        del leaves[-missing:]
    return found
