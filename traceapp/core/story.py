"""What a producer tells of a product in six fields, in Vietnamese and, where it has it, in English.

In a record: `story` maps a field's name to its texts, {"origin": {"vi": …, "en": …}, …}. It is the producer's own word,
public and not erasable: no names of people, no address of anybody's home.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidEvent

STORY_FIELDS: Final = ("origin", "history", "process", "environment", "culture", "use")
LANGUAGES: Final = ("vi", "en")
LONGEST_TEXT: Final = 600
"""Characters of one field in one language: what is still read on a phone."""


@dataclass(frozen=True, slots=True)
class StoryField:
    """One field as told; `key` is one of STORY_FIELDS, `en` None where there is no English."""

    key: str
    vi: str
    en: str | None = None


def require_story(story: Any) -> None:
    """InvalidEvent, with what to change, unless a product's `story` may be published. None is no story."""
    if story is None:
        return
    if not isinstance(story, Mapping):
        raise InvalidEvent(f"story has the fields {', '.join(STORY_FIELDS)}, got {str(story)[:40]!r}.")
    for key, texts in story.items():
        if key not in STORY_FIELDS:
            raise InvalidEvent(f"{str(key)[:40]!r} is no field of a story: use {', '.join(STORY_FIELDS)}.")
        _require_texts(key, texts)


def _require_texts(key: str, texts: Any) -> None:
    if not isinstance(texts, Mapping) or "vi" not in texts or not texts.keys() <= set(LANGUAGES):
        raise InvalidEvent(f"story.{key} has a text in vi and may have one in en, got {str(texts)[:60]!r}.")
    for lang, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise InvalidEvent(
                f"story.{key}.{lang} is a text, got {str(text)[:40]!r}: leave it out where there is none."
            )
        if len(text) > LONGEST_TEXT:
            raise InvalidEvent(
                f"story.{key}.{lang} has {Counted(len(text)):character|characters}: {LONGEST_TEXT} at most."
            )


def read_story(details: Mapping[str, Any]) -> tuple[StoryField, ...]:
    """The story in a verified record, in the order of STORY_FIELDS; () where there is none.

    A field that this version does not know is left out; TypeError or KeyError for one that is misshapen.
    """
    story = details.get("story") or {}
    if not isinstance(story, Mapping):
        raise TypeError(f"story is {str(story)[:40]!r}, not its fields")
    return tuple(StoryField(key, story[key]["vi"], story[key].get("en")) for key in STORY_FIELDS if key in story)
