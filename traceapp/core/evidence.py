"""From stored bytes to facts: every record is verified first, and only what verifies becomes a fact.

1. The log entry stored for them names this record and the hash of these bytes.
2. The bytes are canonical, their proof fits a record key of the keyring, or the own key of the body that speaks, as
   the log told of it before (own_keys.py), and they call themselves by the record's id.
3. Personal values match their keyed hashes.
4. What is said has the shape its kind has.
Whatever fails becomes a RecordCheck that is not good, and states nothing. What a compromised key signed before anybody
knew still states its facts, under a check that says so: a page that lost a recall that way would be worse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from traceapp.core.account_doubts import judged
from traceapp.core.canonical import JsonObject
from traceapp.core.cosigning import cosigned
from traceapp.core.credential import matches_keyed_hash
from traceapp.core.digital_link import Identity
from traceapp.core.errors import CannotBeChecked, Malformed, VerificationError
from traceapp.core.facts import (
    CertificateFact,
    CertificateState,
    CodeFact,
    Correction,
    EventFact,
    FacilityFact,
    Facts,
    HoldFact,
    InspectionFact,
    LabelRunFact,
    LabelVoidFact,
    LotFact,
    OrganisationFact,
    ProductFact,
    RecallFact,
    RecordCheck,
    RecordState,
    RuleBook,
    ScanFact,
)
from traceapp.core.identities import organisations_in
from traceapp.core.keys import Keyring, PublicKey, did_web
from traceapp.core.log_entry import require_entry_of
from traceapp.core.own.keys import OwnKeyEnd, OwnKeys, verify_logged
from traceapp.core.own.words import Read, judge_own_words, stands
from traceapp.core.readings import ERASED_VALUE, read_fact
from traceapp.core.register_readings import CertificateWord
from traceapp.core.statements import TERM, PersonalValue, source_of

T = TypeVar("T")
Reader = Callable[..., Read]
Registered = TypeVar("Registered", FacilityFact, LotFact, OrganisationFact, ProductFact)
AboutLot = TypeVar("AboutLot", LabelRunFact, LabelVoidFact)


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


def verify_record(
    record: StoredRecord, keyring: Keyring, own: OwnKeys | None = None
) -> tuple[JsonObject, PublicKey, dict[str, Any]]:
    """One stored record through steps 1 to 3: the document, its key, and its verified personal values by field.

    `own` are the own keys that the log told of before it. Raises a VerificationError that says which step failed.
    """
    if record.body is None:
        raise Malformed(f"The record {record.record_id} is in the log, but its bytes are missing.")
    require_entry_of(record.entry, record.record_id, record.body)
    document, key, _ = verify_logged(record.body, keyring, own or OwnKeys(), record.leaf_index)
    if document.get("id") != record.record_id:
        raise Malformed(f"These bytes are {str(document.get('id'))[:120]}, stored as {record.record_id}.")
    return document, key, _personal_values(document, record.personal)


def _personal_values(document: JsonObject, stored: Iterable[PersonalValue]) -> dict[str, Any]:
    hashes = document.get("traceapp:personal", {})
    if not isinstance(hashes, dict) or not all(isinstance(one, str) for one in hashes.values()):
        raise Malformed("The record's traceapp:personal does not hold keyed hashes.")
    values: dict[str, Any] = {name.removeprefix(TERM): ERASED_VALUE for name in hashes}
    for one in stored:
        if not matches_keyed_hash(hashes.get(TERM + one.field, ""), one.salt, one.value):
            raise Malformed(f"The personal value {one.field} is not the one this record was signed over.")
        values[one.field] = one.value
    return values


def read_record(record: StoredRecord, keyring: Keyring, own: OwnKeys | None = None) -> Read:
    """One record's outcome, and the fact it states; `own` are the own keys that the log told of before it."""
    state, reason, fact, signed_by = RecordState.GOOD, None, None, None
    try:
        document, key, personal = verify_record(record, keyring, own)
        source = source_of(document, record.leaf_index)
        if document["issuer"] != did_web(keyring.host):
            signed_by = document["proof"]["verificationMethod"]
            source = replace(source, own_key=signed_by)
        fact = read_fact(document, source, personal)
        if not stands(key.compromised_since, record.witnessed_at):
            state = RecordState.KEY_REVOKED
    except CannotBeChecked as cause:
        state, reason = RecordState.CANNOT_BE_CHECKED, str(cause)
    except VerificationError as cause:
        state = RecordState.MISSING if record.body is None else RecordState.TAMPERED
        reason = str(cause)
    return RecordCheck(record.record_id, record.leaf_index, state, reason, record.witnessed_at, signed_by), fact


def read_records(
    records: Iterable[StoredRecord], keyring: Keyring, own: OwnKeys | None = None, reader: Reader = read_record
) -> list[Read]:
    """Each record's outcome and fact, in the order of the log, which is also how own keys are learned, into `own`."""
    own = OwnKeys() if own is None else own
    read: list[Read] = []
    bodies: dict[str, bytes | None] = {}
    for record in sorted(records, key=lambda one: one.leaf_index):
        check, fact = reader(record, keyring, own)
        # A binding that is in doubt binds nothing; an end that is in doubt still ends.
        if check.state is RecordState.GOOD or isinstance(fact, OwnKeyEnd):
            own.learn(fact)
        bodies[record.record_id] = record.body
        read.append((check, fact))
    return judge_own_words(read, own, bodies)


def establish(evidence: Evidence, keyring: Keyring, reader: Reader = read_record) -> Facts:
    """The facts that verified records state. Total: a record that is wrong in any way becomes a check that says so."""
    read = read_records(evidence.records, keyring, reader=reader)
    everything = [fact for _, fact in read if fact is not None]
    said, doubts = judged(everything)
    product = _by_id(said, ProductFact).get(evidence.product_id)
    organisations = organisations_in(said, product)
    lots = _by_id(said, LotFact)
    all_events = _events(said)
    runs = _of_lot(said, LabelRunFact, evidence.lot_id)
    subjects = _certifiable(product, all_events, evidence.lot_id)
    return Facts(
        identity=evidence.identity,
        checks=tuple(check for check, _ in read),
        product=product,
        producer=organisations.get(product.organisation) if product else None,
        organisations=organisations,
        facilities=_by_id(said, FacilityFact),
        lot=lots.get(evidence.lot_id) if evidence.lot_id else None,
        lots=lots,
        events=tuple(fact for fact in all_events if fact.event.lot == evidence.lot_id),
        all_events=all_events,
        certificates=tuple(one for one in certificates_in(said) if one.subject in subjects),
        label_runs=runs,
        label_voids=_of_lot(said, LabelVoidFact, evidence.lot_id),
        holds=tuple(_all(said, HoldFact)),
        recalls=tuple(_all(said, RecallFact)),
        inspections=_inspections(said, all_events, evidence.lot_id),
        code=_issued_code(evidence.code, runs),
        scans=evidence.scans,
        rulebook=evidence.rulebook,
        planned_labels=evidence.planned_labels,
        labelled_t={one.certificate: one.year_tonnes for run in runs for one in run.labelled},
        witnesses_configured=evidence.witnesses_configured,
        doubts=doubts,
        cosigned=cosigned(everything, said, _bodies(evidence.records, read)),
    )


def _bodies(records: Iterable[StoredRecord], read: Iterable[tuple[RecordCheck, object]]) -> dict[str, bytes]:
    """The bytes of every record that verified, by its id."""
    good = {check.record_id for check, fact in read if fact is not None or check.state is RecordState.GOOD}
    return {one.record_id: one.body for one in records if one.record_id in good and one.body is not None}


def events_stated(read: Iterable[Read]) -> tuple[EventFact, ...]:
    """Every event that records state which were `read` and verified, and which nobody took back, in order of start."""
    return _events([fact for _, fact in read if fact is not None])


def _all(said: Iterable[object], kind: type[T]) -> Iterator[T]:
    return (fact for fact in said if isinstance(fact, kind))


def _by_id(said: Iterable[object], kind: type[Registered]) -> dict[str, Registered]:
    """What is registered under an id; the latest word counts."""
    return {fact.id: fact for fact in _all(said, kind)}


def _of_lot(said: Iterable[object], kind: type[AboutLot], lot_id: str | None) -> tuple[AboutLot, ...]:
    return tuple(fact for fact in _all(said, kind) if fact.lot == lot_id)


def _inspections(said: Iterable[object], events: Iterable[EventFact], lot_id: str | None) -> tuple[InspectionFact, ...]:
    """Inspections of the lot, and the last one of each place where something was done to it."""
    places = {fact.event.place for fact in events if fact.event.lot == lot_id}
    last: dict[str, InspectionFact] = {}
    own: list[InspectionFact] = []
    for seen in _all(said, InspectionFact):
        if seen.facility in places and seen.facility:
            last[seen.facility] = seen
        elif seen.lot and seen.lot == lot_id:
            own.append(seen)
    return (*own, *last.values())


def _certifiable(product: ProductFact | None, events: Iterable[EventFact], lot_id: str | None) -> frozenset[str]:
    """Ids whose certificates bear on this page: the product, its producer, and the places of this lot's own events."""
    if product is None:
        return frozenset()
    own = (fact.event for fact in events if fact.event.lot == lot_id and fact.event.actor == product.organisation)
    return frozenset({product.id, product.organisation, *(event.place for event in own if event.place)})


def _issued_code(code: CodeFact | None, runs: tuple[LabelRunFact, ...]) -> CodeFact | None:
    """The scanned code, its run believed only if that run's record verified."""
    if code is None or code.run is None or code.run in runs:
        return code
    return replace(code, item=None, run=None)


def _events(said: Iterable[object]) -> tuple[EventFact, ...]:
    """Every event that nobody took back, in order of start. Only whoever declared an event can take it back."""
    corrected = {(one.corrects, one.source.declared_by) for one in _all(said, Correction)}
    facts = (
        fact for fact in _all(said, EventFact) if (fact.source.record_id, fact.source.declared_by) not in corrected
    )
    return tuple(sorted(facts, key=lambda fact: (fact.event.start, fact.event.end, fact.source.leaf_index)))


def certificates_in(said: Iterable[object]) -> Iterable[CertificateFact]:
    """Each certificate as its first record says it, in the state that its issuer, and nobody else, gave it last.

    One that was taken back is none any more: `said` is in the order of the log, and no later word brings it back.
    """
    found: dict[str, CertificateFact] = {}
    for one in _all(said, CertificateFact):
        found.setdefault(one.id, one)
    for word in _all(said, CertificateWord):
        known = found.get(word.certificate)
        if known is None:
            continue
        if word.state is CertificateState.WITHDRAWN:
            if _may_take_back(known, word):
                del found[known.id]
        elif known.issuer == word.source.declared_by:
            own = word.source.own_key is not None
            found[known.id] = replace(
                known, state=word.state, state_source=word.source, state_reason=word.reason, own_key=own
            )
    return found.values()


def _may_take_back(certificate: CertificateFact, word: CertificateWord) -> bool:
    """Only whoever declared a certificate takes it back, and only while its issuer has said nothing of it."""
    is_unanswered = certificate.state is CertificateState.DECLARED and certificate.state_source == certificate.source
    return is_unanswered and word.source.declared_by == certificate.source.declared_by
