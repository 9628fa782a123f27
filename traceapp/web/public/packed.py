"""Gzip put together from parts that were compressed before, so that nothing large is compressed per scan.

Each part is a run of deflate blocks that ends on a byte (RFC 1951 section 3.2.4) and looks at no part before it; what
is filled in goes between them as it is. The checksum at the end (RFC 1952) is carried over a part by tables: the CRC is
linear, so that what a number of bytes does to it is known beforehand.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from gzip import compress
from zlib import crc32

_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_END = b"\x03\0"
"""An empty last block."""
_LONGEST_BLOCK = 65_535
_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0{0,3})?\s*(?:,|$))[01][.0-9]*\s*)?(?:,|$)", re.IGNORECASE)
_LONGEST_HEADER = 200

Tables = tuple[tuple[int, ...], ...]


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header names gzip and does not refuse it (RFC 9110 section 12.5.3)."""
    return len(accept_encoding) <= _LONGEST_HEADER and _GZIP.search(accept_encoding) is not None


class Part:
    """Text that stays the same from one filling to the next."""

    __slots__ = ("_crc", "_tables", "packed", "size")

    def __init__(self, text: bytes) -> None:
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        self.packed = squeeze.compress(text) + squeeze.flush(zlib.Z_FULL_FLUSH)
        self.size = len(text)
        self._crc = crc32(text)
        self._tables = _tables(len(text))

    def crc_after(self, crc: int) -> int:
        """The checksum of what came before and of this part."""
        one, two, three, four = self._tables
        return one[crc & 255] ^ two[crc >> 8 & 255] ^ three[crc >> 16 & 255] ^ four[crc >> 24] ^ self._crc


def whole(page: bytes, *, gzip: bool) -> bytes:
    """A page that was made for this one answer, compressed where that is wanted."""
    return compress(page, 6, mtime=0) if gzip else page


def pack(parts: Sequence[Part], fillings: Sequence[bytes]) -> bytes:
    """One gzip member: the first part, then each filling with the part that follows it."""
    packed, crc, size = [_HEADER, parts[0].packed], parts[0].crc_after(0), parts[0].size
    # A serial stands in a page ten times.
    stored = {filling: b"".join(_stored(filling)) for filling in set(fillings)}
    for filling, part in zip(fillings, parts[1:], strict=True):
        packed += (stored[filling], part.packed)
        crc = part.crc_after(crc32(filling, crc))
        size += len(filling) + part.size
    packed += (_END, crc.to_bytes(4, "little"), (size & 0xFFFFFFFF).to_bytes(4, "little"))
    return b"".join(packed)


def _stored(data: bytes) -> Iterable[bytes]:
    for start in range(0, len(data), _LONGEST_BLOCK):
        block = data[start : start + _LONGEST_BLOCK]
        yield b"\0" + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little")
        yield block


@lru_cache(maxsize=500)
def _tables(size: int) -> Tables:
    """For each byte of a checksum, what `size` further bytes make of it, apart from what they hold."""
    zeros = bytes(size)
    nothing = crc32(zeros)
    bits = [crc32(zeros, 1 << bit) ^ nothing for bit in range(32)]
    return tuple(_all_sums(bits[start : start + 8]) for start in (0, 8, 16, 24))


def _all_sums(bits: Sequence[int]) -> tuple[int, ...]:
    """The sum of those of eight values whose bits are set, for every byte."""
    sums = [0]
    for bit in bits:
        sums += [one ^ bit for one in sums]
    return tuple(sums)
