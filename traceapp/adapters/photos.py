"""Uploaded photos: decoded once and drawn anew, so that nothing but their pixels comes through.

Every variant is WebP without metadata, turned upright, in sRGB, never larger than the photo was. What is no photo we
can use is refused with what to do about it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageFilter, ImageOps, ImageStat

from traceapp.adapters.media import LARGEST
from traceapp.adapters.photo_header import HEIC, JPEG, Header, read_header, scans_of
from traceapp.core.errors import PhotoRefused

WIDTHS = (368, 736, 1104)
LEAST_EDGE = 600
MOST_MB = 10
MOST_BYTES = MOST_MB << 20
MOST_PIXELS = 52_000_000
"""A JPEG is decoded at a fraction of its size; 50 megapixels are what phones take."""
MOST_PIXELS_WHOLE = 16_000_000
"""PNG and WebP have to be decoded whole: four bytes a pixel, several times over."""
LONGEST_SHAPE = 3
"""How many times longer than wide a photo may be."""
MOST_SCANS = 100
LEAST_SHARPNESS = 25
"""Measured: drawings of the demonstration 380 to 730, drawn scenes 350 to 530, a plain box on a plain table 107. Out of
focus by a two-hundredth of their width, scenes come to 5 to 9 and the box to 2."""
_SHARP_AT = 512
_HEAVIEST: Mapping[int, int] = {368: 30_000, 736: 90_000}
_QUALITIES = (80, 70, 60, 50, 40, 30, 20, 10, 1)
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    RuntimeError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    struct.error,
    Image.DecompressionBombError,
)
"""What a decoder may raise over bytes that only look like a picture."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One size of a photo, as WebP."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in its sizes, the smallest first, with what was found of the original.

    `warnings` are sentences about what was left out, such as the other pictures of an animation.
    """

    variants: tuple[Variant, ...]
    width: int
    height: int
    sharpness: float
    warnings: tuple[str, ...] = ()


def reencode(data: bytes, *, widths: Sequence[int] = WIDTHS, least_edge: int = LEAST_EDGE, sharp: bool = True) -> Photo:
    """The photo in `widths`, or in its own width where it is narrower. PhotoRefused, with the remedy, otherwise.

    `least_edge`: pixels that its shorter side needs. `sharp`: whether a blurred one is refused.
    """
    header = _require_decodable(data)
    _require_size(header, least_edge)
    with _decoding():
        upright, frames = _upright(data, header, max(widths))
        found = _sharpness(upright)
        if sharp and found < LEAST_SHARPNESS:
            raise PhotoRefused(
                f"The photo is blurred (sharpness {found:.0f}, {LEAST_SHARPNESS} is the least): wipe the lens, hold "
                "the phone still, tap the product on the screen so that it focuses, and take it in daylight.",
                "blurred",
            )
        variants = tuple(_variants(upright, widths))
    left_out = ("It is animated: only its first picture is kept.",) if frames > 1 else ()
    turned = (header.width > header.height) != (upright.width > upright.height)
    size = (header.height, header.width) if turned else (header.width, header.height)
    return Photo(variants, *size, sharpness=found, warnings=left_out)


def _require_decodable(data: bytes) -> Header:
    """The header of what may be handed to a decoder."""
    if len(data) > MOST_BYTES:
        raise PhotoRefused(
            f"The file has {len(data) / (1 << 20):.1f} MB, {MOST_MB} are the most: choose a smaller size in "
            "the camera's settings, or send yourself the photo through Zalo and use that one.",
            "heavy",
            most=MOST_MB,
        )
    header = read_header(data)
    if header is None:
        raise PhotoRefused(
            "This is no JPEG, PNG or WebP picture: take a photo with the phone's camera and send that file.", "kind"
        )
    if header.kind == HEIC:
        raise PhotoRefused(
            "This is an HEIC photo, which few phones can show. iPhone: Settings, Camera, Formats, Most Compatible. "
            "Samsung: Camera settings, Advanced picture options, HEIF pictures off. Then take the photo again.",
            "heic",
        )
    most = MOST_PIXELS if header.kind == JPEG else MOST_PIXELS_WHOLE
    if header.width * header.height > most or scans_of(data) > MOST_SCANS:
        raise PhotoRefused(
            f"The picture is {header.width} × {header.height} pixels, {most // 1_000_000} million are the most: choose "
            "a smaller size in the camera's settings.",
            "huge",
            most=most // 1_000_000,
        )
    return header


def _require_size(header: Header, least_edge: int) -> None:
    shorter, longer = sorted((header.width, header.height))
    if shorter < least_edge:
        raise PhotoRefused(
            f"The photo is {header.width} × {header.height} pixels; each side needs {least_edge}: take it nearer, or "
            "send the original instead of a copy from a chat.",
            "small",
            width=header.width,
            height=header.height,
            least=least_edge,
        )
    if longer > LONGEST_SHAPE * shorter:
        raise PhotoRefused(
            f"The photo is {header.width} × {header.height} pixels, a strip: crop it to about 4 : 3.", "shape"
        )


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        yield
    except _BROKEN as cause:
        raise PhotoRefused(
            "The picture is damaged and cannot be read to its end: send it again, or take it anew.", "damaged"
        ) from cause


def _upright(data: bytes, header: Header, widest: int) -> tuple[Image.Image, int]:
    """The picture's first frame as plain sRGB pixels, at least `widest` wide where it was, and how many frames it has.

    Orientation is applied before it is forgotten.
    """
    with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
        if opened.size != (header.width, header.height):
            raise ValueError(f"its decoder finds {opened.size}")
        # MPO, a phone's portrait, counts its depth map: that is no animation.
        frames = getattr(opened, "n_frames", 1) if header.kind != JPEG else 1
        if header.kind == JPEG:
            opened.draft(None, (widest, widest))
        opened.load()
        turned = ImageOps.exif_transpose(opened)
        return _plain(_in_srgb(turned, opened.info.get("icc_profile"))), frames


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as every screen shows them. A profile that cannot be used is ignored."""
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, in RGB on white, in a picture that knows nothing else."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey: converting would cut off what lies above 255 instead of scaling it.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        see_through = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, see_through)
    image = image.convert("RGB")
    return Image.frombytes("RGB", image.size, image.tobytes())


def _sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian of the grey picture, its longer side brought to 512 px and its contrast to full."""
    grey = image.convert("L")
    grey.thumbnail((_SHARP_AT, _SHARP_AT), Image.Resampling.BICUBIC, reducing_gap=2)
    edges = ImageOps.autocontrast(grey, cutoff=1).filter(_LAPLACIAN)
    # The filter leaves the outermost pixels as they were.
    inner = ImageOps.crop(edges, 1) if min(edges.size) > 2 else edges
    return float(ImageStat.Stat(inner).var[0])


def _variants(image: Image.Image, widths: Sequence[int]) -> Iterator[Variant]:
    fitting = [width for width in sorted(widths) if width <= image.width] or [image.width]
    for width in fitting:
        height = max(1, round(image.height * width / image.width))
        resized = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2)
        data = _webp(resized, _HEAVIEST.get(width, LARGEST))
        # Only noise does not fit at any quality: the smaller sizes then have to do.
        if len(data) <= LARGEST:
            yield Variant(width, height, data)


def _webp(image: Image.Image, most: int) -> bytes:
    """The best quality that `most` bytes hold, the least one where none does."""
    found = _encoded(image, _QUALITIES[0])
    if len(found) <= most:
        return found
    # The least first: what does not fit at all is known at once, and every try takes its time.
    found = _encoded(image, _QUALITIES[-1])
    too_much, fits = 0, len(_QUALITIES) - 1
    while len(found) <= most and fits - too_much > 1:
        between = (fits + too_much) // 2
        tried = _encoded(image, _QUALITIES[between])
        if len(tried) <= most:
            fits, found = between, tried
        else:
            too_much = between
    return found


def _encoded(image: Image.Image, quality: int) -> bytes:
    written = BytesIO()
    image.save(written, "WEBP", quality=quality, method=4, exif=b"", icc_profile=None, xmp=b"")
    return written.getvalue()
