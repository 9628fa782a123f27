"""Each event alone: by the yield rule its goods have, else output against input of the same dimension."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from traceapp.core.events import Goods, Stage
from traceapp.core.facts import EventFact, YieldRule
from traceapp.core.quantities import Quantity, exact, measure, name_key, total, unit_of
from traceapp.core.rules.balance_goods import is_receipt
from traceapp.core.rules.balance_sum import Sum, lines

_BRING_IN = frozenset({Stage.SOURCE, Stage.HARVEST})


def event_sums(fact: EventFact, rules: Iterable[YieldRule], net: Quantity | None) -> Iterator[Sum]:
    """The event's sums; `net` is what one pack of its lot holds. SOURCE, HARVEST and what was received bring goods in:
    nothing to judge.

    Where a rule is kept and allows no growth, its output also counts in the sum of all output of that dimension: two
    grades of one input may each be within the rule and together be too much.
    """
    if fact.stage in _BRING_IN or is_receipt(fact):
        return
    names = {name_key(goods.name) for goods in fact.event.outputs}
    named = (_Fit(fact, rule) for rule in rules if name_key(rule.output) in names)
    fits = [fit for fit in named if fit.used and fit.made]
    yield from (fit.sum for fit in fits)
    settled = {name_key(fit.rule.output) for fit in fits if fit.sum.exceeded or not fit.conserves}
    made = [goods for goods in fact.event.outputs if name_key(goods.name) not in settled]
    yield from _by_dimension(fact, made, net)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A yield rule on the goods of an event: input ÷ output ≥ least, each in the unit that the rule names."""

    fact: EventFact
    rule: YieldRule

    @property
    def units(self) -> tuple[str, str]:
        """A rule's unit is written "kg per l"."""
        left, _, right = self.rule.unit.partition(" per ")
        return left, right

    @property
    def used(self) -> list[Goods]:
        """What went in, of the rule's kind."""
        return _named(self.fact.event.inputs, self.rule.input, self.units[0])

    @property
    def made(self) -> list[Goods]:
        """What came out of it."""
        return _named(self.fact.event.outputs, self.rule.output, self.units[1])

    @property
    def conserves(self) -> bool:
        """Whether both sides have one dimension and the output is never more than the input."""
        (used, one), (made, other) = map(unit_of, self.units)
        return used == made and exact(self.rule.least) * one >= other

    @property
    def sum(self) -> Sum:
        """What came out, beside the most that the rule allows."""
        (_, one), (made, other) = map(unit_of, self.units)
        most = total(self.used) / one / exact(self.rule.least) * other
        details = {
            "inputs": lines(self.used),
            "least": self.rule.least,
            "most_per": self.rule.most,
            "rule_unit": self.rule.unit,
        }
        return Sum(
            kind="yield",
            lot=self.fact.event.lot,
            goods=self.rule.output,
            unit=self.units[1],
            claimed=Quantity(total(self.made), made),
            most=Quantity(most, made),
            answering=frozenset({self.fact.event.lot}),
            restricted=self.fact.restricted,
            details=details,
        )


def _named(found: Iterable[Goods], name: str, unit: str) -> list[Goods]:
    wanted = (name_key(name), unit_of(unit)[0])
    return [goods for goods in found if (name_key(goods.name), unit_of(goods.unit)[0]) == wanted]


def _by_dimension(fact: EventFact, made: list[Goods], net: Quantity | None) -> Iterator[Sum]:
    """All output of a dimension against all input of it; output of a dimension that did not go in is unknown."""
    contents = [(goods, _content(fact, goods, net)) for goods in made]
    for dimension in dict.fromkeys(content.dimension for _, content in contents):
        here = [(goods, content) for goods, content in contents if content.dimension == dimension]
        used = [goods for goods in fact.event.inputs if unit_of(goods.unit)[0] == dimension]
        claimed = Quantity(sum((content.amount for _, content in here), Fraction(0)), dimension)
        yield _dimension_sum(fact, here[0][0], claimed, used)


def _content(fact: EventFact, goods: Goods, net: Quantity | None) -> Quantity:
    """What goods amount to; a count of packs is what the packs hold."""
    quantity = measure(goods.quantity, goods.unit)
    if fact.stage == Stage.PACK and net is not None and not quantity.is_measure:
        return Quantity(quantity.amount * net.amount, net.dimension)
    return quantity


def _dimension_sum(fact: EventFact, first: Goods, claimed: Quantity, used: list[Goods]) -> Sum:
    return Sum(
        kind="event",
        lot=fact.event.lot,
        goods=first.name,
        unit=used[0].unit if used else first.unit,
        claimed=claimed,
        most=Quantity(total(used), claimed.dimension) if used else None,
        answering=frozenset({fact.event.lot}),
        restricted=fact.restricted,
        details={"inputs": lines(used)},
    )
