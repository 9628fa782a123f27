"""Asking one family of rules."""

from __future__ import annotations

from datetime import datetime
from types import ModuleType

from tests.builders import NOW
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding


def findings(family: ModuleType, known: Facts, now: datetime = NOW) -> list[Finding]:
    """Everything the family finds."""
    return list(family.judge(known, now))


def codes(family: ModuleType, known: Facts, now: datetime = NOW) -> list[str]:
    """The codes of everything the family finds, in order."""
    return [finding.code for finding in findings(family, known, now)]


def only(family: ModuleType, known: Facts, now: datetime = NOW) -> Finding:
    """The one thing the family finds."""
    (finding,) = findings(family, known, now)
    return finding
