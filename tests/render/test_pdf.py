"""Label sheets as PDF, printed by poppler and read by decoders that share no code with the writer."""

from __future__ import annotations

import io
import re
import subprocess
import tracemalloc
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.render.paper import (
    MOST_WORDS,
    PLAIN,
    TEA,
    Print,
    addresses,
    print_run,
    printed,
    read_by_opencv,
    read_by_zbar,
    read_by_zxing,
)
from traceapp.core.errors import RuleBroken
from traceapp.render.label import printed_serial
from traceapp.render.layout import QUIET_MODULES, fit
from traceapp.render.pdf import write_sheet
from traceapp.render.qr import symbols
from traceapp.render.sheets import ROLLS, SHEETS, Sheet

RUNS = [
    pytest.param(("a4-65", False), id="a4-65"),
    pytest.param(("a4-40", False), id="a4-40"),
    pytest.param(("a4-24", False), id="a4-24"),
    pytest.param(("a4-21", False), id="a4-21"),
    pytest.param(("a4-40", True), id="a4-40-signed"),
    pytest.param(("a4-24", True), id="a4-24-signed"),
    pytest.param(("a4-21", True), id="a4-21-signed"),
]


SOME = 7  # one label in so many is also read by the slower decoders


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Print:
    """A run of each kind, printed once for all who look at it."""
    sheet, signed = request.param
    return print_run(tmp_path_factory.mktemp("run"), sheet, signed=signed)


@pytest.mark.parametrize("dpi", [203, 300])
def test_every_label_of_a_sheet_is_read_by_three_decoders(run: Print, dpi: int) -> None:
    for number, (url, cell) in enumerate(zip(run.urls, run.cells(dpi), strict=True)):
        assert read_by_zxing(cell) == [url]
        if number % SOME == 0:
            assert read_by_zbar(cell) == [url]
            assert read_by_opencv(cell) == [url]


def test_a_600_dpi_printer_gets_each_module_as_whole_dots(run: Print) -> None:
    code, module = run.layout.code, run.layout.module
    for symbol, cell in zip(symbols(run.urls), run.cells(600), strict=True):
        dark = np.kron(np.array(symbol.matrix()), np.ones((module, module), dtype=bool))
        seen = cell[code.y : code.y + code.h, code.x : code.x + code.w]
        assert np.array_equal(seen == 0, dark) and np.array_equal(seen == 255, ~dark)


def test_no_ink_outside_the_labels_nor_in_a_quiet_zone(run: Print) -> None:
    require_clear(run)


@pytest.mark.parametrize(("sheet", "signed"), [one.values[0] for one in RUNS])
def test_the_most_words_leave_it_as_clear(tmp_path: Path, sheet: str, signed: bool) -> None:
    require_clear(print_run(tmp_path, sheet, signed=signed, text=MOST_WORDS))


def require_clear(run: Print) -> None:
    page = run.page(600) < 255
    edge, code, quiet = run.sheet.dots(0.8), run.layout.code, QUIET_MODULES * run.layout.module
    for x, y in run.sheet.cells():
        label = page[y : y + run.layout.height, x : x + run.layout.width]
        zone = label[code.y - quiet : code.y + code.h + quiet, code.x - quiet : code.x + code.w + quiet].copy()
        assert zone.shape == (code.h + 2 * quiet, code.w + 2 * quiet)
        zone[quiet:-quiet, quiet:-quiet] = False
        assert not zone.any(), "ink in a quiet zone"
        label[edge:-edge, edge:-edge] = False
    assert not page.any(), "ink at the cut or between labels"


def test_the_first_ink_stays_clear_of_the_edge_that_printers_cannot_reach(tmp_path: Path) -> None:
    page = print_run(tmp_path, "a4-40").page(600) < 255
    reach = SHEETS["a4-40"].dots(4.1)
    page[reach:-reach, reach:-reach] = False
    assert not page.any()


def test_the_words_can_be_selected_in_vietnamese(tmp_path: Path) -> None:
    lines = print_run(tmp_path, "a4-24", count=1).text().splitlines()
    assert lines[:4] == ["Trà búp Đồi Mây", "HTX Chè Đồi Mây", "Xã Tân Cương, Thái Nguyên", "NSX 09/10/2026"]
    assert {"HSD 28/09/2028", "Lô DM2610B · 200 g", "OCOP 4 sao", "Quét để truy xuất"} <= set(lines)


def test_each_label_carries_its_own_serial_in_groups(tmp_path: Path) -> None:
    run = print_run(tmp_path, "a4-24")
    serials = [printed_serial(url) for url in run.urls]
    text = run.text()
    assert all(f"{serial[:5]} {serial[5:9]} {serial[9:]}" in text for serial in serials)


def test_words_in_decomposed_form_print_the_same() -> None:
    decomposed = replace(TEA, name=unicodedata.normalize("NFD", TEA.name))
    assert printed(addresses(1), decomposed) == printed(addresses(1))


def test_the_same_labels_give_the_same_bytes() -> None:
    assert printed(addresses(30)) == printed(addresses(30))


def test_the_last_sheet_may_be_partly_empty(tmp_path: Path) -> None:
    run = print_run(tmp_path, "a4-24", count=50)
    assert "Pages:           3" in _info(run)
    assert (run.page(100, number=3) < 255).any()


def test_the_document_is_named_and_asks_for_no_scaling(tmp_path: Path) -> None:
    run = print_run(tmp_path, "a4-24", count=1)
    info = _info(run)
    assert "Title:           Tem Trà búp Đồi Mây, lô DM2610B" in info
    assert "Page size:       595.32 x 841.92 pts (A4)" in info
    assert "Date" not in info
    assert b"/PrintScaling/None" in run.path.read_bytes()


def test_fonts_are_embedded_as_subsets_with_their_text(tmp_path: Path) -> None:
    run = print_run(tmp_path, "a4-24", count=1)
    fonts = subprocess.run(["pdffonts", str(run.path)], check=True, capture_output=True).stdout.decode()
    for name in ("BeVietnamPro-Regular", "BeVietnamPro-SemiBold"):
        assert re.search(rf"[A-Z]{{6}}\+{name} +CID TrueType +Identity-H +yes yes yes", fonts)
    assert run.path.stat().st_size < 16_000


def test_the_cross_reference_table_is_right_over_many_page_nodes() -> None:
    document = printed(addresses(24 * 128))
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    _, head, *rows = document[start:].split(b"trailer")[0].splitlines(keepends=True)
    assert head.split() == [b"0", str(len(rows)).encode()] and {len(row) for row in rows} == {20}
    for number, row in enumerate(rows[1:], 1):
        assert document.startswith(b"%d 0 obj\n" % number, int(row[:10]))


def test_memory_stays_flat_however_many_labels() -> None:
    few, many = (_peak(count) for count in (1_000, 3_000))
    assert many < few * 1.1 + 200_000


def test_labels_without_serial_are_printed_too(tmp_path: Path) -> None:
    url = PLAIN.partition("/21/")[0]
    path = tmp_path / "lot.pdf"
    with path.open("wb") as out:
        assert write_sheet(out, [url] * 24, TEA, SHEETS["a4-24"]) == 24
    page = Print(path, SHEETS["a4-24"], print_run(tmp_path, "a4-24").layout, [url]).page(300)
    assert read_by_zxing(page) == [url] * 24


def test_codes_alone_are_printed_for_packs_with_words_of_their_own(tmp_path: Path) -> None:
    urls, path = addresses(21), tmp_path / "code.pdf"
    with path.open("wb") as out:
        write_sheet(out, urls, TEA, SHEETS["a4-21"], template="qr-text")
    run = Print(path, SHEETS["a4-21"], print_run(tmp_path, "a4-21").layout, urls)
    assert [read_by_zxing(cell) for cell in run.cells(300)] == [[url] for url in urls]
    assert TEA.name not in run.text() and "Quét để truy xuất" in run.text()


@pytest.mark.parametrize(
    ("url", "serial"),
    [
        (PLAIN.format("FD5MA4NX78AM0"), "FD5MA4NX78AM0"),
        (PLAIN.format("FD5MA4NX78AM0") + "?S=0", "FD5MA4NX78AM0"),
        ("https://ID.EXAMPLE.VN/01/09520000000127/10/21/21/A%2F1", "A/1"),
        ("https://ID.EXAMPLE.VN/01/09520000000127/10/21", ""),
        ("https://ID.EXAMPLE.VN/01/09520000000127", ""),
    ],
)
def test_the_serial_is_read_off_the_end_of_the_address(url: str, serial: str) -> None:
    assert printed_serial(url) == serial


def test_a_signed_code_is_refused_on_the_smallest_labels_with_the_remedy() -> None:
    out = io.BytesIO()
    with pytest.raises(RuleBroken, match=r"a4-65.*24,2 × 24,2 mm.*a4-24.*không kèm chữ ký số"):
        write_sheet(out, addresses(1, signed=True), TEA, SHEETS["a4-65"])
    assert out.getvalue() == b""


def test_a_template_that_is_too_large_is_refused_with_larger_sizes_and_smaller_templates() -> None:
    larger, smaller = "chọn khổ 50x30 hoặc 60x40", "chọn mẫu “Mã và ít chữ” \\(qr-text\\) hoặc “Chỉ mã”"
    with pytest.raises(RuleBroken, match=f"{larger}.*{smaller}.*không kèm chữ ký số"):
        fit(ROLLS["40x30"], 49, "full")
    with pytest.raises(RuleBroken, match="chọn mẫu “Chỉ mã”"):
        fit(SHEETS["a4-40"], 49, "qr-text")


def test_a_character_that_cannot_be_set_is_refused_by_name() -> None:
    out = io.BytesIO()
    with pytest.raises(RuleBroken, match=r"“🍵” \(U\+1F375, TEACUP WITHOUT HANDLE\).*bỏ chữ này"):
        write_sheet(out, addresses(1), replace(TEA, name="Trà búp 🍵"), SHEETS["a4-24"])
    assert out.getvalue() == b""


def test_an_empty_run_is_refused() -> None:
    with pytest.raises(RuleBroken, match="từ 1 trở lên"):
        write_sheet(io.BytesIO(), [], TEA, SHEETS["a4-24"])


def test_signed_and_plain_labels_are_not_mixed_on_a_sheet() -> None:
    with pytest.raises(RuleBroken, match="dài như nhau"):
        write_sheet(io.BytesIO(), addresses(1) + addresses(1, signed=True), TEA, SHEETS["a4-24"])


def test_a_sheet_of_ones_own_needs_only_its_measures(tmp_path: Path) -> None:
    roll = Sheet("50x30", 1, 1, 50, 30, 0, 0, 50, 30, dpi=203, page_w_mm=50, page_h_mm=30, blank_mm=0)
    run = print_run(tmp_path, roll, count=3)
    assert "Pages:           3" in _info(run)
    assert [read_by_zbar(cell) for cell in run.cells(203)] == [[run.urls[0]]]


def _info(run: Print) -> str:
    return subprocess.run(["pdfinfo", str(run.path)], check=True, capture_output=True).stdout.decode()


class _Nowhere(io.RawIOBase):
    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]


def _peak(count: int) -> int:
    urls = (PLAIN.format(f"FD5MA{number:08d}") for number in range(count))
    write_sheet(_Nowhere(), addresses(1), TEA, SHEETS["a4-65"])  # type: ignore[arg-type]
    tracemalloc.start()
    write_sheet(_Nowhere(), urls, TEA, SHEETS["a4-65"])  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
