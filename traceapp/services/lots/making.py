"""Making lots of lots: split one, merge several, make something else of them.

A new lot is registered and what went into it is captured in one transaction. Before that the same rules that judge its
page say what they will make of it: a true entry that breaks one is recorded all the same, and its labels are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.core.events import Event, Goods, Stage, validate
from traceapp.core.evidence import Evidence, StoredRecord, establish
from traceapp.core.facts import EventFact, Facts, LotFact, Source
from traceapp.core.findings import Finding
from traceapp.core.identifiers import Lot
from traceapp.core.rules import mass_balance
from traceapp.core.rules.balance_goods import Stock, stocks
from traceapp.services.log.entries import Receipt
from traceapp.services.lots.handing_over import require_held
from traceapp.services.lots.readiness import facts_of
from traceapp.services.records.events import capture_many
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.kept_verdicts import kept_verdicts
from traceapp.services.records.signing import Notary
from traceapp.services.records.verdicts import gather
from traceapp.services.registry.registers import producer_of, register_lot, role_of
from traceapp.services.world import World

MOST_NEW = 50
_AFTER_ALL = 1 << 53
"""A leaf index behind every record there is."""


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot to be made: its product and number, and what goes in (with the lots it is taken from) and comes out."""

    product: str
    number: Lot
    stage: Stage
    day: date
    inputs: tuple[Goods, ...]
    outputs: tuple[Goods, ...]
    made: date | None = None
    expires: date | None = None
    place: str | None = None
    label_vi: str = ""
    label_en: str = ""
    kde: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id that the lot will have."""
        return f"{self.product}/10/{quote(self.number, safe='')}"

    def event(self, by: str) -> Event:
        """How it came to be."""
        return Event(
            self.id, self.stage, self.day, self.day, by, self.place, self.inputs, self.outputs, self.label_vi,
            self.label_en, self.kde,
        )  # fmt: skip

    def details(self) -> dict[str, Any]:
        """What the register says of it."""
        last = self.outputs[-1]
        days = {"made": self.made or self.day, "expires": self.expires}
        told = {name: day.isoformat() for name, day in days.items() if day}
        return {**told, "quantity": last.quantity, "unit": last.unit}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the mass balance will say of a new lot, and what will be left of the lots it takes from."""

    lot: str
    findings: tuple[Finding, ...]
    left: tuple[Stock, ...]
    facts: Facts

    @property
    def exceeded(self) -> bool:
        """Whether more comes out, or is taken, than there can be."""
        return any(one.code == "mass-balance-exceeded" for one in self.findings)


def make_lots(
    world: World, connection: Connection, new: Sequence[NewLot], by: str, notary: Notary
) -> tuple[Receipt, ...]:
    """Register lots and record how they were made: all or none. Returns the receipts of what was recorded last.

    NotFound for a product or a lot that is not `by`'s, Conflict for a number that is taken, InvalidEvent, RuleBroken.
    """
    _require_right(connection, new, by)
    now = world.clock()
    for one in new:
        register_lot(connection, one.product, one.number, one.details(), notary, now)
    return capture_many(connection, [one.event(by) for one in new], notary, now)


def foresee(world: World, connection: Connection, new: Sequence[NewLot], by: str) -> tuple[Foreseen, ...]:
    """What the mass balance will say of each, if they are made; nothing is recorded. Errors as in `make_lots`."""
    _require_right(connection, new, by)
    today, role = vietnamese_date(world.clock()), role_of(connection, by)
    for one in new:
        validate(one.event(by), today)
    taken = {goods.from_lot for one in new for goods in one.inputs if goods.from_lot}
    records = _records(world, connection, taken | {one.product for one in new})
    planned = tuple(
        EventFact(one.event(by), Source("", world.clock(), by, role, leaf_index=_AFTER_ALL + at))
        for at, one in enumerate(new)
    )
    return tuple(_foreseen(world, connection, one, records, planned, frozenset(taken)) for one in new)


def _foreseen(
    world: World,
    connection: Connection,
    new: NewLot,
    records: tuple[StoredRecord, ...],
    planned: tuple[EventFact, ...],
    taken: frozenset[str],
) -> Foreseen:
    evidence = Evidence(identity_of(world, new.id), new.product, new.id, records, rulebook=world.rulebook)
    known = establish(evidence, world.keyring(connection), read_kept)
    source = planned[0].source
    lot = LotFact(new.id, new.product, new.number, source, new.made or new.day, new.expires)
    facts = replace(
        known,
        lot=lot,
        lots={**known.lots, new.id: lot},
        events=tuple(one for one in planned if one.event.lot == new.id),
        all_events=(*known.all_events, *planned),
    )
    drawn = {goods.from_lot for goods in new.inputs}
    left = tuple(one for one in stocks(facts, sorted(taken)) if one.lot in drawn and one.draws)
    return Foreseen(new.id, tuple(mass_balance.judge(facts, world.clock())), left, facts)


def _records(world: World, connection: Connection, things: set[str]) -> tuple[StoredRecord, ...]:
    """All that is recorded of these lots and products, each record once."""
    found: dict[str, StoredRecord] = {}
    for thing in sorted(things):
        evidence = gather(connection, world.host, identity_of(world, thing), world.rulebook).evidence
        found |= {one.record_id: one for one in evidence.records}
    return tuple(found.values())


def stock_of(world: World, connection: Connection, lot: str, by: str, facts: Facts | None = None) -> tuple[Stock, ...]:
    """What is left of a lot in an organisation's hands, as its verified records say. NotFound unless it holds any.

    `facts` are the lot's, where somebody has them.
    """
    require_held(connection, lot, by)
    facts = facts or facts_of(world, connection, lot)
    own = facts.lot is not None and facts.lot.source.declared_by == by
    holder = "" if own else by
    found = kept_verdicts(world).once(facts, f"stocks of {lot}", lambda: tuple(stocks(facts, [lot])))
    return tuple(one for one in found if one.holder == holder)


def identity_of(world: World, thing: str) -> Identity:
    """The identity of a product or lot by its id; NotFound for an id of something else."""
    found = parse_path(thing.removeprefix(f"https://{world.host}")).identity
    if found is None:
        raise NotFound(f"There is no lot {thing[:120]}.")
    return found


def _require_right(connection: Connection, new: Sequence[NewLot], by: str) -> None:
    if not 1 <= len(new) <= MOST_NEW:
        raise InvalidEvent(f"1 to {MOST_NEW} lots are made at a time, not {len(new)}.")
    for one in new:
        if producer_of(connection, one.product) != by:
            raise NotFound(f"There is no product {one.product[:120]} among yours.")
        if not one.outputs:
            raise InvalidEvent("Say what comes out, and how much of it.")
        for goods in one.inputs:
            if goods.from_lot:
                require_held(connection, goods.from_lot, by)
