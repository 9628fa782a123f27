"""Units of goods: which measure a weight, a volume or a length, and which count things of their name."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

MEASURES = ("g", "ml", "m")

_UNITS: dict[str, tuple[str, Fraction]] = {
    "mg": ("g", Fraction(1, 1000)),
    "g": ("g", Fraction(1)),
    "gam": ("g", Fraction(1)),
    "gram": ("g", Fraction(1)),
    "kg": ("g", Fraction(1000)),
    "yến": ("g", Fraction(10_000)),
    "tạ": ("g", Fraction(100_000)),
    "tấn": ("g", Fraction(1_000_000)),
    "t": ("g", Fraction(1_000_000)),
    "ml": ("ml", Fraction(1)),
    "cl": ("ml", Fraction(10)),
    "l": ("ml", Fraction(1000)),
    "lit": ("ml", Fraction(1000)),
    "lít": ("ml", Fraction(1000)),
    "m3": ("ml", Fraction(1_000_000)),
    "m³": ("ml", Fraction(1_000_000)),
    "mm": ("m", Fraction(1, 1000)),
    "cm": ("m", Fraction(1, 100)),
    "m": ("m", Fraction(1)),
    "mét": ("m", Fraction(1)),
    "km": ("m", Fraction(1000)),
}
_PACKS = "gói chai hộp túi hũ lọ lon vỉ tuýp lốc thanh".split()  # noqa: SIM905
_PACKS_IN_ENGLISH = "pack sachet bottle box bag jar can".split()  # noqa: SIM905
_PIECES = "cái bộ tem viên con quả trái cây củ trứng bầu hom gốc tổ".split()  # noqa: SIM905
_PIECES_IN_ENGLISH = "piece set label tree plant seedling cutting tuber egg fruit animal head".split()  # noqa: SIM905
_COUNTED_PIECES = frozenset([*_PIECES, *_PIECES_IN_ENGLISH, *(f"{one}s" for one in _PIECES_IN_ENGLISH)])
"""Things of which there is no half, whatever is done with them: a plant, an animal, an egg."""
_COUNTED = frozenset(
    [*_COUNTED_PIECES, *_PACKS, *_PACKS_IN_ENGLISH, "boxes", *(f"{one}s" for one in _PACKS_IN_ENGLISH)]
)
"""Those and packs, which are made, sent and sold whole; of what is bought and used up, one may lie opened. A basket, a
sack or a load may be half full anywhere, and words for weights differ."""


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """A unit's or goods' name as it is compared: NFC, lower case, single spaces. Tones count: `la` is not `lá`."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


@lru_cache(maxsize=4096)
def unit_of(name: str) -> tuple[str, Fraction]:
    """A unit's dimension, and how many base units it holds; a name that is no measure counts things of that name."""
    key = name_key(name)
    return _UNITS.get(key, (key, Fraction(1)))


@lru_cache(maxsize=4096)
def is_counted(unit: str, *, opened: bool = False) -> bool:
    """Whether things are counted by it, of which there are no parts: packs, bottles, labels; with `opened`, no packs.

    The first word tells: `gói 200 g` counts, `kg tươi` weighs.
    """
    return re.split(r"[\s/(]", name_key(unit), maxsplit=1)[0] in (_COUNTED_PIECES if opened else _COUNTED)


def is_broken(number: float, unit: str, *, opened: bool = False) -> bool:
    """Whether there cannot be so many of it: two and a half packs. What was recorded before counts as it stands.

    `opened`: of what is bought and used up, where a pack may be half full; half a plant or an animal is still none.
    """
    return isinstance(number, float) and not number.is_integer() and is_counted(unit, opened=opened)
