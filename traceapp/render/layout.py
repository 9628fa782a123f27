"""What stands where on one label, in printer dots.

Everything is laid out in whole dots of the sheet's own grid (600 to the inch on paper), from the label's top left
corner, y downwards: a module is then sharp on the printer, and any output (PDF, printer language, image) only scales.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from traceapp.core.errors import RuleBroken
from traceapp.render.sheets import MM_PER_INCH, SHEETS, Sheet, millimetres

QUIET_MODULES = 4
LEAST_MODULE_MM = 0.396
LARGEST_MODULE_MM = 0.8
EDGE_MM = 1.5  # no ink nearer to the cut
EDGE_SHARE = 0.035  # of the label's width: larger labels breathe more
TEXT_MM = 18.0  # a narrower column breaks every name
TEXT_SHARE = 0.62  # of the usable width, before the code grows beyond its least size
CAP_HEIGHT = 0.74  # of the type size, in the labels' typeface
LEADING = 1.3  # Ế, Ộ, Ữ need the room
SERIAL_RISE = 0.84  # what a serial's characters and the call's small letters reach above their baseline
CALL_RISE = 1.0
SERIAL_PT = 3.9, 6.2  # capitals and digits of 1 mm and more
SERIAL_EMS = 10.2  # all but one in a hundred grouped serials are narrower
OVERHANG = 4  # dots that a letter may reach to the left of its place
PLAIN_MODULES = 33  # version 4: what an address without signature takes

Template = Literal["full", "code"]


@dataclass(frozen=True)
class Box:
    """A rectangle in dots, from the label's top left corner."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True)
class Caption:
    """Room for one line: its left end and baseline, how wide it may be, and its type size, all in dots."""

    x: int
    baseline: int
    w: int
    size: int


@dataclass(frozen=True)
class Layout:
    """Where things stand on each label of a sheet. `code` is the symbol itself; its quiet zone around it stays empty.

    The first line's capitals in `text` align with the top of the code, its last baseline with the lowest caption;
    `crowded` is the same column up to the label's own edges, for much text. `call` is None where there is no room for
    it below the code.
    """

    sheet: Sheet
    width: int
    height: int
    module: int
    code: Box
    serial: Caption
    call: Caption | None
    text: Box | None
    crowded: Box | None


@dataclass(frozen=True)
class _Insets:
    """Dots to keep clear: of the cut, and of the paper edge that printers cannot reach."""

    left: int
    top: int
    right: int
    bottom: int


def fit(sheet: Sheet, symbol_modules: int, template: Template = "full") -> Layout:
    """The layout with the largest module that leaves the words their share; RuleBroken, with the remedy, if none fits.

    `full` sets the code beside the label's text; `code` sets the code alone with its serial, for packs that carry the
    text already.
    """
    layout = _largest(sheet, symbol_modules, template)
    if layout is None:
        raise RuleBroken(_remedy(sheet, symbol_modules, template))
    return layout


def _largest(sheet: Sheet, modules: int, template: Template) -> Layout | None:
    least = ceil(LEAST_MODULE_MM / MM_PER_INCH * sheet.dpi)
    for module in range(max(least, int(LARGEST_MODULE_MM / MM_PER_INCH * sheet.dpi)), least - 1, -1):
        layout = _arrange(sheet, modules, module, template)
        if layout and (module == least or _leaves_words_their_share(layout)):
            return layout
    return None


def _leaves_words_their_share(layout: Layout) -> bool:
    if layout.text is None:
        return layout.call is not None
    insets = _insets(layout.sheet)
    usable = layout.width - insets.left - insets.right
    return layout.text.w >= TEXT_SHARE * usable and layout.serial.x == layout.code.x


def _insets(sheet: Sheet) -> _Insets:
    right = sheet.page_w_mm - sheet.left_mm - (sheet.columns - 1) * sheet.pitch_x_mm - sheet.label_w_mm
    bottom = sheet.page_h_mm - sheet.top_mm - (sheet.rows - 1) * sheet.pitch_y_mm - sheet.label_h_mm
    edge = max(EDGE_MM, EDGE_SHARE * sheet.label_w_mm)
    sides = (max(edge, sheet.blank_mm - margin) for margin in (sheet.left_mm, sheet.top_mm, right, bottom))
    return _Insets(*(sheet.dots(side) for side in sides))


def _arrange(sheet: Sheet, modules: int, module: int, template: Template) -> Layout | None:
    """The layout with modules of this many dots, or None where something does not fit."""
    width, height = sheet.dots(sheet.label_w_mm), sheet.dots(sheet.label_h_mm)
    insets, ink, quiet = _insets(sheet), modules * module, QUIET_MODULES * module
    size = round(min(max(sheet.dots_of_pt(SERIAL_PT[0]), ink / SERIAL_EMS), sheet.dots_of_pt(SERIAL_PT[1])))
    one_line = ink + quiet + ceil(SERIAL_RISE * size)
    call_line = ink + quiet + ceil(CALL_RISE * size)
    two_lines = call_line + round(LEADING * size)
    top = max(insets.top, quiet)
    block = next((block for block in (two_lines, one_line) if top + block + insets.bottom <= height), ink)
    x = max(insets.left, quiet) if template == "full" else (width - ink) // 2
    y = max(top, (height - block) // 2)
    serial = Caption(x, y + block, ink + module, size)
    call = replace(serial, baseline=y + call_line) if block == two_lines else None
    layout = Layout(sheet, width, height, module, Box(x, y, ink, ink), serial, call, None, None)
    if template == "code":
        return layout if block > ink and x >= max(insets.left, insets.right, quiet) else None
    return _with_text(layout, block, insets)


def _with_text(layout: Layout, block: int, insets: _Insets) -> Layout | None:
    """The column beside the code; it takes the serial in where there is no room for it below the code."""
    code, quiet = layout.code, QUIET_MODULES * layout.module
    x = code.x + code.w + quiet + OVERHANG
    text = Box(x, code.y, layout.width - insets.right - x, block)
    crowded = replace(text, y=insets.top, h=layout.height - insets.top - insets.bottom)
    serial = layout.serial
    if block == code.h:
        serial = Caption(x, code.y + block, text.w, layout.sheet.dots_of_pt(SERIAL_PT[0]))
        text = replace(text, h=block - round(LEADING * serial.size))
        crowded = replace(crowded, h=text.y + text.h - crowded.y)
    below = layout.height - code.y - code.h
    if text.w < layout.sheet.dots(TEXT_MM) or below < max(insets.bottom, quiet):
        return None
    return replace(layout, serial=serial, text=text, crowded=crowded)


def _remedy(sheet: Sheet, modules: int, template: Template) -> str:
    """Why this symbol does not fit the sheet, and what does."""
    least = ceil(LEAST_MODULE_MM / MM_PER_INCH * sheet.dpi) * MM_PER_INCH / sheet.dpi
    side = millimetres((modules + 2 * QUIET_MODULES) * least)
    beside = f", và cột chữ rộng {millimetres(TEXT_MM)} mm" if template == "full" else ""
    larger = [other.name for other in SHEETS.values() if other != sheet and _largest(other, modules, template)]
    choices = ["chọn khổ " + " hoặc ".join(larger)] if larger else ["chọn khổ tem lớn hơn"]
    if modules > PLAIN_MODULES and _largest(sheet, PLAIN_MODULES, template):
        choices.append("in mã không kèm chữ ký số")
    return (
        f"Tem {sheet.name} ({millimetres(sheet.label_w_mm)} × {millimetres(sheet.label_h_mm)} mm) quá nhỏ: "
        f"mã này cần {side} × {side} mm kể cả viền trắng{beside}. Cách xử lý: {', hoặc '.join(choices)}."
    )
