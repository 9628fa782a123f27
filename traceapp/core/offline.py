"""Checking a bundle with nothing but the bundle and, better, a trust file got earlier.

1. The trust file verifies, against the pinned one where there is one.
2. Each log entry is proved by a checkpoint that the log's key signed; all checkpoints agree.
3. Each record is what its entry names, canonical, and signed by a record key.
4. The verified records are judged by the same rules as the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from traceapp.core.bundle import Bundle, unpack
from traceapp.core.digital_link import Identity, Query, parse_url
from traceapp.core.errors import InconsistentLog, InvalidIdentifier, Malformed, VerificationError
from traceapp.core.evidence import Evidence, StoredRecord, establish
from traceapp.core.facts import CodeFact, Facts, LabelSignature, RecordCheck, RecordState, RuleBook
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.keys import PublicKey, Role
from traceapp.core.label import key_id, verify_label
from traceapp.core.log_entry import entry_of, read_entry
from traceapp.core.serials import canonical_serial
from traceapp.core.statements import record_url
from traceapp.core.tlog_proof import parse_proof, verify_proof
from traceapp.core.trust import TrustList, parse_trust_list, read_trust_list
from traceapp.core.verdict import Verdict, judge_all


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
    """Check a bundle. Malformed when it cannot be read at all; everything else becomes a finding."""
    bundle = unpack(data)
    try:
        trust = read_trust_list(bundle.trust, pinned=pinned)
    except Malformed:
        raise
    except VerificationError as cause:
        return _refused(bundle, cause, now, pinned)
    proved = _Proved(trust, bundle)
    identity, query, host = _identity(bundle, trust)
    evidence = Evidence(
        identity=identity,
        product_id=f"https://{trust.host}{identity.product_only().path}",
        lot_id=f"https://{trust.host}{identity.without_serial().path}" if identity.lot else None,
        records=tuple(proved.records),
        rulebook=rulebook,
    )
    facts = establish(evidence, trust.keyring(pinned=pinned is not None))
    facts = replace(facts, checks=(*facts.checks, *proved.bad), code=_code(facts, identity, query, host, trust))
    verdict = _judge(facts, now, trust, proved, pinned=pinned is not None)
    return Checked(
        outcome=_outcome(verdict, pinned=pinned is not None),
        facts=facts,
        verdict=verdict,
        trust=trust,
        pinned=pinned is not None,
        size=proved.size,
        restricted=len(bundle.entries),
    )


class _Proved:
    """Records and entries whose place in the log is proved; what is not becomes a bad check."""

    def __init__(self, trust: TrustList, bundle: Bundle) -> None:
        self.records: list[StoredRecord] = []
        self.bad: list[RecordCheck] = []
        self.size = 0
        self._roots: dict[int, bytes] = {}
        self._trust = trust
        for uuid, proof in sorted(bundle.proofs.items()):
            record_id = record_url(trust.host, uuid)
            body = bundle.records.get(uuid)
            entry = bundle.entries[uuid] if body is None else entry_of(record_id, body)
            try:
                index = self._prove(entry, record_id, proof)
            except VerificationError as cause:
                self.bad.append(RecordCheck(record_id, -1, RecordState.TAMPERED, str(cause)))
                continue
            if body is not None:
                self.records.append(StoredRecord(record_id, index, entry, body))

    def _prove(self, entry: bytes, record_id: str, data: bytes) -> int:
        if read_entry(entry)["id"] != record_id:
            raise Malformed(f"The entry filed under {record_id} names another record.")
        proof = parse_proof(data)
        checkpoint = verify_proof(proof, entry, self._trust.log_key)
        if self._roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            raise InconsistentLog(f"The log signed two roots for {checkpoint.size} entries.")
        self.size = max(self.size, checkpoint.size)
        return proof.index


def _identity(bundle: Bundle, trust: TrustList) -> tuple[Identity, Query, str]:
    try:
        host, link, query = parse_url(bundle.label or "")
    except InvalidIdentifier as cause:
        raise Malformed(f"label.txt holds no label's address: {cause}") from cause
    if link.identity is None or host not in trust.hosts:
        raise Malformed(f"label.txt is of {host}, which is none of this service's hosts ({', '.join(trust.hosts)}).")
    return link.identity, query, host


def _code(facts: Facts, identity: Identity, query: Query, host: str, trust: TrustList) -> CodeFact | None:
    """A serial can be checked offline only by its label's signature: the serial key is secret."""
    if identity.serial is None or query.signature is None or not facts.label_runs:
        return None
    serial = canonical_serial(identity.serial)
    keys: Mapping[bytes, PublicKey] = {key_id(host, key.raw): key for key in trust.keys if key.role is Role.LABEL}
    run = facts.label_runs[0]
    try:
        used = verify_label(
            query.signature, host, f"{run.printed_path}/21/{serial}", {name: key.raw for name, key in keys.items()}
        )
    except VerificationError:
        return CodeFact(serial, 0, run, LabelSignature.BAD)
    revoked = keys[used].compromised_since is not None
    return CodeFact(serial, 0, run, LabelSignature.KEY_REVOKED if revoked else LabelSignature.GOOD)


def _judge(facts: Facts, now: datetime, trust: TrustList, proved: _Proved, *, pinned: bool) -> Verdict:
    verdict = judge_all(facts, now)
    extra = [
        Finding("log-proved", Severity.GOOD, data={"size": proved.size, "origin": trust.log_key.name}),
        _keys_finding(trust, now, pinned=pinned),
    ]
    return replace(verdict, findings=(*verdict.findings, *extra))


def _keys_finding(trust: TrustList, now: datetime, *, pinned: bool) -> Finding:
    data = {"version": trust.version, "host": trust.host, "expired": now >= trust.valid_until}
    if not pinned:
        return Finding("keys-not-pinned", Severity.INFO, Mark.SERVICE, data=data)
    return Finding("keys-pinned", Severity.WARNING if data["expired"] else Severity.GOOD, Mark.SERVICE, data=data)


def _outcome(verdict: Verdict, *, pinned: bool) -> Outcome:
    if any(finding.severity is Severity.BAD for finding in verdict.findings):
        return Outcome.BAD
    return Outcome.GOOD if pinned else Outcome.NOT_PINNED


def _refused(bundle: Bundle, cause: VerificationError, now: datetime, pinned: TrustList | None) -> Checked:
    """The trust file inside does not verify: nothing else in the bundle can."""
    trust = pinned or parse_trust_list(bundle.trust)
    identity, _, _ = _identity(bundle, trust)
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
