"""How many packs of a lot are still there to be sent, as far as anybody counted them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from traceapp.core.events import Event, Stage
from traceapp.core.facts import Facts
from traceapp.core.quantities import MEASURES, exact, total
from traceapp.core.rules.balance_goods import Stock, stocks
from traceapp.core.statements import record_uuid


def packs_left(facts: Facts, lot: str, corrected: str | None = None) -> Fraction | None:
    """What its producer should still have of a lot; None where nothing of it was ever counted, only weighed.

    Whatever is counted is a pack: a diary asks for a number alone. What the `corrected` record (its UUID) took is
    there again.
    """
    counted = [one for one in stocks(facts, [lot]) if not one.holder and one.there is not None]
    left = [one.left.amount + _drawn_by(corrected, one) for one in counted if one.dimension not in MEASURES]
    events = (fact.event for fact in facts.all_events if record_uuid(fact.source.record_id) != corrected)
    return sum(left, Fraction(0)) - packs_sent(events, lot) if left else None


def _drawn_by(record: str | None, stock: Stock) -> Fraction:
    return total(goods for fact, goods in stock.draws if record_uuid(fact.source.record_id) == record)


def packs_sent(events: Iterable[Event], lot: str) -> Fraction:
    """What was sent of a lot by number alone, as diaries tell it: they name no goods that a stock could lack."""
    sent = (one for one in events if one.stage is Stage.SHIP and one.lot == lot and not one.inputs)
    return sum((exact(count) for one in sent if (count := number_sent(one.kde.get("qty")))), Fraction(0))


def number_sent(value: object) -> float | None:
    """A number of packs as it stands in a record; None for what is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
