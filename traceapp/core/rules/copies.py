"""What the scans of one item say: numbers, never an accusation. Labels of whole lots and products are never copies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from traceapp.core.dates import rfc3339
from traceapp.core.facts import Facts, ScanFact, Suspicion
from traceapp.core.findings import Finding, Severity


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
    }
    return Finding("scans-normal", Severity.INFO, data=data)
