"""What a form asked, read from the page on which it stands: its words are in its template and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import groupby
from urllib.parse import unquote

_TICKED = ("radio", "checkbox")
_UNTYPED = ("hidden", "password", "file", "submit", "image")
_LINE = re.compile(r"-\d+-")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one input asked: its label, the group in which it stands, and what its choices are called.

    `beside` is the input before it, where it has no label of its own and tells more of that one, as a unit does. What
    is not `typed` was not asked: it is hidden, or a secret.
    """

    label: str = ""
    group: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    beside: str = ""
    typed: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered under one label, or in one line of a group: (label, value), without a label of its own: ""."""

    label: str
    parts: Sequence[tuple[str, str]]


@dataclass(slots=True)
class _Line:
    name: str
    under: tuple[str, str]
    label: str
    value: str


def told(fields: Iterable[tuple[str, str]], asked: Mapping[str, Asked]) -> list[Told]:
    """What was typed, in the words of the form that asked for it."""
    lines: list[_Line] = []
    for name, value in fields:
        # A line that was added to the form is asked what its first line is.
        one = asked.get(name) or asked.get(_LINE.sub("-1-", name, count=1)) or Asked()
        if not one.typed:
            continue
        line = _line(name, one.choices.get(value, value), one)
        if lines and one.beside and lines[-1].name == one.beside:
            lines[-1].value += f" {line.value}"
        else:
            lines.append(line)
    return [
        Told(under[0], [(line.label, line.value) for line in found])
        for under, found in groupby(lines, key=lambda line: line.under)
    ]


def _line(name: str, value: str, one: Asked) -> _Line:
    if not one.group:
        return _Line(name, (one.label, "" if one.label else name), "", value)
    number = _LINE.search(name)
    return _Line(name, (one.group, number[0] if number else ""), one.label, value)


def asked_on(page: str, action: str) -> dict[str, Asked]:
    """What the forms of a page ask that are sent to the path `action`, by the names of their inputs."""
    reader = _Reader(action)
    reader.feed(page)
    reader.close()
    return reader.asked()


@dataclass(slots=True)
class _Group:
    """A fieldset."""

    legend: str = ""


@dataclass(slots=True)
class _Input:
    name: str
    value: str
    kind: str
    id: str
    spoken: str
    group: _Group
    label: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Words:
    """Text that is being read: of which element, about what, and how many inputs stood before it."""

    tag: str
    about: str
    since: int
    pieces: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects inputs and what is written about them: a label stands before its input, or around it."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._action = action
        self._inside = False
        self._inputs: list[_Input] = []
        self._labels: dict[str, str] = {}
        self._groups = [_Group()]
        self._open: list[_Words] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Forms, groups, inputs, and what has words."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = unquote(said.get("action", "").partition("?")[0]) == self._action
        elif self._inside:
            self._begin(tag, said)

    def _begin(self, tag: str, said: Mapping[str, str]) -> None:
        is_choice = tag == "option" and bool(self._inputs) and self._inputs[-1].kind == "select"
        if tag == "fieldset":
            self._groups.append(_Group())
        elif is_choice or tag in ("label", "legend", "textarea"):
            self._open.append(_Words(tag, said.get("for" if tag == "label" else "value", ""), len(self._inputs)))
        if tag in ("input", "select", "textarea"):
            kind, name = said.get("type", "text") if tag == "input" else tag, said.get("name", "")
            spoken, value = said.get("aria-label", ""), said.get("value", "on")
            self._inputs.append(_Input(name, value, kind, said.get("id", ""), spoken, self._groups[-1]))

    def handle_data(self, data: str) -> None:
        """Words of whatever is open."""
        if self._open:
            self._open[-1].pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        """What was said belongs to what it stands in."""
        if tag == "form":
            self._inside = False
        elif tag == "fieldset" and len(self._groups) > 1:
            self._groups.pop()
        elif self._open and self._open[-1].tag == tag:
            self._say(self._open.pop())

    def _say(self, said: _Words) -> None:
        words = " ".join("".join(said.pieces).split())
        match said.tag:
            case "legend":
                self._groups[-1].legend = words
            case "option":
                self._inputs[-1].options[said.about] = words
            case "label" if said.about:
                self._labels.setdefault(said.about, words)
            case "label":
                for one in self._inputs[said.since :]:
                    one.label = words

    def asked(self) -> dict[str, Asked]:
        """By the names of the inputs."""
        found: dict[str, Asked] = {}
        before = ""
        for one in self._inputs:
            if one.kind in _UNTYPED:
                found.setdefault(one.name, Asked(typed=False))
                continue
            label = one.label or self._labels.get(one.id, "")
            if one.kind in _TICKED:
                choices = {**found.get(one.name, Asked()).choices, one.value: label or one.spoken}
                found[one.name] = Asked(one.group.legend, choices=choices)
            else:
                beside = "" if label else before
                found[one.name] = Asked(label or one.spoken, one.group.legend, one.options, beside)
            before = one.name
        return found
