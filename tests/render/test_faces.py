"""The typeface that is shipped."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from traceapp.render.faces import Weight, face, plain

FONTS = files("traceapp.render") / "fonts"
VOWELS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
WEIGHTS: tuple[Weight, ...] = ("regular", "semibold")


def test_the_shipped_files_are_those_of_the_manifest() -> None:
    listed = dict(reversed(line.split()) for line in (FONTS / "SHA256SUMS").read_text().splitlines())
    assert set(listed) | {"SHA256SUMS"} == {file.name for file in FONTS.iterdir()}
    for name, digest in listed.items():
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest


def test_the_licence_travels_with_the_typeface() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()


@pytest.mark.parametrize("weight", WEIGHTS)
def test_every_vietnamese_letter_can_be_set(weight: Weight) -> None:
    assert all(face(weight).glyphs[char] for char in VOWELS + VOWELS.upper() + "0123456789/·–°×%")


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_subset_keeps_glyph_numbers_and_little_else(weight: Weight) -> None:
    whole = face(weight)
    subset = whole.subset("Trà búp")
    glyphs = TTFont(BytesIO(subset))["glyf"]
    outlines = {number for number, name in enumerate(glyphs.keys()) if glyphs[name].numberOfContours}
    assert {whole.glyphs[char] for char in "Tràbúp"} <= outlines
    assert len(subset) < 8_000 and subset == whole.subset("púb àrT")


def test_white_space_is_made_plain_and_no_break_spaces_stay() -> None:
    assert plain(" Trà\t búp \n Đồi\u00a0Mây ") == "Trà búp Đồi\u00a0Mây"
