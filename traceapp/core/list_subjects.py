"""Index keys by which lists find the few records they show among the many about a lot or of a producer.

For the diary: the newest events of a stage, what was measured at a control point, sprays that may still wait, lots that
are done. For lists of lots: what
stops one. Keys lead to records and say nothing themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from traceapp.core.quantities import name_key

WAITING: Mapping[str, str] = {"PPP": "phi_days", "VETDRUG": "withdrawal_days"}
"""Stages after which a plot waits, and what says for how many days."""
STOPS = frozenset({"traceapp:Hold", "traceapp:Recall"})
"""Types of what is said of a lot that stops it, or lets it go on."""
DONE = frozenset({"PACK", "SHIP", "SELL"})
"""Stages after which nothing more is written of a lot, as a rule."""


_POINT_DIGITS = 16


def allowed_from(end: date, days: int) -> date:
    """The first day of harvest after a spray that ended on `end`: never that day itself. OverflowError beyond 9999."""
    return end + timedelta(days=max(days, 1))


def stage_subject(organisation: str, stage: str) -> str:
    """All events of a stage that an organisation declared."""
    return f"{organisation}#stage={stage}"


def measured_subject(organisation: str, point: str) -> str:
    """What it measured at a control point, however its name was typed.

    Of hexadecimal digits, so that the keys of all points stand in one order wherever they are kept (`measured_range`).
    """
    return f"{organisation}#ccp={hashlib.sha256(name_key(point).encode()).hexdigest()[:_POINT_DIGITS]}"


def measured_range(organisation: str) -> tuple[str, str]:
    """Between these two stand its keys of all control points, and no others."""
    return f"{organisation}#ccp=", f"{organisation}#ccp=g"


def waits_subject(organisation: str, day: date) -> str:
    """Its sprays after which a plot may be harvested from a day in the month of `day` on."""
    return f"{organisation}#waits={_month(day)}"


def sprayed_subject(organisation: str, day: date, plot: str) -> str:
    """Its sprays of a plot, however its code was typed, which may be harvested from a day in the month of `day` on."""
    return f"{organisation}#sprayed={_month(day)}={name_key(plot)}"


def done_subject(lot: str) -> str:
    """Events that leave nothing more to be written of a lot."""
    return f"{lot}#done"


def stops_subject(lot: str) -> str:
    """All that was said of a lot that stops it, or lets it go on."""
    return f"{lot}#stops"


def list_subjects(document: Mapping[str, Any], subject: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a record by its subject. Total: an odd record has none; a correction is found by what it corrects."""
    lot = _id_of(subject.get("traceapp:lot"))
    if lot and _is_stop(subject.get("type")):
        yield stops_subject(lot)
    organisation, stage = _id_of(document.get("traceapp:declaredBy")), subject.get("traceapp:stage")
    if organisation is None or not isinstance(stage, str) or "errorDeclaration" in subject:
        return
    yield stage_subject(organisation, stage)
    if stage in DONE and lot:
        yield done_subject(lot)
    if stage == "CCP":
        yield from _measured(organisation, subject.get("traceapp:kde"))
    if stage in WAITING:
        yield from _waits(organisation, subject, f"traceapp:{WAITING[stage]}")


def plots_in(kde: Mapping[str, Any]) -> Iterator[str]:
    """The codes of plots that an event names, as far as they are text; one may come twice."""
    many = kde.get("traceapp:plots")
    plots = [kde.get("traceapp:plot"), *(many if isinstance(many, list) else [])]
    return (plot for plot in plots if isinstance(plot, str))


def _measured(organisation: str, kde: Any) -> Iterator[str]:
    point = kde.get("traceapp:ccp") if isinstance(kde, dict) else None
    if isinstance(point, str):
        yield measured_subject(organisation, point)


def _waits(organisation: str, subject: Mapping[str, Any], days: str) -> Iterator[str]:
    kde = subject.get("traceapp:kde")
    try:
        day = allowed_from(date.fromisoformat(subject["traceapp:end"]), int(kde[days]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    yield waits_subject(organisation, day)
    for plot in plots_in(kde or {}):
        yield sprayed_subject(organisation, day, plot)


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _is_stop(kind: Any) -> bool:
    return isinstance(kind, str) and kind in STOPS


def _id_of(reference: Any) -> str | None:
    found = reference.get("id") if isinstance(reference, dict) else None
    return found if isinstance(found, str) else None
