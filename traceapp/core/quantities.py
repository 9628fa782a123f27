"""Exact amounts of goods: every unit has a dimension, and amounts of one dimension add up without rounding.

A dimension is `g`, `ml`, `m`, or a named count (`trái`, `bộ`), which is its own. Numbers are read from their shortest
decimal form, so that 0.1 + 0.2 kg is 0.3 kg and needs no tolerance.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from traceapp.core.events import Goods

MEASURES = ("g", "ml", "m")

_UNITS: dict[str, tuple[str, Fraction]] = {
    "mg": ("g", Fraction(1, 1000)),
    "g": ("g", Fraction(1)),
    "gam": ("g", Fraction(1)),
    "gram": ("g", Fraction(1)),
    "kg": ("g", Fraction(1000)),
    "yến": ("g", Fraction(10_000)),
    "tạ": ("g", Fraction(100_000)),
    "tấn": ("g", Fraction(1_000_000)),
    "t": ("g", Fraction(1_000_000)),
    "ml": ("ml", Fraction(1)),
    "cl": ("ml", Fraction(10)),
    "l": ("ml", Fraction(1000)),
    "lit": ("ml", Fraction(1000)),
    "lít": ("ml", Fraction(1000)),
    "m3": ("ml", Fraction(1_000_000)),
    "m³": ("ml", Fraction(1_000_000)),
    "mm": ("m", Fraction(1, 1000)),
    "cm": ("m", Fraction(1, 100)),
    "m": ("m", Fraction(1)),
    "mét": ("m", Fraction(1)),
    "km": ("m", Fraction(1000)),
}


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """A unit's or goods' name as it is compared: NFC, lower case, single spaces. Tones count: `la` is not `lá`."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def exact(number: float) -> Fraction:
    """The number as people wrote it: 0.1 is one tenth."""
    return Fraction(Decimal(repr(number)))


@lru_cache(maxsize=4096)
def unit_of(name: str) -> tuple[str, Fraction]:
    """A unit's dimension, and how many base units it holds; a name that is no measure counts things of that name."""
    key = name_key(name)
    return _UNITS.get(key, (key, Fraction(1)))


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
