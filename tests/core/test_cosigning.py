"""Cosignatures: a record signed once more with its maker's own key, and each way in which that does not hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.builders import NOW
from tests.cast import LOT, OTHER_PRODUCER, PRODUCER, thing_id
from tests.core.cast import Ledger, at, keyring, organisation, said, tea
from tests.core.test_account_doubts import KEY, doubt
from traceapp.core.cosigning import (
    MOST_RECORDS,
    challenge_of,
    document_hash,
    say_cosignature,
    say_passkey,
    say_passkey_withdrawn,
)
from traceapp.core.errors import BadSignature, InvalidEvent, KeyNotValid, Malformed
from traceapp.core.evidence import establish
from traceapp.core.facts import CosignedFact, RecordState
from traceapp.core.findings import Mark, Severity
from traceapp.core.offline import Outcome, check_bundle
from traceapp.core.statements import Statement
from traceapp.core.verdict import judge_all
from traceapp.core.webauthn import Assertion, RecordedKey, public_key, verify_assertion

PASSKEY = thing_id("passkey")
PHONE, OTHER_PHONE = Authenticator(), Authenticator(2)
CHALLENGE = bytes(range(32))


def enrolment(phone: Authenticator = PHONE, by: str = PRODUCER, name: str = PASSKEY) -> Statement:
    """A passkey enrolled for what an organisation records."""
    return say_passkey(name, phone.key, by=by, role="producer")


def cosignature(
    ledger: Ledger,
    places: Sequence[int],
    phone: Authenticator = PHONE,
    *,
    by: str = PRODUCER,
    assertion: Assertion | None = None,
    **how: Any,
) -> Statement:
    """One touch for the records at `places`."""
    hashes = [document_hash(ledger.records[place].body or b"") for place in places]
    answer = assertion or phone.answer(challenge_of(hashes), **how)
    signed = [(at(place), digest) for place, digest in zip(places, hashes, strict=True)]
    return say_cosignature(PASSKEY, signed, answer, about=[LOT], by=by, role="producer")


def cosigned(ledger: Ledger) -> tuple[CosignedFact, ...]:
    facts = establish(ledger.evidence(), keyring())
    assert {check.state for check in facts.checks} == {RecordState.GOOD}
    return facts.cosigned


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_one_touch_cosigns_one_record_or_several(algorithm: str) -> None:
    phone = Authenticator(algorithm=algorithm)
    for places in ([6], [5, 6]):
        ledger = tea(enrolment(phone))
        ledger.say(cosignature(ledger, places, phone))
        found = cosigned(ledger)
        assert [(one.record_id, one.organisation, one.reason) for one in found] == [
            (at(place), PRODUCER, None) for place in places
        ]
        verdict = judge_all(establish(ledger.evidence(), keyring()), NOW)
        (finding,) = verdict.find("record-cosigned")
        assert (finding.severity, finding.mark, finding.data["count"]) == (Severity.GOOD, Mark.DECLARED, len(places))


def test_the_challenge_of_one_record_is_the_hash_of_its_document() -> None:
    one, other = bytes(32), b"\1" * 32
    assert challenge_of([one]) == one
    assert len({challenge_of([one, other]), challenge_of([other, one]), one, other}) == 4


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"type": "webauthn.create"}, Malformed, "webauthn.get"),
        ({"challenge": "AAAA"}, BadSignature, "another challenge"),
        ({"challenge": 7}, BadSignature, "another challenge"),
        ({"origin": "https://evil.example"}, KeyNotValid, "belongs to"),
        ({"crossOrigin": True}, KeyNotValid, "belongs to"),
        ({"rp_id": "evil.example"}, KeyNotValid, "another site"),
        ({"flags": 0x01}, KeyNotValid, "verify who"),
        ({"flags": 0x04}, KeyNotValid, "verify who"),
    ],
    ids=str,
)
def test_each_part_of_an_answer_matters(wrong: dict[str, Any], error: type[Exception], says: str) -> None:
    verify_assertion(PHONE.answer(CHALLENGE), PHONE.key, CHALLENGE)
    with pytest.raises(error, match=says):
        verify_assertion(PHONE.answer(CHALLENGE, **wrong), PHONE.key, CHALLENGE)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_signature_is_of_one_key_and_these_bytes(algorithm: str) -> None:
    phone = Authenticator(algorithm=algorithm)
    good = phone.answer(CHALLENGE)
    verify_assertion(good, phone.key, CHALLENGE)
    for wrong in (
        replace(good, signature=good.signature[:-1] + bytes([good.signature[-1] ^ 1])),
        replace(good, signature=b""),
        replace(good, authenticator_data=good.authenticator_data[:-1] + b"\x09"),
    ):
        with pytest.raises(BadSignature):
            verify_assertion(wrong, phone.key, CHALLENGE)
    with pytest.raises(BadSignature):
        verify_assertion(good, replace(Authenticator(9, "ES256").key), CHALLENGE)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"client_data": b"{"}, "not JSON"),
        ({"client_data": b"[" * 50_000}, "not JSON"),
        ({"client_data": b"[]"}, "no JSON object"),
        ({"authenticator_data": bytes(36)}, "36 bytes"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_an_answer_of_another_shape_is_none(wrong: dict[str, bytes], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        verify_assertion(replace(PHONE.answer(CHALLENGE), **wrong), PHONE.key, CHALLENGE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "key",
    [
        RecordedKey("ES256", "AAAA", "AAAA", "a", "b"),
        RecordedKey("EdDSA", "AAAA", "", "a", "b"),
        RecordedKey("RS256", "AAAA", "AQAB", "a", "b"),
        RecordedKey("ES512", "AAAA", "AAAA", "a", "b"),
        RecordedKey("ES256", "not base64url!", "AAAA", "a", "b"),
        RecordedKey("ES256", "AAB", "AAAA", "a", "b"),
    ],
    ids=str,
)
def test_what_is_no_key_is_refused_before_anything_is_signed_with_it(key: RecordedKey) -> None:
    with pytest.raises(Malformed):
        public_key(key)
    with pytest.raises(Malformed):
        say_passkey(PASSKEY, key, by=PRODUCER, role="producer")


def bad(ledger: Ledger) -> str:
    """Why the one cosignature of the ledger does not hold; it is a finding that heads the page."""
    (one,) = cosigned(ledger)
    verdict = judge_all(establish(ledger.evidence(), keyring()), NOW)
    (finding,) = verdict.find("cosignature-bad")
    assert finding.severity is Severity.BAD and verdict.headline == "cosignature-bad"
    assert not verdict.find("record-cosigned") and verdict.find("record-authentic")
    assert one.reason and finding.data["reason"] == one.reason
    return one.reason


def test_a_key_enrolled_after_it_was_used_counts_for_nothing() -> None:
    ledger = tea()
    ledger.say(cosignature(ledger, [6]))
    assert "No passkey" in bad(ledger)
    ledger.say(enrolment())
    assert "later than it was used" in bad(ledger)


def test_another_organisations_key_counts_for_nothing() -> None:
    ledger = tea(organisation(OTHER_PRODUCER), enrolment(by=OTHER_PRODUCER))
    ledger.say(cosignature(ledger, [6]))
    assert "another organisation's" in bad(ledger)


def test_nobody_cosigns_what_another_organisation_recorded() -> None:
    ledger = tea(organisation(OTHER_PRODUCER), enrolment(by=OTHER_PRODUCER))
    ledger.say(cosignature(ledger, [6], by=OTHER_PRODUCER))
    assert "Another organisation made" in bad(ledger)


def test_another_key_than_the_enrolled_one_counts_for_nothing() -> None:
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [6], OTHER_PHONE))
    assert "does not fit" in bad(ledger)


def test_a_hash_that_is_not_the_records_counts_for_nothing() -> None:
    ledger = tea(enrolment())
    other = document_hash(ledger.records[5].body or b"")
    told = say_cosignature(PASSKEY, [(at(6), other)], PHONE.answer(other), about=[LOT], by=PRODUCER, role="producer")
    ledger.say(told)
    assert "Something else was signed" in bad(ledger)


def test_the_answer_to_another_touch_counts_for_nothing() -> None:
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [6], assertion=PHONE.answer(CHALLENGE)))
    assert "another challenge" in bad(ledger)


def test_a_withdrawn_key_cosigns_nothing_more_and_what_it_cosigned_stays() -> None:
    withdrawn = say_passkey_withdrawn(PASSKEY, by=PRODUCER, role="producer")
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [6]))
    ledger.say(say_passkey_withdrawn(PASSKEY, by=OTHER_PRODUCER, role="producer"))
    ledger.say(cosignature(ledger, [5]))
    ledger.say(withdrawn)
    assert [one.reason for one in cosigned(ledger)] == [None, None], "nobody withdraws what is another's"
    late = tea(enrolment(), withdrawn)
    late.say(cosignature(late, [6]))
    assert "withdrawn" in bad(late)


def test_what_is_not_on_the_page_is_not_judged_there() -> None:
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [5, 6]))
    kept = [one for place, one in enumerate(ledger.records) if place != 5]
    (found,) = establish(ledger.evidence(records=tuple(kept)), keyring()).cosigned
    assert (found.record_id, found.reason) == (at(6), None)


def test_a_key_that_an_account_in_doubt_enrolled_cosigns_nothing_and_accuses_nobody() -> None:
    ledger = tea()
    ledger.say(enrolment(), account_key=KEY)
    ledger.say(cosignature(ledger, [6]))
    assert cosigned(ledger)[0].reason is None
    ledger.say(doubt())
    assert cosigned(ledger) == ()
    other = tea(enrolment())
    other.say(cosignature(other, [6]), account_key=KEY)
    other.say(doubt())
    assert cosigned(other) == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"traceapp:state": "guessed"},
        {"traceapp:publicKeyJwk": {"traceapp:alg": "ES512"}},
        {"traceapp:publicKeyJwk": {"traceapp:alg": "ES256", "traceapp:kty": "OKP"}},
        {"traceapp:origin": 7},
    ],
    ids=str,
)
def test_an_enrolment_of_another_shape_counts_as_tampered_with(broken: dict[str, Any]) -> None:
    given = enrolment()
    ledger = tea(Statement(given.type, {**given.subject, **broken}, PRODUCER, "producer"))
    facts = establish(ledger.evidence(), keyring())
    assert facts.checks[-1].state is RecordState.TAMPERED


@pytest.mark.parametrize(
    "broken",
    [
        {"traceapp:signed": []},
        {"traceapp:signed": [{"traceapp:record": {"id": at(6)}, "traceapp:sha256": "AAAA"}]},
        {"traceapp:signature": "no base64url!"},
    ],
    ids=str,
)
def test_a_cosignature_of_another_shape_counts_as_tampered_with(broken: dict[str, Any]) -> None:
    ledger = tea(enrolment())
    given = cosignature(ledger, [6])
    ledger.say(Statement(given.type, {**given.subject, **broken}, PRODUCER, "producer"))
    facts = establish(ledger.evidence(), keyring())
    assert facts.checks[-1].state is RecordState.TAMPERED and facts.cosigned == ()


def test_a_bundle_proves_a_cosignature_offline_and_shows_a_bad_one() -> None:
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [6]))
    checked = check_bundle(ledger.bundle(), establish(ledger.evidence(), keyring()).rulebook, NOW)
    assert checked.verdict.find("record-cosigned") and checked.outcome is not Outcome.BAD
    wrong = tea(enrolment())
    wrong.say(cosignature(wrong, [6], flags=0x01))
    checked = check_bundle(wrong.bundle(), establish(wrong.evidence(), keyring()).rulebook, NOW)
    assert checked.verdict.find("cosignature-bad") and checked.outcome is Outcome.BAD


def test_a_touch_has_an_end() -> None:
    answer = PHONE.answer(CHALLENGE)
    for signed in ([], [(at(6), CHALLENGE)] * (MOST_RECORDS + 1)):
        with pytest.raises(InvalidEvent, match="One touch"):
            say_cosignature(PASSKEY, signed, answer, about=[LOT], by=PRODUCER, role="producer")


def test_a_cosignature_says_nothing_of_the_person() -> None:
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [6]))
    told = json.loads(ledger.records[-1].body or b"")["credentialSubject"]
    assert sorted(told) == [
        "traceapp:about",
        "traceapp:authenticatorData",
        "traceapp:clientDataJSON",
        "traceapp:passkey",
        "traceapp:signature",
        "traceapp:signed",
        "type",
    ]


def test_a_record_of_no_organisation_is_cosigned_by_none() -> None:
    ledger = tea(enrolment())
    ledger.say(said(), changed={"traceapp:declaredBy": "nobody"})
    digest = document_hash(ledger.records[-1].body or b"")
    told = say_cosignature(PASSKEY, [(at(8), digest)], PHONE.answer(digest), about=[LOT], by=PRODUCER, role="producer")
    ledger.say(told)
    facts = establish(ledger.evidence(), keyring())
    assert facts.cosigned == () and facts.checks[8].state is RecordState.TAMPERED
