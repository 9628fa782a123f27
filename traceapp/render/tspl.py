"""Labels in TSPL, the language of TSC, Xprinter and their kin: bitmaps only, so that all printers set one label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from PIL import ImageChops

from traceapp.render.label import Design, Label
from traceapp.render.print_setup import AS_IS, PrintSetup
from traceapp.render.raster import INK, Patch, Raster

GAP_MM = 2  # between labels on the roll
LEFT_EDGE_FIRST = 1


def write_tspl(
    out: BinaryIO, design: Design, labels: Iterable[Label], setup: PrintSetup = AS_IS, gap_mm: float = GAP_MM
) -> int:
    """Write the set-up of the roll, then one image a label; return how many."""
    raster, sheet = Raster(design), design.layout.sheet
    shift = sheet.dots(setup.offset_mm[0]), sheet.dots(setup.offset_mm[1])
    size = f"SIZE {sheet.label_w_mm:g} mm,{sheet.label_h_mm:g} mm\r\nGAP {gap_mm:g} mm,0 mm\r\n"
    out.write(f"{size}DIRECTION {LEFT_EDGE_FIRST}\r\nREFERENCE 0,0\r\n".encode())
    shared = b"".join(_bitmap(raster, patch, shift) for patch in raster.shared())
    count = 0
    for label in labels:
        own = b"".join(_bitmap(raster, patch, shift) for patch in raster.own(label))
        count += 1
        out.write(b"CLS\r\n%b%bPRINT 1,1\r\n" % (shared, own))
    return count


def _bitmap(raster: Raster, patch: Patch, shift: tuple[int, int]) -> bytes:
    """`BITMAP x,y,bytes a row,rows,mode,data`; here a bit that is set stays light.

    A bitmap overwrites what lies under it, so it carries the shared ink within its box too.
    """
    x, y, image = patch
    stride = (image.width + 7) // 8
    both = raster.words.crop((x, y, x + stride * 8, y + image.height))
    both.paste(INK, (0, 0), image)
    data = ImageChops.invert(both).tobytes()
    return b"BITMAP %d,%d,%d,%d,0,%b\r\n" % (x + shift[0], y + shift[1], stride, image.height, data)
