"""Importing a table of 10,000 households: reading, checking, signing and logging them, in one transaction."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

from openpyxl import Workbook

from bench.figures import Figure
from bench.worlds import new_world
from traceapp.core.sheets.layouts import HOUSEHOLDS
from traceapp.services.registry.registers import register_organisation
from traceapp.services.tables.importing import take

ROWS = 10_000
MOST_SECONDS = 10.0


def main() -> Iterator[Figure]:
    """One figure: seconds from the file's bytes to the committed checkpoint."""
    data = _workbook()
    with new_world() as world:
        with world.write() as connection:
            details = {"name": "HTX", "role": "producer", "legal_form": "Hợp tác xã"}
            by, _ = register_organisation(connection, details, world.notary, world.clock())
        begun = time.perf_counter()
        with world.write() as connection:
            _, receipts = take(connection, "households", data, by, world.notary, world.clock(), name="bench.xlsx")
        took = time.perf_counter() - begun
    name = f"import of {len(receipts):,} households"
    yield Figure(name, took, None, took, MOST_SECONDS, unit="s", at_most=True)


def _workbook() -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append([column.titles[0] for column in HOUSEHOLDS.columns])
    for at in range(ROWS):
        row = [
            f"TC-{at:05}",
            f"Trần Thị {at}",
            None,
            f"09{at:08}",
            "Thái Nguyên",
            "Xã Tân Cương",
            "05503",
            "Nhỏ",
            "Đồ uống",
        ]
        page.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
