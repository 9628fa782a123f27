"""Letters that remind of certificates: what each line says, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from traceapp.i18n.letters import Ending, paper_title, reminder_text

SITE, STOP = "https://id.example.vn", "https://id.example.vn/stop"
VIETGAP = Ending("VIETGAP", "VG-001", "HTX Cam", "Vườn cam", 30, date(2026, 12, 21))
STARS = Ending("OCOP", "OCOP 12/2026", "HTX Cam", "HTX Cam", 7, date(2026, 11, 28))


def test_one_certificate_is_named_in_the_subject() -> None:
    subject, text = reminder_text([VIETGAP], "vi", SITE, STOP)
    assert subject == "VietGAP VG-001 còn 30 ngày"
    assert "- VietGAP VG-001 của HTX Cam (Vườn cam): còn 30 ngày, đến 21/12/2026" in text
    assert f"{SITE}/portal/certificates?lang=vi" in text and STOP in text


def test_several_are_counted_and_the_soonest_comes_first() -> None:
    subject, text = reminder_text([VIETGAP, STARS], "en", SITE, STOP)
    assert subject == "2 certificates end soon"
    assert text.index("7 days left") < text.index("30 days left")
    assert "of HTX Cam: 7 days left" in text, "a holder is not named twice"


@pytest.mark.parametrize("lang", ["fr", ""])
def test_who_reads_neither_language_gets_vietnamese(lang: str) -> None:
    assert reminder_text([VIETGAP], lang, SITE, STOP) == reminder_text([VIETGAP], "vi", SITE, STOP)


def test_a_number_that_names_its_scheme_stands_alone() -> None:
    assert paper_title("OCOP", STARS.number, "vi") == "OCOP 12/2026"
    assert reminder_text([replace(STARS, number="12")], "vi", SITE, STOP)[0] == "OCOP 12 còn 7 ngày"


def test_the_last_day_is_one_day() -> None:
    subject, text = reminder_text([replace(VIETGAP, days=1)], "en", SITE, STOP)
    assert subject == "VietGAP VG-001: 1 day left" and "1 day left, until" in text
