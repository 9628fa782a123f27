"""A figure: how fast ours is beside a bare floor, and how fast it must be."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `floor` in `unit`; `limit` is the least `ratio` (or the most, where `at_most`). None: only shown."""

    name: str
    ours: float
    floor: float | None
    ratio: float
    limit: float | None
    unit: str = "/s"
    at_most: bool = False
    raw: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether the limit is kept."""
        if self.limit is None:
            return True
        return self.ratio <= self.limit if self.at_most else self.ratio >= self.limit


@dataclass(slots=True)
class Rounds:
    """Pairs of (ours, floor), taken in turn so that a busy neighbour disturbs both sides alike."""

    pairs: list[tuple[float, float]] = field(default_factory=list)

    def add(self, ours: float, floor: float) -> None:
        """One more round."""
        self.pairs.append((ours, floor))

    def figure(self, name: str, limit: float | None, *, unit: str = "/s", at_most: bool = False) -> Figure:
        """The round whose ratio is the median of all."""
        ours, floor = sorted(self.pairs, key=lambda pair: pair[0] / pair[1])[len(self.pairs) // 2]
        raw = tuple(f"{mine:,.1f} / {bare:,.1f} = {mine / bare:.3f}" for mine, bare in self.pairs)
        return Figure(name, ours, floor, ours / floor, limit, unit, at_most, raw)


def in_rounds(ours: Callable[[], float], floor: Callable[[], float]) -> Rounds:
    """Run both sides in turn, ROUNDS times."""
    rounds = Rounds()
    for _ in range(ROUNDS):
        rounds.add(ours(), floor())
    return rounds


def per_second(count: int, work: Callable[[], object]) -> float:
    """How many of `count` things `work` does in a second."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(work: Callable[[], object], times: int) -> float:
    """The median of `times` runs."""
    return statistics.median(seconds(work) for _ in range(times))
