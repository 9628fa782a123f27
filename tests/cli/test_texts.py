"""What the command line says: errors are whole sentences, and tell what to do or what was wrong with what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import traceapp.cli

FOLDER = Path(traceapp.cli.__file__).parent
MODULES = sorted(FOLDER.glob("*.py"))


def said_when_refusing(module: Path) -> Iterator[str]:
    """The texts that a module raises, with `…` where something is filled in."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            yield from _text(node.exc.args[0])


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)


REFUSALS = [(path.stem, text) for path in MODULES for text in said_when_refusing(path)]
TOLD_BY_ANOTHER = ("…: …", "…: ….", "… is no trust file to rely on: …")
"""The sentence comes whole from whoever refused."""


def test_all_refusals_are_seen() -> None:
    assert len(REFUSALS) > 30


@pytest.mark.parametrize(("module", "text"), REFUSALS)
def test_a_refusal_is_a_whole_sentence(module: str, text: str) -> None:
    assert text in TOLD_BY_ANOTHER or text.endswith("."), f"{module}: {text}"
    assert text[0] in "…-" or text[0].isupper(), f"{module}: {text}"


@pytest.mark.parametrize(("module", "text"), REFUSALS)
def test_a_refusal_says_what_to_do(module: str, text: str) -> None:
    does = (": ", ", not both", "Run ", "Say ", "Set ", "say --", "Name ", "with --", "Start from", "Keep ")
    assert any(one in text for one in does), f"{module}: {text}"
