"""Chance that a seed decides: the same seed, the same throws, on every machine and in every version of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_ALL = 2**64 - 1


class Dice:
    """SplitMix64: fast and good enough to play with, nothing to keep a secret by."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _ALL

    def throw(self) -> int:
        """64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _ALL
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _ALL
        return mixed ^ (mixed >> 31)

    def below(self, limit: int) -> int:
        """0 … limit - 1."""
        return self.throw() % limit

    def between(self, least: int, most: int) -> int:
        """least … most, both among them."""
        return least + self.below(most - least + 1)

    def chance(self, share: float) -> bool:
        """True in that share of throws."""
        return self.throw() < share * 2**64

    def pick(self, among: Sequence[T]) -> T:
        """One of them."""
        return among[self.below(len(among))]

    def weighted(self, among: Sequence[tuple[int, T]]) -> T:
        """One of (weight, it)."""
        left = self.below(sum(weight for weight, _ in among))
        for weight, found in among[:-1]:
            left -= weight
            if left < 0:
                return found
        return among[-1][1]
