"""Writing tables: workbooks and CSV that open in a spreadsheet and run nothing there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from traceapp.core.sheets.cells import neutral

Value = str | int | float | date | None
_WIDEST = 48


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its titles and its rows. `as_text` are columns (from 0) where codes are typed."""

    name: str
    titles: Sequence[str]
    rows: Iterable[Sequence[Value]]
    as_text: frozenset[int] = frozenset()


def write_workbook(sheets: Iterable[Sheet]) -> bytes:
    """An .xlsx, written row by row; no text in it is taken for a formula."""
    book = Workbook(write_only=True)
    for one in sheets:
        page = book.create_sheet(one.name[:31])
        page.freeze_panes = "A2"
        for at, title in enumerate(one.titles):
            column = page.column_dimensions[get_column_letter(at + 1)]
            column.width = min(_WIDEST, max(12, len(title) + 4))
            if at in one.as_text:
                # So that a spreadsheet leaves zeros in front and long codes as they are typed.
                column.number_format = "@"
        page.append([_bold(page, title) for title in one.titles])
        for row in one.rows:
            page.append([_inert(page, value) for value in row])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _bold(page: object, title: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, neutral(title))
    cell.font = Font(bold=True)
    return cell


def _inert(page: object, value: Value) -> object:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(page, neutral(value))
    cell.data_type = "s"
    return cell


def write_csv(titles: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A CSV in UTF-8 with a mark, as Excel wants it, with semicolons, as Vietnamese spreadsheets divide cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([neutral(title) for title in titles])
    for row in rows:
        writer.writerow([_as_text(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _as_text(value: Value) -> str:
    match value:
        case None:
            return ""
        case date():
            return f"{value.day:02}/{value.month:02}/{value.year:04}"
        case float():
            return str(int(value)) if value.is_integer() else f"{value:.10g}".replace(".", ",")
        case int():
            return str(value)
    return neutral(value)
