"""Two tabs saved the same form: both versions side by side, and nothing of either is lost.

A form carries the `version` it was opened on (forms.version_of of the state). Where the state has moved on:

    if form.version != version_of(present):
        return conflict_page(labels, form, present, action=request.path, version=version_of(present), back="/portal/…")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from traceapp.web.portal.forms import Form
from traceapp.web.portal.view import portal_page


@dataclass(frozen=True, slots=True)
class Line:
    """One field in both versions, as text."""

    label: str
    mine: str
    theirs: str

    @property
    def differs(self) -> bool:
        """Whether the versions say different things."""
        return self.mine != self.theirs


def conflict_page(
    labels: Mapping[str, str],
    form: Form,
    present: Mapping[str, Any],
    *,
    action: str,
    version: str,
    back: str,
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> Response:
    """409: what was typed beside what is saved. `labels` name the fields shown; `version` is that of `present`.

    `words` are what the values of a field are called, where they are codes.
    """
    lines = []
    for name, label in labels.items():
        called = (words or {}).get(name, {})
        mine, theirs = (_shown(one.get(name)) for one in (form.typed, present))
        lines.append(Line(label, called.get(mine, mine), called.get(theirs, theirs)))
    typed = [
        (name, one) for name, value in form.typed.items() if name not in ("csrf", "version") for one in _all(value)
    ]
    return portal_page("conflict", status=409, lines=lines, typed=typed, action=action, version=version, back=back)


def _all(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
