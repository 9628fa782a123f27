"""Tracing lots: what a lot came from, and what was made of it, at any depth.

The index of edges says where to look; what is shown of the nearest lots is what their verified records say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from traceapp.core.events import Goods
from traceapp.core.facts import Correction, EventFact, LotFact, OrganisationFact, ProductFact
from traceapp.core.keys import Keyring
from traceapp.core.lanes import distances
from traceapp.db import chain, chain_build
from traceapp.db.parts import shared
from traceapp.services.records.verified import facts_about, facts_joining
from traceapp.services.registry.registers import owner_of_lot

MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class TracedLot:
    """A lot of a trace. `distance` counts steps from the lot that was asked for; `goods` is what went into it or out of
    it on the way there, by the lot it was taken from or made into. Names are empty where no record verifies.
    """

    id: str
    distance: int
    number: str
    product: str = ""
    product_en: str = ""
    organisation: str = ""
    organisation_id: str = ""
    goods: tuple[tuple[str, Goods], ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """What was reached from `root`. `lots` are the nearest, the root first; `total` counts all.

    `following` maps each of `lots` to those one step further on that a verified event joins to it.
    """

    root: str
    forward: bool
    total: int
    lots: tuple[TracedLot, ...]
    following: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        """How many lots lie too far off to be shown."""
        return self.total - len(self.lots)


@shared
def trace(
    connection: Connection, host: str, lot: str, keyring: Keyring, *, forward: bool = False, most: int = MOST_SHOWN
) -> Trace:
    """Trace a lot back, or forward. NotFound for a lot that nobody registered."""
    owner_of_lot(connection, lot)
    total, away, steps = _walked(connection, lot, forward, most)
    nearest = list(away)
    joined = _joined(connection, host, nearest, keyring)
    following = {one: tuple(other for other in steps[one] if _edge(one, other, forward) in joined) for one in nearest}
    words = _Words(connection, host, nearest, keyring)
    reached = distances(lot, following)
    lots = tuple(words.lot(one, away[one], _taken(one, joined, forward)) for one in nearest if one in reached)
    return Trace(lot, forward, total - len(nearest) + len(lots), lots, following)


def rebuild(connection: Connection) -> int:
    """Make the index of the chain anew from the records. Returns how many records were read."""
    return chain_build.rebuild(connection)


def _walked(
    connection: Connection, lot: str, forward: bool, most: int
) -> tuple[int, dict[str, int], dict[str, list[str]]]:
    """How many lots there are, how far the nearest are away, and their steps to each other. Only these are named."""
    numbered: dict[int, list[int]] = defaultdict(list)
    for made, taken in chain.edges_reached(connection, lot, forward=forward):
        numbered[taken if forward else made].append(made if forward else taken)
    away = distances(chain.number_of(connection, lot), numbered)
    nearest = dict(list(away.items())[:most])
    names = {**chain.names_of(connection, nearest), 0: lot}
    steps = {names[one]: [names[other] for other in numbered.get(one, ()) if other in nearest] for one in nearest}
    return len(away), {names[one]: distance for one, distance in nearest.items()}, steps


def _edge(here: str, there: str, forward: bool) -> chain.Edge:
    return (there, here) if forward else (here, there)


def _joined(
    connection: Connection, host: str, lots: Collection[str], keyring: Keyring
) -> dict[chain.Edge, list[Goods]]:
    """The goods that verified events moved from one of the lots into another; what else happened is not read."""
    said = facts_joining(connection, host, lots, ["TraceEvent"], keyring)
    events = [one for one in said if isinstance(one, EventFact)]
    corrections = facts_about(connection, host, [one.source.record_id for one in events], ["CorrectionRecord"], keyring)
    gone = {(one.corrects, one.source.declared_by) for one in corrections if isinstance(one, Correction)}
    found: dict[chain.Edge, list[Goods]] = defaultdict(list)
    for fact in events:
        if (fact.source.record_id, fact.source.declared_by) not in gone:
            for goods in fact.event.inputs:
                if goods.from_lot:
                    found[fact.event.lot, goods.from_lot].append(goods)
    return found


def _taken(lot: str, joined: Mapping[chain.Edge, list[Goods]], forward: bool) -> tuple[tuple[str, Goods], ...]:
    """Backward: what of this lot went into which; forward: what of which lot went into this one."""
    return tuple(
        (made if not forward else taken, one)
        for (made, taken), goods in joined.items()
        if (made if forward else taken) == lot
        for one in goods
    )


class _Words:
    """What lots, their products and their producers are called, as verified records say."""

    def __init__(self, connection: Connection, host: str, lots: Collection[str], keyring: Keyring) -> None:
        told = facts_about(connection, host, lots, ["LotRecord"], keyring)
        self._lots = {one.id: one for one in told if isinstance(one, LotFact)}
        products = {one.product for one in self._lots.values()}
        told = facts_about(connection, host, products, ["ProductRecord"], keyring)
        self._products = {one.id: one for one in told if isinstance(one, ProductFact)}
        owners = {one.organisation for one in self._products.values()}
        told = facts_about(connection, host, owners, ["OrganisationRecord"], keyring)
        self._owners = {one.id: one for one in told if isinstance(one, OrganisationFact)}

    def lot(self, lot: str, distance: int, goods: tuple[tuple[str, Goods], ...]) -> TracedLot:
        found = self._lots.get(lot)
        product = self._products.get(found.product) if found else None
        owner = self._owners.get(product.organisation) if product else None
        return TracedLot(
            id=lot,
            distance=distance,
            number=found.lot if found else lot.rpartition("/")[2],
            product=product.name_vi if product else "",
            product_en=(product.name_en if product else None) or "",
            organisation=(owner.name if owner else None) or "",
            organisation_id=product.organisation if product else "",
            goods=goods,
        )
