"""Tables out of files: Excel workbooks (.xlsx) and CSV, whatever they are called.

What a file is, its first bytes tell. Nothing is unpacked before the archive's directory says how large it will be;
rows come one after another, so memory does not grow with them, and what lies behind the last filled cell is not read.
"""

from __future__ import annotations

import lzma
import struct
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from io import BytesIO

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException

from traceapp.adapters.csv_tables import read_csv
from traceapp.adapters.sheet_xml import Book, read_rows
from traceapp.core.errors import SheetRefused
from traceapp.core.sheets.cells import Cell
from traceapp.core.sheets.rows import Grid, Merged

LARGEST = 8_000_000
"""Bytes of a file that is taken."""
LARGEST_PART = 100_000_000
"""Bytes of one part of a workbook when unpacked: a million empty rows fit."""
LARGEST_TEXTS = 30_000_000
"""Bytes of a workbook's shared texts, the one part that is held in memory."""
MOST_PARTS = 500
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"%PDF", "pdf"),
    (_OLE, "old-excel"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x89PNG", "picture"),
    (b"RIFF", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"{\\rtf", "document"),
)
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, InvalidFileException, LookupError, ValueError,
    TypeError, AttributeError, ArithmeticError, AssertionError, OSError, EOFError, RuntimeError, SyntaxError,
)  # fmt: skip
"""What openpyxl, zipfile and the XML parser raise about files that are none."""


def read_table(data: bytes, called: Collection[str] = ()) -> Grid:
    """A sheet of a workbook, or a CSV. SheetRefused, saying what the file is and what to do, otherwise.

    Of several sheets it is the one that is `called` so, where there is such a one, else the first.
    """
    if not data.strip():
        raise SheetRefused.of("empty-file")
    if len(data) > LARGEST:
        raise SheetRefused.of("heavy", most=LARGEST // 1_000_000)
    for start, what in _FOREIGN:
        if data.startswith(start):
            raise SheetRefused.of(what)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_workbook(data, called)
    return read_csv(data)


def _read_workbook(data: bytes, called: Collection[str]) -> Grid:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        _require_workbook(archive)
        book, path = _read_book(data, called)
        info = archive.getinfo(path)
    except SheetRefused:
        raise
    except _BROKEN as cause:
        raise SheetRefused.of("damaged") from cause
    merged: list[Merged] = []
    return Grid(_rows(archive, info, book, merged), merged)


def _rows(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, book: Book, merged: list[Merged]
) -> Iterator[tuple[int, Sequence[Cell]]]:
    try:
        with archive, archive.open(info) as part:
            yield from read_rows(part, book, merged)
    except _BROKEN as cause:
        raise SheetRefused.of("damaged") from cause


def _require_workbook(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {one.filename for one in parts}
    if "mimetype" in names and "content.xml" in names:
        raise SheetRefused.of("open-document")
    if "word/document.xml" in names:
        raise SheetRefused.of("document")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise SheetRefused.of("archive")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise SheetRefused.of("macros")
    if any(one.flag_bits & 1 for one in parts):
        raise SheetRefused.of("locked")
    sizes = [one.file_size for one in parts]
    texts = sum(one.file_size for one in parts if not one.filename.startswith("xl/worksheets/"))
    if len(parts) > MOST_PARTS or max(sizes) > LARGEST_PART or texts > LARGEST_TEXTS:
        raise SheetRefused.of("bomb", most=LARGEST_PART // 1_000_000)


def _read_book(data: bytes, called: Collection[str]) -> tuple[Book, str]:
    """What the cells of the sheet that is meant point at, and the archive's name of that sheet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = ExcelReader(BytesIO(data), read_only=True, keep_links=False)
        with reader.archive:
            reader.read_manifest()
            reader.read_strings()
            reader.read_workbook()
            apply_stylesheet(reader.archive, reader.wb)
            found = [(one, rel.target) for one, rel in reader.parser.find_sheets() if "chartsheet" not in rel.Type]
    # Nobody puts right what they cannot see.
    seen = [(one.name, target) for one, target in found if one.state == "visible"]
    sheets = seen or [(one.name, target) for one, target in found]
    if not sheets:
        raise SheetRefused.of("no-sheet")
    book = Book(reader.shared_strings, frozenset(reader.wb._date_formats), reader.wb.epoch)
    return book, next((target for name, target in sheets if name in called), sheets[0][1])
