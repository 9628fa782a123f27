"""Records that an account made which is said to be in other hands: what they state stands in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from traceapp.core.account_doubts import AUTHORITY, OPERATOR
from traceapp.core.dates import rfc3339
from traceapp.core.facts import DoubtFact, Facts
from traceapp.core.findings import Finding, Mark, Severity

_MARKS = {AUTHORITY: Mark.CONFIRMED, OPERATOR: Mark.SERVICE}


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """One finding for each word that puts records of this page in doubt."""
    yield from (_in_doubt(one) for one in facts.doubts)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: a doubt stands until somebody lifts it."""
    yield from ()


def _in_doubt(doubt: DoubtFact) -> Finding:
    # `stated` is what refuses labels: what counts no more has its consequences already.
    data = {
        "count": len(doubt.stated) + len(doubt.uncounted),
        "stated": len(doubt.stated),
        "uncounted": len(doubt.uncounted),
        "records": [*doubt.stated, *doubt.uncounted],
        "since": rfc3339(doubt.since),
        "reason": doubt.reason,
        "doubt": doubt.doubt,
    }
    said = _MARKS.get(doubt.source.role, Mark.DECLARED)
    who = None if said is Mark.SERVICE else doubt.source.declared_by
    return Finding("account-doubtful", Severity.WARNING, said, who, rfc3339(doubt.source.record_time), data)
