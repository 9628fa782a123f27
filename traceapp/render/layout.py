"""What stands where on one label, in printer dots.

Everything is laid out in whole dots of the sheet's own grid (600 to the inch on paper), from the label's top left
corner, y downwards: a module is then sharp on the printer, and any output (PDF, printer language, image) only scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, get_args

from traceapp.core.errors import RuleBroken
from traceapp.render.sheets import MM_PER_INCH, ROLLS, SHEETS, Sheet, millimetres

QUIET_MODULES = 4
LEAST_MODULE_MM = 0.396
LARGEST_MODULE_MM = 0.8
FINER_DPI = 300
MOST_MODULE_MM = 5.0  # on request
EDGE_MM = 1.5  # no ink nearer to the cut
EDGE_SHARE = 0.035  # of the label's width: larger labels breathe more
TEXT_MM = 17.0  # a narrower column breaks every name
TEXT_SHARE = 0.62  # of the usable width, before the code grows beyond its least size
CAP_HEIGHT = 0.74  # of the type size, in the labels' typeface
LEADING = 1.3  # Ế, Ộ, Ữ need the room
SERIAL_RISE = 0.84  # what a serial's characters and the call's small letters reach above their baseline
CALL_RISE = 1.0
SERIAL_PT = 3.9, 6.2  # capitals and digits of 1 mm and more
SERIAL_EMS = 10.2  # all but one in a hundred grouped serials are narrower
OVERHANG_MM = 0.17  # that a letter may reach to the left of its place
PLAIN_MODULES = 33  # version 4: what an address without signature takes

Template = Literal["qr", "qr-text", "full", "case"]
TEMPLATES: tuple[Template, ...] = get_args(Template)
LEAST_CASE_MM = 76.0, 50.0  # bars, code and words of a case need this much
ROOM_ABOVE_BARS_MM = 43.0
GAP_ABOVE_BARS_MM = 2.5
BARS_MM = 13.0, 31.75  # how tall; GS1 asks for the latter where there is room
USUAL_MM = 63.5, 33.9  # type and modules grow with labels that are larger than this


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
    it below the code; `serial` where the template shows none. `bars` holds a case's bar code and its digits; `growth`
    is by how much type may be larger than on a usual label.
    """

    sheet: Sheet
    width: int
    height: int
    module: int
    code: Box
    serial: Caption | None
    call: Caption | None
    text: Box | None
    crowded: Box | None
    growth: float = 1.0
    bars: Box | None = None


@dataclass(frozen=True)
class _Insets:
    """Dots to keep clear: of the cut, and of the paper edge that printers cannot reach."""

    left: int
    top: int
    right: int
    bottom: int


def fit(sheet: Sheet, symbol_modules: int, template: Template = "full", module: int | None = None) -> Layout:
    """The layout with the largest module that leaves the words their share; RuleBroken, with the remedy, if none fits.

    `qr` is the code alone, for packs that carry the text already; `qr-text` adds the call to scan and the serial below
    it; `full` sets the code beside the label's text; `case` does so for cartons. `module` fixes its size in dots.
    """
    layout = _largest(sheet, symbol_modules, template, module)
    if layout is None:
        raise RuleBroken(_remedy(sheet, symbol_modules, template))
    return layout


def module_dots(sheet: Sheet, wanted_mm: float) -> int:
    """A module asked for in millimetres as dots. RuleBroken unless it is whole dots of the printer and large enough."""
    dot, least = MM_PER_INCH / sheet.dpi, _least(sheet)
    if not wanted_mm + 0.0005 >= LEAST_MODULE_MM:
        raise RuleBroken(
            f"Ô mã {_thousandths(wanted_mm)} mm quá nhỏ để điện thoại đọc: cần ít nhất {_thousandths(LEAST_MODULE_MM)} "
            f"mm. Ở {sheet.dpi} dpi hãy dùng {_thousandths(least * dot)} mm ({least} chấm)."
        )
    if wanted_mm > MOST_MODULE_MM:
        raise RuleBroken(f"Ô mã {_thousandths(wanted_mm)} mm quá lớn: nhiều nhất {_thousandths(MOST_MODULE_MM)} mm.")
    dots = round(wanted_mm / dot)
    if abs(dots * dot - wanted_mm) > 0.0015:
        near = sorted({max(least, int(wanted_mm / dot)), max(least, ceil(wanted_mm / dot))})
        choices = " hoặc ".join(f"{_thousandths(one * dot)} mm ({one} chấm)" for one in near)
        raise RuleBroken(
            f"Ô mã {_thousandths(wanted_mm)} mm không tròn chấm của máy in {sheet.dpi} dpi, mã sẽ bị nhòe: "
            f"dùng {choices}."
        )
    return max(dots, least)


def _thousandths(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".").replace(".", ",")


def _least(sheet: Sheet) -> int:
    """Dots of the least module."""
    return ceil(LEAST_MODULE_MM / MM_PER_INCH * sheet.dpi)


def _largest(sheet: Sheet, modules: int, template: Template, fixed: int | None = None) -> Layout | None:
    if template == "case" and any(
        side < least for side, least in zip((sheet.label_w_mm, sheet.label_h_mm), LEAST_CASE_MM, strict=True)
    ):
        return None
    least, most = fixed or _least(sheet), LARGEST_MODULE_MM * _growth(sheet.label_w_mm, sheet.label_h_mm)
    for module in range(fixed or max(least, int(most / MM_PER_INCH * sheet.dpi)), least - 1, -1):
        layout = _arrange(sheet, modules, module, template)
        if layout and (module == least or _leaves_words_their_share(layout)):
            return layout
    return None


def _leaves_words_their_share(layout: Layout) -> bool:
    if layout.text is None:
        return layout.serial is None or layout.call is not None
    insets = _insets(layout.sheet)
    usable = layout.width - insets.left - insets.right
    return layout.text.w >= TEXT_SHARE * usable and (layout.serial is None or layout.serial.x == layout.code.x)


def _insets(sheet: Sheet) -> _Insets:
    right = sheet.page_w_mm - sheet.left_mm - (sheet.columns - 1) * sheet.pitch_x_mm - sheet.label_w_mm
    bottom = sheet.page_h_mm - sheet.top_mm - (sheet.rows - 1) * sheet.pitch_y_mm - sheet.label_h_mm
    edge = max(EDGE_MM, EDGE_SHARE * sheet.label_w_mm)
    sides = (max(edge, sheet.blank_mm - margin) for margin in (sheet.left_mm, sheet.top_mm, right, bottom))
    return _Insets(*(sheet.dots(side) for side in sides))


def _growth(width_mm: float, height_mm: float) -> float:
    return max(1.0, min(width_mm / USUAL_MM[0], height_mm / USUAL_MM[1]))


def _arrange(sheet: Sheet, modules: int, module: int, template: Template) -> Layout | None:
    """The layout with modules of this many dots, or None where something does not fit."""
    insets, ink = _insets(sheet), modules * module
    if template == "qr":
        return _alone(sheet, module, ink, insets)
    if template != "case":
        return _with_caption(sheet, ink, module, template, insets)
    bars = _bars(sheet, insets)
    upper_mm = bars.y * MM_PER_INCH / sheet.dpi - GAP_ABOVE_BARS_MM
    upper = replace(sheet, rows=1, columns=1, label_h_mm=upper_mm, page_h_mm=max(sheet.page_h_mm, upper_mm))
    layout = _with_caption(upper, ink, module, template, replace(insets, bottom=0))
    return layout and replace(layout, sheet=sheet, height=sheet.dots(sheet.label_h_mm), bars=bars)


def _with_caption(sheet: Sheet, ink: int, module: int, template: Template, insets: _Insets) -> Layout | None:
    """The code with what stands below it: the call to scan and the serial, one of them, or neither."""
    width, height = sheet.dots(sheet.label_w_mm), sheet.dots(sheet.label_h_mm)
    quiet, growth = QUIET_MODULES * module, _growth(sheet.label_w_mm, sheet.label_h_mm)
    size = round(min(max(sheet.dots_of_pt(SERIAL_PT[0]), ink / SERIAL_EMS), sheet.dots_of_pt(SERIAL_PT[1] * growth)))
    one_line = ink + quiet + ceil(SERIAL_RISE * size)
    call_line = ink + quiet + ceil(CALL_RISE * size)
    two_lines = call_line + round(LEADING * size)
    if template == "case":  # every case of a lot carries the same code, so there is no serial to read
        one_line, two_lines = ink, call_line
    top = max(insets.top, quiet)
    block = next((block for block in (two_lines, one_line) if top + block + insets.bottom <= height), ink)
    beside = template in ("full", "case")
    x = max(insets.left, quiet) if beside else (width - ink) // 2
    y = max(top, (height - block) // 2)
    serial = None if template == "case" else Caption(x, y + block, ink + module, size)
    call = Caption(x, y + call_line, ink + module, size) if block == two_lines else None
    layout = Layout(sheet, width, height, module, Box(x, y, ink, ink), serial, call, None, None, growth)
    if beside:
        return _with_text(layout, block, insets)
    return layout if block > ink and x >= max(insets.left, insets.right, quiet) else None


def _bars(sheet: Sheet, insets: _Insets) -> Box:
    """Room along the bottom for a case's bar code, with a line for its digits."""
    tall = min(max(sheet.label_h_mm - ROOM_ABOVE_BARS_MM, BARS_MM[0]), BARS_MM[1])
    height, width = sheet.dots(tall), sheet.dots(sheet.label_w_mm) - insets.left - insets.right
    return Box(insets.left, sheet.dots(sheet.label_h_mm) - insets.bottom - height, width, height)


def _alone(sheet: Sheet, module: int, ink: int, insets: _Insets) -> Layout | None:
    """The code in the middle of the label, with nothing else."""
    width, height = sheet.dots(sheet.label_w_mm), sheet.dots(sheet.label_h_mm)
    code, clear = Box((width - ink) // 2, (height - ink) // 2, ink, ink), QUIET_MODULES * module
    if code.x < max(insets.left, insets.right, clear) or code.y < max(insets.top, insets.bottom, clear):
        return None
    return Layout(sheet, width, height, module, code, None, None, None, None)


def _with_text(layout: Layout, block: int, insets: _Insets) -> Layout | None:
    """The column beside the code; it takes the serial in where there is no room for it below the code."""
    code, quiet = layout.code, QUIET_MODULES * layout.module
    x = code.x + code.w + quiet + layout.sheet.dots(OVERHANG_MM)
    text = Box(x, code.y, layout.width - insets.right - x, block)
    crowded = replace(text, y=insets.top, h=layout.height - insets.top - insets.bottom)
    serial = layout.serial
    if serial and block == code.h:
        serial = Caption(x, code.y + block, text.w, layout.sheet.dots_of_pt(SERIAL_PT[0]))
        text = replace(text, h=block - round(LEADING * serial.size))
        crowded = replace(crowded, h=text.y + text.h - crowded.y)
    below = layout.height - code.y - code.h
    if text.w < layout.sheet.dots(TEXT_MM) or below < max(insets.bottom, quiet):
        return None
    return replace(layout, serial=serial, text=text, crowded=crowded)


def _remedy(sheet: Sheet, modules: int, template: Template) -> str:
    """Why this symbol does not fit the sheet, and what does."""
    size = f"Tem {sheet.name} ({_size(sheet)}) quá nhỏ"
    family = ROLLS if sheet.is_roll else SHEETS
    larger = [
        name for name, other in family.items() if name != sheet.name and _largest(_on(sheet, other), modules, template)
    ]
    # The names of rolls are their sizes; those of sheets say only how many labels there are.
    named = [name if sheet.is_roll else f"{name} ({_size(family[name])})" for name in larger[:3]]
    choices = ["chọn khổ " + " hoặc ".join(named)] if larger else ["chọn khổ tem lớn hơn"]
    if template == "case" and sheet.label_w_mm < LEAST_CASE_MM[0]:
        least = " × ".join(map(millimetres, LEAST_CASE_MM))
        return f"{size} cho thùng: tem thùng cần ít nhất {least} mm. Cách xử lý: {choices[0]}."
    smaller = [one for one in _SMALLER.get(template, ()) if _largest(sheet, modules, one)]
    if smaller:
        choices.append("chọn mẫu " + " hoặc ".join(f"“{_CALLED[one]}” ({one})" for one in smaller))
    if modules > PLAIN_MODULES and _largest(sheet, PLAIN_MODULES, template):
        choices.append("in mã không kèm chữ ký số")
    if sheet.dpi < FINER_DPI and _largest(replace(sheet, dpi=FINER_DPI), modules, template):
        choices.append(f"dùng máy in {FINER_DPI} dpi")
    side = millimetres((modules + 2 * QUIET_MODULES) * _least(sheet) * MM_PER_INCH / sheet.dpi)
    beside = f", và cột chữ rộng {millimetres(TEXT_MM)} mm" if template in ("full", "case") else ""
    return f"{size}: mã này cần {side} × {side} mm kể cả viền trắng{beside}. Cách xử lý: {', hoặc '.join(choices)}."


_SMALLER: Mapping[Template, tuple[Template, ...]] = {"full": ("qr-text", "qr"), "qr-text": ("qr",)}
_CALLED: Mapping[Template, str] = {"qr-text": "Mã và ít chữ", "qr": "Chỉ mã"}


def _size(sheet: Sheet) -> str:
    return f"{millimetres(sheet.label_w_mm)} × {millimetres(sheet.label_h_mm)} mm"


def _on(sheet: Sheet, other: Sheet) -> Sheet:
    """Another size on the same printer."""
    return replace(other, dpi=sheet.dpi)
