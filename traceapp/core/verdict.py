"""Assess what is known: one loop over the families of rules, a headline, and the instant at which it may change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Severity
from traceapp.core.rules import (
    always,
    certificates,
    code,
    copies,
    cosigned,
    critical_limits,
    disclosure,
    doubts,
    laboratory,
    lot,
    mass_balance,
    preharvest,
    producer,
    record,
    stages,
    staleness,
    stars,
)

FAMILIES = (
    record,
    doubts,
    cosigned,
    code,
    lot,
    stars,
    certificates,
    laboratory,
    preharvest,
    critical_limits,
    mass_balance,
    producer,
    stages,
    disclosure,
    copies,
    staleness,
    always,
)
"""In the order in which findings of one severity are read."""

HEADLINES = (
    "record-tampered",
    "record-missing",
    "product-unknown",
    "foreign-code",
    "code-unknown",
    "label-void",
    "label-signature-bad",
    "lot-recalled",
    "lot-on-hold",
    "key-revoked",
    "cosignature-bad",
    "phi-broken",
    "ccp-deviation",
    "input-recalled",
    "test-failed",
    "account-doubtful",
    "copy-suspected",
    "mass-balance-exceeded",
    "lot-expired",
    "certificate-suspended",
    "certificate-revoked",
    "identity-unconfirmed",
    "stars-expired",
    "record-authentic",
    "not-proved",
)
"""The first one present is the headline. Every code that can be bad is here, so that no bad finding goes unsaid."""

_WORST_FIRST = (Severity.BAD, Severity.WARNING, Severity.INFO, Severity.GOOD)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was judged of one product, lot or item; `severity` is the headline's and colours the page.

    `findings` come worst first. `changes_at` is the next instant at which time alone may change any of this, None
    when it cannot. `record_ids` are the records it rests on, in log order.
    """

    identity: Identity
    headline: str
    severity: Severity
    findings: tuple[Finding, ...]
    changes_at: datetime | None
    record_ids: tuple[str, ...]

    @property
    def worst(self) -> Severity:
        """The worst severity of any finding, the headline's or not."""
        return self.findings[0].severity

    def find(self, code: str) -> tuple[Finding, ...]:
        """The findings of one code."""
        return tuple(finding for finding in self.findings if finding.code == code)


def judge_all(facts: Facts, now: datetime) -> Verdict:
    """The verdict on `facts` at the instant `now`."""
    found = [finding for family in FAMILIES for finding in family.judge(facts, now)]
    found.sort(key=lambda finding: _WORST_FIRST.index(finding.severity))
    headline = min(
        (finding for finding in found if finding.code in HEADLINES), key=lambda one: HEADLINES.index(one.code)
    )
    ahead = (moment for family in FAMILIES for moment in family.moments(facts) if moment > now)
    return Verdict(
        identity=facts.identity,
        headline=headline.code,
        severity=headline.severity,
        findings=tuple(found),
        changes_at=min(ahead, default=None),
        record_ids=tuple(check.record_id for check in facts.checks),
    )
