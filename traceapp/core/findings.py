"""A finding: one judged fact, with who says so, since when, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How a finding colours the page, mildest first."""

    GOOD = "good"
    INFO = "info"
    WARNING = "warning"
    BAD = "bad"


class Mark(StrEnum):
    """Who stands behind a claim."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    TESTED = "tested"
    INSPECTED = "inspected"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable (DESIGN: one per judged fact); `who` an organisation's id, None for the service itself.

    `when` is an ISO date or instant. `data` holds JSON values only; words are chosen from code and data elsewhere.
    """

    code: str
    severity: Severity
    mark: Mark = Mark.SERVICE
    who: str | None = None
    when: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
