"""One label as a picture: PNG in whole printer dots, SVG in outlines that need no font."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from io import BytesIO

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from PIL import ImageChops

from traceapp.render.column import Line, Polygon
from traceapp.render.faces import Weight, face
from traceapp.render.label import Design, Label
from traceapp.render.print_setup import BLACK, Ink
from traceapp.render.qr import Symbol
from traceapp.render.raster import Raster

Painter = Callable[[Label], bytes]


def png_painter(design: Design) -> Painter:
    """Paints labels as 1-bit PNG whose resolution is the printer's."""
    raster, dpi = Raster(design), design.layout.sheet.dpi

    def paint(label: Label) -> bytes:
        out = BytesIO()
        ImageChops.invert(raster.label(label)).save(out, "PNG", dpi=(dpi, dpi), compress_level=6)
        return out.getvalue()

    return paint


def svg_painter(design: Design, ink: Ink = BLACK) -> Painter:
    """Paints labels as SVG in millimetres."""
    layout, sheet = design.layout, design.layout.sheet
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{sheet.label_w_mm:g}mm" height="{sheet.label_h_mm:g}mm" viewBox="0 0 {layout.width} {layout.height}" '
        f'fill="{ink.svg}"><title>{escape(design.title)}</title>'
        f'<rect width="{layout.width}" height="{layout.height}" fill="#ffffff"/>'
    )
    shapes = "".join(map(_outline, design.words.shapes))
    shared = f'{head}<path d="{"".join(map(_letters, design.words.lines))}{shapes}"/>' if design.words.lines else head

    def paint(label: Label) -> bytes:
        code = layout.code
        place = f'transform="translate({code.x} {code.y}) scale({layout.module})"'
        symbol = f'<path {place} shape-rendering="crispEdges" d="{_modules(label.symbol)}"/>'
        serial = f'<path d="{_letters(label.serial)}"/>' if label.serial else ""
        return f"{shared}{symbol}{serial}</svg>\n".encode()

    return paint


def _outline(shape: Polygon) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in ((round(x, 2), round(y, 2)) for x, y in shape)) + "Z"


def _modules(symbol: Symbol) -> str:
    """Dark modules as one path, a rectangle for each run of a row."""
    return "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(symbol.matrix()) for x, width in _runs(row))


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


def _letters(line: Line) -> str:
    parts, x = [], float(line.x)
    for char in line.text:
        parts.append(_letter(line.weight, line.size, char, round(x, 1), line.baseline))
        x += face(line.weight).advance(char) * line.size
    return "".join(parts)


@lru_cache(maxsize=8192)
def _letter(weight: Weight, size: int, char: str, x: float, baseline: int) -> str:
    """One letter's outline in place."""
    pen = SVGPathPen(face(weight).outlines, ntos=lambda value: f"{value:.1f}".removesuffix(".0"))
    scale = size / face(weight).units
    face(weight).outlines[face(weight).glyph_names[char]].draw(TransformPen(pen, (scale, 0, 0, -scale, x, baseline)))
    return str(pen.getCommands())
