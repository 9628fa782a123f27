"""Records: signed as the W3C's cryptosuite says, and refused when a single bit is another."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import HOST
from tests.core.cast import (
    EPOCH,
    KEYS,
    PRIVATE,
    ROOT,
    SAID,
    SIGNER,
    STRANGER,
    keyring,
    keys_with,
    said,
    signed,
)
from traceapp.core.canonical import JsonObject, canonicalise, parse_canonical
from traceapp.core.credential import (
    Signer,
    keyed_hash,
    matches_keyed_hash,
    secure,
    verify_bytes,
    verify_proof,
)
from traceapp.core.errors import BadSignature, KeyNotValid, Malformed, UnknownKey, VerificationError
from traceapp.core.keys import Keyring, Role, base58_decode, base58_encode, multikey, parse_multikey, public_bytes

VECTORS = Path(__file__).resolve().parents[2].parent / "shared/vectors/eddsa-jcs-2022"
needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the W3C vectors of eddsa-jcs-2022 are not beside this project"
)
BODY = signed(said()).body or b""
Change = Callable[[JsonObject], object]


def vector(name: str) -> str:
    """One of the published files."""
    return (VECTORS / name).read_text().strip()


def altered(change: Change, body: bytes = BODY) -> bytes:
    """A stored record with something changed after signing."""
    document = parse_canonical(body)
    change(document)
    return canonicalise(document)


def signed_anew(change: Change) -> bytes:
    """A record whose proof was made over changed members, as only the key's holder could."""
    document = parse_canonical(BODY)
    change(document)
    proof = {name: value for name, value in document.pop("proof").items() if name != "proofValue"}
    hashes = [hashlib.sha256(canonicalise(part)).digest() for part in (proof, document)]
    value = "z" + base58_encode(SIGNER.private.sign(b"".join(hashes)))
    return canonicalise({**document, "proof": {**proof, "proofValue": value}})


@needs_vectors
def test_the_published_example_verifies() -> None:
    key = json.loads(vector("keyPair.json"))
    document = json.loads(vector("signedJCS.json"))
    verify_proof(document, parse_multikey(key["publicKeyMultibase"]))
    document["name"] += "."
    with pytest.raises(BadSignature):
        verify_proof(document, parse_multikey(key["publicKeyMultibase"]))


@needs_vectors
def test_each_step_gives_the_published_bytes() -> None:
    document = json.loads(vector("signedJCS.json"))
    proof = document.pop("proof")
    value = proof.pop("proofValue")
    assert proof == json.loads(vector("proofConfigJCS.json"))
    assert canonicalise(document).decode() == vector("canonDocJCS.txt")
    assert canonicalise(proof).decode() == vector("proofCanonJCS.txt")
    hashes = [hashlib.sha256(canonicalise(part)).hexdigest() for part in (document, proof)]
    assert hashes == [vector("docHashJCS.txt"), vector("proofHashJCS.txt")]
    assert hashes[1] + hashes[0] == vector("combinedHashJCS.txt"), "the proof's hash comes first"
    assert base58_decode(value[1:]).hex() == vector("sigHexJCS.txt")


@needs_vectors
def test_our_signing_gives_the_published_signature() -> None:
    pair = json.loads(vector("keyPair.json"))
    private = Ed25519PrivateKey.from_private_bytes(base58_decode(pair["privateKeyMultibase"][1:])[2:])
    assert multikey(public_bytes(private)) == pair["publicKeyMultibase"]
    published = json.loads(vector("signedJCS.json"))
    proof = published.pop("proof")
    signer = Signer(private, proof["verificationMethod"])
    made = parse_canonical(secure(published, signer, SAID.fromisoformat(proof["created"])))
    assert made == {**published, "proof": proof}
    assert signer.did == proof["verificationMethod"].partition("#")[0]


def test_a_parsed_record_verifies_against_one_key() -> None:
    document = parse_canonical(BODY)
    verify_proof(document, public_bytes(SIGNER.private))
    with pytest.raises(BadSignature):
        verify_proof({**document, "id": document["id"] + "0"}, public_bytes(SIGNER.private))


@given(
    st.dictionaries(
        st.sampled_from(["", "a", "pro", "proo", "proof ", "proofs", "q", "é", "\U0001f600"]), st.integers(0, 9)
    )
)
def test_a_signed_record_is_the_canonical_form_of_all_its_members(members: dict[str, int]) -> None:
    unsigned = {"@context": ["x"], "type": [], "issuer": SIGNER.did, **members}
    document = verify_bytes(secure(unsigned, SIGNER, SAID), keyring())[0]
    assert {name: value for name, value in document.items() if name != "proof"} == unsigned


@pytest.mark.parametrize("name", ["credentialSubject", "z"])
def test_a_proof_of_nothing_further_inside_is_not_taken_for_the_place_of_ours(name: str) -> None:
    unsigned = {"@context": ["x"], "type": [], "issuer": SIGNER.did, name: {"a": 1, "proof": None, "z": 2}}
    document = verify_bytes(secure(unsigned, SIGNER, SAID), keyring())[0]
    assert {name: value for name, value in document.items() if name != "proof"} == unsigned


def test_a_copy_of_the_proof_further_inside_hides_nothing() -> None:
    document = parse_canonical(BODY)
    document["credentialSubject"]["traceapp:a"] = {"proof": document["proof"], "z": 1}
    with pytest.raises(BadSignature):
        verify_bytes(canonicalise(document), keyring())


def test_a_record_verifies_and_says_by_which_key() -> None:
    document, key = verify_bytes(BODY, keyring())
    assert key in KEYS and key.role is Role.RECORD
    assert document == parse_canonical(BODY)
    assert document["proof"] | {"proofValue": "z"} == {
        "@context": document["@context"],
        "created": "2026-10-10T03:00:00Z",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "proofValue": "z",
        "type": "DataIntegrityProof",
        "verificationMethod": f"did:web:{HOST}#{multikey(public_bytes(PRIVATE[Role.RECORD]))}",
    }


@pytest.mark.many
@pytest.mark.parametrize("start", range(0, len(BODY), 100))
def test_a_record_with_any_bit_flipped_is_refused(start: int) -> None:
    ring = keyring()
    for at in range(start, min(start + 100, len(BODY))):
        for bit in range(8):
            changed = bytearray(BODY)
            changed[at] ^= 1 << bit
            with pytest.raises(VerificationError):
                verify_bytes(bytes(changed), ring)


@pytest.mark.parametrize("length", [0, 1, 100, len(BODY) // 2, len(BODY) - 1])
def test_a_record_cut_short_or_lengthened_is_refused(length: int) -> None:
    for data in (BODY[:length], BODY + BODY[:length] + b" ", b"\n" + BODY):
        with pytest.raises(Malformed):
            verify_bytes(data, keyring())


def test_a_record_that_is_spelled_otherwise_is_refused() -> None:
    with pytest.raises(Malformed, match="canonical"):
        verify_bytes(json.dumps(json.loads(BODY)).encode(), keyring())


def test_somebody_else_may_not_be_named_as_issuer() -> None:
    for issuer in ("did:web:other.example.vn", {"id": f"did:web:{HOST}"}, None):
        with pytest.raises(KeyNotValid, match="issuer"):
            verify_bytes(signed_anew(lambda document, name=issuer: document.update(issuer=name)), keyring())


def test_a_key_of_another_role_signs_no_record() -> None:
    with pytest.raises(KeyNotValid, match="root key"):
        verify_bytes(signed(said(), signer=ROOT).body or b"", keyring())
    verify_bytes(signed(said(), signer=ROOT).body or b"", keyring(), Role.ROOT)


def test_a_stranger_or_another_host_signs_no_record_of_ours() -> None:
    for signer in (Signer.of_host(HOST, STRANGER), Signer.of_host("other.example.vn", SIGNER.private)):
        with pytest.raises(UnknownKey):
            verify_bytes(signed(said(), signer=signer).body or b"", keyring())
    with pytest.raises(UnknownKey):
        verify_bytes(BODY, Keyring("other.example.vn", KEYS))


def test_a_stranger_who_borrows_our_keys_name_is_found_out() -> None:
    borrowed = Signer(STRANGER, SIGNER.verification_method)
    with pytest.raises(BadSignature):
        verify_bytes(signed(said(), signer=borrowed).body or b"", keyring())


def test_a_key_signs_from_its_first_day_to_its_last() -> None:
    late, early = SAID + timedelta(seconds=1), SAID - timedelta(seconds=1)
    verify_bytes(BODY, keyring(keys_with(Role.RECORD, valid_from=SAID, retired=SAID)))
    for changes in ({"valid_from": late}, {"retired": early}, {"valid_from": EPOCH, "retired": EPOCH}):
        with pytest.raises(KeyNotValid, match="not yet, or no longer"):
            verify_bytes(BODY, keyring(keys_with(Role.RECORD, **changes)))


def test_a_record_signed_in_the_second_its_key_was_made_stands() -> None:
    made = SAID + timedelta(microseconds=700_000)
    body = signed(said(), at=SAID + timedelta(microseconds=900_000)).body or b""
    verify_bytes(body, keyring(keys_with(Role.RECORD, valid_from=made)))


MEMBERS = parse_canonical(BODY)["proof"]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("value", [None, "", "x", 5, [], {}, ["DataIntegrityProof"]], ids=repr)
def test_a_proof_with_any_member_changed_or_left_out_is_refused(member: str, value: Any) -> None:
    for change in (
        lambda document: document["proof"].update({member: value}),
        lambda document: document["proof"].pop(member),
    ):
        with pytest.raises(VerificationError):
            verify_bytes(altered(change), keyring())
        if member != "proofValue":
            with pytest.raises(VerificationError):
                verify_bytes(signed_anew(change), keyring())


def test_a_proof_with_a_member_more_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify_bytes(altered(lambda document: document["proof"].update(domain="x")), keyring())


@pytest.mark.parametrize("proof", [None, [MEMBERS], [], "proof", 5])
def test_a_record_without_exactly_one_proof_is_refused(proof: Any) -> None:
    with pytest.raises(Malformed, match="no single proof"):
        verify_bytes(altered(lambda document: document.update(proof=proof)), keyring())
    with pytest.raises(Malformed, match="no single proof"):
        verify_bytes(altered(lambda document: document.pop("proof")), keyring())


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("m" + MEMBERS["proofValue"][1:], Malformed),
        (MEMBERS["proofValue"][1:], Malformed),
        ("z" + "0" * 80, Malformed),
        ("z" + "2" * 100_000, Malformed),
        ("z", BadSignature),
        ("z1" + MEMBERS["proofValue"][1:], BadSignature),
        ("z" + base58_encode(bytes(63)), BadSignature),
        ("z" + base58_encode(bytes(64)), BadSignature),
    ],
)
def test_what_is_no_base58_signature_is_refused(value: str, error: type[VerificationError]) -> None:
    with pytest.raises(error):
        verify_bytes(altered(lambda document: document["proof"].update(proofValue=value)), keyring())


def test_a_proof_of_another_suite_or_purpose_is_refused_by_name() -> None:
    for changes, message in (
        ({"cryptosuite": "eddsa-rdfc-2022"}, "eddsa-jcs-2022, got 'eddsa-rdfc-2022'"),
        ({"proofPurpose": "authentication"}, "assertionMethod, got 'authentication'"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "not the document's"),
        ({"created": "2026-10-10"}, "not an instant"),
    ):
        with pytest.raises(Malformed, match=message):
            verify_bytes(signed_anew(lambda document, told=changes: document["proof"].update(told)), keyring())


def test_the_signature_covers_every_member_of_the_record() -> None:
    for member in parse_canonical(BODY):
        if member not in ("proof", "issuer"):
            with pytest.raises((BadSignature, Malformed)):
                verify_bytes(altered(lambda document, name=member: document.pop(name)), keyring())
            with pytest.raises((BadSignature, Malformed)):
                verify_bytes(altered(lambda document, name=member: document.update({name: "x"})), keyring())


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.binary(min_size=32, max_size=32), JSON_VALUES)
def test_a_keyed_hash_is_hmac_sha_256_over_the_canonical_value(salt: bytes, value: Any) -> None:
    expected = hmac.new(salt, canonicalise(value), hashlib.sha256).digest()
    assert base64.b64decode(keyed_hash(salt, value)) == expected
    assert matches_keyed_hash(keyed_hash(salt, value), salt, value)


def test_another_value_salt_or_hash_does_not_match() -> None:
    salt = bytes(range(32))
    expected = keyed_hash(salt, "Nguyễn Thị Mẫu")
    assert not matches_keyed_hash(expected, salt, "Nguyễn Thị Mậu")
    assert not matches_keyed_hash(expected, salt, ["Nguyễn Thị Mẫu"])
    assert not matches_keyed_hash(expected, salt[::-1], "Nguyễn Thị Mẫu")
    assert not matches_keyed_hash(expected[:-1], salt, "Nguyễn Thị Mẫu")
    assert not matches_keyed_hash("", salt, "Nguyễn Thị Mẫu")
    assert not matches_keyed_hash("é", salt, "Nguyễn Thị Mẫu")


def test_a_value_that_cannot_be_written_as_json_matches_nothing() -> None:
    assert not matches_keyed_hash("", b"salt", float("nan"))
    assert not matches_keyed_hash("", b"salt", 2**60)


def test_a_record_that_carries_its_own_proof_inside_as_well_is_taken_apart_by_its_members() -> None:
    def twin(document: dict[str, Any]) -> None:
        document["credentialSubject"]["traceapp:a"] = {"proof": document["proof"], "z": 1}

    with pytest.raises(BadSignature):
        verify_bytes(altered(twin), keyring())
