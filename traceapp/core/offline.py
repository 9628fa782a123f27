"""Checking a bundle with nothing but the bundle and, better, a trust file got earlier.

1. The trust file verifies, against the pinned one where there is one.
2. Each log entry is proved by a checkpoint that the log's key signed; all checkpoints agree.
3. Each record is what its entry names, canonical, and signed by a record key.
4. The verified records are judged by the same rules as the page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum

from traceapp.core.bundle import README, Bundle, context_name, unpack
from traceapp.core.checkpoint import Checkpoint, cosignature_times
from traceapp.core.counted import Counted
from traceapp.core.digital_link import Identity, Query, parse_url
from traceapp.core.errors import (
    CannotBeChecked,
    InconsistentLog,
    InvalidIdentifier,
    KeyRevoked,
    Malformed,
    VerificationError,
)
from traceapp.core.evidence import Evidence, StoredRecord, establish
from traceapp.core.facts import CodeFact, Facts, LabelSignature, RecordCheck, RecordState, RuleBook
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.keys import PublicKey, Role
from traceapp.core.label import key_id, verify_label
from traceapp.core.log_entry import entry_of, read_entry
from traceapp.core.log_keys import require_seen_in_time, verify_by_log
from traceapp.core.policy import parse_policy
from traceapp.core.serials import canonical_serial
from traceapp.core.statements import record_url
from traceapp.core.tlog_proof import parse_proof, require_included
from traceapp.core.trust import TrustList, parse_trust_list, read_trust_list
from traceapp.core.verdict import Verdict, judge_all
from traceapp.core.vocabulary import CONTEXTS, vocabulary_url


class Outcome(IntEnum):
    """Exit status of `traceapp verify`."""

    GOOD = 0
    BAD = 1
    UNREADABLE = 2
    NOT_PINNED = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a bundle. `size` is the log's size at the newest checkpoint: until when the bundle speaks."""

    outcome: Outcome
    facts: Facts
    verdict: Verdict
    trust: TrustList
    pinned: bool
    size: int
    restricted: int


def check_bundle(data: bytes, rulebook: RuleBook, now: datetime, *, pinned: TrustList | None = None) -> Checked:
    """Check a bundle. Malformed when it cannot be read, or holds nothing of what its label names; else findings say."""
    bundle = unpack(data)
    try:
        trust = read_trust_list(bundle.trust, pinned=pinned)
    except Malformed:
        raise
    except VerificationError as cause:
        return _refused(bundle, cause, now, pinned)
    label = _label(bundle, trust.hosts)
    proved = _Proved(trust, bundle)
    facts = establish(_evidence(label.identity, proved, trust.host, rulebook), trust.keyring(pinned=pinned is not None))
    checks = (*facts.checks, *proved.wrong, *_contexts(bundle, trust), *_readme(bundle))
    facts = replace(facts, checks=checks, code=_code(facts, label, trust))
    verdict = _judge(facts, now, trust, proved, pinned=pinned is not None)
    return Checked(
        outcome=_outcome(verdict, facts, pinned=pinned is not None),
        facts=facts,
        verdict=verdict,
        trust=trust,
        pinned=pinned is not None,
        size=proved.size,
        restricted=proved.restricted,
    )


def _evidence(identity: Identity, proved: _Proved, host: str, rulebook: RuleBook) -> Evidence:
    # A variant is printed, but is no other lot.
    lot = Identity(identity.product, None, identity.lot) if identity.lot else None
    return Evidence(
        identity=identity,
        product_id=f"https://{host}{identity.product_only().path}",
        lot_id=f"https://{host}{lot.path}" if lot else None,
        records=tuple(proved.records),
        rulebook=rulebook,
        witnesses_configured=bool(proved.policy.witnesses),
    )


class _Proved:
    """Records and entries whose place in the log is proved; whatever is not becomes a check that says so."""

    def __init__(self, trust: TrustList, bundle: Bundle) -> None:
        self.records: list[StoredRecord] = []
        self.wrong: list[RecordCheck] = []
        self.restricted = 0
        self.size = 0
        self.policy = parse_policy(trust.policy)
        self._seen: dict[int, datetime] = {}
        self._roots: dict[int, bytes] = {}
        self._keyring = trust.keyring()
        self._verified: dict[bytes, tuple[Checkpoint, PublicKey]] = {}
        self._witnessed: dict[bytes, datetime | None] = {}
        for uuid, proof in sorted(bundle.proofs.items()):
            record_id = record_url(trust.host, uuid)
            body = bundle.records.get(uuid)
            entry = bundle.entries[uuid] if body is None else entry_of(record_id, body)
            try:
                self._add(record_id, entry, body, self._prove(entry, record_id, proof))
            except CannotBeChecked as cause:
                self.wrong.append(RecordCheck(record_id, -1, RecordState.CANNOT_BE_CHECKED, str(cause)))
            except KeyRevoked as cause:
                self.wrong.append(RecordCheck(record_id, -1, RecordState.KEY_REVOKED, str(cause)))
            except VerificationError as cause:
                self.wrong.append(RecordCheck(record_id, -1, RecordState.TAMPERED, str(cause)))

    def _add(self, record_id: str, entry: bytes, body: bytes | None, index: int) -> None:
        if body is None:
            self.restricted += 1
        else:
            self.records.append(StoredRecord(record_id, index, entry, body, witnessed_at=self._seen.get(index)))

    def _prove(self, entry: bytes, record_id: str, data: bytes) -> int:
        if read_entry(entry)["id"] != record_id:
            raise Malformed(f"The entry filed under {record_id} names another record.")
        proof = parse_proof(data)
        note = proof.checkpoint
        # The proofs of a bundle mostly share one checkpoint.
        if note not in self._verified:
            self._verified[note] = verify_by_log(note, self._keyring)
        checkpoint, key = self._verified[note]
        require_included(proof, entry, checkpoint)
        if self._roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            raise InconsistentLog(f"The log signed two roots for {Counted(checkpoint.size):entry|entries}.")
        self.size = max(self.size, checkpoint.size)
        if note not in self._witnessed:
            quorum = self.policy.quorum_time(cosignature_times(note, self.policy.witness_keys))
            self._witnessed[note] = None if quorum is None else datetime.fromtimestamp(quorum, UTC)
        seen = self._witnessed[note]
        require_seen_in_time(key, seen)
        if seen is not None:
            self._seen[proof.index] = seen
        return proof.index


@dataclass(frozen=True, slots=True)
class _Label:
    """What label.txt names."""

    host: str
    identity: Identity
    query: Query


def _label(bundle: Bundle, hosts: Collection[str] | None) -> _Label:
    """The label's address, of one of `hosts` where they are known."""
    try:
        host, link, query = parse_url(bundle.label or "")
    except InvalidIdentifier as cause:
        raise Malformed(f"label.txt holds no label's address: {cause}") from cause
    if link.identity is None:
        raise Malformed(f"label.txt names {link.path[:120]}, which is no product, lot or item.")
    if hosts is not None and host not in hosts:
        raise Malformed(f"label.txt is of {host}, which is none of this service's hosts ({', '.join(hosts)}).")
    return _Label(host, link.identity, query)


def _contexts(bundle: Bundle, trust: TrustList) -> Iterator[RecordCheck]:
    """The contexts say what the records' words mean to other verifiers: nobody may slip in others."""
    known = {context_name(url): (url, hashlib.sha256(data).hexdigest()) for url, data in CONTEXTS.items()}
    url = vocabulary_url(trust.host)
    known[context_name(url)] = (url, trust.vocabulary)
    for name, data in sorted(bundle.contexts.items()):
        url, expected = known.get(name, (name, ""))
        if not expected:
            yield RecordCheck(url, -1, RecordState.CANNOT_BE_CHECKED, f"The context {name} is not known here.")
        elif hashlib.sha256(data).hexdigest() != expected:
            yield RecordCheck(url, -1, RecordState.TAMPERED, f"The context {name} is not the one that records name.")


def _readme(bundle: Bundle) -> Iterator[RecordCheck]:
    """What a bundle tells its reader to do: words that are not ours were written by somebody, for something."""
    if bundle.readme not in (None, README.encode()):
        why = "README.txt is not the one that bundles of this version hold."
        yield RecordCheck("README.txt", -1, RecordState.CANNOT_BE_CHECKED, why)


def _code(facts: Facts, label: _Label, trust: TrustList) -> CodeFact | None:
    """A serial can be checked offline only by its label's signature: the serial key is secret. None: not checked."""
    if label.identity.serial is None:
        return None
    serial = canonical_serial(label.identity.serial)
    run = next((run for run in facts.label_runs if run.printed_path == label.identity.lot_path), None)
    if not label.query.signatures:
        expected = run is not None and all(run.signed for run in facts.label_runs)
        return CodeFact(serial, 0, run, LabelSignature.MISSING) if expected else None
    signature = _signature(label, f"{label.identity.lot_path}/21/{serial}", trust)
    if run is None and signature is not LabelSignature.BAD:
        return None
    return CodeFact(serial, 0, run, signature)


def _signature(label: _Label, path: str, trust: TrustList) -> LabelSignature:
    keys = {key_id(label.host, key.raw): key for key in trust.keys if key.role is Role.LABEL}
    try:
        digits = label.query.sole_signature() or ""
        used = verify_label(digits, label.host, path, {name: key.raw for name, key in keys.items()})
    except VerificationError:
        return LabelSignature.BAD
    return LabelSignature.KEY_REVOKED if keys[used].compromised_since else LabelSignature.GOOD


def _judge(facts: Facts, now: datetime, trust: TrustList, proved: _Proved, *, pinned: bool) -> Verdict:
    verdict = judge_all(facts, now)
    extra = [_keys_finding(trust, now, pinned=pinned)]
    # It says "every": what could not be proved to be in the log takes it back.
    if proved.size and not proved.wrong:
        extra.append(Finding("log-proved", Severity.GOOD, data={"size": proved.size, "origin": trust.log_key.name}))
    return replace(verdict, findings=(*verdict.findings, *extra))


def _keys_finding(trust: TrustList, now: datetime, *, pinned: bool) -> Finding:
    data = {"version": trust.version, "host": trust.host, "expired": now >= trust.valid_until}
    if not pinned:
        return Finding("keys-not-pinned", Severity.INFO, Mark.SERVICE, data=data)
    return Finding("keys-pinned", Severity.WARNING if data["expired"] else Severity.GOOD, Mark.SERVICE, data=data)


def _outcome(verdict: Verdict, facts: Facts, *, pinned: bool) -> Outcome:
    if any(finding.severity is Severity.BAD for finding in verdict.findings):
        return Outcome.BAD
    if facts.product is None or (facts.identity.lot is not None and facts.lot is None):
        raise Malformed(f"This bundle holds no record of {facts.identity.path}, which its label names.")
    return Outcome.GOOD if pinned else Outcome.NOT_PINNED


def _refused(bundle: Bundle, cause: VerificationError, now: datetime, pinned: TrustList | None) -> Checked:
    """The trust file inside does not verify: nothing else in the bundle can."""
    trust = pinned or parse_trust_list(bundle.trust)
    identity = _label(bundle, None).identity
    check = RecordCheck("trust.json", -1, RecordState.TAMPERED, str(cause))
    facts = Facts(identity=identity, checks=(check,))
    verdict = judge_all(facts, now)
    refused = Finding("trust-refused", Severity.BAD, data={"reason": str(cause)})
    return Checked(
        outcome=Outcome.BAD,
        facts=facts,
        verdict=replace(verdict, findings=(refused, *verdict.findings)),
        trust=trust,
        pinned=pinned is not None,
        size=0,
        restricted=len(bundle.entries),
    )
