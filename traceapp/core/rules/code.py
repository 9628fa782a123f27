"""What was scanned: a code of ours or not, issued or not, void, and whether the signature on it fits.

A GTIN that nobody registered here is a foreign code; a trace code without a record, or a lot of a known product that
nobody recorded, is a product unknown. Both are information: they speak neither for the goods nor against them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from traceapp.core.dates import rfc3339
from traceapp.core.facts import CodeFact, Facts, LabelSignature, LabelVoidFact, RecordState
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.identifiers import TraceCode

_SIGNATURES = {
    LabelSignature.GOOD: ("label-signature-good", Severity.GOOD),
    LabelSignature.BAD: ("label-signature-bad", Severity.BAD),
    LabelSignature.MISSING: ("label-signature-missing", Severity.WARNING),
    LabelSignature.KEY_REVOKED: ("label-key-revoked", Severity.WARNING),
}
_NO_RECORD = frozenset({RecordState.TAMPERED, RecordState.MISSING})


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Is the product known, the lot known, the serial issued; then everything about the label."""
    if facts.product is None:
        if not _is_unreadable(facts):
            yield _unknown_product(facts)
    elif facts.identity.serial is not None:
        yield from _label(facts)
    elif facts.identity.lot is not None and facts.lot is None and not _is_unreadable(facts):
        yield Finding("product-unknown", Severity.INFO, data={"code": facts.product.code, "lot": facts.identity.lot})


def moments(facts: Facts) -> Iterator[datetime]:
    """None: issuing and voiding are acts, not dates."""
    yield from ()


def _is_unreadable(facts: Facts) -> bool:
    return any(check.state in _NO_RECORD for check in facts.checks)


def _unknown_product(facts: Facts) -> Finding:
    code = "product-unknown" if isinstance(facts.identity.product, TraceCode) else "foreign-code"
    return Finding(code, Severity.INFO, data={"code": facts.identity.product, "lot": facts.identity.lot})


def _label(facts: Facts) -> Iterator[Finding]:
    """A serial is known by the secret it was made with. Where that is out of reach (offline) the item stays unknown:
    then a signature must speak for the label, and without one nothing was checked.
    """
    code = facts.code
    if code is not None and code.run is None:
        count = sum(run.count for run in facts.label_runs if facts.lot and run.lot == facts.lot.id)
        yield _unknown_code(facts, Severity.BAD, checked=True, issued=count)
    elif code is None or (not code.item and code.signature not in _SIGNATURES):
        yield _unknown_code(facts, Severity.INFO, checked=False, issued=0)
    else:
        yield from _issued(facts, code)
        yield from _signature(code)


def _unknown_code(facts: Facts, severity: Severity, *, checked: bool, issued: int) -> Finding:
    return Finding(
        "code-unknown", severity, data={"serial": facts.identity.serial, "checked": checked, "issued": issued}
    )


def _issued(facts: Facts, code: CodeFact) -> Iterator[Finding]:
    if not code.item or code.run is None:
        return
    if void := _void(facts, code.item, code.run.lot):
        yield Finding(
            "label-void",
            Severity.BAD,
            Mark.DECLARED,
            void.source.declared_by,
            rfc3339(void.source.record_time),
            {"item": code.item, "reason": void.reason},
        )
    else:
        issued = rfc3339(code.run.source.record_time)
        yield Finding("code-issued", Severity.GOOD, when=issued, data={"item": code.item, "serial": code.serial})


def _signature(code: CodeFact) -> Iterator[Finding]:
    if code.signature in _SIGNATURES:
        yield Finding(*_SIGNATURES[code.signature], data={"item": code.item})
    if code.serial_key_exposed and code.signature != LabelSignature.GOOD:
        yield Finding("serial-key-exposed", Severity.WARNING, data={"item": code.item})


def _void(facts: Facts, item: int, lot: str) -> LabelVoidFact | None:
    return next((void for void in facts.label_voids if void.lot == lot and void.first <= item <= void.last), None)
