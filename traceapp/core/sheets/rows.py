"""Reading a table by its layout: which column is which, and every faulty cell with its row and column.

A title is matched without tones, case and what stands in brackets. Reading goes on behind a fault, so that one look
shows them all; past MOST_FAULTS they are only counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from traceapp.core.errors import CellRefused
from traceapp.core.folding import fold
from traceapp.core.sheets.cells import Cell, Form

MOST_ROWS = 20_000
MOST_FAULTS = 200
HEADER_WITHIN = 20
"""Rows among which the titles are looked for: people write a heading above them."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `titles` are its Vietnamese and its English name, then other spellings.

    `note` names what is easily mistaken about it; templates say it, and so does whoever looks at a table.
    """

    key: str
    form: Form
    titles: tuple[str, ...]
    needed: bool = False
    example: str = ""
    note: str = ""


Values = Mapping[str, Any]
RowCheck = Callable[[Values], Iterator[tuple[str, str]]]
"""What is wrong between the cells of one row: (column key, problem)."""


def nothing_wrong(values: Values) -> Iterator[tuple[str, str]]:
    """Cells that have nothing to do with each other."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of table. `same` are sets of columns by which two rows are one thing, the surest first.

    `apart` are columns that tell two things apart which only a weaker set makes one, where both rows fill them in.
    """

    kind: str
    columns: tuple[Column, ...]
    same: tuple[tuple[str, ...], ...]
    apart: tuple[str, ...] = ()
    check: RowCheck = nothing_wrong

    def title(self, key: str, lang: str) -> str:
        """What a column is called."""
        return self._column(key).titles[lang == "en"]

    def form(self, key: str) -> Form:
        """How cells of a column are written."""
        return self._column(key).form

    def _column(self, key: str) -> Column:
        return next(one for one in self.columns if one.key == key)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `row` as the spreadsheet numbers it, `column` a key of the layout."""

    row: int | None
    column: str | None
    problem: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that were made one, `range` as in A5:B9."""

    range: str
    first_row: int
    last_row: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it comes out of a file: numbered rows, read once. `merged` cells are known when they have been."""

    lines: Iterable[tuple[int, Sequence[Cell]]]
    merged: Sequence[Merged] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row that can be used; every column of the layout has a value or None."""

    number: int
    values: Values


@dataclass(frozen=True, slots=True)
class Same:
    """A row left out, as row `as_row`, or what is recorded already (None), is the same thing by the columns `by`."""

    row: int
    as_row: int | None
    by: tuple[str, ...]
    what: str


@dataclass(slots=True)
class Reading:
    """A table read: what can be used, what is wrong, titles that mean nothing here, rows that repeat others.

    `faulty` are rows with a cell that is wrong, which has no value there: what else is wrong with them is told at once.
    """

    layout: Layout
    rows: list[Row] = field(default_factory=list)
    faulty: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    english: bool = False
    """Whether its titles are in English, and so are its numbers."""
    unknown: tuple[str, ...] = ()
    same: list[Same] = field(default_factory=list)

    def refuse(self, row: int | None, column: str | None, problem: str, **values: str | int) -> None:
        """Note one fault."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(row, column, problem, values))


def read_grid(layout: Layout, grid: Grid) -> Reading:
    """Read `grid`; nothing is raised for what somebody typed."""
    reading = Reading(layout)
    lines = iter(grid.lines)
    header = _find_header(layout, lines, reading)
    if header is None:
        return reading
    number, places = header
    for row, cells in lines:
        if all(cell is None or cell == "" for cell in cells):
            continue
        if len(reading.rows) + reading.fault_count >= MOST_ROWS:
            reading.refuse(row, None, "too-many-rows", most=MOST_ROWS)
            break
        _read_row(reading, row, cells, places)
    for one in grid.merged:
        if one.last_row > number:
            reading.refuse(max(one.first_row, number + 1), None, "merged", range=one.range)
    if not reading.rows and not reading.fault_count:
        reading.refuse(None, None, "no-rows")
    return reading


def key_of(title: str) -> str:
    """A title as it is compared."""
    bare = re.sub(r"[(\[].*?[)\]]", " ", fold(title))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def _find_header(
    layout: Layout, lines: Iterator[tuple[int, Sequence[Cell]]], reading: Reading
) -> tuple[int, dict[str, int]] | None:
    """The row of titles, and where each column stands in it. None when the table has to be refused."""
    known = {key_of(title): one.key for one in layout.columns for title in (*one.titles, one.key)}
    best: tuple[int, list[tuple[str | None, str, int]]] | None = None
    for tried, (number, cells) in enumerate(lines):
        titles = [(known.get(key_of(str(cell))), str(cell), at) for at, cell in enumerate(cells) if cell]
        found = {key for key, _, _ in titles if key}
        if best is None or len(found) > len({key for key, _, _ in best[1] if key}):
            best = (number, titles)
        if found.issuperset(one.key for one in layout.columns if one.needed) or tried >= HEADER_WITHIN:
            break
    if best is None:
        reading.refuse(None, None, "empty")
        return None
    return _checked_header(layout, best[0], best[1], reading)


def _checked_header(
    layout: Layout, number: int, titles: list[tuple[str | None, str, int]], reading: Reading
) -> tuple[int, dict[str, int]] | None:
    places: dict[str, int] = {}
    for key, _, at in titles:
        if key in places:
            reading.refuse(number, key, "column-twice")
        elif key:
            places[key] = at
    for column in layout.columns:
        if column.needed and column.key not in places:
            reading.refuse(number, column.key, "column-missing")
    reading.english = _is_english(layout, titles)
    reading.unknown = tuple(title.strip()[:60] for key, title, _ in titles if key is None)
    return None if reading.fault_count else (number, places)


def _is_english(layout: Layout, titles: Iterable[tuple[str | None, str, int]]) -> bool:
    """Whether more titles are English ones than Vietnamese ones; some are the same in both."""
    names = {one.key: [key_of(title) for title in one.titles] for one in layout.columns}
    written = [(names[key], key_of(title)) for key, title, _ in titles if key]
    english = sum(title == known[1] != known[0] for known, title in written)
    vietnamese = sum(title in known and title != known[1] for known, title in written)
    return english > vietnamese


def _read_row(reading: Reading, number: int, cells: Sequence[Cell], places: Mapping[str, int]) -> None:
    values: dict[str, Any] = {}
    before = reading.fault_count
    for column in reading.layout.columns:
        at = places.get(column.key)
        cell = cells[at] if at is not None and at < len(cells) else None
        values[column.key] = _value(reading, number, column, cell)
    if reading.fault_count == before:
        for key, problem in reading.layout.check(values):
            reading.refuse(number, key, problem)
    (reading.rows if reading.fault_count == before else reading.faulty).append(Row(number, values))


def _value(reading: Reading, number: int, column: Column, cell: Cell) -> Any:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        if column.needed:
            reading.refuse(number, column.key, "needed")
        return None
    try:
        return ((reading.english and column.form.in_english) or column.form.read)(cell)
    except CellRefused as cause:
        reading.refuse(number, column.key, cause.problem, **cause.values)
        return None
