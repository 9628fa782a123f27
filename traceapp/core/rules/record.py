"""Whether the records behind a page are as signed, in the log, and seen by witnesses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from traceapp.core.dates import rfc3339
from traceapp.core.facts import Facts, RecordCheck, RecordState
from traceapp.core.findings import Finding, Severity

_WRONG = {
    RecordState.TAMPERED: "record-tampered",
    RecordState.MISSING: "record-missing",
    RecordState.KEY_REVOKED: "key-revoked",
}


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """One finding for each way in which records are wrong, else one that all are authentic; and whether witnessed."""
    wrong = False
    for state, code in _WRONG.items():
        if found := [check for check in facts.checks if check.state == state]:
            wrong = True
            yield Finding(code, Severity.BAD, data={"count": len(found), "records": [one.record_id for one in found]})
    good = [check for check in facts.checks if check.state == RecordState.GOOD]
    if good and not wrong:
        yield _authentic(good, len(facts.checks))
    if good:
        yield _witnessed(good, configured=facts.witnesses_configured)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: records do not age."""
    yield from ()


def _authentic(good: Sequence[RecordCheck], total: int) -> Finding:
    # A record of an unknown version is neither good nor bad, but "all authentic" would say more than is proved.
    unchecked = total - len(good)
    severity = Severity.INFO if unchecked else Severity.GOOD
    return Finding("record-authentic", severity, data={"count": len(good), "unchecked": unchecked})


def _witnessed(good: Sequence[RecordCheck], *, configured: bool) -> Finding:
    seen = [check.witnessed_at for check in good if check.witnessed_at is not None]
    data = {"witnessed": len(seen), "of": len(good)}
    if len(seen) == len(good):
        return Finding("witnessed", Severity.GOOD, when=rfc3339(max(seen)), data=data)
    severity = Severity.WARNING if configured else Severity.INFO
    return Finding("not-witnessed", severity, data={**data, "configured": configured})
