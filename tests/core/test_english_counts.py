"""One is never told in the plural: English counts as it is spoken, or is worded so that it need not."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import traceapp
from traceapp.core.counted import Counted
from traceapp.i18n import words_en, words_inspect_en
from traceapp.i18n.inspect import phone_words
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


_NUMBERED = re.compile(r"\{([^{}]*)\} (\w+)(?: ([\w-]+))?")
NOT_COUNTED = re.compile(
    r"(?:\w+\.)?_?[A-Z][A-Z_ *]+(?:\.days)?|.*\[[:\d-]+\]|(?:height|length|longest|width)(?: \* [A-Z_]+)?|\w+\.height"
)
"""Limits that are larger than one, texts cut short, and what is read beside another number."""
SELDOM_ONE = {"services/records/index_search.py", "services/scans/trial.py"}
"""How many rows a table has, beside how many it should have; scans that go by the score."""
VERBS = {
    "already", "among", "answers", "as", "begins", "breaks", "but", "codes", "contains", "does", "ends", "exists",
    "goes", "has", "holds", "imports", "is", "knows", "lacks", "leads", "lies", "makes", "names", "needs", "s",
    "shows", "speaks", "stands", "takes", "this", "waits", "was", "where",
}  # fmt: skip
"""What follows a name, not a number."""


def _filled_in(of: ast.JoinedStr) -> str:
    """A text of the code with `{…}` where something is filled in; what is counted says so, and gets no braces."""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "" if _counts(part) else f"{{{_source(part)}}}"
        for part in of.values
    )


def _counts(part: ast.expr) -> bool:
    return isinstance(part, ast.FormattedValue) and part.format_spec is not None and "|" in ast.unparse(part)


def _source(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    return re.sub(r"[{}]", "", ast.unparse(part.value))


def plurals_in_code(source: str) -> list[str]:
    """What the texts of a module say in the plural of a number that may be one."""
    texts = (_filled_in(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr))
    return [
        match[0]
        for text in texts
        for match in _NUMBERED.finditer(text)
        if not NOT_COUNTED.fullmatch(match[1])
        and match[2] not in VERBS
        and any(word.endswith("s") and word not in VERBS for word in match.groups()[1:] if word)
    ]


def test_no_text_of_the_code_tells_one_in_the_plural() -> None:
    modules = sorted(PACKAGE.rglob("*.py"))
    assert len(modules) > 300
    found = {path.relative_to(PACKAGE).as_posix(): plurals_in_code(path.read_text("utf-8")) for path in modules}
    assert {name: texts for name, texts in found.items() if texts and name not in SELDOM_ONE} == {}


@pytest.mark.parametrize("said", ["{count} rows recorded.", "{len(found)} more rows", "{one.size} full tiles"])
def test_a_plural_in_the_code_is_noticed(said: str) -> None:
    assert plurals_in_code(f"click.echo(f'{said}')")
    assert not plurals_in_code("click.echo(f'{Counted(count):row|rows} recorded, {MOST} rows at most')")


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
