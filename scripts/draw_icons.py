"""Draw the icons of the installable page: traceapp/static/inspect/icon-*.png, the woven mark on lacquer."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

TARGET = Path(__file__).parents[1] / "traceapp/static/inspect"
STRANDS = (
    ((4, 6, 17, 13), "#3f8a5f"),
    ((20, 4, 27, 17), "#f3b62f"),
    ((6, 16, 13, 28), "#5c86bd"),
    ((16, 20, 28, 27), "#c6382c"),
)
"""Rectangles on a grid of 32, as in favicon.svg."""


def draw(size: int, margin: float) -> Image.Image:
    """The mark, `margin` of the edge free on each side: masks cut off a fifth."""
    picture = Image.new("RGB", (size, size), "#2b1d13")
    pen, unit, start = ImageDraw.Draw(picture), size * (1 - 2 * margin) / 32, size * margin
    for box, colour in STRANDS:
        left, top, right, bottom = (start + unit * one for one in box)
        pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)
    return picture


def main() -> None:
    """Draw all three."""
    for name, size, margin in (("icon-192", 192, 0), ("icon-512", 512, 0), ("icon-maskable", 512, 0.12)):
        draw(size, margin).quantize(16).save(TARGET / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
