"""Labels against goods: no more labels than packs, and no more packs than there was to pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts, LabelVoidFact
from traceapp.core.quantities import Quantity, measure, name_key, total, unit_of
from traceapp.core.rules.balance_goods import is_receipt
from traceapp.core.rules.balance_sum import Sum
from traceapp.core.rules.lineage import events_of

_LABELS = "tem"


def label_sums(facts: Facts, lot: str, net: Quantity | None) -> Iterator[Sum]:
    """Labels in use and asked for, against the lesser of what was packed and what was there to pack.

    `net` is what one pack holds. Where nothing was packed yet, the lot's own quantity stands in for the count.
    """
    labels = labels_in_use(facts, lot) + facts.planned_labels
    if labels == 0:
        return
    events = list(events_of(facts, [lot]))
    bounds = [bound for bound in (_packed(facts, events, net), _to_pack(events, net)) if bound is not None]
    yield Sum(
        kind="labels",
        lot=lot,
        goods=_LABELS,
        unit=_LABELS,
        claimed=Quantity(Fraction(labels), _LABELS),
        most=Quantity(Fraction(min(bounds) // 1), _LABELS) if bounds else None,
        answering=frozenset({lot}),
        details={"planned": facts.planned_labels},
    )


def labels_in_use(facts: Facts, lot: str) -> int:
    """Labels issued for the lot, less those void; an item voided twice counts once."""
    runs = [run for run in facts.label_runs if run.lot == lot]
    voided = 0
    for first, last in _merged(void for void in facts.label_voids if void.lot == lot):
        for run in runs:
            voided += max(0, min(last, run.first + run.count - 1) - max(first, run.first) + 1)
    return sum(run.count for run in runs) - voided


def _merged(voids: Iterable[LabelVoidFact]) -> Iterator[tuple[int, int]]:
    """Ranges that do not overlap and hold the same items."""
    reached = 0
    for void in sorted(voids, key=lambda one: one.first):
        if void.last > reached:
            yield max(void.first, reached + 1), void.last
            reached = void.last


def _packed(facts: Facts, events: Iterable[EventFact], net: Quantity | None) -> Fraction | None:
    """How many packs PACK counted, or the lot claims where nothing was packed; None where neither says."""
    packs = [goods for fact in events if fact.stage == Stage.PACK for goods in fact.event.outputs]
    if packs:
        counts = [_count(measure(goods.quantity, goods.unit), net) for goods in packs]
    elif facts.lot and facts.lot.quantity is not None:
        counts = [_count(measure(facts.lot.quantity, facts.lot.unit or ""), net)]
    else:
        return None
    known = [count for count in counts if count is not None]
    return sum(known, Fraction(0)) if known else None


def _count(quantity: Quantity, net: Quantity | None) -> Fraction | None:
    """A quantity as a number of packs; None for a measure that cannot be divided by the net content."""
    if not quantity.is_measure:
        return quantity.amount
    return quantity.amount / net.amount if net is not None and net.dimension == quantity.dimension else None


def _to_pack(events: list[EventFact], net: Quantity | None) -> Fraction | None:
    """How many packs could be filled: all goods of the kind that came out last before packing, and what packing took
    straight from other lots. None where no output has the dimension of the net content.
    """
    if net is None:
        return None
    packing = [fact for fact in events if fact.stage == Stage.PACK]
    last_day = max((fact.event.end for fact in packing), default=None)
    before = [
        (fact, goods)
        for fact in events
        if fact.stage != Stage.PACK and not is_receipt(fact) and (last_day is None or fact.event.start <= last_day)
        for goods in fact.event.outputs
        if unit_of(goods.unit)[0] == net.dimension
    ]
    if not before:
        return None
    latest = max((fact for fact, _ in before), key=lambda one: (one.event.end, one.event.start, one.source.leaf_index))
    kinds = {name_key(goods.name) for fact, goods in before if fact is latest}
    made = total(goods for _, goods in before if name_key(goods.name) in kinds)
    taken = total(
        goods
        for fact in packing
        for goods in fact.event.inputs
        if goods.from_lot and unit_of(goods.unit)[0] == net.dimension
    )
    return (made + taken) / net.amount
