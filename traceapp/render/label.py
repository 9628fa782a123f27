"""One label, ready to be drawn: what is the same on all labels of a run, and what is each one's own.

Places are worked out here, once; PDF, printer languages, SVG and pixels only draw them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, tee
from typing import NamedTuple
from urllib.parse import unquote

from traceapp.core.errors import RuleBroken
from traceapp.render.column import Line, Words
from traceapp.render.faces import face, plain
from traceapp.render.layout import LEAST_MODULE_MM, QUIET_MODULES, Box, Layout, Template, fit
from traceapp.render.qr import Symbol, symbols
from traceapp.render.sheets import MM_PER_INCH, LabelText, Sheet
from traceapp.render.text import compose, serial_line


class Label(NamedTuple):
    """What one label does not share with the next."""

    url: str
    symbol: Symbol
    serial: Line | None


@dataclass(frozen=True)
class Design:
    """What all labels of a run share."""

    layout: Layout
    words: Words
    title: str


def plan(
    urls: Iterable[str],
    text: LabelText,
    sheet: Sheet,
    *,
    level: str = "M",
    template: Template = "full",
    module: int | None = None,
) -> tuple[Design, Iterator[Label]]:
    """The design made for the first address, and the labels one by one; memory does not grow with their number.

    RuleBroken, with the remedy, where code or words do not fit, and later where an address has another shape.
    """
    addresses, drawn = tee(urls)
    run = zip(addresses, symbols(drawn, level), strict=True)
    first = next(run, None)
    if first is None:
        raise RuleBroken("Chưa có tem nào để in: chọn số tem từ 1 trở lên.")
    layout = fit(sheet, first[1].modules, template, module)
    design = Design(layout, compose(layout, text), _title(text))
    require_printable(design)
    return design, _labels(layout, chain([first], run))


def _labels(layout: Layout, run: Iterable[tuple[str, Symbol]]) -> Iterator[Label]:
    for url, symbol in run:
        if symbol.modules * layout.module != layout.code.w:
            raise RuleBroken("Các tem của một lần in phải có địa chỉ dài như nhau: in riêng những tem khác loại.")
        yield Label(url, symbol, serial_line(layout, printed_serial(url)))


def printed_serial(url: str) -> str:
    """The serial (AI 21) that a label's address ends with, decoded; empty for lot and product labels."""
    _, found, serial = url.partition("?")[0].rpartition("/21/")
    return unquote(serial) if found else ""


def _title(text: LabelText) -> str:
    return f"Tem {plain(text.name)}, lô {plain(text.lot)}" if text.lot else f"Tem {plain(text.name)}"


def require_printable(design: Design) -> None:
    """What must hold for any label, whoever laid it out. RuleBroken with what is wrong and what to do."""
    layout, code, quiet = design.layout, design.layout.code, QUIET_MODULES * design.layout.module
    name = f"Tem {layout.sheet.name}"
    if layout.module * MM_PER_INCH / layout.sheet.dpi + 0.0005 < LEAST_MODULE_MM:
        raise RuleBroken(f"{name}: ô mã nhỏ hơn {LEAST_MODULE_MM} mm, điện thoại khó đọc. Chọn khổ tem lớn hơn.")
    if min(code.x, code.y, layout.width - code.x - code.w, layout.height - code.y - code.h) < quiet:
        raise RuleBroken(f"{name}: viền trắng quanh mã hẹp hơn {QUIET_MODULES} ô. Chọn khổ tem lớn hơn.")
    zone = Box(code.x - quiet, code.y - quiet, code.w + 2 * quiet, code.h + 2 * quiet)
    for line in design.words.lines:
        box = box_of(line)
        if _overlap(box, zone):
            raise RuleBroken(f"{name}: chữ “{line.text[:40]}” đè lên mã. Chọn khổ tem lớn hơn hoặc bớt chữ.")
        if box.x < 0 or box.y < 0 or box.x + box.w > layout.width or line.baseline > layout.height:
            raise RuleBroken(f"{name}: chữ “{line.text[:40]}” ra ngoài tem. Chọn khổ tem lớn hơn hoặc bớt chữ.")


def box_of(line: Line) -> Box:
    """The dots that a line's letters may touch, above its baseline and to its end."""
    letters = face(line.weight)
    top = int(letters.rise(line.text) * line.size)
    return Box(line.x, line.baseline - top, int(letters.advance(line.text) * line.size), top)


def _overlap(one: Box, other: Box) -> bool:
    beside = one.x >= other.x + other.w or other.x >= one.x + one.w
    return not (beside or one.y >= other.y + other.h or other.y >= one.y + one.h)
