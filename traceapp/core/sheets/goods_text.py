"""Goods as they are written into one cell: `cá cơm 1.250,5 kg; muối 400 kg từ lô MUOI-01`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from traceapp.core.errors import CellRefused
from traceapp.core.sheets.cells import Cell, Form, amount_of, texts_of

# A name may end in a number of its own (chai 500 ml 4.200 chai): the last number that a unit follows is the quantity.
_LINE = re.compile(
    r"(?P<name>.*[^\s,:])\s*[,:]?\s+(?P<number>[+-]?\d[\d.,]*)\s*(?P<unit>[^\W\d_][\w³]*)"
    r"(?:\s+(?:từ lô|tu lo|from lot)\s+(?P<lot>\S+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WrittenGoods:
    """One line of goods; `from_lot` is the number of the lot they were taken from."""

    name: str
    quantity: float
    unit: str
    from_lot: str | None = None


def goods_of(cell: Cell, *, english: bool = False) -> tuple[WrittenGoods, ...]:
    """The lines of a cell, divided by semicolons."""
    return tuple(_line(text, english=english) for text in texts_of(cell))


def _line(text: str, *, english: bool) -> WrittenGoods:
    found = _LINE.fullmatch(text)
    if not found:
        raise CellRefused.of("goods", text=text[:60])
    quantity = amount_of(found["number"].rstrip(".,"), english=english)
    return WrittenGoods(found["name"], quantity, found["unit"], found["lot"])


GOODS = Form("goods", goods_of, in_english=partial(goods_of, english=True))
