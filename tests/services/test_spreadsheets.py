"""Files that people send instead of tables, and tables in all the ways that programs write them."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from datetime import datetime
from typing import Any

import pytest

from tests.services.sheets import HOUSEHOLD, changed, table, titles, workbook
from traceapp.adapters.sheet_writing import Sheet, write_csv, write_workbook
from traceapp.adapters.sheet_xml import _with_values
from traceapp.adapters.spreadsheets import LARGEST, read_table
from traceapp.core.errors import SheetRefused
from traceapp.core.sheets.cells import Formula
from traceapp.core.sheets.layouts import LAYOUTS
from traceapp.core.sheets.rows import read_grid
from traceapp.i18n.sheets import refusal_text

SHEET = "xl/worksheets/sheet1.xml"
HOUSEHOLDS = LAYOUTS["households"]


def rows(data: bytes) -> list[list[Any]]:
    return [list(cells) for _, cells in read_table(data).lines]


def refused(data: bytes) -> str:
    with pytest.raises(SheetRefused) as caught:
        rows(data)
    return caught.value.problem


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty-file"),
        (b"  \n", "empty-file"),
        (b"MZ\x90\x00" + b"x" * 100, "program"),
        (b"\x7fELF" + b"x" * 100, "program"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-excel"),
        (b"\xff\xd8\xff\xe0 jpeg", "picture"),
        (b"Rar!\x1a", "archive"),
        (b"x" * (LARGEST + 1), "heavy"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"a,b\x00c,d\n\x01\x02", "binary"),
        (b'a;b\n"open quote' + b"x" * 200_000, "csv-broken"),
        (b"\xff\xfea", "encoding"),
    ],
)
def test_what_is_no_table_is_told_by_its_content(data: bytes, problem: str) -> None:
    assert refused(data) == problem


def test_the_first_sheet_that_can_be_seen_is_read() -> None:
    def hide(page: Any) -> None:
        secret = page.parent.create_sheet("secret", 0)
        secret.append(["nobody", "sees", "this"])
        secret.sheet_state = "hidden"

    assert rows(workbook([["a", "b"], ["1", "2"]], hide)) == [["a", "b"], ["1", "2"]]


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_other_archives_are_told_apart() -> None:
    assert refused(archive(a=b"x")) == "archive"
    assert refused(archive(mimetype=b"x", **{"content.xml": b"x"})) == "open-document"
    assert refused(archive(**{"word/document.xml": b"x"})) == "document"
    assert refused(changed(table("plots"), SHEET, bytes, **{"xl/vbaProject.bin": b"x"})) == "macros"
    assert refused(changed(table("plots"), SHEET, lambda _: b"<worksheet><sheetData><row")) == "damaged"
    assert refused(changed(table("plots"), "xl/workbook.xml", lambda _: b"<a/>")) == "no-sheet"


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    harmless = table("plots")
    bomb = changed(harmless, SHEET, lambda _: b" " * 101_000_000)
    other = changed(harmless, "xl/styles.xml", lambda _: b" " * 31_000_000)
    assert len(bomb) < 200_000
    unpacked: list[object] = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda _, part, *more: unpacked.append(part))
    assert (refused(bomb), refused(other), unpacked) == ("bomb", "bomb", [])
    assert refused(harmless) == "damaged" and unpacked, "what may be unpacked is opened here"


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><worksheet><sheetData/></worksheet>'
    assert refused(changed(table("plots"), SHEET, lambda _: bomb)) == "damaged"


def test_a_million_formatted_empty_rows_cost_time_but_no_memory() -> None:
    # Some of them: the whole million behaves alike, and takes its time.
    empty = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (one, one) for one in range(3, 20_000))
    data = changed(
        table("households", HOUSEHOLD), SHEET, lambda xml: xml.replace(b"</sheetData>", empty + b"</sheetData>")
    )
    tracemalloc.start()
    found = read_grid(HOUSEHOLDS, read_table(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(found.rows), found.faults) == (1, [])
    assert peak < 6_000_000


def test_what_is_formatted_and_empty_is_passed_over_without_moving_what_is_filled() -> None:
    xml = (
        b'<worksheet><sheetData><row r="1"><c r="A1" s="1"/><c t="str"><v>b</v></c></row><row r="2"/>'
        b'<row r="3"><c r="A3" s="1"/><c r="B3" s="1"/><c r="D3" t="str"><v>d</v></c></row><row r="4"></row>'
        + b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (one, one) for one in range(5, 20_000))
        + b'<row><c t="str"><v>a</v></c></row></sheetData></worksheet>'
    )
    kept = sum(len(part) for part in _with_values(io.BytesIO(xml)))
    assert kept < len(xml) / 100
    found = list(read_table(changed(table("plots"), SHEET, lambda _: xml)).lines)
    assert found == [(1, [None, "b"]), (3, [None, None, None, "d"]), (20_000, ["a"])]


def test_cells_come_as_what_they_are() -> None:
    data = workbook([["Chữ", 7, 7.5, True, datetime(2026, 11, 5), "=A1", None, "cuối"]])
    assert rows(data) == [["Chữ", 7, 7.5, True, datetime(2026, 11, 5), Formula(""), None, "cuối"]]


def test_inline_texts_iso_days_and_cells_without_names_are_read() -> None:
    xml = (
        b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row>'
        b'<x:c t="inlineStr"><x:is><x:t>Ch\xe1\xbb\xaf</x:t><x:rPh><x:t>no</x:t></x:rPh></x:is></x:c>'
        b'<x:c t="d"><x:v>2026-11-05</x:v></x:c><x:c t="e"><x:v>#REF!</x:v></x:c><x:c r="AB1" t="b"><x:v>0</x:v></x:c>'
        b"</x:row></x:sheetData></x:worksheet>"
    )
    found = rows(changed(table("plots"), SHEET, lambda _: xml))
    assert found[0][:3] == ["Chữ", datetime(2026, 11, 5), "#REF!"]
    assert (found[0][27], len(found[0])) == (False, 28)


def test_merged_cells_are_told_once_the_rows_are_read() -> None:
    grid = read_table(workbook([titles("households"), ["TC-1"]], lambda page: page.merge_cells("A2:A4")))
    assert list(grid.lines)
    assert [(one.range, one.first_row, one.last_row) for one in grid.merged] == [("A2:A4", 2, 4)]


VIETNAMESE = "Mã hộ;Tên\nTC-1;Nguyễn Thị Đào Ửng\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_is_read_in_every_unicode_encoding(encoding: str) -> None:
    assert rows(VIETNAMESE.encode(encoding)) == [["Mã hộ", "Tên"], ["TC-1", "Nguyễn Thị Đào Ửng"]]


def test_csv_of_old_vietnamese_windows_is_read() -> None:
    """Code page 1258 writes a letter and its tone apart."""
    # ễ, ị, ử: a letter of the code page, and its tone behind it.
    written = "Tên\nNguyê\u0303n Thi\u0323 Đào Ư\u0309ng\n".encode("cp1258")
    assert rows(written) == [["Tên"], ["Nguyễn Thị Đào Ửng"]]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a\tb\n1\t2\n", "sep=|\na|b\n1|2\n", "a;b\r\n1;2\r\n"])
def test_whatever_divides_the_cells_is_found(text: str) -> None:
    assert rows(text.encode()) == [["a", "b"], ["1", "2"]]


def test_letters_that_excel_lost_are_not_recorded_as_question_marks() -> None:
    for lost in ("Mã hộ;Họ tên chủ hộ\nH1;Nguyễn Thị Đào\n", "Code;Name\nH1;Nguyễn Thị Đào\n"):
        assert refused(lost.encode("cp1252", "replace")) == "letters-lost"
    whole = "Code;Note\nH1;Ai? Không rõ\nH2;https://vn.example/a?b=1\nH3;???\n"
    assert len(rows(whole.encode())) == 4


def test_what_is_written_runs_nothing_and_is_read_again() -> None:
    lines = [["=1+1", -5, 7.5, None], ["@x", 3, 4.0, "\tz"]]
    book = write_workbook([Sheet("S", ["A", "B", "C", "D"], lines, frozenset({0}))])
    assert rows(book) == [["A", "B", "C", "D"], ["'=1+1", -5, 7.5], ["'@x", 3, 4, "'\tz"]]
    text = write_csv(["A", "=B"], [["=1", datetime(2026, 11, 5).date()], ["-1", 2.0]]).decode("utf-8-sig")
    assert text == "A;'=B\r\n'=1;05/11/2026\r\n'-1;2\r\n"


def test_whatever_befalls_a_file_is_told_and_nothing_else_comes_out() -> None:
    dice, whole = random.Random(7), table("households", HOUSEHOLD)
    for turn in range(150):
        if turn % 2:
            data = bytearray(whole)
            for _ in range(dice.randint(1, 5)):
                data[dice.randrange(len(data))] = dice.randrange(256)
        else:
            data = bytearray(changed(whole, SHEET, lambda xml: spoilt(xml, dice)))
        try:
            found = read_grid(HOUSEHOLDS, read_table(bytes(data)))
            assert found.rows or found.fault_count
        except SheetRefused as cause:
            assert refusal_text(cause, "vi")


def spoilt(xml: bytes, dice: random.Random) -> bytes:
    data = bytearray(xml)
    for _ in range(dice.randint(1, 4)):
        data[dice.randrange(len(data))] = dice.choice(b'<>"=0123456789/aQvsn -e')
    return bytes(data)
