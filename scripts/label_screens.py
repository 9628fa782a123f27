"""Pictures of printed labels into docs/screens: a sheet, rolls as printers burn them, a case, the calibration page."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageOps

from tests.render.paper import TEA, addresses
from traceapp.render.calibration import write_calibration
from traceapp.render.images import png_painter
from traceapp.render.label import plan
from traceapp.render.layout import Template
from traceapp.render.pdf import write_sheet
from traceapp.render.print_setup import AS_IS
from traceapp.render.sheet_names import sheet_called

TARGET = Path(__file__).parents[1] / "docs" / "screens"
CASE = replace(TEA, gtin="19520000000124", net=None)
ROLLS: list[tuple[str, Template, bool]] = [
    ("30x20", "qr", False),
    ("40x30", "full", False),
    ("50x30", "full", True),
    ("60x40", "qr-text", True),
    ("70x50", "full", True),
]


def main() -> None:
    """Write them."""
    sheet, page = io.BytesIO(), io.BytesIO()
    write_sheet(sheet, addresses(24, signed=True), TEA, sheet_called("a4-24"))
    write_calibration(page, sheet_called("a4-24"), AS_IS)
    _save("a4-24", _page(sheet.getvalue(), 110).crop((0, 0, 909, 520)))
    _save("calibrate", _page(page.getvalue(), 72))
    _save("rolls", _beside([_roll(*one, 300 if one[0] == "30x20" else 203) for one in ROLLS]))
    _save("case", _beside([_roll("100x70", "case", False, 203)]))


def _page(data: bytes, dpi: int) -> Image.Image:
    command = ["pdftoppm", "-gray", "-r", str(dpi), "-f", "1", "-l", "1", "-"]
    return Image.open(io.BytesIO(subprocess.run(command, input=data, check=True, capture_output=True).stdout))


def _roll(name: str, template: Template, signed: bool, dpi: int) -> Image.Image:
    """One label in the printer's own dots."""
    urls = addresses(1, signed=signed)
    if template == "case":
        urls = [urls[0].partition("/21/")[0]]
    text = CASE if template == "case" else TEA
    design, labels = plan(urls, text, sheet_called(name, dpi), template=template)
    return Image.open(io.BytesIO(png_painter(design)(next(labels)))).convert("L")


def _beside(images: list[Image.Image]) -> Image.Image:
    """Rows of labels on the grey of a backing paper."""
    rows: list[list[Image.Image]] = [[]]
    for image in images:
        if sum(one.width + 24 for one in rows[-1]) + image.width > 1100:
            rows.append([])
        rows[-1].append(image)
    strips = []
    for row in rows:
        strip = Image.new("L", (sum(one.width + 24 for one in row) + 24, max(one.height for one in row) + 24), 216)
        x = 24
        for one in row:
            strip.paste(one, (x, 24))
            x += one.width + 24
        strips.append(strip)
    sheet = Image.new("L", (max(one.width for one in strips), sum(one.height for one in strips) + 24), 216)
    y = 0
    for strip in strips:
        sheet.paste(strip, (0, y))
        y += strip.height
    return sheet


def _save(name: str, image: Image.Image) -> None:
    framed = ImageOps.expand(image.convert("L"), 1, 190)
    framed.quantize(16).save(TARGET / f"labels-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
