"""The rows of one sheet of a workbook (ISO/IEC 29500-1, section 18.3), as its XML streams by.

openpyxl reads the rest of the book; for the rows it would first walk a whole sheet to learn its size and fill up every
gap. Here a row is made when it holds a value: a million formatted empty ones cost their bytes and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from xml.parsers import expat

from openpyxl.utils.datetime import from_excel

from traceapp.core.errors import SheetRefused
from traceapp.core.sheets.cells import Cell, Formula
from traceapp.core.sheets.rows import Merged

MOST_COLUMNS = 100
MOST_MERGED = 20
MOST_TEXT = 2000
"""Characters of a cell that are kept: more than any may have, so that a longer one is still told of."""
_BLOCK = 1 << 18
_LONGEST_ROW = 1 << 20
_EMPTY_CELL = re.compile(rb'<c r="[A-Z]{1,3}\d{1,7}"[^<>]*/>(?=<c r="|</row>)')
_EMPTY_ROW = re.compile(rb'<row r="\d{1,7}"[^<>]*(?:/>|></row>)(?=<row r="|</sheetData>)')
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_RANGE = re.compile(r"[A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})")


@dataclass(frozen=True, slots=True)
class Book:
    """What a sheet's cells point at: shared texts, which styles are dates, and the day that dates count from."""

    texts: Sequence[str]
    date_styles: frozenset[int]
    epoch: datetime


def read_rows(part: IO[bytes], book: Book, merged: list[Merged]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Rows that hold a value, by their number; `merged` is complete when they are. SheetRefused for broken XML."""
    reader = _Reader(book, merged)
    try:
        for block in _with_values(part):
            reader.parser.Parse(block)
            yield from reader.taken()
        reader.parser.Parse(b"", True)
        yield from reader.taken()
    except (expat.ExpatError, ValueError, IndexError, OverflowError) as cause:
        raise SheetRefused.of("damaged") from cause


def _with_values(part: IO[bytes]) -> Iterator[bytes]:
    """The XML without cells and rows that are formatted and hold nothing: whole columns of them take seconds to parse.

    One that a nameless neighbour counts its place from stays.
    """
    rest = b""
    while block := part.read(_BLOCK):
        rest += block
        if (cut := rest.rfind(b"<row")) > 0:
            yield _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", rest[:cut]))
            rest = rest[cut:]
        elif len(rest) > _LONGEST_ROW:
            yield rest
            rest = b""
    yield rest


class _Reader:
    """Between two rows: what is being read."""

    def __init__(self, book: Book, merged: list[Merged]) -> None:
        self._book, self._merged = book, merged
        self._rows: list[tuple[int, Sequence[Cell]]] = []
        self._row, self._column, self._cells = 0, -1, dict[int, Cell]()
        self._kind, self._style, self._text, self._open = "n", 0, "", False
        self._formula = self._phonetic = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._refuse

    def taken(self) -> list[tuple[int, Sequence[Cell]]]:
        """The rows that are complete, once."""
        found, self._rows = self._rows, []
        return found

    def _refuse(self, *_: object) -> None:
        # No workbook declares a document type; bombs of entities do.
        raise SheetRefused.of("damaged")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._row = int(attributes.get("r") or self._row + 1)
                self._column, self._cells = -1, {}
            case "c":
                self._column = _column(attributes.get("r"), self._column)
                self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s") or 0)
                self._text, self._formula = "", False
            case "v" | "t":
                self._open = not self._phonetic
            case "f":
                self._formula = True
            case "rPh":
                self._phonetic = True
            case "mergeCell":
                self._merge(attributes.get("ref", ""))

    def _end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v" | "t":
                self._open = False
            case "rPh":
                self._phonetic = False
            case "c":
                if (self._text or self._formula) and self._column < MOST_COLUMNS:
                    self._cells[self._column] = self._value()
            case "row" if self._cells:
                width = max(self._cells) + 1
                self._rows.append((self._row, [self._cells.get(at) for at in range(width)]))

    def _data(self, text: str) -> None:
        if self._open and len(self._text) < MOST_TEXT:
            self._text += text[:MOST_TEXT]

    def _merge(self, name: str) -> None:
        found = _RANGE.fullmatch(name)
        if found and len(self._merged) < MOST_MERGED:
            self._merged.append(Merged(name, int(found[1]), int(found[2])))

    def _value(self) -> Cell:
        if self._formula:
            return Formula(self._text)
        match self._kind:
            case "s":
                return self._book.texts[int(self._text)]
            case "b":
                return self._text == "1"
            case "n":
                return self._number()
            case "d":
                return datetime.fromisoformat(self._text)
        return self._text

    def _number(self) -> Cell:
        found = float(self._text)
        if self._style in self._book.date_styles:
            # A time of day, or a day before the calendar begins, is no day of ours.
            made: Any = from_excel(found, self._book.epoch)
            return made if isinstance(made, datetime) else self._text
        return int(found) if found.is_integer() and abs(found) < 1e15 else found


def _column(place: str | None, before: int) -> int:
    """A cell's column from 0, by its name (`AB7`) or behind the one before."""
    found = _PLACE.fullmatch(place or "")
    if not found:
        return before + 1
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1
