"""Index keys by which a producer's diary finds its own events: the newest of a stage, sprays that may still wait, lots
that are done. They lead to records and say nothing themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

WAITING: Mapping[str, str] = {"PPP": "phi_days", "VETDRUG": "withdrawal_days"}
"""Stages after which a plot waits, and what says for how many days."""
DONE = frozenset({"PACK", "SHIP", "SELL"})
"""Stages after which nothing more is written of a lot, as a rule."""


def allowed_from(end: date, days: int) -> date:
    """The first day of harvest after a spray that ended on `end`: never that day itself. OverflowError beyond 9999."""
    return end + timedelta(days=max(days, 1))


def stage_subject(organisation: str, stage: str) -> str:
    """All events of a stage that an organisation declared."""
    return f"{organisation}#stage={stage}"


def waits_subject(organisation: str, day: date) -> str:
    """Its sprays after which a plot may be harvested from a day in the month of `day` on."""
    return f"{organisation}#waits={day:%Y-%m}"


def done_subject(organisation: str, lot: str) -> str:
    """Its events that leave nothing more to be written of a lot."""
    return f"{organisation}#done={lot}"


def diary_subjects(document: Mapping[str, Any], subject: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a record by its subject. Total: an odd record has none; a correction is found by what it corrects."""
    declared, stage = document.get("traceapp:declaredBy"), subject.get("traceapp:stage")
    organisation = declared.get("id") if isinstance(declared, dict) else None
    if not isinstance(organisation, str) or not isinstance(stage, str) or "errorDeclaration" in subject:
        return
    yield stage_subject(organisation, stage)
    lot = subject.get("traceapp:lot")
    if stage in DONE and isinstance(lot, dict) and isinstance(lot.get("id"), str):
        yield done_subject(organisation, lot["id"])
    if stage in WAITING and (day := _allowed_from(subject, f"traceapp:{WAITING[stage]}")):
        yield waits_subject(organisation, day)


def _allowed_from(subject: Mapping[str, Any], days: str) -> date | None:
    kde = subject.get("traceapp:kde")
    try:
        return allowed_from(date.fromisoformat(subject["traceapp:end"]), int(kde[days]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
