"""Bodies' own keys on the inspector's phone: good and refused as by the service's own verifier."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.cast import COUNCIL, HOST, PRODUCER
from tests.core import own_cast as cast
from tests.core.cast import (
    EPOCH,
    LABEL,
    PRIVATE,
    ROOT,
    Ledger,
    keys_with,
    organisation,
    signed,
    tea,
    trust_bytes,
    uuid_of,
)
from tests.core.test_own_keys import again
from tests.inspect.node import ask
from tests.inspect.test_verifiers import BOOK, TRUST
from traceapp.core.bundle import pack
from traceapp.core.canonical import parse_object
from traceapp.core.checkpoint import Algorithm, VerifierKey, add_signatures, cosign
from traceapp.core.credential import Signer
from traceapp.core.facts import CertificateState
from traceapp.core.keys import PublicKey, Role, multikey, public_bytes
from traceapp.core.offline import check_bundle
from traceapp.core.own.keys import OwnKey, say_own_key, say_own_key_end
from traceapp.core.policy import Witness, witnessing
from traceapp.core.statements import Statement
from traceapp.core.trust import read_trust_list

SAYS = "certificate-confirmed-own-key"
WITNESS = PRIVATE[Role.SERIAL]
WITNESS_KEY = VerifierKey.of("w.example.vn/1", Algorithm.COSIGNATURE_V1, WITNESS)


def require_same(bundle: bytes, under: bytes = TRUST) -> tuple[dict[str, str], list[str], bool]:
    """({record: what is wrong}, methods of own keys that signed something good, whether a page would say so)."""
    answer = ask([{"do": "bundle", "data": bundle, "pinned": under}])[0]
    assert answer["ok"], answer
    trust = read_trust_list(under)
    checked = check_bundle(bundle, BOOK, trust.valid_from + timedelta(days=300), pinned=trust)
    wrong = {one.record_id: str(one.state) for one in checked.facts.checks if one.state != "good"}
    own = [one.own_key for one in checked.facts.checks if one.own_key and one.state == "good"]
    assert (answer["wrong"], sorted(answer["own"])) == (wrong, sorted(own))
    assert answer["good"] == sum(one.state == "good" for one in checked.facts.checks)
    told = checked.verdict.find(SAYS)
    assert set(answer["confirms"]) == {one.data["key"] for one in told}
    return wrong, own, bool(told)


def test_a_word_by_an_own_key_is_verified_and_its_key_is_told() -> None:
    ledger, declared = cast.confirmed()
    ledger.say(cast.visit(declared), at=cast.LATER, signer=cast.signer())
    assert require_same(ledger.bundle()) == ({}, [cast.named().method] * 2, True)
    web = tea()
    cast.bound(web, cast.possession(web=cast.WEB))
    web.say(cast.word(cast.certificate(web)), at=cast.LATER, signer=cast.signer(web=cast.WEB))
    assert require_same(web.bundle()) == ({}, [cast.named(web=cast.WEB).method], True)


def test_any_flipped_bit_of_a_word_or_of_a_binding_is_found() -> None:
    ledger, _ = cast.confirmed()
    files, dice = ledger.files(), random.Random(2)
    for name in (f"records/{uuid_of(7)}.json", f"records/{uuid_of(9)}.json"):
        for _ in range(5):
            data = bytearray(files[name])
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            wrong, own, said = require_same(pack({**files, name: bytes(data)}))
            assert wrong and not said and own == []


def test_a_key_that_is_not_bound_or_not_this_body_s_is_refused() -> None:
    unbound = tea()
    unbound.say(cast.word(cast.certificate(unbound)), at=cast.LATER, signer=cast.signer())
    late = tea()
    late.say(cast.word(cast.certificate(late)), at=cast.LATER, signer=cast.signer())
    cast.bound(late)
    others = tea(organisation(COUNCIL))
    cast.bound(others, cast.possession(cast.OTHER, organisation=COUNCIL))
    others.say(cast.word(cast.certificate(others)), at=cast.LATER, signer=cast.signer(cast.OTHER))
    own_root = tea()
    cast.bound(own_root, root=cast.signer())
    own_root.say(cast.word(cast.certificate(own_root)), at=cast.LATER, signer=cast.signer())
    for ledger in (unbound, late, others, own_root):
        wrong, own, said = require_same(ledger.bundle())
        assert set(wrong.values()) == {"tampered"} and own == [] and not said


def test_a_word_of_whoever_is_not_the_issuer_is_authentic_and_confirms_nothing() -> None:
    ledger = tea(organisation(COUNCIL))
    cast.bound(ledger, cast.possession(cast.OTHER, organisation=COUNCIL))
    declared = cast.certificate(ledger)
    ledger.say(cast.word(declared, by=COUNCIL), at=cast.LATER, signer=cast.signer(cast.OTHER))
    assert require_same(ledger.bundle()) == ({}, [cast.named(cast.OTHER).method], False)
    suspended, declared = cast.confirmed()
    suspended.say(cast.word(declared, CertificateState.SUSPENDED), at=cast.LATER, signer=cast.signer())
    assert require_same(suspended.bundle()) == ({}, [cast.named().method] * 2, False)
    suspended.say(cast.word(declared))
    assert not require_same(suspended.bundle())[2], "confirmed again, through the account"


def test_odd_bindings_are_refused_alike() -> None:
    subject = say_own_key("id.example.vn", cast.possession()).subject
    web = say_own_key("id.example.vn", cast.possession(web=cast.WEB)).subject
    other = multikey(public_bytes(cast.OTHER))
    kept = web["traceapp:didDocument"]
    for odd in (
        {**subject, "traceapp:possession": cast.possession(cast.OTHER).proof},
        {**subject, "traceapp:possession": "z1"},
        {**subject, "traceapp:publicKeyMultibase": other},
        {**subject, "traceapp:publicKeyMultibase": "z6Mk"},
        {**subject, "traceapp:about": {"id": COUNCIL}},
        {**subject, "id": "did:example:x#y"},
        {**web, "traceapp:didDocument": "{}"},
        {**web, "traceapp:didDocument": kept.replace("assertionMethod", "authentication")},
        {**web, "traceapp:didDocument": kept.replace(cast.named().method.partition("#")[2], other)},
    ):
        ledger = tea()
        ledger.say(Statement("KeyRecord", odd, "x", "root"), signer=ROOT)
        assert set(require_same(ledger.bundle())[0].values()) == {"tampered"}, odd


def test_what_an_own_key_may_not_say_is_refused_alike() -> None:
    ledger, _ = cast.confirmed()
    record = ledger.records[-1]
    subject = parse_object(record.body or b"")["credentialSubject"]
    bare = {name: value for name, value in subject.items() if name != "traceapp:declaration"}
    for changes in (
        {"credentialSubject": bare},
        {"credentialSubject": {**subject, "type": "traceapp:Certificate"}},
        {"type": ["VerifiableCredential", "ProductRecord"]},
        {"traceapp:declaredBy": {"id": PRODUCER, "traceapp:role": "producer"}},
        {"traceapp:assistedBy": {"id": PRODUCER}},
        {"issuer": "did:web:id.example.vn"},
    ):
        ledger.records[-1] = again(record, **changes)
        wrong, own, said = require_same(ledger.bundle())
        assert set(wrong.values()) == {"tampered"} and own == [] and not said, changes
    swapped = cast.certificate(tea(), number="VG-2")
    other = tea()
    cast.bound(other)
    cast.certificate(other)
    other.say(cast.word(swapped), at=cast.LATER, signer=cast.signer())
    assert set(require_same(other.bundle())[0].values()) == {"tampered"}


def test_ended_lost_and_replaced_keys_are_judged_alike() -> None:
    ended, declared = cast.confirmed()
    ended.say(cast.end(), at=cast.LATER)
    assert require_same(ended.bundle()) == ({}, [cast.named().method], True)
    ended.records.append(
        signed(cast.word(declared, CertificateState.REVOKED), len(ended.records), cast.LATER, cast.signer())
    )
    assert set(require_same(ended.bundle())[0].values()) == {"tampered"}

    lost, declared = cast.confirmed()
    lost.say(cast.visit(declared), at=cast.LATER, signer=cast.signer())
    lost.say(cast.end(cast.LATER), at=cast.LATER)
    wrong, own, said = require_same(lost.bundle())
    assert (list(wrong.values()), own, said) == (["key-revoked"] * 2, [], False)
    lost.say(cast.word(declared))
    assert require_same(lost.bundle()) == ({}, [], False)

    rooted, _ = cast.confirmed()
    by_root = say_own_key_end(
        OwnKey(PRODUCER, cast.named(), cast.LATER, 0, ""),
        by="x",
        role="root",
        record="KeyRecord",
        compromised_since=cast.LATER,
    )
    rooted.say(by_root, signer=ROOT)
    assert set(require_same(rooted.bundle())[0].values()) == {"key-revoked"}
    strangers, _ = cast.confirmed()
    strangers.say(cast.end(cast.LATER, by=COUNCIL))
    assert require_same(strangers.bundle())[2]


def test_what_witnesses_saw_before_a_loss_stands_on_the_phone_too() -> None:
    under = trust_bytes(version=3, witnessing=witnessing([Witness("w1", WITNESS_KEY)], 1))
    for loss, stands in ((cast.LATER + timedelta(days=2), True), (cast.LATER, False)):
        ledger, _ = cast.confirmed()
        ledger.say(cast.end(loss), at=cast.LATER)
        files = ledger.files(LABEL, trust=under)
        for name in [name for name in files if name.startswith("proofs/")]:
            head, _, note = files[name].partition(b"\n\n")
            at = int((cast.LATER + timedelta(days=1)).timestamp())
            files[name] = head + b"\n\n" + add_signatures(note, cosign(note, WITNESS, WITNESS_KEY.name, at))
        wrong, _, said = require_same(pack(files), under)
        assert (wrong == {}, said) == (stands, stands)


def test_a_root_key_that_was_lost_binds_nothing_on_the_phone_either() -> None:
    ledger, _ = cast.confirmed()
    lost = keys_with(Role.ROOT, retired=cast.LATER, compromised_since=cast.LATER)
    fresh = PublicKey(Role.ROOT, public_bytes(cast.OTHER), EPOCH)
    under = trust_bytes(version=2, keys=(*lost, fresh), root=Signer.of_host(HOST, cast.OTHER))
    wrong, own, said = require_same(ledger.bundle(trust=under), under)
    assert sorted(wrong.values()) == ["key-revoked", "tampered"] and own == [] and not said


def test_a_ledger_without_own_keys_is_judged_as_before() -> None:
    assert require_same(tea().bundle()) == ({}, [], False)
    assert isinstance(tea(), Ledger) and cast.OWN is not cast.OTHER


def test_a_certificate_that_was_taken_back_names_no_key_and_one_that_could_not_be_does() -> None:
    withdrawn = CertificateState.WITHDRAWN
    for by, is_first, told in ((PRODUCER, True, False), (PRODUCER, False, True), (COUNCIL, True, True)):
        ledger = tea()
        cast.bound(ledger)
        declared = cast.certificate(ledger)
        if is_first:
            ledger.say(cast.word(declared, withdrawn, by=by))
        ledger.say(cast.word(declared), at=cast.LATER, signer=cast.signer())
        if not is_first:
            ledger.say(cast.word(declared, withdrawn, by=by))
        assert require_same(ledger.bundle())[2] == told
    ledger = tea()
    cast.bound(ledger)
    declared = cast.certificate(ledger)
    ledger.say(cast.word(declared), at=cast.LATER, signer=cast.signer())
    ledger.say(cast.word(declared, withdrawn, by=PRODUCER))
    ledger.say(cast.word(declared, CertificateState.SUSPENDED), at=cast.LATER, signer=cast.signer())
    assert not require_same(ledger.bundle())[2], "a taking back that came too late keeps no later word away"
