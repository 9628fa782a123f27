"""The words of the inspector's phone: both languages say the same things, and nothing is left out."""

from __future__ import annotations

import pytest

from traceapp.core.inspections import CHECKED
from traceapp.i18n import LANGUAGES
from traceapp.i18n.inspect import SHARED, checked_item, checklists, phone_words, result_name
from traceapp.i18n.words import WORDS


@pytest.mark.parametrize("lang", LANGUAGES)
def test_findings_that_pages_know_keep_their_words(lang: str) -> None:
    told = phone_words(lang)
    findings = told["findings"]
    assert isinstance(findings, dict)
    assert all(findings[code] == WORDS[lang].SENTENCES[code] for code in SHARED)
    assert told["lang"] == lang


def test_both_languages_have_the_same_words_and_checklists() -> None:
    vi, en = phone_words("vi"), phone_words("en")
    assert vi.keys() == en.keys()
    for part in ("findings", "phrases", "reasons", "checklists", "results"):
        assert vi[part].keys() == en[part].keys()  # type: ignore[attr-defined]
        assert vi[part] != en[part]


def test_every_question_of_a_checklist_has_a_name_and_an_unknown_one_keeps_its_code() -> None:
    for name, (words, questions) in checklists("vi").items():
        assert name and words and len(questions) >= 3
        assert all(checked_item(code, "vi") == told for code, told in questions.items())
    assert checked_item("no-longer-asked", "en") == "no-longer-asked"


def test_results_have_names_and_others_keep_their_own() -> None:
    assert [result_name(one, "en") for one in CHECKED] == ["Passed", "Not passed", "Not looked at"]
    assert result_name("nắp hở", "vi") == "nắp hở"
