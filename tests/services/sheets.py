"""Workbooks and CSV for tests, as people make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openpyxl import Workbook

from traceapp.core.sheets.layouts import LAYOUTS


def titles(kind: str) -> list[str]:
    """The Vietnamese titles of a kind of table."""
    return [column.titles[0] for column in LAYOUTS[kind].columns]


def workbook(rows: Iterable[Sequence[Any]], change: Callable[[Any], None] = lambda _: None) -> bytes:
    """An .xlsx of these rows; `change` gets its sheet."""
    book = Workbook()
    page = book.active
    for row in rows:
        page.append(list(row))
    change(page)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def table(kind: str, *rows: dict[str, Any]) -> bytes:
    """An .xlsx of that kind; rows by column key."""
    return workbook([titles(kind), *([one.get(c.key) for c in LAYOUTS[kind].columns] for one in rows)])


def changed(data: bytes, name: str, change: Callable[[bytes], bytes], **more: bytes) -> bytes:
    """The archive with one part changed, and more parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in source.namelist():
            read = source.read(part)
            made.writestr(part, change(read) if part == name else read)
        for part, content in more.items():
            made.writestr(part, content)
    return out.getvalue()


HOUSEHOLD = {
    "code": "TC-1",
    "name": "Trần Thị Mẫu",
    "tax_code": "001190000001",
    "phone": "0900 000 011",
    "province_code": "Thái Nguyên",
    "ward": "Xã Tân Cương",
    "scale": "Nhỏ",
    "group": "Đồ uống",
}
