"""One kind of goods in a lot: what was used of it, there and elsewhere, against what was brought in or made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from fractions import Fraction

from traceapp.core.events import Goods
from traceapp.core.facts import EventFact, Facts
from traceapp.core.quantities import Quantity, measure, name_key, total, unit_of
from traceapp.core.rules.balance_sum import Sum
from traceapp.core.rules.lineage import events_of

Kind = tuple[str, str, str]
"""Goods as they are compared: whose lot, which name, which dimension."""


def goods_sums(facts: Facts, lots: Collection[str]) -> Iterator[Sum]:
    """A sum for each kind of goods that was drawn from one of the lots; unknown for goods which it never had.

    Whoever drew what was no longer there answers for it; whoever took their share before does not.
    """
    there: dict[Kind, Fraction] = defaultdict(Fraction)
    for fact in events_of(facts, lots):
        for goods in fact.event.outputs:
            there[_kind(fact.event.lot, goods)] += measure(goods.quantity, goods.unit).amount
    for kind, draws in _draws(facts, lots).items():
        yield _goods_sum(kind[0], draws, there.get(kind))


def _kind(lot: str, goods: Goods) -> Kind:
    return lot, name_key(goods.name), unit_of(goods.unit)[0]


def _draws(facts: Facts, lots: Collection[str]) -> dict[Kind, list[tuple[EventFact, Goods]]]:
    """What was drawn from the lots' goods, by themselves and by others, in the order of the log."""
    wanted = frozenset(lots)
    draws: dict[Kind, list[tuple[EventFact, Goods]]] = defaultdict(list)
    for fact in sorted(facts.all_events, key=lambda one: one.source.leaf_index):
        for goods in fact.event.inputs:
            lot = goods.from_lot or fact.event.lot
            if lot in wanted:
                draws[_kind(lot, goods)].append((fact, goods))
    return draws


def _goods_sum(lot: str, draws: list[tuple[EventFact, Goods]], there: Fraction | None) -> Sum:
    last = draws[-1][1]
    dimension = unit_of(last.unit)[0]
    drawing = {fact.event.lot for fact, _ in draws}
    return Sum(
        kind="goods",
        lot=lot,
        goods=last.name,
        unit=last.unit,
        claimed=Quantity(total(goods for _, goods in draws), dimension),
        most=None if there is None else Quantity(there, dimension),
        answering=frozenset(drawing if there is None else _overdrawing(draws, there) or drawing),
        restricted=any(fact.restricted for fact, _ in draws),
        details={"taken_by": sorted(drawing - {lot})},
    )


def _overdrawing(draws: list[tuple[EventFact, Goods]], there: Fraction) -> set[str]:
    lots, left = set(), there
    for fact, goods in draws:
        left -= measure(goods.quantity, goods.unit).amount
        if left < 0:
            lots.add(fact.event.lot)
    return lots
