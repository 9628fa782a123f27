"""Which findings refuse labels: a set, and no second rule."""

from __future__ import annotations

from traceapp.core.findings import Finding
from traceapp.core.verdict import Verdict

REFUSING = frozenset(
    {
        "record-tampered",
        "record-missing",
        "lot-recalled",
        "lot-on-hold",
        "lot-expired",
        "input-recalled",
        "phi-broken",
        "ccp-deviation",
        "test-failed",
        "mass-balance-exceeded",
    }
)
"""A record that is missing refuses as one that was tampered with does: what it said cannot be judged."""

_REFUSING_WITH = {"identity-unconfirmed": "disputed", "account-doubtful": "stated"}


def refuses(finding: Finding) -> bool:
    """Whether one finding refuses labels.

    An identity not yet confirmed does not, but a disputed GTIN does: identity-unconfirmed with `disputed` in its data.
    What an account in doubt states does until somebody has looked at it (account-doubtful with `stated`); what merely
    counts no more does not: a leaked account of an authority must not stop every press of its province.
    """
    deciding = _REFUSING_WITH.get(finding.code)
    return finding.code in REFUSING or (deciding is not None and bool(finding.data.get(deciding)))


def refusals(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that refuse labels, worst first; none means that labels may be issued."""
    return tuple(filter(refuses, verdict.findings))
