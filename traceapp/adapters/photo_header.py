"""What a picture's first bytes say of its kind and size: read before anything is handed to a decoder.

A few bytes can claim a canvas of gigabytes, and some decoders make room for it on opening the file.
"""

from __future__ import annotations

from dataclasses import dataclass

JPEG, PNG, WEBP, HEIC = "JPEG", "PNG", "WebP", "HEIC"

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Header:
    """Kind and size in pixels; a kind whose size nobody needs to know, HEIC, has none."""

    kind: str
    width: int = 0
    height: int = 0


def read_header(data: bytes) -> Header | None:
    """Kind and size; None for what is no picture of these kinds, or stops before it says its size."""
    try:
        return _header(data)
    except IndexError:
        return None


def scans_of(data: bytes) -> int:
    """How many passes a JPEG asks its decoder to make. In compressed data these two bytes never stand together."""
    return data.count(b"\xff\xda")


def _header(data: bytes) -> Header | None:
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        return _sized(PNG, data[16:20], data[20:24])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data[12:16], data[20:30])
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return Header(HEIC)
    return None


def _jpeg(data: bytes) -> Header | None:
    at = 2
    while True:
        while data[at] != 0xFF:
            at += 1
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        if marker in _FRAMES:
            return _sized(JPEG, data[at + 6 : at + 8], data[at + 4 : at + 6])
        if marker in (0xD9, 0xDA):
            return None
        at += 1 if marker in _BARE else 1 + int.from_bytes(data[at + 1 : at + 3], "big")


def _webp(chunk: bytes, body: bytes) -> Header | None:
    if chunk == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
        return Header(WEBP, width, height) if len(body) == 10 else None
    if chunk == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return Header(WEBP, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) == 10:
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return Header(WEBP, width, height)
    return None


def _sized(kind: str, width: bytes, height: bytes) -> Header | None:
    if not width or len(width) != len(height):
        return None
    return Header(kind, int.from_bytes(width, "big"), int.from_bytes(height, "big"))
