"""Pages made once for a lot, with slots for what differs from one scan to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import escape

SERIAL = "0SERIAL0HERE0"
SIGNATURE = "0SIGNATURE0HERE0"
SCAN_LINES = "<!--scan-lines-->"
CHECKED_AT = "<!--checked-at-->"

_SLOT = re.compile("|".join((SERIAL, SIGNATURE, SCAN_LINES, CHECKED_AT)).encode())


class Slotted:
    """A page taken apart at its slots, so that filling them copies it once."""

    __slots__ = ("_slots", "_texts")

    def __init__(self, page: str) -> None:
        whole = page.encode()
        self._texts = _SLOT.split(whole)
        self._slots = [slot.decode() for slot in _SLOT.findall(whole)]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The page's bytes; what is no markup is escaped. KeyError for a slot without a value."""
        filled = {slot: escape(value).encode() for slot, value in values.items()}
        parts = [self._texts[0]]
        for slot, text in zip(self._slots, self._texts[1:], strict=True):
            parts += (filled[slot], text)
        return b"".join(parts)
