"""One is never told in the plural: English counts as it is spoken, or is worded so that it need not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import traceapp
from traceapp.i18n import words_en, words_inspect_en
from traceapp.i18n.inspect import phone_words
from traceapp.i18n.values import Counted
from traceapp.i18n.words import WORDS

PACKAGE = Path(traceapp.__file__).parent
CATALOGUE = PACKAGE / "translations/en/LC_MESSAGES/messages.po"
_COUNTED = re.compile(r"(?:%\((\w+)\)s|\{(\w+)\}) (?:[\w-]+ )?(\w+s)\b")
NEVER_ONE = {"height", "hours", "least", "minutes", "most", "ms", "of", "usual_most", "width"}
"""What has the plural at hand: limits that are larger, and numbers that are read beside another."""
NO_NOUNS = {"belongs", "does", "has", "invites", "is", "its", "lacks", "says", "stands", "this", "was"}
"""Words in s that may follow a name."""


def plurals(text: str) -> list[str]:
    """What a text says in the plural of a number that may be one."""
    return [
        match[0]
        for match in _COUNTED.finditer(text)
        if (match[1] or match[2]) not in NEVER_ONE and match[3].lower() not in NO_NOUNS
    ]


def _texts(of: object) -> Iterator[str]:
    if isinstance(of, str):
        yield of
    elif isinstance(of, dict):
        yield from _texts(tuple(of.values()))
    elif isinstance(of, tuple):
        for one in of:
            yield from _texts(one)


def test_no_message_tells_one_in_the_plural() -> None:
    with CATALOGUE.open("rb") as file:
        messages = [one.string for one in read_po(file, locale="en") if one.id and isinstance(one.string, str)]
    assert len(messages) > 1000
    assert [found for text in messages for found in plurals(text)] == []


@pytest.mark.parametrize("words", [words_en, words_inspect_en])
def test_no_words_of_a_finding_tell_one_in_the_plural(words: object) -> None:
    told = [text for name, value in vars(words).items() if name.isupper() for text in _texts(value)]
    assert len(told) > 80
    assert [found for text in told for found in plurals(text)] == []


@pytest.mark.parametrize("text", ["%(count)s rows", "{count} new entries,", "Still %(num)s labels."])
def test_a_plural_is_noticed(text: str) -> None:
    assert plurals(text)


SINGULAR = [": 1 entry, beside our signature", ": 2 entries, beside our signature"]


def test_pages_tell_one_in_the_singular() -> None:
    said = WORDS["en"].SENTENCES["record-cosigned"][1]
    assert [said.format_map({"count": Counted(count)}) for count in (1, 2)] == SINGULAR


@pytest.mark.skipif(shutil.which("node") is None, reason="node not found")
def test_the_phone_tells_one_in_the_singular() -> None:
    script = f"""
        import {{ speaker }} from '{(PACKAGE / "static/inspect/words.js").as_uri()}';
        const say = speaker({json.dumps(phone_words("en"))});
        console.log(JSON.stringify([1, '2'].map((count) => say.finding('record-cosigned', {{ count }}).rest)));"""
    command = ["node", "--input-type=module", "-e", script]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(run.stdout) == SINGULAR
