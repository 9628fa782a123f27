"""Labels as PNG and SVG."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.render.paper import TEA, addresses, read_by_zbar, read_by_zxing
from traceapp.render.images import png_painter, svg_painter
from traceapp.render.label import plan
from traceapp.render.layout import Template
from traceapp.render.print_setup import Ink
from traceapp.render.raster import Raster
from traceapp.render.sheet_names import sheet_called

CASE = replace(TEA, gtin="19520000000124", name="Trà <búp> & Đồi Mây")
KINDS: list[tuple[str, Template, bool]] = [
    ("40x30", "qr", False),
    ("50x30", "qr-text", False),
    ("60x40", "full", True),
    ("100x70", "case", False),
]


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize(("sheet", "template", "signed"), KINDS)
def test_a_png_is_the_label_in_printer_dots(sheet: str, template: Template, signed: bool, dpi: int) -> None:
    design, labels = plan(addresses(1, signed=signed), CASE, sheet_called(sheet, dpi), template=template)
    label = next(labels)
    image = Image.open(io.BytesIO(png_painter(design)(label)))
    assert image.mode == "1" and image.size == (design.layout.width, design.layout.height)
    assert all(abs(one - dpi) < 0.02 for one in image.info["dpi"])
    assert np.array_equal(~np.array(image), np.array(Raster(design).label(label), dtype=bool))
    assert label.url in read_by_zbar(np.array(image.convert("L")))


def test_a_browser_shows_an_svg_that_scans(chromium: Any) -> None:
    page = chromium.new_page()
    for sheet, template, signed in KINDS:
        design, labels = plan(addresses(1, signed=signed), CASE, sheet_called(sheet, 600), template=template)
        label = next(labels)
        svg = svg_painter(design)(label).decode()
        page.set_viewport_size({"width": 1000, "height": 700})
        page.set_content(f"<body style='margin:0'>{svg.replace('<svg ', '<svg style=width:1000px;height:auto ', 1)}")
        shown = np.array(Image.open(io.BytesIO(page.screenshot())).convert("L"))
        assert label.url in read_by_zxing(shown)
        assert (shown < 128).mean() > 0.05
    page.close()


def test_an_svg_is_well_formed_and_measured_in_millimetres() -> None:
    design, labels = plan(addresses(1), CASE, sheet_called("60x40", 600))
    root = ET.fromstring(svg_painter(design)(next(labels)))
    assert (root.get("width"), root.get("height")) == ("60mm", "40mm")
    assert root.get("viewBox") == f"0 0 {design.layout.width} {design.layout.height}"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "Tem Trà <búp> & Đồi Mây, lô DM2610B"


def test_an_svg_needs_no_font_and_nothing_from_elsewhere() -> None:
    design, labels = plan(addresses(1), CASE, sheet_called("60x40", 600))
    svg = svg_painter(design)(next(labels)).decode()
    assert "<text" not in svg and "font" not in svg and "<image" not in svg
    assert re.findall(r"(?:href|url\()", svg) == []


def test_an_svg_takes_the_ink_that_was_chosen() -> None:
    design, labels = plan(addresses(1), CASE, sheet_called("60x40", 600))
    assert b'fill="#1b3a2d"' in svg_painter(design, Ink("1B3A2D"))(next(labels))
