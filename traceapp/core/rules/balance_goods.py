"""One kind of goods in a lot: what was used of it, there and elsewhere, against what was brought in or made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from traceapp.core.events import Goods
from traceapp.core.facts import EventFact, Facts
from traceapp.core.quantities import Quantity, measure, name_key, total, unit_of
from traceapp.core.rules.balance_sum import Sum
from traceapp.core.rules.lineage import events_of

Kind = tuple[str, str]
"""A goods' name and dimension, as they are compared."""


def goods_sums(facts: Facts, lot: str) -> Iterator[Sum]:
    """A sum for each kind of goods that was drawn from the lot; unknown for goods which the lot never had.

    Whoever drew what was no longer there answers for it; whoever took their share before does not.
    """
    there: dict[Kind, Fraction] = defaultdict(Fraction)
    for fact in events_of(facts, [lot]):
        for goods in fact.event.outputs:
            there[_kind(goods)] += measure(goods.quantity, goods.unit).amount
    for kind, draws in _draws(facts, lot).items():
        yield _goods_sum(lot, draws, there.get(kind))


def _kind(goods: Goods) -> Kind:
    return name_key(goods.name), unit_of(goods.unit)[0]


def _draws(facts: Facts, lot: str) -> dict[Kind, list[tuple[EventFact, Goods]]]:
    """What was drawn from the lot's goods, by itself and by others, in the order of the log."""
    draws: dict[Kind, list[tuple[EventFact, Goods]]] = defaultdict(list)
    for fact in sorted(facts.all_events, key=lambda one: one.source.leaf_index):
        for goods in fact.event.inputs:
            if (goods.from_lot or fact.event.lot) == lot:
                draws[_kind(goods)].append((fact, goods))
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
        answering=frozenset(drawing if there is None else _overdrawing(draws, there)),
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
