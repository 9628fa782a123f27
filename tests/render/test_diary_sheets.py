"""Sheets to write a diary on by hand: one for each stage, in the typeface of the labels."""

from __future__ import annotations

import unicodedata

import pytest

from traceapp.core.diary.fields import FORMS
from traceapp.core.events import Stage
from traceapp.render.diary_sheets import SHEET_STAGES, diary_sheet

NAME = "HTX Cam Đồi Gió ở xã Minh Hợp, tỉnh Nghệ An"


def test_whatever_is_written_into_a_diary_can_be_written_by_hand() -> None:
    assert set(SHEET_STAGES) == set(FORMS)


@pytest.mark.parametrize("stage", SHEET_STAGES)
def test_each_stage_has_its_sheet_in_both_languages(stage: Stage) -> None:
    for lang in ("vi", "en"):
        sheet = diary_sheet(stage, NAME, lang, title="Phun thuốc")
        assert sheet.startswith(b"%PDF-")
        assert b"BeVietnamPro" in sheet


def test_the_same_sheet_is_the_same_to_the_byte_however_its_letters_are_composed() -> None:
    apart = unicodedata.normalize("NFD", NAME)
    assert apart != NAME
    assert diary_sheet(Stage.PPP, NAME, "vi", title="A") == diary_sheet(Stage.PPP, apart, "vi", title="A")


def test_a_name_that_is_too_long_is_cut() -> None:
    assert len(diary_sheet(Stage.PPP, NAME * 20, "vi", title="A")) < 60_000
