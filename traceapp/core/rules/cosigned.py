"""Records that their organisation signed once more with a key of its own machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from traceapp.core.facts import CosignedFact, Facts
from traceapp.core.findings import Finding, Mark, Severity


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """For each organisation that cosigned one finding, and one for cosignatures that do not hold."""
    wrong = [one for one in facts.cosigned if one.reason is not None]
    if wrong:
        reasons = sorted({one.reason for one in wrong if one.reason})
        yield _finding("cosignature-bad", Severity.BAD, wrong, reason=reasons[0])
    good: dict[str, list[CosignedFact]] = {}
    for one in facts.cosigned:
        if one.reason is None:
            good.setdefault(one.organisation, []).append(one)
    yield from (_finding("record-cosigned", Severity.GOOD, found) for found in good.values())


def moments(facts: Facts) -> Iterator[datetime]:
    """None: signatures do not age."""
    yield from ()


def _finding(code: str, severity: Severity, found: Sequence[CosignedFact], **more: str) -> Finding:
    records = sorted({one.record_id for one in found})
    data = {"count": len(records), "records": records, **more}
    return Finding(code, severity, Mark.DECLARED, found[0].organisation, data=data)
