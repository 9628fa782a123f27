"""Labels in Zebra's language, for any printer that speaks ZPL II: bitmaps only, so that all printers set one label.

What all labels share goes to the printer's memory once and is recalled by name; a label then sends its own symbol and
serial. Hexadecimal with Zebra's run-length letters: every firmware reads it, and a row of modules costs one character
for each dot row that repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import BinaryIO

from PIL import Image

from traceapp.render.label import Design, Label
from traceapp.render.print_setup import AS_IS, PrintSetup
from traceapp.render.raster import Patch, Raster

NAME = "R:TRACEAPP.GRF"
_RUN = re.compile(r"([0-9A-F])\1*")
_UNITS, _TWENTIES = "_GHIJKLMNOPQRSTUVWXY", "_ghijklmnopqrstuvwxyz"


def write_zpl(out: BinaryIO, design: Design, labels: Iterable[Label], setup: PrintSetup = AS_IS) -> int:
    """Write one format a label and return how many; the graphic they share is deleted at the end."""
    raster, sheet = Raster(design), design.layout.sheet
    right, down = (sheet.dots(shift) for shift in setup.offset_mm)
    shared = _whole(raster)
    if shared:
        out.write(f"~DG{NAME},{_graphic(shared.pixels)}\n".encode())
    head = f"^XA^PW{design.layout.width}^LL{design.layout.height}^LH0,0"
    if shared:
        head += f"^FO{shared.x + right},{shared.y + down}^XG{NAME},1,1^FS"
    count = 0
    for label in labels:
        fields = "".join(
            f"^FO{patch.x + right},{patch.y + down}^GFA,{_graphic(patch.pixels, inline=True)}^FS"
            for patch in raster.own(label)
        )
        count += 1
        out.write(f"{head}{fields}^XZ\n".encode())
    if shared:
        out.write(f"^XA^ID{NAME}^FS^XZ\n".encode())
    return count


def _whole(raster: Raster) -> Patch | None:
    """All shared ink as one graphic."""
    box = raster.words.getbbox()
    return Patch(box[0], box[1], raster.words.crop(box)) if box else None


def _graphic(image: Image.Image, *, inline: bool = False) -> str:
    """Sizes and data as `~DG` (total, row) and `^GF` (total, total, row) want them."""
    stride = (image.width + 7) // 8
    total = stride * image.height
    sizes = f"{total},{total},{stride}" if inline else f"{total},{stride}"
    return f"{sizes},{compressed(image.tobytes(), stride)}"


def compressed(data: bytes, stride: int) -> str:
    """Rows of bytes in hexadecimal with run lengths: `,` fills a row with light, `!` with ink, `:` repeats a row."""
    rows, previous = [], None
    for start in range(0, len(data), stride):
        row = data[start : start + stride]
        rows.append(":" if row == previous else _row(row.hex().upper()))
        previous = row
    return "".join(rows)


def _row(digits: str) -> str:
    light, ink = digits.rstrip("0"), digits.rstrip("F")
    kept, end = (light, ",") if len(light) <= len(ink) else (ink, "!")
    if kept == digits:
        end = ""
    return _RUN.sub(lambda match: _run(len(match[0]), match[1]), kept) + end


@cache
def _run(length: int, digit: str) -> str:
    """`length` times a digit: letters G to Y count 1 to 19, g to z count 20 to 400."""
    if length <= 2:
        return digit * length
    most = "z" * (length // 400)
    rest = length % 400
    twenties = _TWENTIES[rest // 20] if rest >= 20 else ""
    units = _UNITS[rest % 20] if rest % 20 else ""
    return f"{most}{twenties}{units}{digit}"
