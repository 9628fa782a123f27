"""Goods that change hands: what was sent, what came, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from traceapp.core.events import Goods
from traceapp.core.quantities import Quantity, measure, name_key, unit_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind of goods that was counted differently on the two sides, told in `unit`."""

    goods: str
    unit: str
    sent: float
    received: float

    @property
    def missing(self) -> bool:
        """Whether less came than was sent."""
        return self.received < self.sent


def differences(sent: Iterable[Goods], received: Iterable[Goods]) -> tuple[Difference, ...]:
    """Kinds of goods whose amounts differ, exactly; units of one dimension are compared with each other."""
    left, right = _amounts(sent), _amounts(received)
    found = []
    for kind in dict.fromkeys((*left, *right)):
        goods = (left.get(kind) or right[kind])[0]
        one, other = (side[kind][1] if kind in side else Fraction(0) for side in (left, right))
        if one != other:
            told = (Quantity(amount, kind[1]).in_unit(goods.unit) for amount in (one, other))
            found.append(Difference(goods.name, goods.unit, *told))
    return tuple(found)


def _amounts(listed: Iterable[Goods]) -> dict[tuple[str, str], tuple[Goods, Fraction]]:
    found: dict[tuple[str, str], tuple[Goods, Fraction]] = {}
    for goods in listed:
        kind = name_key(goods.name), unit_of(goods.unit)[0]
        before = found[kind][1] if kind in found else Fraction(0)
        found[kind] = goods, before + measure(goods.quantity, goods.unit).amount
    return found
