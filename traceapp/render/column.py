"""The column of words beside a code: what it is and whose above; dates, lot, stars and call below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import cos, pi, sin

from traceapp.render.faces import Weight, face, plain
from traceapp.render.layout import CAP_HEIGHT, LEADING, Box
from traceapp.render.sheets import LabelText
from traceapp.render.wrap import Paragraph

LEAST_NAMES = 1.25, 1.0  # the name on one line, on two lines, in body sizes
TAB = 0.35  # after NSX, HSD, Lô; in body sizes, as all below
COLUMNS = 1.2  # between the dates and the rest
STAR = 0.82  # width of a star
STAR_STEP = 0.91
STAR_GAP = 0.3  # after the last star

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Line:
    """One run of text in one weight; `x` is its left end. Dots from the label's top left corner."""

    x: int
    baseline: int
    size: int
    weight: Weight
    text: str


@dataclass(frozen=True)
class Words:
    """Lines of text and filled shapes in place."""

    lines: tuple[Line, ...]
    shapes: tuple[Polygon, ...]


@dataclass(frozen=True)
class Manner:
    """How close words stand.

    `leading` between baselines, in type sizes; `gap` above a new thing, `part` between the upper and the lower group,
    and the largest `names` on one line and on two, in body sizes; `run_on` if the address follows the producer's name.
    """

    leading: float
    gap: float
    part: float
    names: tuple[float, float]
    run_on: bool


ROOMY = Manner(LEADING, 0.3, 0.35, (1.6, 1.4), run_on=False)
CROWDED = Manner(1.19, 0.06, 0.06, (1.4, 1.15), run_on=True)


class Source:
    """What the column says, its paragraphs broken once for all the sizes that are tried."""

    def __init__(self, text: LabelText) -> None:
        self.name = Paragraph(text.name, "semibold")
        origin = [words for words in (text.producer, text.address) if words]
        self.origin = [Paragraph(words, "regular") for words in origin]
        self.origin_run_on = [Paragraph(", ".join(origin), "regular", most=3)] if origin else []
        self.dates = [(word, plain(value)) for word, value in (("NSX", text.made), ("HSD", text.expires)) if value]
        self.goods = [(word, plain(value)) for word, value in (("Lô", text.lot), ("", text.net)) if value]
        self.stars = text.stars or 0


@dataclass(frozen=True)
class _Run:
    """Text of one weight at a distance from the left of its row, in dots."""

    x: float
    weight: Weight
    text: str


@dataclass(frozen=True)
class _Row:
    """A line of the column that has no height yet; `gap` is extra room above it, in dots."""

    size: int
    runs: tuple[_Run, ...]
    gap: float = 0
    stars: int = 0

    @property
    def right(self) -> float:
        return max(run.x + face(run.weight).advance(run.text) * self.size for run in self.runs)


@dataclass(frozen=True)
class Column:
    """One attempt: this box, this manner, this body size; all in dots."""

    source: Source
    box: Box
    manner: Manner
    body: int
    least_name: int

    def words(self, call: str) -> Words | None:
        """Everything in place, or None where it does not fit."""
        upper, lower = self._upper(), self._lower(call)
        if upper is None or any(row.right > self.box.w for row in lower):
            return None
        above, below = self._downwards(upper), self._upwards(lower)
        least = (self.manner.leading + self.manner.part) * self.body
        if above[-1][0] > (below[0][0] - least if below else self.box.y + self.box.h):
            return None
        placed = above + below
        return Words(
            tuple(self._line(baseline, row, run) for baseline, row in placed for run in row.runs),
            tuple(star for baseline, row in placed for star in self._stars(baseline, row)),
        )

    def _upper(self) -> list[_Row] | None:
        rows = self._name_rows()
        origin = self.source.origin_run_on if self.manner.run_on else self.source.origin
        for number, paragraph in enumerate(origin):
            lines = paragraph.lines(self.box.w / self.body)
            if rows is None or lines is None:
                return None
            first, *more = (_Row(self.body, (_Run(0, "regular", line),)) for line in lines)
            rows += [replace(first, gap=self._gap if number == 0 else 0), *more]
        return rows

    def _name_rows(self) -> list[_Row] | None:
        for count, (least, most) in enumerate(zip(LEAST_NAMES, self.manner.names, strict=True), 1):
            for size in range(int(most * self.body), max(int(least * self.body), self.least_name) - 1, -1):
                lines = self.source.name.lines(self.box.w / size, count)
                if lines:
                    return [_Row(size, (_Run(0, "semibold", line),)) for line in lines]
        return None

    def _lower(self, call: str) -> list[_Row]:
        rows = self._facts()
        stars = self.source.stars
        if stars:
            words = _Run(self.body * (STAR_STEP * stars + STAR_GAP), "semibold", f"OCOP {stars} sao")
            rows.append(_Row(self.body, (words,), self._gap, stars))
        if call:
            rows.append(_Row(self.body, (_Run(0, "regular", call),), self._gap))
        return rows

    def _facts(self) -> list[_Row]:
        """Dates below each other, so that they compare at a glance; lot and content beside them where there is room."""
        source, dates = self.source, self._tabbed(self.source.dates)
        step = max((row.right for row in dates), default=0) + (COLUMNS * self.body if dates else 0)
        beside = self._tabbed(source.goods, step)
        if all(row.right <= self.box.w for row in beside):
            pairs = zip_longest(dates, beside, fillvalue=_Row(self.body, ()))
            return [_Row(self.body, one.runs + other.runs) for one, other in pairs]
        below = self._tabbed(source.goods)
        aligned = self._tabbed([*source.dates, *source.goods])[len(dates) :]
        joined = (row for row in (self._joined(aligned), self._joined(below)) if row.right <= self.box.w)
        return [*dates, *([row] if (row := next(joined, None)) else below)]

    def _tabbed(self, facts: Sequence[tuple[str, str]], x: float = 0) -> list[_Row]:
        """Light words, then what matters, aligned."""
        tab = max((face("regular").advance(word) + TAB for word, _ in facts if word), default=0) * self.body
        rows = []
        for word, value in facts:
            light = (_Run(x, "regular", word),) if word else ()
            rows.append(_Row(self.body, (*light, _Run(x + tab if word else x, "semibold", value))))
        return rows

    def _joined(self, rows: Sequence[_Row]) -> _Row:
        """Rows as one, with a point between them."""
        first, *more = rows
        for row in more:
            dot = _Run(first.right, "regular", " · ")
            x = first.right + face("regular").advance(dot.text) * self.body
            first = replace(first, runs=(*first.runs, dot, *(replace(run, x=run.x + x) for run in row.runs)))
        return first

    @property
    def _gap(self) -> float:
        return self.manner.gap * self.body

    def _downwards(self, rows: Sequence[_Row]) -> list[tuple[float, _Row]]:
        """Rows with their baselines; the first one's capitals touch the top of the box."""
        placed = [(self.box.y + CAP_HEIGHT * rows[0].size, rows[0])]
        for row in rows[1:]:
            placed.append((placed[-1][0] + self.manner.leading * row.size + row.gap, row))
        return placed

    def _upwards(self, rows: Sequence[_Row]) -> list[tuple[float, _Row]]:
        """Rows with their baselines; the last one stands on the bottom of the box."""
        placed: list[tuple[float, _Row]] = []
        baseline: float = self.box.y + self.box.h
        for row in reversed(rows):
            placed.insert(0, (baseline, row))
            baseline -= self.manner.leading * row.size + row.gap
        return placed

    def _line(self, baseline: float, row: _Row, run: _Run) -> Line:
        return Line(round(self.box.x + run.x), round(baseline), row.size, run.weight, run.text)

    def _stars(self, baseline: float, row: _Row) -> Iterator[Polygon]:
        y = baseline - CAP_HEIGHT / 2 * row.size
        for number in range(row.stars):
            yield _star(self.box.x + row.size * (STAR / 2 + STAR_STEP * number), y, STAR / 2 * row.size)


def _star(x: float, y: float, radius: float) -> Polygon:
    """A plain five-pointed star around a centre."""
    radii = (radius, radius * 0.42) * 5
    return tuple((x + r * sin(i * pi / 5), y - r * cos(i * pi / 5)) for i, r in enumerate(radii))
