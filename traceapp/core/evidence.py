"""From stored bytes to facts: every record is verified first, and only what verifies becomes a fact.

1. The bytes are canonical and their proof fits a record key of the keyring.
2. The log entry stored for them names this record and the hash of these bytes.
3. The record is about what it was looked up for; personal values match their keyed hashes.
Whatever fails becomes a RecordCheck that is not good, and states nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from traceapp.core import readings
from traceapp.core.canonical import JsonObject
from traceapp.core.credential import matches_keyed_hash, verify_bytes
from traceapp.core.digital_link import Identity
from traceapp.core.errors import CannotBeChecked, InvalidEvent, Malformed, VerificationError
from traceapp.core.facts import (
    CertificateFact,
    CertificateState,
    CodeFact,
    EventFact,
    Facts,
    LabelRunFact,
    OrganisationFact,
    ProductFact,
    RecordCheck,
    RecordState,
    RuleBook,
    ScanFact,
    Source,
)
from traceapp.core.keys import Keyring, PublicKey
from traceapp.core.log_entry import require_entry_of
from traceapp.core.statements import TERM, PersonalValue, record_type, source_of

T = TypeVar("T")
Reader: TypeAlias = Callable[[JsonObject, Source, dict[str, Any]], T]


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the store holds it. `body` is None when the log has a line for it but the bytes are gone."""

    record_id: str
    leaf_index: int
    entry: bytes
    body: bytes | None
    personal: tuple[PersonalValue, ...] = ()
    witnessed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the store gave for one product, lot or item; nothing in it is believed yet.

    `product_id` and `lot_id` are the ids the identity has at this service.
    """

    identity: Identity
    product_id: str
    lot_id: str | None = None
    records: tuple[StoredRecord, ...] = ()
    code: CodeFact | None = None
    scans: ScanFact | None = None
    rulebook: RuleBook = field(default_factory=lambda: RuleBook("none"))
    planned_labels: int = 0
    witnesses_configured: bool = False


@dataclass(slots=True)
class _Read:
    """Verified documents, by type, in log order."""

    documents: list[tuple[str, JsonObject, Source, dict[str, Any]]] = field(default_factory=list)
    checks: list[RecordCheck] = field(default_factory=list)

    def facts(self, kind: str, read: Reader[T], subject_type: str | None = None) -> Iterator[T]:
        for found, document, source, personal in self.documents:
            if found == kind and (subject_type is None or document["credentialSubject"].get("type") == subject_type):
                yield read(document, source, personal)


def verify_record(record: StoredRecord, keyring: Keyring) -> tuple[JsonObject, PublicKey, dict[str, Any]]:
    """One stored record through steps 1 to 3: the document, its key, and its verified personal values.

    Raises a VerificationError that says which step failed.
    """
    if record.body is None:
        raise Malformed(f"The record {record.record_id} is in the log, but its bytes are missing.")
    require_entry_of(record.entry, record.record_id, record.body)
    document, key = verify_bytes(record.body, keyring)
    if document.get("id") != record.record_id:
        raise Malformed(f"These bytes are {str(document.get('id'))[:120]}, stored as {record.record_id}.")
    return document, key, _personal_values(document, record.personal)


def _personal_values(document: JsonObject, stored: Iterable[PersonalValue]) -> dict[str, Any]:
    hashes: Mapping[str, str] = document.get("traceapp:personal", {})
    values: dict[str, Any] = {name.removeprefix(TERM): readings.ERASED_VALUE for name in hashes}
    for one in stored:
        if not matches_keyed_hash(hashes.get(TERM + one.field, ""), one.salt, one.value):
            raise Malformed(f"The personal value {one.field} is not the one this record was signed over.")
        values[one.field] = one.value
    return values


def _read_all(records: Iterable[StoredRecord], keyring: Keyring) -> _Read:
    read = _Read()
    for record in sorted(records, key=lambda one: one.leaf_index):
        state, reason = RecordState.GOOD, None
        try:
            document, key, personal = verify_record(record, keyring)
            read.documents.append((record_type(document), document, source_of(document, record.leaf_index), personal))
            if not _stands(key, record.witnessed_at):
                state = RecordState.KEY_REVOKED
        except CannotBeChecked as cause:
            state, reason = RecordState.CANNOT_BE_CHECKED, str(cause)
        except VerificationError as cause:
            state = RecordState.MISSING if record.body is None else RecordState.TAMPERED
            reason = str(cause)
        read.checks.append(RecordCheck(record.record_id, record.leaf_index, state, reason, record.witnessed_at))
    return read


def _stands(key: PublicKey, witnessed_at: datetime | None) -> bool:
    """A compromised key's record stands if witnesses saw it before the key was lost (FORMATS section 3, Keys)."""
    if key.compromised_since is None:
        return True
    return witnessed_at is not None and witnessed_at < key.compromised_since


def establish(evidence: Evidence, keyring: Keyring) -> Facts:
    """The facts that verified records state. A verified record that breaks its own shape counts as tampered."""
    read = _read_all(evidence.records, keyring)
    try:
        return _facts(evidence, read)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidEvent) as cause:
        # Signed but misshapen: only a broken or hostile signer makes one. It states nothing.
        broken = RecordCheck("", -1, RecordState.TAMPERED, f"A record breaks its own shape: {cause!r}.")
        return Facts(identity=evidence.identity, checks=(*read.checks, broken), rulebook=evidence.rulebook)


def _facts(evidence: Evidence, read: _Read) -> Facts:
    organisations = _organisations(read)
    products = {one.id: one for one in read.facts("ProductRecord", readings.read_product)}
    lots = {one.id: one for one in read.facts("LotRecord", readings.read_lot)}
    product = products.get(evidence.product_id)
    lot = lots.get(evidence.lot_id) if evidence.lot_id else None
    if lot is not None and lot.product != evidence.product_id:
        raise ValueError(f"lot {lot.id} is of {lot.product}")
    all_events = tuple(
        sorted(_events(read), key=lambda fact: (fact.event.start, fact.event.end, fact.source.leaf_index))
    )
    runs = tuple(read.facts("LabelRunRecord", readings.read_label_run))
    subjects = _certifiable(product, all_events, evidence.lot_id)
    return Facts(
        identity=evidence.identity,
        checks=tuple(read.checks),
        product=product,
        producer=organisations.get(product.organisation) if product else None,
        organisations=organisations,
        facilities={one.id: one for one in read.facts("FacilityRecord", readings.read_facility)},
        lot=lot,
        lots=lots,
        events=tuple(fact for fact in all_events if fact.event.lot == evidence.lot_id),
        all_events=all_events,
        certificates=tuple(one for one in _certificates(read) if one.subject in subjects),
        label_runs=tuple(run for run in runs if run.lot == evidence.lot_id),
        label_voids=tuple(
            void for void in read.facts("LabelVoidRecord", readings.read_label_void) if void.lot == evidence.lot_id
        ),
        holds=tuple(read.facts("HoldRecord", readings.read_hold)),
        recalls=tuple(read.facts("RecallRecord", readings.read_recall)),
        inspections=tuple(
            seen for seen in read.facts("InspectionRecord", readings.read_inspection) if seen.lot == evidence.lot_id
        ),
        code=_issued_code(evidence.code, runs),
        scans=evidence.scans,
        rulebook=evidence.rulebook,
        planned_labels=evidence.planned_labels,
        witnesses_configured=evidence.witnesses_configured,
    )


def _certifiable(product: ProductFact | None, events: Iterable[EventFact], lot_id: str | None) -> frozenset[str]:
    """Ids whose certificates bear on this page: the product, its producer, and the places of this lot's own events."""
    if product is None:
        return frozenset()
    own = (fact.event for fact in events if fact.event.lot == lot_id and fact.event.actor == product.organisation)
    return frozenset({product.id, product.organisation, *(event.place for event in own if event.place)})


def _issued_code(code: CodeFact | None, runs: tuple[LabelRunFact, ...]) -> CodeFact | None:
    """The scanned code, its run believed only if that run's record verified."""
    if code is None or code.run is None or any(run == code.run for run in runs):
        return code
    return replace(code, item=None, run=None)


def _organisations(read: _Read) -> dict[str, OrganisationFact]:
    found: dict[str, OrganisationFact] = {}
    for one in read.facts("OrganisationRecord", readings.read_organisation, "traceapp:Organisation"):
        found[one.id] = one
    for kind, document, source, _ in read.documents:
        subject = document["credentialSubject"]
        if kind == "OrganisationRecord" and subject.get("type") == "traceapp:IdentityConfirmation":
            known = found.get(subject["id"])
            authority = found.get(source.declared_by)
            if known and authority and authority.role == "authority":
                found[known.id] = _with_identity(known, subject["traceapp:state"], source)
    return found


def _with_identity(organisation: OrganisationFact, state: str, source: Source) -> OrganisationFact:
    if state == "disputed":
        return replace(organisation, gtin_disputed=True)
    return replace(
        organisation,
        identity_confirmed_by=source.declared_by,
        identity_confirmed_at=source.record_time,
        gtin_disputed=False,
    )


def _events(read: _Read) -> Iterator[EventFact]:
    corrected = {
        (document["traceapp:corrects"]["id"], source.declared_by)
        for kind, document, source, _ in read.documents
        if kind == "CorrectionRecord"
    }
    facts = read.facts("TraceEvent", readings.read_event)
    # Only whoever declared an event can take it back.
    return (fact for fact in facts if (fact.source.record_id, fact.source.declared_by) not in corrected)


def _certificates(read: _Read) -> list[CertificateFact]:
    found: dict[str, CertificateFact] = {}
    for one in read.facts("CertificateRecord", readings.read_certificate, "traceapp:Certificate"):
        found.setdefault(one.id, one)
    for kind, document, source, _ in read.documents:
        subject = document["credentialSubject"]
        if kind == "CertificateRecord" and subject.get("type") == "traceapp:CertificateState":
            known = found.get(subject["id"])
            if known and known.issuer == source.declared_by:
                found[known.id] = replace(
                    known,
                    state=CertificateState(subject["traceapp:state"]),
                    state_source=source,
                    state_reason=subject.get("traceapp:reason"),
                )
    return list(found.values())
