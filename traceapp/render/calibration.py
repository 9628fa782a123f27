"""A page that shows by how much a printer misses: print it, measure three lengths, type three numbers."""

from __future__ import annotations

from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import BinaryIO

from traceapp.render.faces import Weight, face
from traceapp.render.pdf_objects import Objects, PageTree, embed, text_string
from traceapp.render.print_setup import PrintSetup
from traceapp.render.sheets import PT_PER_INCH, Sheet, millimetres

CATALOGUE = b"/ViewerPreferences<</PrintScaling/None/DisplayDocTitle true>>"
MARK_MM = 20.0
BAR_MM = 100.0
HAIR_MM = 0.12
PAGE_TREE, FONTS = 1, 2
NAMES: dict[Weight, str] = {"regular": "R", "semibold": "B"}


def steps(sheet: Sheet, setup: PrintSetup) -> list[str]:
    """What to do with the page, in the order it is done."""
    mark, bar = _mark(sheet), _bar(sheet)
    right, down = (_typed(shift) for shift in setup.offset_mm)
    return [
        "In trang này lên giấy thường, cỡ thật (100 %), tắt “co vừa trang”.",
        f"Đặt chồng lên tờ tem {sheet.name}, soi ra ánh sáng: mỗi khung phải trùng mép một tem.",
        f"Đo từ mép trái giấy đến vạch A, từ mép trên đến vạch B: đúng thì cả hai là {millimetres(mark)}\u00a0mm.",
        f"A dư bao nhiêu thì dời ngang âm bấy nhiêu, B cũng vậy. A đo được {millimetres(mark + 1.5)} và "
        f"B {millimetres(mark - 1)} thì gõ: --offset -1.5,1",
        f"Đo thước C: đúng thì dài {millimetres(bar)}\u00a0mm. "
        f"Đo được {millimetres(bar * 0.992)} thì gõ: --scale 1.008",
        f"Trang này in với --offset {right},{down} --scale {setup.scale:g}; số mới cộng thêm vào số đó.",
    ]


def write_calibration(out: BinaryIO, sheet: Sheet, setup: PrintSetup) -> None:
    """Write the test page of a sheet as PDF, shifted and stretched as `setup` says."""
    setup.require_fitting(sheet)
    page = _Page(sheet)
    for number, (x, y) in enumerate(sheet.cells(), 1):
        page.frame(x, y, sheet.dots(sheet.label_w_mm), sheet.dots(sheet.label_h_mm))
        page.write(x + sheet.dots(1.2), y + sheet.dots(3), 6, "regular", str(number))
    _draw_rulers(page, sheet)
    if sheet.page_w_mm >= 150 and sheet.page_h_mm >= 150:
        _write_steps(page, sheet, steps(sheet, setup))
    with TemporaryFile() as table:
        _write(Objects(out, table, late=2), page, sheet, setup)


def _mark(sheet: Sheet) -> float:
    return MARK_MM if min(sheet.page_w_mm, sheet.page_h_mm) > 2 * MARK_MM else 5.0


def _bar(sheet: Sheet) -> float:
    """The longest of these that fits beside the mark."""
    room = sheet.page_w_mm - _mark(sheet) - 4
    return next((length for length in (BAR_MM, 50.0, 20.0) if length <= room), 10.0)


def _typed(millimetres: float) -> str:
    return f"{millimetres:g}"


class _Page:
    """Drawing in dots from the top left corner."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.content: list[str] = []
        self.chars: dict[Weight, set[str]] = {"regular": set(), "semibold": set()}
        self._height = sheet.dots(sheet.page_h_mm)

    def block(self, x: float, y: float, w: float, h: float, grey: float = 0) -> None:
        self.content.append(f"{grey:g} g {x:.0f} {self._height - y - h:.0f} {w:.0f} {h:.0f} re f")

    def frame(self, x: int, y: int, w: int, h: int) -> None:
        hair = max(1, self.sheet.dots(HAIR_MM))
        self.content.append(f"0.55 G {hair} w {x} {self._height - y - h} {w} {h} re S")

    def write(self, x: float, baseline: float, points: float, weight: Weight, text: str) -> None:
        self.chars[weight].update(text)
        codes = "".join(map(face(weight).hex.__getitem__, text))
        size, up = self.sheet.dots_of_pt(points), self._height - baseline
        self.content.append(f"0 g BT /{NAMES[weight]} {size} Tf {x:.0f} {up:.0f} Td <{codes}> Tj ET")


def _draw_rulers(page: _Page, sheet: Sheet) -> None:
    """A and B at a known distance from the paper's edges, and C of a known length."""
    dots, mark, hair = sheet.dots, sheet.dots(_mark(sheet)), max(1, sheet.dots(HAIR_MM))
    reach = min(sheet.page_w_mm, sheet.page_h_mm) * 0.9
    long = dots(min(40.0, reach) - _mark(sheet))
    page.block(mark, mark, hair, long)
    page.block(mark, mark, long, hair)
    page.write(mark + dots(0.8), mark + long - dots(0.5), 9, "semibold", "A")
    page.write(mark + long - dots(2.2), mark - dots(0.8), 9, "semibold", "B")
    length, y = _bar(sheet), mark + dots(min(12.0, sheet.page_h_mm / 3))
    page.block(mark, y, dots(length), hair)
    for number in range(int(length) + 1):
        tall = 4.0 if number % 10 == 0 else 2.6 if number % 5 == 0 else 1.5
        page.block(mark + dots(number), y, hair, dots(tall))
        if number % 10 == 0 and number:
            page.write(mark + dots(number) + dots(0.4), y + dots(5), 6, "regular", str(number))
    page.write(mark + dots(1), y - dots(0.8), 9, "semibold", "C")


def _write_steps(page: _Page, sheet: Sheet, lines: Sequence[str]) -> None:
    dots, left = sheet.dots, sheet.dots(MARK_MM)
    top, width = sheet.dots(sheet.page_h_mm * 0.42), sheet.dots(sheet.page_w_mm - 2 * MARK_MM)
    rows = [(number, part) for number, line in enumerate(lines, 1) for part in _broken(line, width / dots(4))]
    page.block(left - dots(5), top - dots(12), width + dots(10), dots(24 + 6.4 * len(rows)), 1)
    page.frame(left - dots(5), top - dots(12), width + dots(10), dots(24 + 6.4 * len(rows)))
    page.write(left, top, 17, "semibold", f"Canh máy in cho khổ {sheet.name}")
    shown, y = 0, top + dots(11)
    for number, part in rows:
        if number != shown:
            page.write(left, y, 11, "semibold", str(number))
        page.write(left + dots(7), y, 11, "regular", part)
        shown, y = number, y + dots(6.4)


def _broken(text: str, ems: float) -> list[str]:
    """Text in lines that are no wider than this, in type sizes."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if face("regular").advance(longer) > ems - 2.5 and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _write(objects: Objects, page: _Page, sheet: Sheet, setup: PrintSetup) -> None:
    tree = PageTree(objects, PAGE_TREE)
    content = objects.stream("\n".join([setup.matrix(sheet), *page.content]).encode())
    tree.add(b"/Contents %d 0 R/Resources<</Font %d 0 R>>" % (content, FONTS))
    fonts = (
        b"/%b %d 0 R" % (name.encode(), embed(objects, face(weight), page.chars[weight]))
        for weight, name in NAMES.items()
    )
    objects.put(FONTS, b"<<%b>>" % b"".join(fonts))
    width, height = (sheet.dots(side) * PT_PER_INCH / sheet.dpi for side in (sheet.page_w_mm, sheet.page_h_mm))
    tree.close(b"0 0 %.6g %.6g" % (width, height))
    root = objects.add(b"<</Type/Catalog/Pages %d 0 R/Lang(vi)%b>>" % (PAGE_TREE, CATALOGUE))
    title = text_string(f"Canh máy in, khổ {sheet.name}")
    objects.close(root, objects.add(b"<</Title%b/Producer(traceapp)>>" % title))
