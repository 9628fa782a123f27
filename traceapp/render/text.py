"""A label's words in place: the largest size that fits, never past the edge.

The name is set on one line, then smaller, then on two; below the least legible sizes the label is refused, because a
producer can choose a larger sheet or shorter words and a reader can do neither.
"""

from __future__ import annotations

from dataclasses import replace

from traceapp.core.errors import RuleBroken
from traceapp.render.column import CROWDED, ROOMY, Column, Line, Source, Words
from traceapp.render.faces import Weight, face, plain
from traceapp.render.layout import CALL_RISE, Caption, Layout
from traceapp.render.sheets import LabelText

BODY_PT = 4.8, 8.4  # at 4.8 pt the small letters are 0.9 mm high
NAME_PT = 5.4  # least


def compose(layout: Layout, text: LabelText) -> Words:
    """All words of one label but its serial. RuleBroken, with the remedy, where they do not fit or cannot be set."""
    call = plain(text.call)
    stays_clear = call and face("semibold").rise(call) <= CALL_RISE
    below_code = (_shrunk(layout.call, "semibold", call),) if layout.call and stays_clear else ()
    if layout.text is None:
        return Words(below_code, ())
    column = _column(layout, text, "" if below_code else call)
    return replace(column, lines=column.lines + below_code)


def serial_line(layout: Layout, serial: str) -> Line:
    """The serial as people read it aloud: 13 characters in groups of 5, 4, 4."""
    grouped = f"{serial[:5]} {serial[5:9]} {serial[9:]}" if len(serial) == 13 else serial
    return _shrunk(layout.serial, "regular", grouped)


def _shrunk(caption: Caption, weight: Weight, text: str) -> Line:
    size = min(caption.size, int(caption.w / face(weight).advance(text)))
    return Line(caption.x, caption.baseline, size, weight, text)


def _column(layout: Layout, text: LabelText, call: str) -> Words:
    """The column beside the code. First the call to scan goes, then the air between lines."""
    source = Source(text)
    least, most = (layout.sheet.dots_of_pt(pt) for pt in BODY_PT)
    least_name = layout.sheet.dots_of_pt(NAME_PT)
    for box, manner, last in ((layout.text, ROOMY, call), (layout.text, ROOMY, ""), (layout.crowded, CROWDED, "")):
        for body in range(most, least - 1, -1):
            words = Column(source, box, manner, body, least_name).words(last) if box else None
            if words:
                return words
    raise RuleBroken(
        f"Chữ không vừa tem {layout.sheet.name}: “{plain(text.name)}”. Chọn khổ tem lớn hơn, "
        "hoặc rút ngắn tên, tên đơn vị hay địa chỉ."
    )
