"""Labels as pixels: one printer dot each, ink or no ink, never grey.

Printers' own fonts lack Vietnamese, so words are set here, from the typeface that PDF embeds, letter by letter at the
places the layout chose: hinted outlines keep stems one dot wide at 203 dpi, and no line grows past its column.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from traceapp.render.column import Line
from traceapp.render.faces import Weight, face
from traceapp.render.label import Design, Label
from traceapp.render.qr import Symbol

INK = 255
SMOOTH = 8  # shapes are drawn this much larger, then each dot takes the colour of its greater part
_STEP = 64  # rows of whole words, and letters are kept for few lengths of them
ABOVE, BELOW = 1.15, 0.35  # room for Ế and g around a baseline, in type sizes


class Patch(NamedTuple):
    """Pixels and where their top left corner stands on the label; what is set is ink."""

    x: int
    y: int
    pixels: Image.Image


class Raster:
    """Draws the labels of one design."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.words = _words(design)

    def label(self, label: Label) -> Image.Image:
        """One label as a whole."""
        image = self.words.copy()
        for patch in self.own(label):
            image.paste(INK, (patch.x, patch.y), patch.pixels)
        return image

    def own(self, label: Label) -> Iterator[Patch]:
        """What this label does not share: its symbol and its serial."""
        code = self.design.layout.code
        yield Patch(code.x, code.y, symbol_pixels(label.symbol, self.design.layout.module))
        if label.serial:
            yield line_patch(label.serial)

    def shared(self) -> Iterator[Patch]:
        """The words and shapes of all labels, cut into bands so that empty paper costs nothing."""
        top, band = 0, None
        for y in range(self.words.height + 1):
            row = self.words.crop((0, y, self.words.width, y + 1)).getbbox() if y < self.words.height else None
            if row is None:
                if band:
                    yield Patch(band[0], top, self.words.crop((band[0], top, band[1], y)))
                band = None
            elif band is None:
                top, band = y, (row[0], row[2])
            else:
                band = min(band[0], row[0]), max(band[1], row[2])


def symbol_pixels(symbol: Symbol, module: int) -> Image.Image:
    """A symbol with each module as `module` × `module` dots."""
    small = Image.frombytes("1", (symbol.modules, symbol.modules), symbol.rows)
    side = symbol.modules * module
    return small.resize((side, side), Image.Resampling.NEAREST)


def line_patch(line: Line) -> Patch:
    """One line of text, cut to its ink.

    A letter is one int of rows; letters side by side are shifted and put together, as a run's serials are by the
    thousand.
    """
    size, letters = line.size, face(line.weight)
    above, width = int(ABOVE * size), int(letters.advance(line.text) * size) + 2
    height, wide = above + int(BELOW * size) + 1, -(-(width + size) // _STEP) * _STEP
    drawn, x = 0, 0.0
    for char in line.text:
        place = round(x) + _glyph(line.weight, size, char)[1]
        drawn |= _letter(line.weight, size, char, wide, above, height, min(place, 0)) >> max(place, 0)
        x += letters.advance(char) * size
    image = Image.frombytes("1", (wide, height), drawn.to_bytes(wide * height // 8, "big")).crop((0, 0, width, height))
    left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
    return Patch(line.x + left, line.baseline - above + top, image.crop((left, top, right, bottom)))


@lru_cache(maxsize=4096)
def _letter(weight: Weight, size: int, char: str, wide: int, above: int, height: int, left: int) -> int:
    """A letter as one int of rows `wide` dots long, its ink beginning at `left`, which is 0 or cuts some of it off."""
    glyph, _, down = _glyph(weight, size, char)
    image = Image.new("1", (wide, height))
    if glyph is not None:
        image.paste(INK, (left, above + down), glyph)
    return int.from_bytes(image.tobytes(), "big")


def _words(design: Design) -> Image.Image:
    image = Image.new("1", (design.layout.width, design.layout.height))
    for line in design.words.lines:
        _set(image, line, line.x, line.baseline)
    for shape in design.words.shapes:
        left, top = int(min(x for x, _ in shape)) - 1, int(min(y for _, y in shape)) - 1
        right, bottom = int(max(x for x, _ in shape)) + 2, int(max(y for _, y in shape)) + 2
        large = Image.new("L", ((right - left) * SMOOTH, (bottom - top) * SMOOTH))
        ImageDraw.Draw(large).polygon([((x - left) * SMOOTH, (y - top) * SMOOTH) for x, y in shape], fill=255)
        shares = large.resize((right - left, bottom - top), Image.Resampling.BOX)
        image.paste(INK, (left, top), shares.point(lambda grey: 255 * (grey >= 128), mode="1"))
    return image


def _set(image: Image.Image, line: Line, x: float, baseline: int) -> None:
    letters = face(line.weight)
    for char in line.text:
        glyph, right, down = _glyph(line.weight, line.size, char)
        if glyph is not None:
            image.paste(INK, (round(x) + right, baseline + down), glyph)
        x += letters.advance(char) * line.size


@lru_cache(maxsize=4096)
def _glyph(weight: Weight, size: int, char: str) -> tuple[Image.Image | None, int, int]:
    """A letter's pixels and their place from its left end on the baseline; None for a space."""
    font = _font(weight, size)
    left, top, right, bottom = (int(side) for side in font.getbbox(char, mode="1", anchor="ls"))
    if right <= left or bottom <= top:
        return None, 0, 0
    image = Image.new("1", (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), char, fill=INK, font=font, anchor="ls")
    box = image.getbbox()
    if box is None:
        return None, 0, 0
    image, left, top, bottom = image.crop(box), left + box[0], top + box[1], top + box[3]
    # Hints move some accented letters as a whole; beside their neighbours they must stand on one line.
    return image, left, top - bottom if face(weight).stands(char) else top


@lru_cache(maxsize=64)
def _font(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(face(weight).data), size, layout_engine=ImageFont.Layout.BASIC)
