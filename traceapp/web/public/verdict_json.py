"""The verdict for programs: the same findings as the page."""

from __future__ import annotations

from typing import Any

from traceapp.core.dates import rfc3339
from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.verdict import Verdict
from traceapp.services.world import World


def verdict_json(facts: Facts, verdict: Verdict, world: World) -> dict[str, Any]:
    """Identity, headline, findings, the records they rest on, and when time alone may change them."""
    return {
        "identity": identity_json(verdict.identity, world.settings.base_url),
        "headline": verdict.headline,
        "severity": str(verdict.severity),
        "findings": [_finding(finding, facts, world.host) for finding in verdict.findings],
        "record_ids": [record_id for record_id in verdict.record_ids if record_id],
        "changes_at": rfc3339(verdict.changes_at) if verdict.changes_at else None,
        "checked_at": rfc3339(world.clock()),
    }


def identity_json(identity: Identity, base_url: str) -> dict[str, Any]:
    """What was asked about."""
    return {
        "level": identity.level,
        "code": str(identity.product),
        "lot": identity.lot,
        "serial": identity.serial,
        "address": base_url + identity.path,
        "canonical": identity.canonical,
    }


def _finding(finding: Finding, facts: Facts, host: str) -> dict[str, Any]:
    who = facts.name_of(finding.who) if finding.who else host
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "says_who": who,
        "says_who_id": finding.who,
        "mark": str(finding.mark),
        "when": finding.when,
        "data": dict(finding.data),
    }
