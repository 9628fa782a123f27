"""The labels' typeface: widths, glyphs, and the subset that a document embeds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Literal, TypeVar

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from traceapp.core.errors import RuleBroken

Weight = Literal["regular", "semibold"]
FILES = {"regular": "BeVietnamPro-Regular", "semibold": "BeVietnamPro-SemiBold"}
NOT_EMBEDDED = ("GPOS", "GSUB", "GDEF", "cmap", "name", "OS/2", "post", "gasp")
OVERSHOOT = 0.03  # round letters reach this little below the baseline
Value = TypeVar("Value")


class _Glyphs(dict[str, Value]):
    """Values of the characters that the typeface can set; any other is refused by name."""

    def __missing__(self, char: str) -> Value:
        name = unicodedata.name(char, "không tên")
        raise RuleBroken(f"Chữ “{char}” (U+{ord(char):04X}, {name}) không in được lên tem: bỏ chữ này đi.")


class Face:
    """One weight of Be Vietnam Pro. Sizes and widths are in the caller's unit."""

    def __init__(self, weight: Weight) -> None:
        self.name = FILES[weight]
        self.data = (files(__package__) / "fonts" / f"{self.name}.ttf").read_bytes()
        font = TTFont(BytesIO(self.data))
        self.units: int = font["head"].unitsPerEm
        self.outlines = font.getGlyphSet()
        # A combining mark that NFC leaves alone would be set beside its letter, not on it.
        cmap = {chr(code): glyph for code, glyph in font.getBestCmap().items() if not unicodedata.combining(chr(code))}
        self._advances: _Glyphs[float] = _Glyphs(
            {char: font["hmtx"][glyph][0] / font["head"].unitsPerEm for char, glyph in cmap.items()}
        )
        self.glyph_names: _Glyphs[str] = _Glyphs(cmap)
        self.glyphs: _Glyphs[int] = _Glyphs({char: font.getGlyphID(glyph) for char, glyph in cmap.items()})
        self._shapes = font["glyf"]
        self.hex = _Glyphs({char: f"{glyph:04X}" for char, glyph in self.glyphs.items()})
        head = font["head"]
        self.bbox = head.xMin, head.yMin, head.xMax, head.yMax
        self.ascent, self.descent, self.cap_height = font["hhea"].ascent, font["hhea"].descent, font["OS/2"].sCapHeight

    def advance(self, text: str) -> float:
        """Width of a line of size 1."""
        return sum(map(self._advances.__getitem__, text))

    def rise(self, text: str) -> float:
        """How far a line of size 1 reaches above its baseline."""
        return max(self._reach("yMax", char) for char in text)

    def stands(self, char: str) -> bool:
        """Whether a letter stands on the baseline, neither hanging above nor reaching below it."""
        return char.isalnum() and abs(self._reach("yMin", char)) < OVERSHOOT

    def _reach(self, side: str, char: str) -> float:
        """A side of a letter's box; outlines are read when they are asked for, which most never are."""
        side_of_box: float = getattr(self._shapes[self.glyph_names[char]], side, 0)
        return side_of_box / self.units

    def subset(self, chars: Iterable[str]) -> bytes:
        """A TrueType file with the outlines of these characters only, under their glyph numbers in the whole font."""
        font = TTFont(BytesIO(self.data), recalcTimestamp=False)
        options = Options(retain_gids=True, hinting=False, layout_features=[], name_IDs=[], notdef_outline=True)
        for table in NOT_EMBEDDED:  # the subsetter would read them all before it drops them
            del font[table]
        subsetter = Subsetter(options)
        subsetter.populate(gids=sorted({self.glyphs[char] for char in chars}))
        subsetter.subset(font)
        out = BytesIO()
        font.save(out, reorderTables=None)
        return out.getvalue()


@cache
def face(weight: Weight) -> Face:
    """Loaded once."""
    return Face(weight)


def plain(text: str) -> str:
    """NFC, with runs of white space as one space; no-break spaces stay."""
    return re.sub(r"[ \t\r\n]+", " ", unicodedata.normalize("NFC", text)).strip(" ")
