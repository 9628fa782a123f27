"""One run in every form: the same bytes each time, flat memory, and refusals that say what to do."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.render.paper import PLAIN, TEA, addresses
from traceapp.core.errors import InvalidIdentifier, NotFound, RuleBroken
from traceapp.render.label import require_printable
from traceapp.render.outputs import FORMATS, Format, Order, write_labels
from traceapp.render.print_setup import Ink, PrintSetup
from traceapp.render.sheet_names import sheet_called, sheet_of_json

URLS = addresses(5)
USUAL: dict[Format, tuple[str, int]] = {
    "pdf": ("a4-24", 600), "zpl": ("50x30", 203), "tspl": ("50x30", 203), "svg": ("50x30", 600),
    "png": ("50x30", 203), "csv": ("a4-24", 600),
}  # fmt: skip


def order(kind: Format = "pdf", sheet: str | None = None, dpi: int | None = None, **more: Any) -> Order:
    return Order(sheet_called(sheet or USUAL[kind][0], dpi or USUAL[kind][1]), kind, **more)


def written(wanted: Order, urls: list[str] = URLS, text: Any = TEA) -> bytes:
    out = io.BytesIO()
    assert write_labels(out, wanted, lambda: urls, text, "DM2610B", 7).count == len(urls)
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True], ids=["alone", "packed"])
@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_run_gives_the_same_bytes(kind: Format, packed: bool) -> None:
    urls = URLS if packed or kind not in ("svg", "png") else URLS[:1]
    assert written(order(kind, packed=packed), urls) == written(order(kind, packed=packed), urls)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_zip_holds_one_picture_a_label_and_says_which_is_which(kind: Format) -> None:
    with zipfile.ZipFile(io.BytesIO(written(order(kind, packed=True)))) as archive:
        assert archive.testzip() is None
        names = [f"DM2610B-{number:07d}.{kind}" for number in range(7, 12)]
        assert archive.namelist() == [*names, "codes.csv"]
        rows = archive.read("codes.csv").decode().splitlines()
        assert rows == [f"{name},{url}" for name, url in zip(names, URLS, strict=True)]


@pytest.mark.parametrize("kind", ["pdf", "zpl", "tspl"])
def test_a_zip_of_one_document_holds_it_as_it_is_with_the_codes(kind: Format) -> None:
    with zipfile.ZipFile(io.BytesIO(written(order(kind, packed=True)))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"DM2610B.{kind}", "codes.csv"]
        assert archive.read(f"DM2610B.{kind}") == written(order(kind))
        assert archive.read("codes.csv").decode().split() == URLS


def test_a_zip_of_addresses_is_the_list() -> None:
    with zipfile.ZipFile(io.BytesIO(written(order("csv", packed=True)))) as archive:
        assert archive.read("DM2610B.csv") == written(order("csv"))


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_picture_is_one_label(kind: Format) -> None:
    with pytest.raises(RuleBroken, match=r"chỉ có một tem.*TÊN\.zip"):
        written(order(kind))


class _Nowhere(io.RawIOBase):
    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]


def _peak(wanted: Order, count: int) -> int:
    def urls() -> Iterator[str]:
        return (PLAIN.format(f"FD5MA{number:08d}") for number in range(count))

    tracemalloc.start()
    write_labels(_Nowhere(), wanted, urls, TEA, "DM2610B")  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_five_thousand_labels_take_no_more_memory_than_one_thousand() -> None:
    wanted = order("pdf", "a4-65", template="qr")
    _peak(wanted, 100)  # what is loaded once
    few, many = _peak(wanted, 1_000), _peak(wanted, 5_000)
    assert many < few * 1.1 + 300_000


@pytest.mark.parametrize(("kind", "packed"), [("zpl", False), ("tspl", False), ("png", True)])
def test_memory_stays_flat_for_printers_and_pictures(kind: Format, packed: bool) -> None:
    wanted = order(kind, "40x30", template="qr", packed=packed)
    _peak(wanted, 50)
    few, many = _peak(wanted, 60), _peak(wanted, 300)
    assert many < few * 1.1 + 100_000


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (lambda: order("zpl", "a4-24"), r"từng tem trên cuộn.*chọn khổ cuộn như 50x30"),
        (lambda: order("tspl", setup=PrintSetup(scale=1.01)), r"chỉ dùng cho PDF: bỏ --scale"),
        (lambda: order("pdf", setup=PrintSetup(start_at=25)), r"Khổ a4-24 có 24 tem: bắt đầu từ tem 1 đến 24"),
        (lambda: order("pdf", setup=PrintSetup(start_at=0)), r"từ tem 1 đến 24"),
        (lambda: order("png", setup=PrintSetup(offset_mm=(1, 0))), r"bỏ --offset"),
        (lambda: order("zpl", setup=PrintSetup(ink=Ink("#003300"))), r"Màu mực chỉ dùng cho PDF và SVG"),
        (lambda: order("pdf", "a4-40", setup=PrintSetup(offset_mm=(-2, 0))), r"ra ngoài giấy: giảm --offset"),
        (lambda: PrintSetup(offset_mm=(11, 0)), r"nhiều nhất ±10,0 mm"),
        (lambda: PrintSetup(scale=1.2), r"tắt “co vừa trang”"),
        (lambda: PrintSetup(scale=float("nan")), r"ngoài khoảng"),
        (lambda: Ink("#b0b0b0"), r"chỉ tương phản \d+ %, mã cần ít nhất 60 %: dùng mực đậm hơn"),
        (lambda: Ink("#000000", "#553311"), r"giấy sáng hơn"),
        (lambda: Ink("#ffffff", "#000000"), r"tương phản 0 %"),
        (lambda: Ink("đen"), r"sáu chữ số hệ 16"),
        (lambda: order("zpl", module_mm=0.375), r"0,375 mm quá nhỏ.*0,5 mm \(4 chấm\)"),
        (lambda: order("zpl", module_mm=0.55), r"không tròn chấm.*0,5 mm \(4 chấm\) hoặc 0,626 mm \(5 chấm\)"),
        (lambda: order("zpl", module_mm=float("nan")), r"quá nhỏ"),
        (lambda: order("tspl", gap_mm=21), r"Khe giữa hai tem 21 mm"),
        (lambda: order("tspl", gap_mm=float("nan")), r"Khe giữa hai tem nan mm"),
        (lambda: order("zpl", module_mm=float("inf")), r"nhiều nhất 5 mm"),
    ],
)
def test_what_would_print_badly_is_refused_with_the_remedy(wanted: Any, said: str) -> None:
    with pytest.raises(RuleBroken, match=said):
        wanted()


def test_a_roll_says_how_far_its_labels_are_apart() -> None:
    assert written(order("tspl", gap_mm=3)).startswith(b"SIZE 50 mm,30 mm\r\nGAP 3 mm,0 mm\r\n")


def test_a_module_that_was_asked_for_is_the_one_that_is_printed() -> None:
    design, _ = order("zpl", "70x50", module_mm=0.5, template="qr").plan(URLS, TEA)
    assert design.layout.module == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (replace(TEA, name="Trà " * 50), "Chữ không vừa tem"),
        (replace(TEA, name="Trà " * 500), "dài 2000 chữ, tem chứa nhiều nhất 400: rút ngắn lại"),
        (replace(TEA, name="Trà 🍵"), r"“🍵” \(U\+1F375.*bỏ chữ này"),
    ],
)
def test_words_that_cannot_be_set_are_refused_by_every_writer(text: Any, said: str) -> None:
    for kind in ("pdf", "zpl", "tspl"):
        with pytest.raises(RuleBroken, match=said):
            written(order(kind), text=text)


def test_a_signed_code_on_a_small_roll_names_what_does_fit() -> None:
    with pytest.raises(RuleBroken, match=r"40x30.*28,6 × 28,6 mm.*chọn khổ 50x30.*không kèm chữ ký số"):
        written(order("zpl", "40x30"), addresses(1, signed=True))


def test_a_coarse_printer_is_told_of_a_finer_one() -> None:
    with pytest.raises(RuleBroken, match="hoặc dùng máy in 300 dpi"):
        written(order("tspl", "30x20", template="qr"))


def test_a_case_needs_its_own_gtin_and_a_large_label() -> None:
    with pytest.raises(RuleBroken, match="chưa có GTIN-14 của thùng"):
        written(order("zpl", "100x70", template="case"))
    with pytest.raises(RuleBroken, match=r"tem thùng cần ít nhất 76,0 × 50,0 mm.*chọn khổ 100x70"):
        written(order("zpl", "50x30", template="case"))
    with pytest.raises(InvalidIdentifier):
        written(order("zpl", "100x70", template="case"), text=replace(TEA, gtin="19520000000125"))
    with pytest.raises(InvalidIdentifier, match="cần 14 chữ số"):
        written(order("zpl", "100x70", template="case"), text=replace(TEA, gtin="952000000012"))


def test_nothing_is_laid_out_over_the_code_or_past_the_edge() -> None:
    design, _ = order("zpl").plan(URLS, TEA)
    require_printable(design)
    layout, lines = design.layout, design.words.lines
    over = replace(lines[0], x=layout.code.x, baseline=layout.code.y + 20)
    broken = [
        (replace(design, words=replace(design.words, lines=(over,))), "đè lên mã"),
        (replace(design, words=replace(design.words, lines=(replace(lines[0], x=layout.width - 5),))), "ra ngoài tem"),
        (replace(design, layout=replace(layout, module=3)), "ô mã nhỏ hơn"),
        (replace(design, layout=replace(layout, code=replace(layout.code, x=3))), "viền trắng"),
    ]
    for one, said in broken:
        with pytest.raises(RuleBroken, match=said):
            require_printable(one)


# Sheets by name


@pytest.mark.parametrize("name", ["a4-99", "", "A4", "x" * 500, "50×30"])
def test_a_sheet_that_nobody_knows_is_refused_with_the_names(name: str) -> None:
    with pytest.raises(NotFound, match=r"chọn a4-65, .*100x70, hoặc gõ custom:"):
        sheet_called(name)


def test_a_grid_of_ones_own_is_typed_or_read_from_a_file() -> None:
    typed = sheet_called("custom:2x5,90x50,15+20,90x50", 300)
    assert (typed.count, typed.label_w_mm, typed.top_mm, typed.page_h_mm, typed.dpi) == (10, 90, 20, 297, 300)
    said = (
        '{"name": "nhà in", "columns": 2, "rows": 5, "label_w_mm": 90, "label_h_mm": 50, "left_mm": 15, "top_mm": 20,'
        ' "pitch_x_mm": 90, "pitch_y_mm": 50}'
    )
    assert replace(sheet_of_json("khổ.json", said, 300), name="custom") == typed
    assert sheet_called("48x25").is_roll
    assert sheet_called("custom:1x2,100x60,0+0,100x60,100x120").page_w_mm == 100


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("custom:3x8", "Không hiểu khổ tem"),
        ("custom:0x8,63.5x33.9,7.2+12.9,66.04x33.9", "Khổ custom"),
        ("custom:3x9999999999,63.5x33.9,7.2+12.9,66.04x33.9", "cần một số từ 0 đến 2000"),
        ("custom:3x8,63.5x33.9,7.2+12.9,60x33.9", "chồng lên nhau"),
        ("2x1", "cần một số từ 5"),
        ("9999x9999", "đến 300"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(name: str, said: str) -> None:
    with pytest.raises(RuleBroken, match=said):
        sheet_called(name)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"columns": 3}', '{"columns": "3", "rows": 8, "label_w_mm": 60, "label_h_mm": 30, '
     '"left_mm": 0, "top_mm": 0, "pitch_x_mm": 60, "pitch_y_mm": 30}', '{"columns": 1, "rows": 1, "label_w_mm": NaN, '
     '"label_h_mm": 30, "left_mm": 0, "top_mm": 0, "pitch_x_mm": 60, "pitch_y_mm": 30}'],
)  # fmt: skip
def test_a_file_that_describes_no_sheet_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match=r"khổ\.json|Khổ custom"):
        sheet_of_json("khổ.json", text)
