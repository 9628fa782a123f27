"""The story in six fields: it reads back as it was said, and what may not be published is refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.cast import product, signed
from traceapp.core.canonical import parse_canonical
from traceapp.core.errors import InvalidEvent, Malformed
from traceapp.core.facts import ProductFact
from traceapp.core.readings import read_fact
from traceapp.core.statements import Statement, source_of
from traceapp.core.story import LONGEST_TEXT, STORY_FIELDS, StoryField, read_story, require_story

TOLD = {"use": {"vi": "Pha nước 85 °C."}, "origin": {"vi": "Đồi 1,8 ha.", "en": "A hill of 1.8 ha."}}


def read(statement: Statement) -> ProductFact:
    document = parse_canonical(signed(statement).body or b"")
    found = read_fact(document, source_of(document, 1), statement.personal)
    assert isinstance(found, ProductFact)
    return found


def test_a_story_is_signed_and_reads_back_in_the_order_of_its_fields() -> None:
    assert read(product(story=TOLD)).story == (
        StoryField("origin", "Đồi 1,8 ha.", "A hill of 1.8 ha."),
        StoryField("use", "Pha nước 85 °C."),
    )


def test_all_six_fields_may_be_told() -> None:
    told = {key: {"vi": key} for key in STORY_FIELDS}
    assert [field.key for field in read(product(story=told)).story] == list(STORY_FIELDS)


def test_a_record_from_before_there_were_stories_has_none() -> None:
    assert read(product()).story == ()
    assert read(product(story={})).story == ()


def test_a_field_of_a_later_version_is_left_out() -> None:
    assert read_story({"story": {"taste": {"vi": "Ngọt"}, "use": {"vi": "Pha"}}}) == (StoryField("use", "Pha"),)


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        ("Ngày xưa", "story has the fields origin, history, process"),
        ({"taste": {"vi": "Ngọt"}}, "'taste' is no field of a story: use origin"),
        ({7: {"vi": "Ngọt"}}, "'7' is no field"),
        ({"use": "Pha"}, "story.use has a text in vi"),
        ({"use": {"en": "Brew"}}, "story.use has a text in vi"),
        ({"use": {"vi": "Pha", "fr": "Infuser"}}, "story.use has a text in vi"),
        ({"use": {"vi": " "}}, "story.use.vi is a text"),
        ({"use": {"vi": "Pha", "en": None}}, "story.use.en is a text"),
        ({"use": {"vi": "x" * (LONGEST_TEXT + 1)}}, "has 601 characters: 600 at most"),
    ],
)
def test_what_may_not_be_published_is_refused_with_the_reason(story: Any, reason: str) -> None:
    with pytest.raises(InvalidEvent, match=reason):
        require_story(story)
    with pytest.raises(InvalidEvent, match=reason):
        product(story=story)


def test_a_text_of_the_greatest_length_is_told() -> None:
    require_story({"use": {"vi": "x" * LONGEST_TEXT}})
    require_story(None)


@pytest.mark.parametrize("story", ["x", {"use": {}}, {"use": {"vi": 7}}, {"use": []}])
def test_a_signed_story_of_another_shape_is_malformed(story: Any) -> None:
    statement = product()
    subject = {**statement.subject, "traceapp:story": story}
    if isinstance(story, dict):
        subject["traceapp:story"] = {
            f"traceapp:{key}": {f"traceapp:{lang}": text for lang, text in texts.items()} if texts else texts
            for key, texts in story.items()
        }
    with pytest.raises(Malformed):
        read(Statement(statement.type, subject, statement.declared_by, statement.role))
