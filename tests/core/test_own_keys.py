"""Bodies that sign with keys of their own: whose a key is, what it may sign, and what is left when it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cast import CERTIFIER, COUNCIL, HOST, NOW, PRODUCER
from tests.core.cast import (
    PRIVATE,
    ROOT,
    SAID,
    SIGNER,
    Ledger,
    keyring,
    keys_with,
    organisation,
    product,
    signed,
    tea,
    trust,
)
from tests.core.own_cast import (
    CERTIFICATE,
    LATER,
    OTHER,
    OWN,
    WEB,
    bound,
    certificate,
    confirmed,
    end,
    named,
    possession,
    signer,
    visit,
    word,
)
from traceapp.core.bundle import pack
from traceapp.core.canonical import parse_object
from traceapp.core.credential import secure
from traceapp.core.errors import BadSignature, Malformed, UnknownKey
from traceapp.core.evidence import StoredRecord, certificates_in, establish, read_records
from traceapp.core.facts import CertificateFact, CertificateState, Facts, RecordState, RuleBook
from traceapp.core.keys import Keyring, Role
from traceapp.core.log_entry import entry_of
from traceapp.core.offline import Outcome, check_bundle
from traceapp.core.own.keys import OwnKeys, Possession, require_possession, say_own_key, say_own_key_end
from traceapp.core.statements import Statement
from traceapp.core.verdict import judge_all

OWN_KEY, ACCOUNT = "certificate-confirmed-own-key", "certificate-confirmed-by-account"
SUSPENDED, REVOKED = CertificateState.SUSPENDED, CertificateState.REVOKED


def facts(ledger: Ledger, ring: Keyring | None = None, **seen: datetime) -> Facts:
    """What the tea's page rests on."""
    return establish(ledger.evidence(**seen), ring or keyring())


def held(ledger: Ledger, ring: Keyring | None = None) -> CertificateFact:
    """The certificate."""
    return next(one for one in facts(ledger, ring).certificates if one.id == CERTIFICATE)


def states(ledger: Ledger, ring: Keyring | None = None) -> list[str]:
    """The outcomes of the records behind the tea's own seven."""
    return [str(one.state) for one in facts(ledger, ring).checks][7:]


def codes(ledger: Ledger) -> set[str]:
    return {one.code for one in judge_all(facts(ledger), NOW).findings}


def again(record: StoredRecord, private: Any = None, **changes: Any) -> StoredRecord:
    """A record with members replaced, signed anew by the own key."""
    document = {**parse_object(record.body or b""), **changes}
    del document["proof"]
    body = secure(document, private or signer(), LATER)
    return replace(record, body=body, entry=entry_of(record.record_id, body))


# Whose key it is


def test_a_word_by_an_own_key_is_told_apart_and_names_its_key() -> None:
    ledger, _ = confirmed()
    found = held(ledger)
    assert (found.state, found.own_key, found.state_source.own_key) == ("confirmed", True, named().method)
    assert states(ledger) == ["good"] * 3
    told = [one for one in judge_all(facts(ledger), NOW).findings if one.code == OWN_KEY]
    assert [one.data["key"] for one in told] == [named().method]
    assert [one.own_key for one in facts(ledger).checks][-2:] == [None, named().method]


def test_by_account_is_told_as_such_though_the_issuer_has_a_key() -> None:
    ledger = tea()
    bound(ledger)
    ledger.say(word(certificate(ledger)))
    assert not held(ledger).own_key and ACCOUNT in codes(ledger) and OWN_KEY not in codes(ledger)


def test_a_did_web_is_bound_by_the_document_that_its_record_keeps() -> None:
    ledger = tea()
    bound(ledger, possession(web=WEB))
    ledger.say(word(certificate(ledger)), at=LATER, signer=signer(web=WEB))
    assert held(ledger).state_source.own_key == named(web=WEB).method


def test_a_key_that_no_record_before_binds_is_unknown() -> None:
    ledger = tea()
    declared = certificate(ledger)
    ledger.say(word(declared), at=LATER, signer=signer())
    bound(ledger)
    ledger.say(word(declared, SUSPENDED), at=LATER, signer=signer(OTHER))
    checks = facts(ledger).checks
    assert [str(one.state) for one in checks][-3:] == ["tampered", "good", "tampered"]
    assert "no KeyRecord" in (checks[-1].reason or "") and held(ledger).state == "declared"


@pytest.mark.parametrize("by", [SIGNER, signer(), signer(OTHER)], ids=["record key", "itself", "another"])
def test_only_the_root_key_binds_a_key(by: Any) -> None:
    ledger = tea()
    bound(ledger, root=by)
    ledger.say(word(certificate(ledger)), at=LATER, signer=signer())
    assert states(ledger) == ["tampered", "good", "tampered"]
    assert "record-tampered" in codes(ledger) and OWN_KEY not in codes(ledger)


def test_a_root_key_that_was_lost_binds_nothing() -> None:
    ledger, _ = confirmed()
    ring = keyring(keys_with(Role.ROOT, compromised_since=SAID))
    assert states(ledger, ring) == ["key-revoked", "good", "tampered"]
    assert held(ledger, ring).state == "declared"


def test_a_binding_that_the_holder_did_not_sign_is_none() -> None:
    told = possession()
    stranger = possession(OTHER)
    cases = {
        "another's signature": replace(told, proof=stranger.proof),
        "another organisation": replace(told, organisation=COUNCIL),
        "another nonce": replace(told, nonce="x"),
        "another key": replace(told, key=named(OTHER)),
    }
    for what, one in cases.items():
        with pytest.raises(BadSignature):
            say_own_key(HOST, one)
        ledger = tea()
        statement = say_own_key(HOST, told)
        subject = {
            **statement.subject,
            "id": one.key.method,
            "traceapp:about": {"id": one.organisation},
            "traceapp:publicKeyMultibase": one.key.method.partition("#")[2],
            "traceapp:nonce": one.nonce,
            "traceapp:possession": one.proof,
        }
        ledger.say(replace(statement, subject=subject), signer=ROOT)
        assert states(ledger) == ["tampered"], what
    for wrong in ("", "x" * 88, "z1", "z" + "1" * 200):
        with pytest.raises((Malformed, BadSignature)):
            require_possession(HOST, replace(told, proof=wrong))


def test_a_binding_of_odd_shape_is_tampered() -> None:
    subject = say_own_key(HOST, possession()).subject
    web = say_own_key(HOST, possession(web=WEB)).subject
    name = subject["traceapp:publicKeyMultibase"]
    for odd in (
        {**subject, "id": f"did:key:{name}"} | {"traceapp:publicKeyMultibase": named(OTHER).method.partition("#")[2]},
        {**subject, "id": "did:example:x#y"},
        {**subject, "id": 1},
        {**subject, "traceapp:about": None},
        {**subject, "traceapp:nonce": 1},
        {**subject, "traceapp:possession": []},
        {**web, "traceapp:didDocument": ""},
        {**web, "traceapp:didDocument": "{}"},
        {**web, "traceapp:didDocument": 1},
    ):
        ledger = tea()
        ledger.say(Statement("KeyRecord", odd, "x", "root"), signer=ROOT)
        assert states(ledger) == ["tampered"], odd


def test_the_first_word_on_a_key_stays() -> None:
    ledger = tea(organisation(COUNCIL))
    bound(ledger)
    bound(ledger, possession(organisation=COUNCIL))
    own = OwnKeys()
    read_records(ledger.records, keyring(), own)
    assert [(one.organisation, one.bound) for one in own] == [(CERTIFIER, 8)]
    assert own.in_use(COUNCIL) is None and own.of(CERTIFIER) == tuple(own)
    assert own.called("x") is None
    with pytest.raises(UnknownKey):
        own.find(named().method, 8)
    assert own.find(named().method, 9).organisation == CERTIFIER


# What it may sign


def test_a_key_speaks_for_its_own_body_alone() -> None:
    ledger = tea(organisation(COUNCIL))
    bound(ledger, possession(OTHER, organisation=COUNCIL))
    declared = certificate(ledger)
    ledger.say(word(declared), at=LATER, signer=signer(OTHER))
    ledger.say(word(declared, by=COUNCIL), at=LATER, signer=signer(OTHER))
    assert states(ledger)[-2:] == ["tampered", "good"], (
        "the second is authentic, and says nothing of what is not its own"
    )
    assert held(ledger).state == "declared"


def test_what_an_own_key_may_not_say_is_tampered() -> None:
    ledger, declared = confirmed()
    record = ledger.records[-1]
    subject = parse_object(record.body or b"")["credentialSubject"]
    bare = {name: value for name, value in subject.items() if name != "traceapp:declaration"}
    for changes in (
        {"credentialSubject": bare},
        {"credentialSubject": {**subject, "traceapp:declaration": "x"}},
        {"credentialSubject": {**subject, "traceapp:declaration": {"id": "x"}}},
        {"credentialSubject": {**subject, "type": "traceapp:Certificate"}},
        {"credentialSubject": {**subject, "traceapp:state": "good"}},
        {"credentialSubject": "x"},
        {"type": ["VerifiableCredential", "ProductRecord"]},
        {"type": ["VerifiableCredential", "CertificateRecord", "KeyRecord"]},
        {"type": "CertificateRecord"},
        {"traceapp:declaredBy": "x"},
        {"traceapp:disclosure": "restricted"},
        {"traceapp:personal": {"traceapp:name": "x"}},
        {"traceapp:assistedBy": {"id": CERTIFIER}},
        {"issuer": f"did:web:{HOST}"},
    ):
        ledger.records[-1] = again(record, **changes)
        assert states(ledger)[-1] == "tampered", changes
    ledger.records[-1] = again(record)
    assert states(ledger)[-1] == "good"
    product_said = signed(product(), len(ledger.records), LATER, signer())
    ledger.records.append(product_said)
    assert states(ledger)[-1] == "tampered" and declared


def test_a_word_about_another_declaration_says_nothing() -> None:
    ledger = tea()
    bound(ledger)
    certificate(ledger, number="VG-1")
    swapped = certificate(tea(), number="VG-2")
    ledger.say(word(swapped), at=LATER, signer=signer())
    found = facts(ledger).checks[-1]
    assert (found.state, held(ledger).state) == (RecordState.TAMPERED, "declared")
    assert "another declaration" in (found.reason or "")
    first = certificate(tea())
    alone = tea()
    bound(alone)
    alone.say(word(first), at=LATER, signer=signer())
    assert states(alone) == ["good", "good"], "beside no declaration at all there is nothing to compare"
    assert list(certificates_in([])) == []


# The end of a key


def test_what_a_key_signed_before_its_end_stays_good_and_nothing_after_is() -> None:
    ledger, declared = confirmed()
    ledger.say(end(), at=LATER)
    assert states(ledger)[-2:] == ["good", "good"] and held(ledger).own_key
    backdated = signed(word(declared, SUSPENDED), len(ledger.records), LATER - timedelta(minutes=30), signer())
    ledger.records.append(backdated)
    assert states(ledger)[-1] == "tampered" and held(ledger).state == "confirmed"


def test_nobody_else_ends_a_key() -> None:
    ledger, declared = confirmed()
    ledger.say(end(by=COUNCIL), at=LATER)
    ledger.say(end(private=OTHER), at=LATER)
    ledger.say(word(declared, SUSPENDED), at=LATER, signer=signer())
    assert states(ledger)[-1] == "good" and held(ledger).state == "suspended"


def test_the_root_key_ends_a_key_too_and_the_earliest_loss_counts() -> None:
    ledger, _ = confirmed()
    ledger.say(end(LATER + timedelta(hours=2)), at=LATER)
    own = OwnKeys()
    read_records(ledger.records, keyring(), own)
    known = own.called(named().method)
    assert known is not None
    said = say_own_key_end(known, by=f"did:web:{HOST}", role="root", record="KeyRecord", compromised_since=SAID)
    ledger.say(said, at=LATER, signer=ROOT)
    own = OwnKeys()
    read_records(ledger.records, keyring(), own)
    ended = own.called(named().method)
    assert ended is not None
    assert (ended.ended, ended.compromised_since) == (10, SAID) and own.in_use(CERTIFIER) is None


def test_a_lost_key_confirms_nothing_but_what_witnesses_saw_before() -> None:
    ledger, declared = confirmed()
    ledger.say(visit(declared), at=LATER, signer=signer())
    ledger.say(end(LATER), at=LATER)
    assert states(ledger) == ["good", "good", "key-revoked", "key-revoked", "good"]
    assert held(ledger).state == "declared" and {"key-revoked", "certificate-unconfirmed"} <= codes(ledger)
    seen = [replace(one, witnessed_at=LATER - timedelta(seconds=1)) for one in ledger.records]
    ledger.records = seen
    assert states(ledger) == ["good"] * 5 and held(ledger).own_key
    ledger.records = [replace(one, witnessed_at=LATER) for one in seen]
    assert "key-revoked" in states(ledger)


def test_a_suspension_by_a_lost_key_keeps_its_effect() -> None:
    ledger, declared = confirmed()
    ledger.say(word(declared, SUSPENDED), at=LATER, signer=signer())
    ledger.say(end(SAID), at=LATER)
    assert held(ledger).state == "suspended" and {"key-revoked", "certificate-suspended"} <= codes(ledger)


def test_what_fell_is_told_until_the_body_speaks_again() -> None:
    ledger, declared = confirmed()
    ledger.say(visit(declared), at=LATER, signer=signer())
    ledger.say(end(SAID), at=LATER)
    count = len(facts(ledger).checks)
    ledger.say(word(declared))
    assert len(facts(ledger).checks) == count - 1, "two fell and are replaced, one was said"
    assert "key-revoked" not in codes(ledger) and ACCOUNT in codes(ledger)


def test_an_end_that_is_in_doubt_still_ends() -> None:
    ledger, declared = confirmed()
    ledger.say(end(), at=LATER)
    ring = keyring(keys_with(Role.RECORD, compromised_since=LATER))
    ledger.say(word(declared, REVOKED), at=LATER, signer=signer())
    assert states(ledger, ring)[-1] == "tampered"


# Without the service


def test_a_bundle_carries_all_that_is_needed_to_check_an_own_key() -> None:
    ledger, declared = confirmed()
    checked = check_bundle(ledger.bundle(), RuleBook("x"), NOW, pinned=trust())
    assert checked.outcome is Outcome.GOOD
    assert OWN_KEY in {one.code for one in checked.verdict.findings}
    files = ledger.files()
    for gone in (7, 8):
        uuid = ledger.records[gone].record_id.rpartition("/")[2]
        less = {name: data for name, data in files.items() if uuid not in name}
        told = check_bundle(pack(less), RuleBook("x"), NOW, pinned=trust())
        assert OWN_KEY not in {one.code for one in told.verdict.findings}
    assert declared


def test_possession_is_of_one_service_alone() -> None:
    with pytest.raises(BadSignature):
        require_possession("other.example.vn", possession())
    assert isinstance(possession(), Possession) and PRIVATE and OWN


def test_a_confirmation_after_its_holder_took_the_certificate_back_says_nothing() -> None:
    """So does a bundle, which `traceapp verify` reads."""
    for order, told in ((0, False), (1, True)):
        ledger = tea()
        bound(ledger)
        declared = certificate(ledger)
        for turn in range(2):
            if turn == order:
                ledger.say(word(declared, CertificateState.WITHDRAWN, by=PRODUCER))
            else:
                ledger.say(word(declared), at=LATER, signer=signer())
        checked = check_bundle(ledger.bundle(), RuleBook("x"), NOW, pinned=trust())
        assert bool(checked.verdict.find(OWN_KEY)) == told
        assert any(one.code.startswith("certificate-") for one in checked.verdict.findings) == told
