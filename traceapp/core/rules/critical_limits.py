"""Critical control points: every value inside its limits, or corrected and verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts
from traceapp.core.findings import Finding, Severity
from traceapp.core.rules.lineage import events_of, lineage, own_lot, spoken_mark
from traceapp.core.rules.measurements import is_out, measurements, shown


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Each deviation of the lot or of what went into it, each one corrected, then all that stayed inside as one."""
    kept: list[EventFact] = []
    for fact in events_of(facts, lineage(facts), Stage.CCP):
        own = fact.event.lot == own_lot(facts)
        if not any(map(is_out, measurements(fact, "checks"))):
            kept += [fact] if own else []
        elif not _corrected(fact):
            yield _finding("ccp-deviation", Severity.BAD, fact)
        elif own:
            yield _finding("ccp-corrected", Severity.INFO, fact)
    if kept:
        last = kept[-1]
        steps = {str(step["step_vi"]): step for step in map(_step, kept)}
        day = last.event.end.isoformat()
        data = {"count": len(kept), "steps": list(steps.values())}
        yield Finding("ccp-in-limits", Severity.GOOD, spoken_mark(last), last.source.declared_by, day, data)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: what was measured stays measured."""
    yield from ()


def _corrected(fact: EventFact) -> bool:
    # The verifier is a person: their name is hashed or erased, that there was one is what counts.
    kde = fact.event.kde
    return bool(kde.get("corrective_action")) and bool(kde.get("verified_by"))


def _step(fact: EventFact) -> dict[str, str | None]:
    kde = fact.event.kde
    return {"step_vi": str(kde.get("step") or kde.get("ccp")), "step_en": fact.event.label_en or None}


def _finding(code: str, severity: Severity, fact: EventFact) -> Finding:
    data: dict[str, Any] = {
        "ccp": fact.event.kde.get("ccp"),
        **_step(fact),
        "checks": [shown(one) for one in measurements(fact, "checks") if is_out(one)],
        "corrective_action": fact.event.kde.get("corrective_action"),
        "lot": fact.event.lot,
    }
    day = fact.event.end.isoformat()
    return Finding(code, severity, spoken_mark(fact), fact.source.declared_by, day, data)
