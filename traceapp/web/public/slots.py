"""Pages made once for a lot, with slots for what differs from one scan to the next."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from markupsafe import escape

from traceapp.web.public.packed import Part, pack

# Nobody who names a lot or writes a story knows these, and no spelling of a serial changes them.
SERIAL = f"0{secrets.token_hex(6).upper()}"
SIGNATURE = f"1{secrets.token_hex(6).upper()}"
SCAN_LINES = "<!--scan-lines-->"
CHECKED_AT = "<!--checked-at-->"

_SLOT = re.compile("|".join((SERIAL, SIGNATURE, SCAN_LINES, CHECKED_AT)).encode())


class Slotted:
    """A page taken apart at its slots, so that filling them copies it once."""

    __slots__ = ("_parts", "_slots", "_texts")

    def __init__(self, page: str) -> None:
        whole = page.encode()
        self._texts = _SLOT.split(whole)
        self._slots = [slot.decode() for slot in _SLOT.findall(whole)]
        self._parts: list[Part] = []

    def fill(self, values: Mapping[str, str], *, gzip: bool = False) -> bytes:
        """The page's bytes; what is no markup is escaped. KeyError for a slot without a value."""
        filled = {slot: escape(value).encode() for slot, value in values.items()}
        if gzip:
            # Made when first asked for; two threads that make them at once make the same.
            self._parts = self._parts or [Part(text) for text in self._texts]
            return pack(self._parts, [filled[slot] for slot in self._slots])
        parts = [self._texts[0]]
        for slot, text in zip(self._slots, self._texts[1:], strict=True):
            parts += (filled[slot], text)
        return b"".join(parts)
