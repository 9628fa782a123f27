"""Exact amounts of goods: every unit has a dimension, and amounts of one dimension add up without rounding.

A dimension is `g`, `ml`, `m`, or a named count (`trái`, `bộ`), which is its own. Numbers are read from their shortest
decimal form, so that 0.1 + 0.2 kg is 0.3 kg and needs no tolerance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from traceapp.core.events import Goods
from traceapp.core.units import MEASURES as MEASURES
from traceapp.core.units import name_key as name_key
from traceapp.core.units import unit_of as unit_of


def exact(number: float) -> Fraction:
    """The number as people wrote it: 0.1 is one tenth."""
    return Fraction(Decimal(repr(number)))


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact amount in base units of its dimension."""

    amount: Fraction
    dimension: str

    @property
    def is_measure(self) -> bool:
        """Whether it is a weight, volume or length, not a count."""
        return self.dimension in MEASURES

    def in_unit(self, name: str) -> float:
        """The amount in a unit of the same dimension, as a plain number."""
        return float(self.amount / unit_of(name)[1])


@lru_cache(maxsize=4096)
def measure(number: float, unit: str) -> Quantity:
    """`number` of `unit`, exactly."""
    dimension, factor = unit_of(unit)
    return Quantity(exact(number) * factor, dimension)


def total(goods: Iterable[Goods]) -> Fraction:
    """The sum of goods that share one dimension, in its base unit."""
    return sum((measure(one.quantity, one.unit).amount for one in goods), Fraction(0))
