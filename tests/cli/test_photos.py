"""`traceapp photos`: what will not do is refused with the remedy, and what will do is on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Service
from tests.pictures import blurred, exif, scene, written

GTIN = "09520000000127"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "IMG_0001.JPG"
    file.write_bytes(written(scene(), exif=exif(6)))
    return file


@pytest.mark.parametrize("kind", ["sqlite"])
def test_check_says_size_and_sharpness_and_stores_nothing(nothing: Service, photo: Path) -> None:
    said = nothing.said("photos", "check", photo)
    assert "1200 × 1600 pixels, sharpness " in said and "(25 at least)" in said
    assert [line.split(":")[0].strip() for line in said.splitlines() if " kB" in line] == [
        "368 × 491",
        "736 × 981",
        "1104 × 1472",
    ]
    assert "It will do." in said
    assert not Path(nothing.folder).exists() or not list(Path(nothing.folder).rglob("*.webp"))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_check_says_what_to_do_about_a_photo_that_will_not_do(nothing: Service, tmp_path: Path) -> None:
    file = tmp_path / "x.jpg"
    for data, words in (
        (written(blurred(scene())), "blurred (sharpness"),
        (written(scene(400, 300)), "each side needs 600: take it nearer"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "iPhone: Settings, Camera, Formats, Most Compatible"),
        (b"<svg/>", "no JPEG, PNG or WebP picture: take a photo"),
    ):
        file.write_bytes(data)
        assert words in nothing.refused("photos", "check", file)


def test_set_puts_the_photo_on_the_product_and_the_log_still_proves(service: Service, photo: Path) -> None:
    said = service.said("photos", "set", GTIN, photo)
    assert f"/01/{GTIN} shows it now: https://" in said
    assert len(list((service.folder / "data" / "media").glob("*.webp"))) == 8 + 3
    service.said("log", "check")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_set_refuses_an_unknown_product(service: Service, photo: Path) -> None:
    assert "There is no product '999'" in service.refused("photos", "set", "999", photo)
