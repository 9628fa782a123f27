"""Labels in Zebra's language, for any printer that speaks ZPL II: bitmaps only, so that all printers set one label.

What all labels share goes to the printer's memory once and is recalled by name; a label then sends its own symbol and
serial. Hexadecimal with Zebra's run-length letters: every firmware reads it, and a row of modules costs one character
for each dot row that repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import BinaryIO

from PIL import Image

from traceapp.render.label import Design, Label
from traceapp.render.print_setup import AS_IS, PrintSetup
from traceapp.render.qr import Symbol
from traceapp.render.raster import Patch, Raster, line_patch

NAME = "R:TRACEAPP.GRF"
_RUN = re.compile(r"([0-9A-F])\1{2,}")
_PIECE = 4
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
    code, module = design.layout.code, design.layout.module
    head += f"^FO{code.x + right},{code.y + down}^GFA,"
    count = 0
    for label in labels:
        own = f"{_symbol(label.symbol, module)}^FS"
        if label.serial:
            patch = line_patch(label.serial)
            own += f"^FO{patch.x + right},{patch.y + down}^GFA,{_graphic(patch.pixels, inline=True)}^FS"
        count += 1
        out.write(f"{head}{own}^XZ\n".encode())
    if shared:
        out.write(f"^XA^ID{NAME}^FS^XZ\n".encode())
    return count


def _whole(raster: Raster) -> Patch | None:
    """All shared ink as one graphic."""
    box = raster.words.getbbox()
    return Patch(box[0], box[1], raster.words.crop(box)) if box else None


def _symbol(symbol: Symbol, module: int) -> str:
    """A symbol as `^GF` wants it: eight modules at a time from a table, each row once and then repeated."""
    stride, across = (symbol.modules + 7) // 8, symbol.modules * module
    wide = (across + 7) // 8
    inner, last = _eights(module), _rests(module, symbol.modules, wide)
    again = ":" * (module - 1)
    rows = (symbol.rows[start : start + stride] for start in range(0, len(symbol.rows), stride))
    drawn = "".join(f"{''.join(map(inner.__getitem__, row[:-1]))}{last[row[-1]]}{again}" for row in rows)
    return f"{wide * across},{wide * across},{wide},{drawn}"


@lru_cache(maxsize=8)
def _eights(module: int) -> list[str]:
    """For each byte of eight modules, their dots in hexadecimal with run lengths."""
    return [_RUN.sub(_letters, _dots(byte, module)) for byte in range(256)]


@lru_cache(maxsize=32)
def _rests(module: int, modules: int, wide: int) -> list[str]:
    """The same for the last byte of a row, which the row's end cuts off."""
    digits = 2 * (wide - (modules - 1) // 8 * module)
    return [_row(_dots(byte, module)[:digits]) for byte in range(256)]


def _dots(byte: int, module: int) -> str:
    bits = "".join(bit * module for bit in f"{byte:08b}")
    return f"{int(bits, 2):0{2 * module}X}"


def _graphic(image: Image.Image, *, inline: bool = False) -> str:
    """Sizes and data as `~DG` (total, row) and `^GF` (total, total, row) want them."""
    stride = (image.width + 7) // 8
    total = stride * image.height
    sizes = f"{total},{total},{stride}" if inline else f"{total},{stride}"
    return f"{sizes},{compressed(image.tobytes(), stride, by_pieces=inline)}"


def compressed(data: bytes, stride: int, *, by_pieces: bool = False) -> str:
    """Rows of bytes in hexadecimal with run lengths: `,` fills a row with light, `!` with ink, `:` repeats a row.

    `by_pieces` looks for runs within four digits only: a little longer, and many times as fast.
    """
    rows, previous = [], None
    for start in range(0, len(data), stride):
        row = data[start : start + stride]
        rows.append(":" if row == previous else _row(row.hex().upper(), by_pieces=by_pieces))
        previous = row
    return "".join(rows)


def _row(digits: str, *, by_pieces: bool = False) -> str:
    light, ink = digits.rstrip("0"), digits.rstrip("F")
    kept, end = (light, ",") if len(light) <= len(ink) else (ink, "!")
    if kept == digits:
        end = ""
    if by_pieces:
        return "".join([_piece(kept[start : start + _PIECE]) for start in range(0, len(kept), _PIECE)]) + end
    return _RUN.sub(_letters, kept) + end


@lru_cache(maxsize=1 << 16)
def _piece(digits: str) -> str:
    return _RUN.sub(_letters, digits)


def _letters(match: re.Match[str]) -> str:
    return _run(len(match[0]), match[1])


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
