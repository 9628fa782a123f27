"""What the scans of one item say: numbers beside what a household does, never an accusation.

Labels of whole lots and products are printed many times over: they are never copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from traceapp.core.dates import rfc3339
from traceapp.core.facts import Facts, ScanFact, Suspicion
from traceapp.core.findings import Finding, Severity
from traceapp.core.scans.copy_signs import HOUSEHOLD


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """A suspicion stays until it is cleared; otherwise the first scan, or the numbers."""
    scans = facts.scans
    if scans is None or facts.code is None or not facts.code.item:
        return
    suspicion = scans.suspicion
    # One visitor alone never makes a suspicion, however often they scan.
    if suspicion and suspicion.cleared is None and suspicion.visitors > 1:
        yield _suspected(suspicion, scans)
    elif scans.by_others == 0:
        yield Finding("first-scan", Severity.INFO, data={"total": scans.total})
    else:
        yield _normal(scans)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: a suspicion opens with a scan and closes with the producer's word."""
    yield from ()


def _suspected(suspicion: Suspicion, scans: ScanFact) -> Finding:
    data = {
        "scans": suspicion.scans,
        "hours": suspicion.hours,
        "visitors": suspicion.visitors,
        "provinces": suspicion.provinces,
        "total": scans.total,
        "week": max(suspicion.week, suspicion.scans),
        "turns": suspicion.turns,
        "after": suspicion.after,
        # Said as "more than" and "within": the places themselves are not told.
        "km": _rounded_down(suspicion.km),
        "minutes": _rounded_up(suspicion.minutes),
        **_USUAL,
    }
    return Finding("copy-suspected", Severity.WARNING, when=rfc3339(suspicion.opened), data=data)


def _normal(scans: ScanFact) -> Finding:
    suspicion = scans.suspicion
    cleared = suspicion.cleared if suspicion else None
    data = {
        "total": scans.total,
        "by_others": scans.by_others,
        "first": rfc3339(scans.first) if scans.first else None,
        "cleared": rfc3339(cleared) if cleared else None,
        "cleared_reason": suspicion.cleared_reason if suspicion and cleared else None,
        "last_24h": scans.last_24h,
        "last_7d": max(scans.last_7d, scans.last_24h),
        "visitors": scans.visitors_24h,
        **_USUAL,
    }
    return Finding("scans-normal", Severity.INFO, data=data)


def _rounded_down(km: int | None) -> int | None:
    return None if km is None else km - km % (100 if km > 100 else 10)


def _rounded_up(minutes: int | None) -> int | None:
    return None if minutes is None else minutes - minutes % 5 + 5


_USUAL = {"usual_least": HOUSEHOLD[0], "usual_most": HOUSEHOLD[1]}
