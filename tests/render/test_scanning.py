"""Every template is read by three decoders that share no code, also as a phone sees it: turned, blurred, pale, grey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp
from pyzbar import pyzbar

from tests.render.paper import TEA, Pixels, addresses, read_by_opencv, read_by_zbar, read_by_zxing
from traceapp.core.errors import RuleBroken
from traceapp.render.label import plan
from traceapp.render.layout import Template
from traceapp.render.proof import MOST, Sample
from traceapp.render.raster import Raster
from traceapp.render.sheet_names import sheet_called

CASE = replace(TEA, gtin="19520000000124")
LABELS: list[tuple[str, Template, bool]] = [
    ("40x30", "qr", False),
    ("50x30", "qr-text", False),
    ("50x30", "full", True),
    ("a4-24", "full", False),
    ("100x70", "case", False),
]


def picture(sheet: str, template: Template, dpi: int, *, signed: bool) -> tuple[str, Pixels]:
    design, labels = plan(addresses(1, signed=signed), CASE, sheet_called(sheet, dpi), template=template)
    label = next(labels)
    dots = np.array(Raster(design).label(label), dtype=bool)
    return label.url, np.where(dots, 0, 255).astype(np.uint8)


def upright(image: Pixels) -> Pixels:
    return image


def turned(image: Pixels) -> Pixels:
    return np.rot90(image).copy()


def askew(image: Pixels) -> Pixels:
    large = cv2.copyMakeBorder(cv2.resize(image, None, fx=2, fy=2), 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=255)
    middle = large.shape[1] / 2, large.shape[0] / 2
    turn = cv2.getRotationMatrix2D(middle, 8, 1)
    return cv2.warpAffine(large, turn, large.shape[::-1], borderValue=255)  # type: ignore[return-value]


def blurred(image: Pixels) -> Pixels:
    return cv2.GaussianBlur(cv2.resize(image, None, fx=2, fy=2), (0, 0), 1.6)  # type: ignore[return-value]


def pale(image: Pixels) -> Pixels:
    """Sixty per cent of the contrast, as worn ink has."""
    return (255 - (255 - image.astype(np.float64)) * 0.6).astype(np.uint8)


def greyed(image: Pixels) -> Pixels:
    """In the shade: white is grey."""
    return (image.astype(np.float64) * 0.55 + 20).astype(np.uint8)


@pytest.mark.parametrize("seen", [upright, turned, askew, blurred, pale, greyed], ids=lambda one: one.__name__)
@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize(("sheet", "template", "signed"), LABELS, ids=[f"{one[0]}-{one[1]}" for one in LABELS])
def test_three_decoders_read_every_template_however_it_is_held(
    sheet: str, template: Template, signed: bool, dpi: int, seen: Callable[[Pixels], Pixels]
) -> None:
    url, image = picture(sheet, template, dpi, signed=signed)
    view = seen(image)
    assert url in read_by_zxing(view)
    assert url in read_by_zbar(view)
    assert url in read_by_opencv(view)


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_a_case_carries_its_gtin_as_bars_that_two_decoders_read(dpi: int) -> None:
    _, image = picture("100x70", "case", dpi, signed=False)
    itf = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.ITF)
    assert [found.text for found in zxingcpp.read_barcodes(image, formats=itf)] == ["19520000000124"]
    bars = pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.I25])
    assert [found.data.decode() for found in bars] == ["19520000000124"]


def test_the_sample_holds_the_first_and_the_last_and_some_between() -> None:
    _, labels = plan(addresses(1000), TEA, sheet_called("50x30", 203))
    sample = Sample()
    seen = [label.url for label in sample.watch(labels)]
    kept = [label.url for label in sample.labels]
    assert (kept[0], kept[-1]) == (seen[0], seen[-1])
    assert MOST // 2 <= len(kept) <= MOST + 1 and len(set(kept)) == len(kept)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_small_run_is_read_back_as_a_whole(count: int) -> None:
    design, labels = plan(addresses(count), TEA, sheet_called("50x30", 203))
    sample = Sample()
    list(sample.watch(labels))
    assert sample.prove(design) == count


def test_a_label_that_says_another_address_is_not_handed_over() -> None:
    design, labels = plan(addresses(3), TEA, sheet_called("50x30", 203))
    first, second, third = labels
    sample = Sample()
    list(sample.watch([first, second._replace(symbol=third.symbol), third]))
    with pytest.raises(RuleBroken, match="không ra đúng địa chỉ"):
        sample.prove(design)


def test_a_label_that_cannot_be_read_is_not_handed_over() -> None:
    design, labels = plan(addresses(1), TEA, sheet_called("50x30", 203))
    label = next(labels)
    blank = label.symbol._replace(rows=bytes(len(label.symbol.rows)))
    sample = Sample()
    list(sample.watch([label._replace(symbol=blank)]))
    with pytest.raises(RuleBroken, match="Không giao tệp này"):
        sample.prove(design)
