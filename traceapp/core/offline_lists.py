"""What a phone without a connection is told of labels and lots: which lots are recalled or held, which labels are void.

One credential, signed by a record key like a status list and in no log: it says what follows from records that are in
the log, as of an instant and a log size. A label's serial cannot be turned into its item number without the secret
serial key, so void labels are listed by the first bytes of SHA-256 over their printed paths: whoever holds such a label
can look it up, and whoever does not learns no serial from it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from traceapp.core.canonical import JsonObject
from traceapp.core.dates import rfc3339
from traceapp.core.findings import Finding
from traceapp.core.keys import did_web
from traceapp.core.statements import to_terms
from traceapp.core.vocabulary import context_urls

LISTED = frozenset({"lot-recalled", "input-recalled", "lot-on-hold"})
"""Findings that a lot is listed for."""
HASH_BYTES = 6
"""Of a path's hash: among a million labels one in 280 million is taken for a void one."""


@dataclass(frozen=True, slots=True)
class ListedLot:
    """A lot (its id) with what is known against it."""

    lot: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class VoidLabels:
    """Void labels of a lot by `path_hash`; `many`: more than are listed, so that only the service can tell."""

    lot: str
    labels: frozenset[bytes]
    many: bool = False


def path_hash(path: str) -> bytes:
    """What a label is listed by: the first bytes of SHA-256 over its printed path."""
    return sha256(path.encode()).digest()[:HASH_BYTES]


def offline_lists(
    host: str, now: datetime, *, size: int, complete: bool, lots: Iterable[ListedLot], voids: Iterable[VoidLabels]
) -> JsonObject:
    """The unsigned credential. `size` is the log's; `complete` is False where something was left out."""
    address = f"https://{host}/inspect/lists.json"
    return {
        "@context": context_urls(host),
        "id": address,
        "type": ["VerifiableCredential", "traceapp:OfflineLists"],
        "issuer": did_web(host),
        "validFrom": rfc3339(now),
        "credentialSubject": {
            "id": f"{address}#lists",
            "type": "traceapp:Lists",
            "traceapp:size": size,
            "traceapp:complete": complete,
            "traceapp:lots": [
                {"id": one.lot, "traceapp:findings": [_terms(finding) for finding in one.findings]}
                for one in sorted(lots, key=lambda one: one.lot)
            ],
            "traceapp:voids": [_void_terms(one) for one in sorted(voids, key=lambda one: one.lot)],
        },
    }


def listed(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those of a lot's findings that it is listed for."""
    return tuple(finding for finding in findings if finding.code in LISTED)


def _terms(finding: Finding) -> JsonObject:
    told = {"code": finding.code, "severity": str(finding.severity), "when": finding.when}
    return to_terms({**finding.data, **told})


def _void_terms(one: VoidLabels) -> JsonObject:
    labels = base64.b64encode(b"".join(sorted(one.labels))).decode()
    return {"id": one.lot, **to_terms({"labels": labels or None, "many": one.many})}
