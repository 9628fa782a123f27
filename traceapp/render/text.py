"""A label's words in place: the largest size that fits, never past the edge.

The name is set on one line, then smaller, then on two; below the least legible sizes the label is refused, because a
producer can choose a larger sheet or shorter words and a reader can do neither.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from traceapp.core.errors import RuleBroken
from traceapp.render.column import CROWDED, ROOMY, Column, Line, Polygon, Source, Words
from traceapp.render.faces import Weight, face, plain
from traceapp.render.itf14 import BEARER, QUIET, WIDTH, bars, grouped
from traceapp.render.itf14 import LEAST_MODULE_MM as LEAST_BAR_MM
from traceapp.render.layout import CALL_RISE, Box, Caption, Layout
from traceapp.render.sheets import MM_PER_INCH, LabelText, millimetres

BODY_PT = 4.8, 8.4  # at 4.8 pt the small letters are 0.9 mm high
NAME_PT = 5.4  # least
DIGITS_PT = 10.0  # below a case's bars
LONGEST = 400  # characters; whatever is longer fits no label, and trying every way to break it would take minutes


def compose(layout: Layout, text: LabelText) -> Words:
    """All words of one label but its serial. RuleBroken, with the remedy, where they do not fit or cannot be set."""
    call = plain(text.call)
    stays_clear = call and face("semibold").rise(call) <= CALL_RISE
    below_code = (_shrunk(layout.call, "semibold", call),) if layout.call and stays_clear else ()
    if layout.text is None:
        return Words(below_code, ())
    if endless := next((part for part in (text.name, text.producer, text.address or "") if len(part) > LONGEST), None):
        said = f"“{plain(endless)[:40]}…” dài {len(endless)} chữ"
        raise RuleBroken(f"{said}, tem chứa nhiều nhất {LONGEST}: rút ngắn lại.")
    column = _column(layout, text, "" if below_code else call)
    words = replace(column, lines=column.lines + below_code)
    return _with_bars(words, layout, layout.bars, text.gtin) if layout.bars else words


def serial_line(layout: Layout, serial: str) -> Line | None:
    """The serial as people read it aloud: 13 characters in groups of 5, 4, 4. None where the label shows none."""
    if not serial or layout.serial is None:
        return None
    grouped = f"{serial[:5]} {serial[5:9]} {serial[9:]}" if len(serial) == 13 else serial
    return _shrunk(layout.serial, "regular", grouped)


def _with_bars(words: Words, layout: Layout, room: Box, gtin: str | None) -> Words:
    """The words with a case's GTIN below them: bars in whole dots, and its digits for people."""
    if gtin is None:
        raise RuleBroken("Sản phẩm này chưa có GTIN-14 của thùng: ghi mã thùng vào sản phẩm trước, hoặc in tem lẻ.")
    half = ceil(LEAST_BAR_MM / 2 / MM_PER_INCH * layout.sheet.dpi)
    x, size = room.x + (room.w - WIDTH * half) // 2, layout.sheet.dots_of_pt(DIGITS_PT)
    if x < QUIET * half:
        least = millimetres((WIDTH + 2 * QUIET) * half * MM_PER_INCH / layout.sheet.dpi)
        raise RuleBroken(f"Tem {layout.sheet.name} hẹp hơn mã vạch của thùng ({least} mm): chọn khổ 100x70 hoặc a4-8.")
    foot = room.y + room.h - round(1.25 * size)
    bearer = BEARER * half
    tall = [(x + left * half, room.y, width * half) for left, width in bars(gtin)]
    rails = [_block(x, top, WIDTH * half, bearer) for top in (room.y, foot - bearer)]
    shapes = [*(_block(left, top, width, foot - top) for left, top, width in tall), *rails]
    digits = grouped(gtin)
    middle = round(room.x + (room.w - face("regular").advance(digits) * size) / 2)
    line = Line(middle, room.y + room.h, size, "regular", digits)
    return Words((*words.lines, line), (*words.shapes, *shapes))


def _block(x: int, y: int, w: int, h: int) -> Polygon:
    return (x, y), (x + w, y), (x + w, y + h), (x, y + h)


def _shrunk(caption: Caption, weight: Weight, text: str) -> Line:
    size = min(caption.size, int(caption.w / face(weight).advance(text)))
    return Line(caption.x, caption.baseline, size, weight, text)


def _column(layout: Layout, text: LabelText, call: str) -> Words:
    """The column beside the code. First the call to scan goes, then the air between lines."""
    source = Source(text)
    least, most = (layout.sheet.dots_of_pt(pt) for pt in (BODY_PT[0], BODY_PT[1] * layout.growth))
    least_name = layout.sheet.dots_of_pt(NAME_PT)
    for box, manner, last in ((layout.text, ROOMY, call), (layout.text, ROOMY, ""), (layout.crowded, CROWDED, "")):
        for body in range(most, least - 1, -1):
            words = Column(source, box, manner, body, least_name).words(last) if box else None
            if words:
                return words
    raise RuleBroken(
        f"Chữ không vừa tem {layout.sheet.name}: “{plain(text.name)}”. Chọn khổ tem lớn hơn, "
        "mẫu ít chữ hơn, hoặc rút ngắn tên, tên đơn vị hay địa chỉ."
    )
