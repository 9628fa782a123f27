"""ITF-14, the bar code of cases: a GTIN of 14 digits as bars, for warehouses (GS1 General Specifications 5.3).

Widths are in half modules, so that a wide bar is two and a half narrow ones in whole dots.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from traceapp.core.errors import InvalidIdentifier
from traceapp.core.identifiers import Gtin

NARROW, WIDE = 2, 5
QUIET = 20  # half modules of light on each side
LEAST_MODULE_MM = 0.495
BEARER = 4  # half modules of the bars along top and bottom, which stop a scan that leaves the code half-way
_DIGITS = ("nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn")
_WIDTH = {"n": NARROW, "w": WIDE}
WIDTH = 4 * NARROW + 7 * (6 * NARROW + 4 * WIDE) + WIDE + 2 * NARROW
"""Half modules of the code without quiet zones."""


def bars(gtin: str) -> list[tuple[int, int]]:
    """Where each bar starts and how wide it is, in half modules from the left. InvalidIdentifier for no GTIN-14."""
    if len(gtin) != 14 or gtin.startswith("0"):
        raise InvalidIdentifier(f"{gtin[:20]} không phải GTIN-14 của thùng: cần 14 chữ số, chữ số đầu từ 1 đến 9.")
    placed, x = [], 0
    for number, width in enumerate(_widths(Gtin(gtin))):
        if number % 2 == 0:
            placed.append((x, width))
        x += width
    return placed


def grouped(gtin: str) -> str:
    """The digits as people read them below the bars."""
    return f"{gtin[0]} {gtin[1:3]} {gtin[3:8]} {gtin[8:13]} {gtin[13]}"


def _widths(gtin: str) -> Iterator[int]:
    """Bar, light, bar …: of each two digits the first is spelt by bars and the second by the light between them."""
    yield from (NARROW,) * 4
    for first, second in zip(gtin[::2], gtin[1::2], strict=True):
        pairs = zip(_DIGITS[int(first)], _DIGITS[int(second)], strict=True)
        yield from (_WIDTH[one] for one in chain.from_iterable(pairs))
    yield from (WIDE, NARROW, NARROW)
