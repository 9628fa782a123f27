"""Charts drawn here as plain shapes: whole numbers for SVG attributes, with the words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 328, 96
_LEAST = 3
_GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar by its corner and size, in a drawing of WIDTH by HEIGHT."""

    x: int
    y: int
    width: int
    height: int
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on a line of time, `x` of WIDTH; `row` keeps marks that stand close apart."""

    x: int
    row: int
    css: str
    words: str


def bars(counts: Sequence[tuple[str, int]]) -> tuple[Bar, ...]:
    """Upright bars, the highest as high as the drawing; a count above none is always seen."""
    highest = max((count for _, count in counts), default=0) or 1
    step = WIDTH / max(len(counts), 1)
    made = []
    for at, (words, count) in enumerate(counts):
        height = max(_LEAST, round(HEIGHT * count / highest)) if count else 0
        left, right = round(at * step), round((at + 1) * step) - _GAP
        made.append(Bar(left, HEIGHT - height, right - left, height, words))
    return tuple(made)


def share(count: int, highest: int, width: int = WIDTH) -> int:
    """How long a lying bar is."""
    return max(_LEAST, round(width * count / max(highest, 1)))


def marks(days: Sequence[tuple[date, str, str]], first: date, span: int) -> tuple[Mark, ...]:
    """(day, css, words) on a line from `first` over `span` days; those beyond its ends are left out."""
    last_in_row: dict[int, int] = {}
    made = []
    for day, css, words in sorted(days):
        if not first <= day < first + timedelta(days=span):
            continue
        x = 8 + round((WIDTH - 16) * (day - first).days / span)
        row = next(row for row in range(len(days)) if x - last_in_row.get(row, -99) >= 18)
        last_in_row[row] = x
        made.append(Mark(x, row, css, words))
    return tuple(made)
