"""What bodies signed with keys of their own, once the whole log is read that is at hand.

1. A key that was lost: what it signed stands if witnesses saw it before (as with every other key). What does not stand
   confirms nothing; a suspension or revocation keeps its effect, since a page that lost it would be worse.
2. A word names the declaration it is about by the hash of its bytes: beside another declaration it says nothing.
3. What fell is told until the same body has spoken again on the same certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from traceapp.core.facts import CertificateFact, CertificateState, RecordCheck, RecordState
from traceapp.core.own.keys import OwnKeys
from traceapp.core.register_readings import CertificateVisit, CertificateWord

Read = tuple[RecordCheck, object | None]
"""One record's outcome, and the fact it states."""


def stands(compromised_since: datetime | None, witnessed_at: datetime | None) -> bool:
    """A compromised key's record stands if witnesses saw it before the key was lost (FORMATS section 3, Keys)."""
    if compromised_since is None:
        return True
    return witnessed_at is not None and witnessed_at < compromised_since


def judge_own_words(read: Sequence[Read], own: OwnKeys, bodies: Mapping[str, bytes | None]) -> list[Read]:
    """`read`, in the order of the log, with the words of own keys judged; `bodies` are the records' bytes by id."""
    if not any(check.own_key for check, _ in read):
        return list(read)
    declared = _declared(read, bodies)
    judged = [_judged(check, fact, own, declared) for check, fact in read]
    return list(_not_replaced(judged))


def _declared(read: Sequence[Read], bodies: Mapping[str, bytes | None]) -> dict[str, tuple[str, ...]]:
    """By certificate: (id, SHA-256 in hex) of the record that counts as its declaration, the first one."""
    found: dict[str, tuple[str, ...]] = {}
    for check, fact in read:
        if isinstance(fact, CertificateFact):
            digest = hashlib.sha256(bodies[check.record_id] or b"").hexdigest()
            found.setdefault(fact.id, (check.record_id, digest))
    return found


def _judged(check: RecordCheck, fact: object | None, own: OwnKeys, declared: Mapping[str, tuple[str, ...]]) -> Read:
    if not isinstance(fact, CertificateWord | CertificateVisit) or check.own_key is None:
        return check, fact
    expected = declared.get(fact.certificate, fact.declaration)
    if fact.declaration != expected:
        reason = f"It speaks about another declaration of {fact.certificate} than the one in the log."
        return replace(check, state=RecordState.TAMPERED, reason=reason), None
    key = own.called(check.own_key)
    if stands(key.compromised_since if key else None, check.witnessed_at):
        return check, fact
    return replace(check, state=RecordState.KEY_REVOKED), fact


def _not_replaced(judged: Sequence[Read]) -> Iterator[Read]:
    """Without the checks of fallen words behind which the same body spoke again, and without what they granted."""
    last: dict[tuple[str, str], int] = {}
    for check, fact in judged:
        if isinstance(fact, CertificateWord) and check.state is RecordState.GOOD:
            last[fact.certificate, fact.source.declared_by] = check.leaf_index
    for check, fact in judged:
        fallen = check.own_key is not None and check.state is RecordState.KEY_REVOKED
        if not fallen or not isinstance(fact, CertificateWord | CertificateVisit):
            yield check, fact
        elif last.get((fact.certificate, fact.source.declared_by), -1) < check.leaf_index:
            granted = isinstance(fact, CertificateWord) and fact.state is CertificateState.CONFIRMED
            yield check, None if granted else fact
