"""Mass balance: nothing more comes out, is used, taken or labelled than there can be.

Every judgement is one sum, what is claimed against the most there can be, in exact arithmetic:
- of an event, by a yield rule of the trade, or by output against input of the same dimension (balance_events);
- of one kind of goods in a lot, what was used and taken against what was brought in or made (balance_goods);
- of labels, against what was packed and what was there to pack (balance_labels).
A sum with nothing to compare with is unknown, which is information and never good. Faults count along the lineage:
goods that cannot exist do not become real in the next lot.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.quantities import Quantity, measure
from traceapp.core.rules.balance_events import event_sums
from traceapp.core.rules.balance_goods import goods_sums
from traceapp.core.rules.balance_labels import label_sums
from traceapp.core.rules.balance_sum import Sum
from traceapp.core.rules.lineage import events_of, lineage


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Each sum exceeded; else which goods are unknown; else that the lot's own sums agree."""
    lots = lineage(facts)
    if not lots:
        return
    own, who = lots[0], facts.lot.source.declared_by if facts.lot else None
    sums = list(_sums(facts, lots))
    exceeded = [one for one in sums if one.exceeded and _concerns(one, own, lots)]
    ours = [one for one in sums if own in one.answering]
    unknown = [one.goods for one in ours if one.most is None]
    for one in exceeded:
        yield Finding("mass-balance-exceeded", Severity.WARNING, Mark.DECLARED, who, data=one.data)
    if exceeded:
        return
    if unknown or not ours:
        goods = list(dict.fromkeys(unknown))
        yield Finding("mass-balance-unknown", Severity.INFO, Mark.DECLARED, who, data={"unknown": goods})
    else:
        yield Finding("mass-balance-ok", Severity.GOOD, Mark.DECLARED, who, data={"sums": len(ours)})


def _concerns(one: Sum, own: str, lots: tuple[str, ...]) -> bool:
    """Whether a sum is told of the lot: goods of its own in its producer's hands, or what its lineage did."""
    return (one.lot == own and not one.held_by) or bool(one.answering.intersection(lots))


def moments(facts: Facts) -> Iterator[datetime]:
    """None: sums do not change by themselves."""
    yield from ()


def _sums(facts: Facts, lots: tuple[str, ...]) -> Iterator[Sum]:
    for fact in events_of(facts, lots):
        yield from event_sums(fact, facts.rulebook.yields, _net_content(facts, fact.event.lot))
    yield from goods_sums(facts, lots)
    yield from label_sums(facts, lots[0], _net_content(facts, lots[0]))


def _net_content(facts: Facts, lot: str) -> Quantity | None:
    """What one pack of the lot holds, where that is known."""
    product, found = facts.product, facts.lots.get(lot, facts.lot)
    if product is None or found is None or found.product != product.id:
        return None
    if not product.net_value or not product.net_unit or product.net_value < 0:
        return None
    return measure(product.net_value, product.net_unit)
