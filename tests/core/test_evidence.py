"""From stored bytes to facts: what does not verify states nothing, and whoever may not say a thing has not said it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import label_run as run_fact
from tests.builders import scans
from tests.cast import AUTHORITY, CERTIFIER, HOST, LOT, OTHER_LOT, OTHER_PRODUCER, PLACE, PRODUCER, PRODUCT, thing_id
from tests.core.cast import (
    LABEL,
    SAID,
    SIGNER,
    STRANGER,
    Ledger,
    at,
    harvest,
    keyring,
    keys_with,
    label_run,
    lot,
    organisation,
    product,
    said,
    signed,
    tea,
)
from tests.core.test_readings import STATEMENTS
from traceapp.core.acts import say_correction, say_hold, say_inspection, say_label_void, say_recall
from traceapp.core.canonical import canonicalise, parse_canonical
from traceapp.core.credential import Signer, secure
from traceapp.core.errors import InvalidEvent, Malformed
from traceapp.core.events import Goods
from traceapp.core.evidence import StoredRecord, establish, events_stated, read_records, verify_record
from traceapp.core.facts import CertificateState, CodeFact, Facts, Labelled, RecordState, RuleBook
from traceapp.core.keys import Keyring, Role
from traceapp.core.log_entry import entry_of
from traceapp.core.registers import say_certificate, say_certificate_state, say_facility, say_identity
from traceapp.core.statements import PersonalValue, Statement

DAY = date(2026, 11, 1)
CERTIFICATE = thing_id("certificate")


def facts_of(ledger: Ledger, ring: Keyring | None = None, **fields: Any) -> Facts:
    """The facts of the ledger's records about L1."""
    return establish(ledger.evidence(**fields), ring or keyring())


def states(facts: Facts) -> list[RecordState]:
    """How each record came out, in log order."""
    return [check.state for check in facts.checks]


def with_record(ledger: Ledger, place: int, **changes: Any) -> Ledger:
    """The ledger with the stored record at `place` changed."""
    ledger.records[place] = replace(ledger.records[place], **changes)
    return ledger


def only_wrong(facts: Facts, place: int, state: RecordState, reason: str) -> None:
    """The record at `place` came out as `state`, every other one is good."""
    expected = [RecordState.GOOD] * len(facts.checks)
    expected[place] = state
    assert states(facts) == expected
    assert reason in (facts.checks[place].reason or "")


def test_good_records_state_their_facts() -> None:
    facts = facts_of(tea())
    assert set(states(facts)) == {RecordState.GOOD}
    assert [check.record_id for check in facts.checks] == [at(place) for place in range(7)]
    assert facts.product and facts.product.name_vi == "Trà búp Đồi Mây"
    assert facts.lot and facts.lot.id == LOT
    assert facts.producer and facts.producer.identity_confirmed_by == AUTHORITY
    assert facts.producer.identity_confirmed_at == SAID
    assert [fact.event for fact in facts.events] == [harvest()]


def test_what_the_store_says_beside_the_records_is_handed_on() -> None:
    book, seen = RuleBook("2026-11"), scans(3)
    facts = facts_of(tea(), rulebook=book, scans=seen, planned_labels=5, witnesses_configured=True)
    assert (facts.rulebook, facts.scans, facts.planned_labels, facts.witnesses_configured) == (book, seen, 5, True)


def test_records_are_read_in_log_order_whatever_order_they_come_in() -> None:
    ledger = tea(lot(expires="2029-01-01"))
    backwards = facts_of(ledger, records=tuple(reversed(ledger.records)))
    assert backwards == facts_of(ledger)
    assert str(backwards.lot and backwards.lot.expires) == "2029-01-01", "the latest word counts"


def test_a_body_that_is_gone_is_missing() -> None:
    facts = facts_of(with_record(tea(), 5, body=None))
    only_wrong(facts, 5, RecordState.MISSING, "bytes are missing")
    assert facts.lot is None and facts.product


def test_bodies_that_changed_places_are_both_tampered() -> None:
    ledger = tea(said(harvest(start=date(2026, 10, 6))))
    first, second = ledger.records[6], ledger.records[7]
    with_record(with_record(ledger, 6, body=second.body), 7, body=first.body)
    facts = facts_of(ledger)
    assert states(facts)[6:] == [RecordState.TAMPERED, RecordState.TAMPERED]
    assert facts.all_events == ()


def test_a_record_and_its_entry_put_in_anothers_place_are_tampered() -> None:
    ledger = tea(lot(OTHER_LOT, lot="L2"))
    other = ledger.records[7]
    facts = facts_of(with_record(ledger, 5, body=other.body, entry=other.entry))
    only_wrong(facts, 5, RecordState.TAMPERED, "The log's line names")
    forged = entry_of(at(5), other.body or b"")
    facts = facts_of(with_record(ledger, 5, body=other.body, entry=forged))
    only_wrong(facts, 5, RecordState.TAMPERED, f"These bytes are {at(7)}")


def test_the_entry_of_another_record_is_tampered() -> None:
    ledger = tea()
    facts = facts_of(with_record(ledger, 5, entry=ledger.records[4].entry))
    only_wrong(facts, 5, RecordState.TAMPERED, "The log's line names")


def test_a_changed_byte_is_tampered() -> None:
    ledger = tea()
    body = (ledger.records[5].body or b"").replace(b"2028-10-09", b"2029-10-09")
    only_wrong(facts_of(with_record(ledger, 5, body=body)), 5, RecordState.TAMPERED, "hash differs")
    entry = entry_of(at(5), body)
    facts = facts_of(with_record(ledger, 5, body=body, entry=entry))
    only_wrong(facts, 5, RecordState.TAMPERED, "signature does not fit")
    assert facts.lot is None


def test_a_strangers_record_is_tampered() -> None:
    ledger = tea()
    forged = signed(lot(expires="2099-01-01"), 5, signer=Signer.of_host(HOST, STRANGER))
    facts = facts_of(with_record(ledger, 5, body=forged.body, entry=forged.entry))
    only_wrong(facts, 5, RecordState.TAMPERED, "No trusted key")


@pytest.mark.parametrize("changes", [{"v": 2}, {"t": "tile"}])
def test_an_entry_of_an_unknown_version_cannot_be_checked(changes: dict[str, Any]) -> None:
    ledger = tea()
    entry = canonicalise({**parse_canonical(ledger.records[5].entry), **changes})
    facts = facts_of(with_record(ledger, 5, entry=entry))
    only_wrong(facts, 5, RecordState.CANNOT_BE_CHECKED, "This log entry is of")


@pytest.mark.parametrize("entry", [b"", b"\xff", b"[]", b'{"id":5,"sha256":"x","t":"record","v":1}'])
def test_an_entry_that_is_none_is_tampered(entry: bytes) -> None:
    only_wrong(facts_of(with_record(tea(), 5, entry=entry)), 5, RecordState.TAMPERED, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"value": ["TV-05", "TV-11"]},
        {"value": None},
        {"value": float("nan")},
        {"value": 2**60},
        {"value": "\ud800"},
        {"salt": b"another salt"},
        {"salt": b""},
        {"field": "operator"},
        {"field": "traceapp:crew"},
    ],
    ids=str,
)
def test_an_altered_personal_value_is_tampered(changes: dict[str, Any]) -> None:
    ledger = tea()
    (value,) = ledger.records[6].personal
    facts = facts_of(with_record(ledger, 6, personal=(replace(value, **changes),)))
    only_wrong(facts, 6, RecordState.TAMPERED, "personal value")
    assert facts.events == ()


def test_a_personal_value_that_was_never_signed_is_tampered() -> None:
    slipped_in = PersonalValue("verified_by", "QA-01", b"s" * 32)
    facts = facts_of(with_record(tea(), 5, personal=(slipped_in,)))
    only_wrong(facts, 5, RecordState.TAMPERED, "personal value verified_by")


def test_an_erased_personal_value_leaves_that_it_was_there() -> None:
    facts = facts_of(with_record(tea(), 6, personal=()))
    assert set(states(facts)) == {RecordState.GOOD}
    assert facts.events[0].event.kde == {"plot": "A1", "crew": True}


def test_one_record_can_be_verified_alone() -> None:
    record = tea().records[6]
    document, key, personal = verify_record(record, keyring())
    assert (document["id"], key.role, personal) == (at(6), Role.RECORD, {"crew": ["TV-04", "TV-11"]})
    with pytest.raises(Malformed, match="bytes are missing"):
        verify_record(replace(record, body=None), keyring())


LOST = SAID + timedelta(days=1)


@pytest.mark.parametrize(
    ("witnessed_at", "state"),
    [
        (None, RecordState.KEY_REVOKED),
        (LOST - timedelta(seconds=1), RecordState.GOOD),
        (LOST, RecordState.KEY_REVOKED),
        (LOST + timedelta(seconds=1), RecordState.KEY_REVOKED),
    ],
)
def test_a_lost_keys_record_stands_only_if_witnesses_saw_it_before(
    witnessed_at: datetime | None, state: RecordState
) -> None:
    ring = keyring(keys_with(Role.RECORD, compromised_since=LOST, revoked=LOST, retired=LOST))
    facts = facts_of(with_record(tea(), 6, witnessed_at=witnessed_at), ring)
    assert states(facts)[6] is state
    assert facts.checks[6].witnessed_at == witnessed_at
    assert states(facts)[5] is RecordState.KEY_REVOKED
    assert len(facts.events) == 1, "it still says what it says, under a check that says its key was lost"


def test_what_was_altered_under_a_lost_key_is_tampered_and_states_nothing() -> None:
    ring = keyring(keys_with(Role.RECORD, compromised_since=LOST))
    facts = facts_of(with_record(tea(), 6, personal=(PersonalValue("crew", "x", b""),)), ring)
    assert states(facts)[6] is RecordState.TAMPERED and facts.events == ()


def test_a_witnessed_record_says_when() -> None:
    facts = facts_of(with_record(tea(), 6, witnessed_at=SAID))
    assert [check.witnessed_at for check in facts.checks[5:]] == [None, SAID]


OF_ISSUERS = [state for state in CertificateState if state is not CertificateState.WITHDRAWN]


def certificate(by: str, about: str = PRODUCT) -> Statement:
    """A HACCP certificate that names the certifier."""
    details = {"scheme": "HACCP", "number": "1", "issued": "2026-01-01"}
    return say_certificate(CERTIFICATE, about, CERTIFIER, details, declared_by=by, role="x", status_index=5)


def word(by: str, state: CertificateState, reason: str | None = None) -> Statement:
    """A later word on it."""
    return say_certificate_state(CERTIFICATE, PRODUCT, state, by=by, role="x", status_index=5, reason=reason)


def certificate_after(*statements: Statement) -> Any:
    """The certificate as it stands after these statements."""
    (found,) = facts_of(tea(*statements)).certificates
    return found


def test_a_certificate_is_confirmed_by_the_issuer_it_names() -> None:
    found = certificate_after(certificate(PRODUCER), word(CERTIFIER, CertificateState.CONFIRMED))
    assert found.state == CertificateState.CONFIRMED
    assert (found.source.declared_by, found.state_source.declared_by) == (PRODUCER, CERTIFIER)
    assert found.state_source.record_id == at(8)


@pytest.mark.parametrize("somebody", [PRODUCER, OTHER_PRODUCER, AUTHORITY, ""])
@pytest.mark.parametrize("state", OF_ISSUERS)
def test_a_word_on_a_certificate_by_anybody_but_its_issuer_does_not_count(
    somebody: str, state: CertificateState
) -> None:
    found = certificate_after(certificate(PRODUCER), word(somebody, state))
    assert found.state == CertificateState.DECLARED and found.state_source == found.source
    found = certificate_after(certificate(CERTIFIER), word(somebody, state))
    assert found.state == CertificateState.CONFIRMED


def test_the_issuers_last_word_counts() -> None:
    words = [CertificateState.SUSPENDED, CertificateState.CONFIRMED, CertificateState.REVOKED]
    for count, state in enumerate(words, 1):
        told = [word(CERTIFIER, one, "giám sát") for one in words[:count]]
        found = certificate_after(certificate(PRODUCER), *told)
        assert (found.state, found.state_reason) == (state, "giám sát")


def test_what_its_holder_took_back_is_no_certificate_any_more() -> None:
    facts = facts_of(tea(certificate(PRODUCER), word(PRODUCER, CertificateState.WITHDRAWN, "sai số giấy")))
    assert facts.certificates == ()
    assert states(facts)[7:] == [RecordState.GOOD] * 2, "the log keeps both"


@pytest.mark.parametrize("somebody", [CERTIFIER, OTHER_PRODUCER, AUTHORITY, ""])
def test_nobody_takes_back_what_another_declared(somebody: str) -> None:
    """Nor does the operator, who can sign any record: the record names whose word it is."""
    found = certificate_after(certificate(PRODUCER), word(somebody, CertificateState.WITHDRAWN))
    assert (found.state, found.state_source) == (CertificateState.DECLARED, found.source)


@pytest.mark.parametrize("state", OF_ISSUERS)
def test_nothing_is_taken_back_of_which_its_issuer_has_spoken(state: CertificateState) -> None:
    taken_back = word(PRODUCER, CertificateState.WITHDRAWN)
    found = certificate_after(certificate(PRODUCER), word(CERTIFIER, state, "giám sát"), taken_back)
    assert (found.state, found.state_reason, found.state_source.record_id) == (state, "giám sát", at(8))


def test_what_its_issuer_entered_is_not_taken_back() -> None:
    for somebody in (CERTIFIER, PRODUCER):
        found = certificate_after(certificate(CERTIFIER), word(somebody, CertificateState.WITHDRAWN))
        assert found.state == CertificateState.CONFIRMED


@pytest.mark.parametrize("state", CertificateState)
def test_no_later_word_brings_back_what_was_taken_back(state: CertificateState) -> None:
    later = (word(CERTIFIER, state), certificate(PRODUCER))
    taken_back = word(PRODUCER, CertificateState.WITHDRAWN)
    assert facts_of(tea(certificate(PRODUCER), taken_back, *later)).certificates == ()


def test_a_taking_back_before_its_certificate_says_nothing() -> None:
    assert facts_of(tea(word(PRODUCER, CertificateState.WITHDRAWN))).certificates == ()


def test_a_certificate_said_again_by_somebody_else_stays_as_it_was_first_said() -> None:
    found = certificate_after(certificate(PRODUCER), certificate(OTHER_PRODUCER))
    assert found.source.declared_by == PRODUCER


def test_a_word_on_an_unknown_certificate_says_nothing() -> None:
    assert facts_of(tea(word(CERTIFIER, CertificateState.CONFIRMED))).certificates == ()


@pytest.mark.parametrize("about", [PRODUCT, PRODUCER, PLACE])
def test_a_certificate_shows_where_it_bears_on_the_lot(about: str) -> None:
    assert certificate_after(certificate(CERTIFIER, about)).subject == about


@pytest.mark.parametrize("about", [OTHER_PRODUCER, f"{PRODUCT}9", f"https://{HOST}/414/9520000900038", LOT])
def test_a_certificate_of_something_else_does_not_show(about: str) -> None:
    assert facts_of(tea(certificate(CERTIFIER, about))).certificates == ()


def test_a_place_lends_its_certificate_only_to_its_own_producers_lot() -> None:
    elsewhere = f"https://{HOST}/414/9520000900038"
    others = said(harvest(actor=OTHER_PRODUCER, place=elsewhere))
    other_lots = said(harvest(lot=OTHER_LOT, place=elsewhere))
    nowhere = said(harvest(place=None))
    assert facts_of(tea(certificate(CERTIFIER, elsewhere), others, other_lots, nowhere)).certificates == ()


def test_without_a_product_there_are_no_certificates() -> None:
    assert facts_of(Ledger(organisation(), certificate(CERTIFIER))).certificates == ()


@pytest.mark.parametrize("somebody", [PRODUCER, CERTIFIER, OTHER_PRODUCER])
def test_an_identity_confirmed_by_anybody_but_an_authority_does_not_count(somebody: str) -> None:
    confirmed = say_identity(PRODUCER, "confirmed", authority=somebody, role="authority")
    facts = facts_of(Ledger(organisation(), organisation(CERTIFIER), confirmed, product()))
    assert facts.producer and facts.producer.identity_confirmed_by is None


def test_a_confirmation_may_come_before_the_organisations_are_described() -> None:
    confirmed = say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority")
    facts = facts_of(Ledger(confirmed, organisation(), organisation(AUTHORITY), product()))
    assert facts.producer and facts.producer.identity_confirmed_by == AUTHORITY


def test_a_dispute_stands_until_it_is_settled() -> None:
    disputed = say_identity(PRODUCER, "disputed", authority=AUTHORITY, role="authority")
    settled = say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority")
    facts = facts_of(tea(disputed))
    assert facts.producer and facts.producer.gtin_disputed and facts.producer.identity_confirmed_by == AUTHORITY
    facts = facts_of(tea(disputed, settled))
    assert facts.producer and not facts.producer.gtin_disputed


IDENTIFIED = say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority")


def who_is(*said: Statement) -> tuple[str | None, bool]:
    """Who confirmed the producer after all that, and whether it changed since."""
    producer = facts_of(Ledger(organisation(), organisation(AUTHORITY), product(), *said)).producer
    assert producer
    return producer.identity_confirmed_by, producer.identity_changed


@pytest.mark.parametrize("change", [{"name": "HTX Khác"}, {"tax_code": "0101234567"}, {"ward": "Xã Khác"}])
def test_whoever_changes_who_it_is_is_confirmed_no_more_until_somebody_looked_again(change: dict[str, str]) -> None:
    changed = organisation(**change)
    assert who_is(changed, IDENTIFIED) == (AUTHORITY, False), "what was said before was seen"
    assert who_is(IDENTIFIED, changed) == (None, True)
    assert who_is(IDENTIFIED, changed, organisation()) == (None, True), "nor by saying the old again"
    assert who_is(IDENTIFIED, changed, IDENTIFIED) == (AUTHORITY, False)


def test_another_phone_or_number_of_members_leaves_who_it_is_confirmed() -> None:
    assert who_is(IDENTIFIED, organisation(phone="0900 000 000", members=12, address_old="Xóm 4")) == (AUTHORITY, False)


def test_a_dispute_is_not_ended_by_another_name() -> None:
    disputed = say_identity(PRODUCER, "disputed", authority=AUTHORITY, role="authority")
    producer = facts_of(tea(disputed, organisation(name="HTX Khác"))).producer
    assert producer and producer.gtin_disputed


def test_a_household_that_keeps_its_name_keeps_who_it_is_also_once_that_is_erased() -> None:
    household = organisation(legal_form="Hộ sản xuất")
    same = replace(household, salts={"name": b"s" * 32})
    assert who_is(same, IDENTIFIED, same) == (AUTHORITY, False)
    assert who_is(same, IDENTIFIED, replace(household, salts={"name": b"t" * 32})) == (None, True)


def test_a_confirmation_of_nobody_known_says_nothing() -> None:
    unknown = say_identity(thing_id("nobody"), "confirmed", authority=AUTHORITY, role="authority")
    assert set(states(facts_of(tea(unknown)))) == {RecordState.GOOD}


def correction(place: int, by: str = PRODUCER) -> Statement:
    """Somebody takes the record at `place` back."""
    return say_correction(
        {"type": "ObjectEvent"},
        record=at(place),
        by=by,
        role="producer",
        now=SAID,
        corrected_by=None,
        restricted=False,
    )


def test_an_event_that_was_taken_back_is_not_said() -> None:
    right = harvest(outputs=(Goods("búp chè", 88, "kg"),))
    facts = facts_of(tea(correction(6), said(right, corrects=at(6))))
    assert [fact.event for fact in facts.events] == [right]
    assert set(states(facts)) == {RecordState.GOOD}


@pytest.mark.parametrize("somebody", [OTHER_PRODUCER, AUTHORITY, CERTIFIER])
def test_a_correction_by_another_organisation_does_not_count(somebody: str) -> None:
    assert len(facts_of(tea(correction(6, by=somebody))).events) == 1


def test_events_alone_are_read_in_order_without_those_that_were_taken_back() -> None:
    right = replace(harvest(), outputs=(Goods("búp tươi", 800, "kg"),))
    ledger = tea(correction(6), said(right, corrects=at(6)))
    tampered = replace(ledger.records[0], body=b"{}")
    read = read_records([*reversed(ledger.records[1:]), tampered], keyring())
    assert events_stated(read) == facts_of(ledger).all_events


def test_a_correction_of_what_is_no_event_does_not_count() -> None:
    facts = facts_of(tea(correction(5), correction(4), correction(99)))
    assert facts.lot and facts.product and len(facts.events) == 1


def test_events_come_in_order_of_what_happened_then_of_the_log() -> None:
    second = harvest(start=date(2026, 10, 8))
    earlier = harvest(start=date(2026, 10, 1), end=date(2026, 10, 1))
    facts = facts_of(tea(said(second), said(earlier), said(harvest(label_vi="sau"))))
    assert [fact.source.leaf_index for fact in facts.events] == [8, 6, 9, 7]


def test_events_of_other_lots_are_known_but_not_this_lots_own() -> None:
    facts = facts_of(tea(said(harvest(lot=OTHER_LOT))))
    assert [fact.event.lot for fact in facts.events] == [LOT]
    assert [fact.event.lot for fact in facts.all_events] == [LOT, OTHER_LOT]


BY: dict[str, Any] = {"by": PRODUCER, "role": "producer"}


def test_what_was_done_to_a_lot_is_told_of_that_lot() -> None:
    facts = facts_of(
        tea(
            label_run(),
            say_label_void(LOT, first=1, last=2, reason="x", **BY),
            say_label_void(OTHER_LOT, first=1, last=2, reason="x", **BY),
            say_inspection(lot=LOT, day=DAY, result="pass", note=None, **BY),
            say_inspection(lot=OTHER_LOT, day=DAY, result="pass", note=None, **BY),
            say_hold(OTHER_LOT, released=False, reason="x", **BY),
            say_recall(lot=OTHER_LOT, day=DAY, reason_vi="x", **BY),
            say_facility(PLACE, PRODUCER, {"name": "Đồi 5"}, role="producer", position=None),
            lot(OTHER_LOT, lot="L2"),
        )
    )
    assert [run.lot for run in facts.label_runs] == [LOT]
    assert [void.lot for void in facts.label_voids] == [LOT]
    assert [seen.lot for seen in facts.inspections] == [LOT]
    assert [hold.lot for hold in facts.holds] == [OTHER_LOT], "an ingredient's hold bears on the lot"
    assert [recall.lot for recall in facts.recalls] == [OTHER_LOT]
    assert list(facts.facilities) == [PLACE]
    assert set(facts.lots) == {LOT, OTHER_LOT}


def test_what_a_lots_last_labels_put_under_a_certificate_counts() -> None:
    first, second = ((Labelled("c1", 0.2, year), Labelled("c2", 0.2, 0.2)) for year in (0.4, 0.9))
    facts = facts_of(tea(label_run(labelled=first), label_run(first=11, labelled=second[:1])))
    assert facts.labelled_t == {"c1": 0.9, "c2": 0.2}


def test_a_product_page_has_no_lot() -> None:
    facts = facts_of(tea(label_run()), label=LABEL.partition("/10/")[0])
    assert facts.product and facts.lot is None and facts.events == () and facts.label_runs == ()


def test_a_scanned_code_counts_only_with_a_run_that_verified() -> None:
    ledger = tea(label_run())
    (run,) = facts_of(ledger).label_runs
    issued, forged = CodeFact("X", 3, run), CodeFact("X", 3, run_fact(10))
    unknown = CodeFact("X", None, None)
    assert facts_of(ledger, code=issued).code == issued
    assert facts_of(ledger, code=forged).code == unknown
    assert facts_of(ledger, code=unknown).code == unknown
    assert facts_of(with_record(ledger, 7, body=None), code=issued).code == unknown
    assert facts_of(ledger).code is None


def stored(document: dict[str, Any]) -> StoredRecord:
    """A record that the service's own key signed over any document."""
    body = secure(document, SIGNER, SAID)
    return StoredRecord(at(7), 7, entry_of(at(7), body), body)


def test_a_misshapen_record_is_tampered_and_the_others_still_speak() -> None:
    unsigned = parse_canonical(signed(said(), 7).body or b"")
    unsigned.pop("proof")
    unsigned["credentialSubject"]["traceapp:outputs"] = "búp chè"
    ledger = tea()
    ledger.records.append(stored(unsigned))
    facts = facts_of(ledger)
    only_wrong(facts, 7, RecordState.TAMPERED, "breaks its own shape")
    assert facts.lot and len(facts.events) == 1


@pytest.mark.parametrize(
    "personal", [None, "text", 5, ["traceapp:crew"], {"traceapp:crew": 5}, {"traceapp:crew": None}, {"x": ["y"]}]
)
def test_personal_hashes_of_any_other_shape_are_tampered(personal: Any) -> None:
    unsigned = parse_canonical(signed(said(), 7).body or b"")
    unsigned.pop("proof")
    unsigned["traceapp:personal"] = personal
    ledger = tea()
    ledger.records.append(replace(stored(unsigned), personal=(PersonalValue("crew", "x", b""),)))
    only_wrong(facts_of(ledger), 7, RecordState.TAMPERED, "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "traceapp:what"]), inner),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    """The way to every value inside a document."""
    yield path
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, name))


@pytest.mark.many
@given(st.sampled_from(sorted(STATEMENTS)), JSON, st.data())
def test_whatever_its_own_key_signs_never_breaks_the_reading(kind: str, value: Any, data: st.DataObject) -> None:
    unsigned = parse_canonical(signed(STATEMENTS[kind], 7).body or b"")
    unsigned.pop("proof")
    *way, last = data.draw(st.sampled_from([path for path in places(unsigned) if path and path != ("@context",)]))
    inside: Any = unsigned
    for name in way:
        inside = inside[name]
    inside[last] = value
    try:
        record = stored(unsigned)
    except (InvalidEvent, TypeError):
        return
    ledger = tea()
    ledger.records.append(record)
    facts = facts_of(ledger)
    assert states(facts)[:7] == [RecordState.GOOD] * 7
    assert len(facts.checks) == 8
