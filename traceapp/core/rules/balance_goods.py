"""One kind of goods in a lot: what was used of it, there and elsewhere, against what was brought in or made.

Goods that were sent to somebody else and received there are that holder's: what the holder draws is set against what
came to it, what the producer draws and sends against what it made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from traceapp.core.events import Goods, Stage
from traceapp.core.facts import EventFact, Facts
from traceapp.core.quantities import Quantity, measure, name_key, total, unit_of
from traceapp.core.rules.balance_sum import Sum
from traceapp.core.rules.lineage import events_of

Kind = tuple[str, str, str, str]
"""Goods as they are compared: whose lot, in whose hands (empty: its producer's), which name, which dimension."""
Draw = tuple[EventFact, Goods]


@dataclass(frozen=True)
class Stock:
    """One kind of goods of a lot in one pair of hands. `there` is None for goods that were never seen to come in."""

    lot: str
    holder: str
    goods: str
    unit: str
    there: Fraction | None
    draws: tuple[Draw, ...] = ()

    @property
    def dimension(self) -> str:
        """What its unit measures."""
        return unit_of(self.unit)[0]

    @cached_property
    def drawn(self) -> Fraction:
        """All that was used, taken or sent, in base units."""
        return total(goods for _, goods in self.draws)

    @property
    def left(self) -> Quantity:
        """What must still be there; below nothing where more was drawn than came in."""
        return Quantity((self.there or Fraction(0)) - self.drawn, self.dimension)


def goods_sums(facts: Facts, lots: Collection[str]) -> Iterator[Sum]:
    """A sum for each kind of goods that was drawn from one of the lots; unknown for goods which it never had.

    Whoever drew what was no longer there answers for it; whoever took their share before does not.
    """
    return (_goods_sum(stock) for stock in stocks(facts, lots) if stock.draws)


def stocks(facts: Facts, lots: Collection[str]) -> Iterator[Stock]:
    """Every kind of goods that came into one of the lots or was drawn from it, in whichever hands."""
    hands = _Hands(facts, lots)
    there, draws = hands.there(), hands.draws()
    for kind in dict.fromkeys((*draws, *there)):
        found = draws.get(kind, ())
        last = found[-1][1] if found else there[kind][0]
        yield Stock(kind[0], kind[1], last.name, last.unit, there[kind][1] if kind in there else None, tuple(found))


class _Hands:
    """In whose hands the goods of some lots are: the producer's, or those of whoever received them from it."""

    def __init__(self, facts: Facts, lots: Collection[str]) -> None:
        self._facts = facts
        self._wanted = frozenset(lots)
        self._events = sorted(events_of(facts, lots), key=lambda one: one.source.leaf_index)
        self._receivers = {(one.event.lot, one.event.actor) for one in self._events if is_receipt(one)}

    def _holder(self, fact: EventFact, lot: str) -> str:
        known = self._facts.lots.get(lot)
        if known and known.source.declared_by == fact.event.actor:
            return ""
        return fact.event.actor if (lot, fact.event.actor) in self._receivers else ""

    def there(self) -> dict[Kind, tuple[Goods, Fraction]]:
        """What was brought in, made or received, with the goods as they were named last."""
        found: dict[Kind, tuple[Goods, Fraction]] = {}
        sent = self._sent()
        for fact in self._events:
            for goods in fact.event.outputs:
                kind = _kind(fact.event.lot, self._holder(fact, fact.event.lot), goods)
                before = found[kind][1] if kind in found else Fraction(0)
                found[kind] = goods, before + measure(goods.quantity, goods.unit).amount
        # Nobody holds more of a producer's goods than it sent, whatever they counted.
        return {kind: (goods, min(amount, sent.get(kind, amount))) for kind, (goods, amount) in found.items()}

    def _sent(self) -> dict[Kind, Fraction]:
        """What was sent to each receiver."""
        loads = ((fact, str(fact.event.kde.get("to"))) for fact in self._events if fact.stage == Stage.SHIP)
        sent = ((fact.event.lot, to, one) for fact, to in loads for one in fact.event.inputs)
        found: dict[Kind, Fraction] = defaultdict(Fraction)
        for lot, to, goods in sent:
            found[_kind(lot, to, goods)] += measure(goods.quantity, goods.unit).amount
        return found

    def draws(self) -> dict[Kind, list[Draw]]:
        """What was drawn from the lots' goods, by themselves and by others, in the order of the log."""
        found: dict[Kind, list[Draw]] = defaultdict(list)
        for fact in sorted(self._facts.all_events, key=lambda one: one.source.leaf_index):
            for goods in fact.event.inputs:
                lot = goods.from_lot or fact.event.lot
                if lot in self._wanted:
                    found[_kind(lot, self._holder(fact, lot), goods)].append((fact, goods))
        return found


def is_receipt(fact: EventFact) -> bool:
    """Whether goods changed hands in an event: they came in and nothing was made into them."""
    return fact.stage == Stage.RECEIVE and not fact.event.inputs


def _kind(lot: str, holder: str, goods: Goods) -> Kind:
    return lot, holder, name_key(goods.name), unit_of(goods.unit)[0]


def _goods_sum(stock: Stock) -> Sum:
    drawing = {fact.event.lot for fact, _ in stock.draws}
    answering = drawing if stock.there is None else _overdrawing(stock.draws, stock.there) or drawing
    return Sum(
        kind="goods",
        lot=stock.lot,
        goods=stock.goods,
        unit=stock.unit,
        claimed=Quantity(stock.drawn, stock.dimension),
        most=None if stock.there is None else Quantity(stock.there, stock.dimension),
        # What another holder does with received goods is no fault of the lot they came from.
        answering=frozenset(answering - {stock.lot} if stock.holder else answering),
        restricted=bool(stock.holder) or any(fact.restricted for fact, _ in stock.draws),
        details={"taken_by": sorted(drawing - {stock.lot})},
        held_by=stock.holder,
    )


def _overdrawing(draws: Collection[Draw], there: Fraction) -> set[str]:
    lots, left = set(), there
    for fact, goods in draws:
        left -= measure(goods.quantity, goods.unit).amount
        if left < 0:
            lots.add(fact.event.lot)
    return lots
