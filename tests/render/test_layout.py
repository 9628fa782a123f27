"""Where code, words and serial stand on a label."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.render.paper import PLAIN_MODULES, SIGNED_MODULES
from traceapp.core.errors import RuleBroken
from traceapp.render.layout import CALL_RISE, QUIET_MODULES, SERIAL_RISE, Layout, Template, fit
from traceapp.render.sheets import SHEETS, LabelText, Sheet

FITTING = [
    (name, modules)
    for name in SHEETS
    for modules in (PLAIN_MODULES, SIGNED_MODULES)
    if (name, modules) != ("a4-65", SIGNED_MODULES)
]


def roll(width: float, height: float, dpi: int) -> Sheet:
    return Sheet("roll", 1, 1, width, height, 0, 0, width, height, dpi, width, height, blank_mm=0)


def millimetres_of(layout: Layout, dots: int) -> float:
    return dots * 25.4 / layout.sheet.dpi


@pytest.mark.parametrize(
    ("name", "modules", "template"),
    [
        (name, modules, template)
        for name, modules in FITTING
        for template in ("full", "qr-text")
        if (name, modules, template) != ("a4-40", SIGNED_MODULES, "qr-text")
    ],
)
def test_modules_are_large_enough_and_the_quiet_zone_is_inside_the_label(
    name: str, modules: int, template: Template
) -> None:
    layout = fit(SHEETS[name], modules, template)
    code, quiet = layout.code, QUIET_MODULES * layout.module
    assert millimetres_of(layout, layout.module) >= 0.396
    assert code.w == code.h == modules * layout.module
    assert min(code.x, code.y, layout.width - code.x - code.w, layout.height - code.y - code.h) >= quiet


@pytest.mark.parametrize(("name", "modules"), FITTING)
def test_words_begin_beyond_the_quiet_zone(name: str, modules: int) -> None:
    layout = fit(SHEETS[name], modules)
    clear = QUIET_MODULES * layout.module
    below, beside = layout.code.y + layout.code.h + clear, layout.code.x + layout.code.w + clear
    assert layout.text and layout.crowded and layout.text.x == layout.crowded.x >= beside
    assert layout.serial.x >= beside or layout.serial.baseline - SERIAL_RISE * layout.serial.size >= below
    assert layout.call is None or layout.call.baseline - CALL_RISE * layout.call.size >= below


@pytest.mark.parametrize(("dpi", "dots"), [(203, 4), (300, 5), (600, 10)])
def test_the_least_module_is_whole_dots_of_the_printer(dpi: int, dots: int) -> None:
    side = (PLAIN_MODULES + 2 * QUIET_MODULES) * dots * 25.4 / dpi
    assert fit(roll(side + 20, side + 3, dpi), PLAIN_MODULES).module == dots
    with pytest.raises(RuleBroken):
        fit(roll(side + 20, side - 0.2, dpi), PLAIN_MODULES)


def test_larger_labels_get_larger_modules() -> None:
    modules = [fit(SHEETS[name], PLAIN_MODULES).module for name in ("a4-65", "a4-24")]
    assert modules == sorted(modules) and modules[0] == 10 and modules[1] > 10


def test_the_call_stands_below_the_code_where_there_is_room() -> None:
    assert fit(SHEETS["a4-24"], SIGNED_MODULES).call is not None
    assert fit(SHEETS["a4-65"], PLAIN_MODULES).call is None


def test_the_serial_moves_beside_a_code_that_fills_the_label() -> None:
    layout = fit(SHEETS["a4-40"], SIGNED_MODULES)
    assert layout.text and layout.serial.x == layout.text.x
    assert layout.text.y + layout.text.h < layout.serial.baseline


def test_a_signed_code_on_the_smallest_labels_names_the_sheets_that_do() -> None:
    with pytest.raises(RuleBroken) as refused:
        fit(SHEETS["a4-65"], SIGNED_MODULES)
    assert str(refused.value) == (
        "Tem a4-65 (38,1 × 21,2 mm) quá nhỏ: mã này cần 24,2 × 24,2 mm kể cả viền trắng, và cột chữ rộng 17,0 mm. "
        "Cách xử lý: chọn khổ a4-40 (52,5 × 29,7 mm) hoặc a4-24 (63,5 × 33,9 mm) hoặc a4-21 (63,5 × 38,1 mm), hoặc "
        "in mã không kèm chữ ký số."
    )


def test_a_code_too_large_for_every_sheet_asks_for_larger_labels() -> None:
    with pytest.raises(RuleBroken, match=r"chọn khổ tem lớn hơn, hoặc in mã không kèm chữ ký số\.$"):
        fit(SHEETS["a4-24"], 177)


def test_a_label_too_small_even_for_a_plain_code_does_not_suggest_one() -> None:
    with pytest.raises(RuleBroken, match=r"Cách xử lý: chọn khổ 30x20 hoặc 40x30 hoặc 50x30\.$"):
        fit(roll(30, 15, 600), PLAIN_MODULES, "qr-text")


def test_a_code_alone_needs_room_for_its_serial_below() -> None:
    with pytest.raises(RuleBroken, match=r"a4-40.*quá nhỏ"):
        fit(SHEETS["a4-40"], SIGNED_MODULES, "qr-text")


def test_a_column_too_narrow_for_words_is_refused() -> None:
    with pytest.raises(RuleBroken, match="cột chữ rộng 17,0 mm"):
        fit(roll(30, 30, 600), PLAIN_MODULES)
    assert fit(roll(30, 30, 600), PLAIN_MODULES, "qr-text").text is None


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.name)
def test_a_sheets_cells_lie_on_the_paper_and_beside_each_other(sheet: Sheet) -> None:
    cells = list(sheet.cells())
    assert len(set(cells)) == sheet.count == int(sheet.name.removeprefix("a4-"))
    width, height = sheet.dots(sheet.label_w_mm), sheet.dots(sheet.label_h_mm)
    assert all(x >= 0 and x + width <= sheet.dots(210) + 1 and y + height <= sheet.dots(297) + 1 for x, y in cells)
    columns = sorted({x for x, _ in cells})
    assert all(right - left >= width for left, right in pairwise(columns))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"columns": 4}, "giấy chỉ có 210,0 × 297,0 mm"),
        ({"rows": 9}, "Sửa lề, bước hoặc số tem"),
        ({"pitch_x_mm": 60.0}, "chồng lên nhau"),
        ({"rows": 0}, "không có tem nào"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused(changed: dict[str, Any], said: str) -> None:
    measures = {**vars(SHEETS["a4-24"]), **changed}
    with pytest.raises(RuleBroken, match=said):
        Sheet(**measures)


def test_a_label_needs_a_name() -> None:
    with pytest.raises(RuleBroken, match="chưa có tên"):
        LabelText(" ", "HTX Chè Đồi Mây")


@pytest.mark.parametrize("stars", [0, 6])
def test_stars_are_one_to_five(stars: int) -> None:
    with pytest.raises(RuleBroken, match=f"không có {stars} sao"):
        LabelText("Trà búp Đồi Mây", "HTX Chè Đồi Mây", stars=stars)
