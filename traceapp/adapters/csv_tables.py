"""Tables out of CSV, in the encodings that spreadsheets in Vietnam write, with whatever stands between the cells."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence

from traceapp.core.errors import SheetRefused
from traceapp.core.sheets.cells import Cell
from traceapp.core.sheets.rows import Grid

MOST_COLUMNS = 100
_DIVIDERS = (";", ",", "\t")
# What Excel leaves of a letter that the code page of its Windows does not have: nothing brings it back.
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_csv(data: bytes) -> Grid:
    """A CSV as rows of text. SheetRefused where it is none."""
    text = decoded(data)
    if "\x00" in text:
        raise SheetRefused.of("binary")
    return Grid(_rows(text))


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16, or what Vietnamese Windows wrote before (code page 1258)."""
    try:
        for bom, encoding in _BOMS:
            if data.startswith(bom):
                return data.decode(encoding)
        if guessed := _wide(data):
            return data.decode(guessed)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return unicodedata.normalize("NFC", data.decode("cp1258"))
    except UnicodeDecodeError as cause:
        raise SheetRefused.of("encoding") from cause


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of what is mostly Latin is zero."""
    sample = data[:2000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _rows(text: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    first, _, rest = text.partition("\n")
    skipped = 0
    divider = _divider(text)
    if first.strip().casefold().startswith("sep=") and len(first.strip()) == 5:
        divider, text, skipped = first.strip()[-1], rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider)
    try:
        for row in reader:
            _require_letters(row, reader.line_num + skipped)
            yield reader.line_num + skipped, [one or None for one in row[:MOST_COLUMNS]]
    except csv.Error as cause:
        raise SheetRefused.of("csv-broken", row=reader.line_num + skipped) from cause


def _require_letters(row: Sequence[str], number: int) -> None:
    """SheetRefused for a row whose letters with marks became question marks; an address may hold one."""
    lost = next((one for one in row if "?" in one and "://" not in one and _LOST.search(one)), None)
    if lost is not None:
        raise SheetRefused.of("letters-lost", row=number, said=lost[:40])


def _divider(text: str) -> str:
    """What stands between the cells: of the usual ones, the one that the first lines have most of."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:5]
    return max(_DIVIDERS, key=lambda one: max((line.count(one) for line in lines), default=0))
