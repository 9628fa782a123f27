"""Pages made once for a lot, with slots for what differs from one scan to the next."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from markupsafe import escape

from traceapp.web.public.packed import Part, pack, whole

# Nobody who names a lot or writes a story knows these, and no spelling of a serial changes them.
SERIAL = f"0{secrets.token_hex(6).upper()}"
SIGNATURE = f"1{secrets.token_hex(6).upper()}"
SCAN_LINES = "<!--scan-lines-->"
CHECKED_AT = "<!--checked-at-->"

_SLOT = re.compile("|".join((SIGNATURE, SCAN_LINES, CHECKED_AT)).encode())
_SERIAL = SERIAL.encode()


class Slotted:
    """A page taken apart at its slots, so that filling them copies it once."""

    __slots__ = ("_has_serial", "_parts", "_slots", "_texts")

    def __init__(self, page: str) -> None:
        encoded = page.encode()
        # The serial stands in a page ten times, and is as long for every item: it is no slot among the others.
        self._texts = _SLOT.split(encoded)
        self._slots = [slot.decode() for slot in _SLOT.findall(encoded)]
        self._has_serial = _SERIAL in encoded
        self._parts: list[Part] = []

    def fill(self, values: Mapping[str, str], *, gzip: bool = False) -> bytes:
        """The page's bytes; what is no markup is escaped. KeyError for a slot without a value."""
        fillings = [escape(values[slot]).encode() for slot in self._slots]
        serial = escape(values.get(SERIAL, "")).encode()
        if gzip and (len(serial) == len(_SERIAL) or not self._has_serial):
            # Made when first asked for; two threads that make them at once make the same.
            self._parts = self._parts or [Part(*text.split(_SERIAL), missing=len(_SERIAL)) for text in self._texts]
            return pack(self._parts, fillings, serial)
        parts = [self._texts[0].replace(_SERIAL, serial)]
        for filling, text in zip(fillings, self._texts[1:], strict=True):
            parts += (filling, text.replace(_SERIAL, serial))
        return whole(b"".join(parts), gzip=gzip)
