"""What stands in one cell of a table that somebody typed, made into a value: text, a number, a day, a code.

Numbers are read as in a form (core/typed.py), and as machines write them. What cannot be used raises CellRefused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from traceapp.core.errors import CellRefused, InvalidIdentifier
from traceapp.core.folding import fold
from traceapp.core.identifiers import Ggn, Gln, Gtin, Lot, TaxCode, TraceCode, nfc
from traceapp.core.places import PROVINCES
from traceapp.core.typed import NotReadable, read_day, read_number, two_ways, typed_number

LONGEST = 500
LARGEST = 1e9
_ERRORS = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!)")
_RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes as the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that holds a formula instead of a value."""

    text: str


Cell = str | int | float | bool | date | datetime | Formula | None


@dataclass(frozen=True, slots=True)
class Form:
    """How a cell is written: `read` makes it a value, `kind` names it in the template, `names` are all choices.

    Files of ours are written in Vietnamese; `english` is what choices are called for whoever reads that, `in_english`
    reads cells of a table in English where those say something else.
    """

    kind: str
    read: Callable[[Cell], Any]
    names: Mapping[str, str] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)
    in_english: Callable[[Cell], Any] | None = None

    def choices(self, lang: str) -> str:
        """All choices, as whoever reads `lang` writes them."""
        return ", ".join(self.name(value, lang) for value in self.names)

    def name(self, value: str, lang: str) -> str:
        """What one choice is called; a text that is none is itself."""
        name = self.names.get(value, value)
        return self.english.get(value, name) if lang == "en" else name


def neutral(text: str) -> str:
    """`text` as it may stand in a cell: never the beginning of a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text


def text_of(cell: Cell) -> str:
    """A cell's text in NFC with single spaces; empty where nothing stands there."""
    match cell:
        case None:
            return ""
        case Formula():
            raise CellRefused.of("formula")
        case bool():
            return "TRUE" if cell else "FALSE"
        case date():
            raise CellRefused.of("became-date")
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if cell.is_integer() else f"{cell:.10g}"
    return _tidy(cell)


def _tidy(text: str) -> str:
    kept = " ".join(text.split())
    if _ERRORS.fullmatch(kept):
        raise CellRefused.of("excel-error", text=kept)
    if kept.startswith("'") and kept[1:].startswith(_RISKY):
        kept = kept[1:]
    if len(kept) > LONGEST:
        raise CellRefused.of("long", most=LONGEST, length=len(kept))
    try:
        return nfc(kept)
    except InvalidIdentifier as cause:
        raise CellRefused.of("unprintable") from cause


def number_of(cell: Cell, *, english: bool = False) -> float:
    """A number: 1.250,5 and 1250,5 and 1250.5; `1,250` could be two numbers and is refused.

    So is the text `1.250` in a table in English; a cell that holds a number is that number.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        found = float(cell)
    else:
        found = _number_typed(text_of(cell), english=english)
    if not -LARGEST <= found <= LARGEST:
        raise CellRefused.of("number-large", text=str(cell)[:40])
    return found


def _number_typed(text: str, *, english: bool) -> float:
    try:
        return float(read_number(text.removeprefix("+"), english=english))
    except NotReadable as cause:
        if cause.problem == "ambiguous":
            plain, fraction = two_ways(cause.said)
            fraction = fraction.replace(",", ".") if english else fraction
            raise CellRefused.of("number-two-ways", text=text, plain=plain, fraction=fraction) from cause
        raise CellRefused.of("number-large" if cause.problem == "too-large" else "number", text=text[:40]) from cause


def amount_of(cell: Cell, *, english: bool = False) -> float:
    """A number above 0."""
    found = number_of(cell, english=english)
    if found <= 0:
        raise CellRefused.of("not-above-zero", text=str(cell)[:40])
    return found


_DOSE = re.compile(r"(?P<number>[+\-−]?\d[\d.,]*(?: \d{3})*(?:,\d+)?)\s*(?P<unit>(?![eE][+-]?\d)(?:[^\W\d_]|%).*)")


def dose_of(cell: Cell, *, english: bool = False) -> str:
    """A number above 0 with its unit, as the diary's form keeps it: 0,25 l/ha."""
    text = text_of(cell)
    found = _DOSE.fullmatch(text)
    if not found:
        raise CellRefused.of("dose", text=text[:60])
    number = amount_of(found["number"].rstrip(".,"), english=english)
    return f"{typed_number(number)} {found['unit']}"


def whole_of(cell: Cell, *, english: bool = False) -> int:
    """A whole number from 0 on."""
    found = number_of(cell, english=english)
    if found < 0 or not found.is_integer():
        raise CellRefused.of("whole", text=str(cell)[:40])
    return int(found)


_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")


def day_of(cell: Cell) -> date:
    """A civil date: a cell that is one, or text as 05/11/2026 or 2026-11-05."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float):
        raise CellRefused.of("day-number", text=str(cell)[:40])
    text = text_of(cell)
    if _SHORT_YEAR.fullmatch(text):
        raise CellRefused.of("day-short", text=text)
    try:
        return read_day(text)
    except NotReadable as cause:
        raise CellRefused.of("no-such-day" if cause.problem == "no-such-day" else "day", text=text[:40]) from cause


def days_of(cell: Cell) -> tuple[date, ...]:
    """Days with semicolons between them."""
    if isinstance(cell, date):
        return (day_of(cell),)
    return tuple(day_of(part.strip()) for part in text_of(cell).split(";") if part.strip())


def texts_of(cell: Cell) -> tuple[str, ...]:
    """Texts with semicolons between them."""
    return tuple(part.strip() for part in text_of(cell).split(";") if part.strip())


def choice(kind: str, known: Mapping[str, str], english: Mapping[str, str] | None = None) -> Form:
    """One of `known`, by its name in either language or by what it stands for, with or without tones; `kind` is what is
    told of others.
    """
    english = english or {}
    by_fold = {fold(name): value for names in (english, known) for value, name in names.items()}
    by_fold |= {fold(value): value for value in known}

    def read(cell: Cell) -> str:
        text = text_of(cell)
        if (found := by_fold.get(fold(text))) is None:
            raise CellRefused.of(kind, text=text[:40])
        return found

    return Form(kind, read, known, english)


_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")


def digits_of(cell: Cell) -> str:
    """The digits of a code. A spreadsheet that shortened a long number has lost them for good: CellRefused."""
    text = text_of(cell)
    if _SCIENTIFIC.fullmatch(text) or (isinstance(cell, float) and cell >= 1e15):
        raise CellRefused.of("shortened", text=text)
    return re.sub(r"[\s.]", "", text)


def _identifier(kind: str, made: Callable[[str], str], fill: int = 0) -> Form:
    def read(cell: Cell) -> str:
        code = digits_of(cell)
        try:
            return str(made(code.zfill(fill) if code.isdigit() else code))
        except InvalidIdentifier as cause:
            raise CellRefused.of(f"{kind}-wrong", text=code[:40]) from cause

    return Form(kind, read)


def _product_code(text: str) -> str:
    return Gtin(text.zfill(14)) if text.isdigit() and len(text) >= 8 else TraceCode(text)


PRODUCT_CODE = _identifier("product-code", _product_code)
GLN = _identifier("gln", Gln, 13)
GGN = _identifier("ggn", Ggn)
TAX_CODE = _identifier("tax-code", TaxCode, 10)
LOT = _identifier("lot", Lot)
TEXT = Form("text", text_of)
TEXTS = Form("texts", texts_of)
DAY = Form("day", day_of)
DAYS = Form("days", days_of)
AMOUNT = Form("amount", amount_of, in_english=partial(amount_of, english=True))
DOSE = Form("dose", dose_of, in_english=partial(dose_of, english=True))
NUMBER = Form("number", number_of, in_english=partial(number_of, english=True))
WHOLE = Form("whole", whole_of, in_english=partial(whole_of, english=True))
PROVINCE = choice("province", PROVINCES)

_PHONE = re.compile(r"0\d{9,10}")


def phone_of(cell: Cell) -> str:
    """A Vietnamese telephone number; the zero that a spreadsheet takes for nothing is put back."""
    bare = re.sub(r"[\s.()-]", "", text_of(cell)).replace("+84", "0")
    if bare.isdigit() and len(bare) == 9:
        bare = f"0{bare}"
    if not _PHONE.fullmatch(bare):
        raise CellRefused.of("phone", text=bare[:40])
    return bare


_POINTED = re.compile(r"-?\d{1,3}(\.\d{1,12})?")


def degrees(limit: float) -> Form:
    """A latitude or longitude within `limit` degrees either way."""

    def read(cell: Cell) -> float:
        # 10.220 is ten degrees and a fifth here, never ten thousand.
        bare = text_of(cell).replace(",", ".") if isinstance(cell, str) else cell
        found = float(bare) if isinstance(bare, str) and _POINTED.fullmatch(bare) else number_of(bare)
        if not -limit <= found <= limit:
            raise CellRefused.of("degrees", text=str(cell)[:40], most=int(limit))
        return found

    return Form("degrees", read)


PHONE = Form("phone", phone_of)
