"""Pictures made for tests: scenes a camera could have taken, and what people and programs make of them."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont

GPS_WORD = "21.5943N-105.8123E"
CAMERA = "Camera cua ba Tu"


def scene(width: int = 1600, height: int = 1200, seed: int = 1) -> Image.Image:
    """Many round things on a table, and a label."""
    dice, drawn = random.Random(seed), Image.new("RGB", (width, height), (190, 180, 160))
    pen = ImageDraw.Draw(drawn)
    for _ in range(60):
        x, y, size = dice.randrange(width), dice.randrange(height), dice.randrange(width // 40 + 1, width // 6 + 2)
        pen.ellipse((x, y, x + size, y + size), fill=tuple(dice.randrange(256) for _ in range(3)))
    pen.text((width // 8, height // 2), "CHÈ 200 g", fill=(20, 20, 20), font=ImageFont.load_default(size=width // 14))
    return drawn


def blurred(picture: Image.Image, part: float = 1 / 200) -> Image.Image:
    """Out of focus: the radius is a part of the width."""
    return picture.filter(ImageFilter.GaussianBlur(picture.width * part))


def written(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file."""
    into = BytesIO()
    picture.save(into, kind, **{**({"quality": 85} if kind == "JPEG" else {}), **options})
    return into.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes beside the pixels: which way up, whose camera, where."""
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010F] = CAMERA
    gps = found.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (21.0, 35.0, 39.5), "E", (105.0, 48.0, 44.3)
    gps[29] = GPS_WORD
    return found


def opened(data: bytes) -> Image.Image:
    """A file as a picture again."""
    found = Image.open(BytesIO(data))
    found.load()
    return found


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of that size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0")) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def webp_claiming(width: int, height: int) -> bytes:
    """The same as WebP, whose decoder makes room for the canvas when it opens the file."""
    body = b"\x02\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def many_scans(picture: Image.Image, scans: int) -> bytes:
    """A progressive JPEG that makes its decoder pass over it again and again."""
    data = written(picture, progressive=True)
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * scans + b"\xff\xd9"
