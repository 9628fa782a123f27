"""Test reports: every result inside its limits, or failed.

A result counts as measured by a laboratory when the laboratory itself declared it; typed in by the producer it is the
producer's word. A failed result stays failed, whatever later report says otherwise: only a correction takes it back.
For what went into the lot, a failure counts unless the same thing was tested again in this lot and passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.quantities import name_key
from traceapp.core.rules.lineage import events_of, lineage, own_lot, spoken_mark
from traceapp.core.rules.measurements import is_out, measurements, shown


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """One finding for each report."""
    own = own_lot(facts)
    passed_here = _passed(facts, own)
    for fact in events_of(facts, lineage(facts), Stage.TEST):
        results = measurements(fact, "results")
        failed = [one for one in results if is_out(one)]
        if fact.event.lot != own:
            failed = [one for one in failed if name_key(one["what"]) not in passed_here]
        if failed:
            yield _finding("test-failed", Severity.BAD, fact, failed)
        elif results and fact.event.lot == own:
            measured = spoken_mark(fact) == Mark.TESTED
            yield _finding("test-passed", Severity.GOOD if measured else Severity.INFO, fact, results)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: what was measured stays measured."""
    yield from ()


def _passed(facts: Facts, own: str | None) -> set[str]:
    tests = events_of(facts, [own] if own else [], Stage.TEST)
    return {name_key(one["what"]) for fact in tests for one in measurements(fact, "results") if not is_out(one)}


def _finding(code: str, severity: Severity, fact: EventFact, results: list[Mapping[str, Any]]) -> Finding:
    data: dict[str, Any] = {
        "report": fact.event.kde.get("report"),
        "results": [shown(one) for one in results],
        "lot": fact.event.lot,
        "stage": str(fact.stage),
        "label_vi": fact.event.label_vi,
        "label_en": fact.event.label_en,
    }
    day = fact.event.end.isoformat()
    return Finding(code, severity, spoken_mark(fact), fact.source.declared_by, day, data)
