"""Gzip put together from parts that were compressed before, so that nothing large is compressed per scan.

Each part is a run of deflate blocks that ends on a byte (RFC 1951 section 3.2.4) and looks at no part before it; what
is filled in goes between them as it is. The checksum at the end (RFC 1952) is carried over a part by tables: the CRC is
linear, so that what a number of bytes does to it is known beforehand.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
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
    """Text that stays the same from one filling to the next, but for one that is missing in some places of it.

    What the missing text does to the checksum in all its places together is one linear map of its own checksum.
    """

    __slots__ = ("_crc", "_missing", "_pieces", "_tables", "size")

    def __init__(self, *texts: bytes, missing: int = 0) -> None:
        """`texts`: what stands before, between and after the places of a text of `missing` bytes."""
        self._pieces = [_squeezed(text) for text in texts]
        self.size = sum(map(len, texts)) + missing * (len(texts) - 1)
        self._crc = crc32(bytes(missing).join(texts))
        self._tables = _tables(self.size)
        self._missing = _together(missing, [len(text) for text in texts[1:]]) if len(texts) > 1 else None

    def packed(self, stored: bytes) -> bytes:
        """Deflate blocks, with those of the missing text."""
        return stored.join(self._pieces)

    def crc_after(self, crc: int, missing: int) -> int:
        """The checksum of what came before and of this part; `missing`: how that of the missing text differs from that
        of zeros."""
        after = _looked_up(self._tables, crc) ^ self._crc
        return after ^ _looked_up(self._missing, missing) if self._missing else after


def whole(page: bytes, *, gzip: bool) -> bytes:
    """A page that was made for this one answer, compressed where that is wanted."""
    return compress(page, 6, mtime=0) if gzip else page


def pack(parts: Sequence[Part], fillings: Sequence[bytes], missing: bytes = b"") -> bytes:
    """One gzip member: the first part, then each filling with the part that follows it; `missing` in all parts."""
    differs, stored = crc32(missing) ^ _crc_of_zeros(len(missing)), _stored(missing) if missing else b""
    packed, crc, size = [_HEADER, parts[0].packed(stored)], parts[0].crc_after(0, differs), parts[0].size
    for filling, part in zip(fillings, parts[1:], strict=True):
        packed += (_stored(filling), part.packed(stored))
        crc = part.crc_after(crc32(filling, crc), differs)
        size += len(filling) + part.size
    packed += (_END, crc.to_bytes(4, "little"), (size & 0xFFFFFFFF).to_bytes(4, "little"))
    return b"".join(packed)


def _squeezed(text: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return squeeze.compress(text) + squeeze.flush(zlib.Z_FULL_FLUSH)


def _stored(data: bytes) -> bytes:
    """Blocks that are stored as they are (RFC 1951 section 3.2.4)."""
    size = len(data)
    if size <= _LONGEST_BLOCK:
        return b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data
    return _stored(data[:_LONGEST_BLOCK]) + _stored(data[_LONGEST_BLOCK:])


def _looked_up(tables: Tables, crc: int) -> int:
    one, two, three, four = tables
    return one[crc & 255] ^ two[crc >> 8 & 255] ^ three[crc >> 16 & 255] ^ four[crc >> 24]


@lru_cache(maxsize=10)
def _crc_of_zeros(size: int) -> int:
    return crc32(bytes(size))


@lru_cache(maxsize=500)
def _tables(size: int) -> Tables:
    """For each byte of a checksum, what `size` further bytes make of it, apart from what they hold."""
    zeros = bytes(size)
    nothing = crc32(zeros)
    return _tables_of([crc32(zeros, 1 << bit) ^ nothing for bit in range(32)])


def _together(missing: int, after: Sequence[int]) -> Tables:
    """What a text of `missing` bytes does to a checksum that stands before as many bytes as each of `after` says."""
    bits = [0] * 32
    for size in after:
        over_itself, over_text = _tables(missing), _tables(size)
        bits = [_looked_up(over_text, _looked_up(over_itself, bit) ^ 1 << place) for place, bit in enumerate(bits)]
    return _tables_of(bits)


def _tables_of(bits: Sequence[int]) -> Tables:
    """The linear map that makes these of the 32 bits of a checksum, lowest first."""
    return tuple(_all_sums(bits[start : start + 8]) for start in (0, 8, 16, 24))


def _all_sums(bits: Sequence[int]) -> tuple[int, ...]:
    """The sum of those of eight values whose bits are set, for every byte."""
    sums = [0]
    for bit in bits:
        sums += [one ^ bit for one in sums]
    return tuple(sums)
