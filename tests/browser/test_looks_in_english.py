"""The public pages in English: measured as the Vietnamese ones are, beside them."""

from __future__ import annotations

from tests.browser.looks import EveryPage


class TestInEnglish(EveryPage):
    lang = "en"
