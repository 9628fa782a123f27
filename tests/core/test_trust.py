"""The trust file: read back whole, refused when altered, and a pinned one gives way only to its rightful successor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import HOST
from tests.core.cast import EPOCH, KEYS, PRIVATE, ROOT, SIGNER, STRANGER, keys_with, trust, trust_bytes
from traceapp.core.canonical import JsonObject, canonicalise, parse_canonical
from traceapp.core.credential import Signer, secure
from traceapp.core.errors import BadSignature, KeyNotValid, Malformed, UnknownKey, VerificationError
from traceapp.core.keys import PublicKey, Role, public_bytes
from traceapp.core.log_keys import log_origin
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.trust import follow_trust, parse_trust_list, read_trust_list
from traceapp.core.vocabulary import vocabulary_hash

LATER = EPOCH + timedelta(days=100)
BODY = trust_bytes()
NEW_ROOT = Signer.of_host(HOST, STRANGER)
LOG_KEY = next(key for key in KEYS if key.role is Role.LOG)


def altered(change: Callable[[JsonObject], object], *, root: Signer = ROOT) -> bytes:
    """A trust file whose document is changed, then signed again."""
    document = parse_canonical(BODY)
    document.pop("proof")
    change(document)
    return secure(document, root, EPOCH)


def subject_with(**changes: Any) -> bytes:
    """The same with terms of its subject changed; None takes one away."""

    def change(document: JsonObject) -> None:
        for name, value in changes.items():
            document["credentialSubject"][f"traceapp:{name}"] = value

    return altered(change)


def policy(name: str = log_origin(HOST), key: bytes = LOG_KEY.raw, word: str = "log") -> str:
    """A log policy that names a log and its key."""
    return f"{word} {VerifierKey(name, Algorithm.ED25519, key).format()}\nquorum none\n"


def test_a_trust_file_reads_back_whole() -> None:
    history = (
        replace(KEYS[1], retired=LATER, compromised_since=EPOCH + timedelta(days=50), revoked=LATER, record_id="x"),
        *KEYS,
        PublicKey(
            Role.RECORD, b"k" * 32, LATER + timedelta(microseconds=5), record_id="https://id.example.vn/records/5"
        ),
    )
    found = trust(version=7, hosts=["b.vn", "a.vn", "b.vn"], keys=history, valid=(EPOCH, LATER))
    assert found.keys == history
    assert (found.host, found.version, found.hosts) == (HOST, 7, ("a.vn", "b.vn"))
    assert (found.valid_from, found.valid_until) == (EPOCH, LATER)
    assert found.log_key == VerifierKey(f"{HOST}/log", Algorithm.ED25519, LOG_KEY.raw)
    assert found.policy == policy()
    assert found.vocabulary == vocabulary_hash(HOST)
    assert tuple(found.keyring()) == history and found.keyring().pinned and not found.keyring(pinned=False).pinned


def test_the_trust_file_of_a_host_with_a_port_reads_back() -> None:
    root = Signer.of_host("localhost:8000", PRIVATE[Role.ROOT])
    found = read_trust_list(trust_bytes(host="localhost:8000", root=root))
    assert found.host == "localhost:8000" and found.log_key.name == "localhost:8000/log"


def test_the_policy_names_the_newest_log_key_in_use() -> None:
    old = replace(LOG_KEY, raw=public_bytes(STRANGER), retired=LATER)
    found = trust(keys=(*KEYS, old))
    assert found.log_key.public == LOG_KEY.raw
    with pytest.raises(KeyNotValid, match="No log key is in use"):
        trust_bytes(keys=keys_with(Role.LOG, retired=LATER))


def test_a_serial_keys_name_is_published_and_no_secret() -> None:
    terms = parse_canonical(BODY)["credentialSubject"]["traceapp:keys"]
    (serial,) = (one for one in terms if one["traceapp:role"] == "serial")
    assert bytes.fromhex(serial["traceapp:key"]) == next(key for key in KEYS if key.role is Role.SERIAL).raw


@pytest.mark.parametrize("start", range(0, len(BODY), 150))
def test_a_trust_file_with_any_bit_flipped_is_refused(start: int) -> None:
    pinned = trust(version=1)
    for at in range(start, min(start + 150, len(BODY))):
        changed = bytearray(BODY)
        changed[at] ^= 1 << at % 8
        for known in (None, pinned):
            with pytest.raises(VerificationError):
                read_trust_list(bytes(changed), pinned=known)


def test_only_a_root_key_signs_it() -> None:
    with pytest.raises(KeyNotValid, match="record key"):
        read_trust_list(trust_bytes(root=SIGNER))
    with pytest.raises(UnknownKey):
        read_trust_list(trust_bytes(root=NEW_ROOT))
    with pytest.raises(BadSignature):
        read_trust_list(trust_bytes(root=Signer(STRANGER, ROOT.verification_method)))


@pytest.mark.parametrize("proof", [None, [], "x", {}, {"verificationMethod": 5}])
def test_a_trust_file_without_a_proof_is_malformed(proof: Any) -> None:
    with pytest.raises(Malformed):
        read_trust_list(canonicalise({**parse_canonical(BODY), "proof": proof}))


def test_the_pinned_file_itself_is_trusted_as_it_is() -> None:
    pinned = trust()
    assert read_trust_list(BODY, pinned=pinned) == pinned


def test_a_newer_version_under_the_pinned_root_is_taken() -> None:
    newer = trust_bytes(version=2, keys=(*KEYS, PublicKey(Role.RECORD, b"k" * 32, LATER)))
    assert read_trust_list(newer, pinned=trust()).version == 2


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (trust_bytes(version=4), KeyNotValid, "version 4, older than the pinned version 5"),
        (trust_bytes(version=5, hosts=[HOST]), KeyNotValid, "Two different trust files call themselves version 5"),
        (
            trust_bytes(host="other.vn", version=6, root=Signer.of_host("other.vn", PRIVATE[Role.ROOT])),
            UnknownKey,
            "is of other.vn; the pinned one is of id.example.vn",
        ),
        (
            trust_bytes(version=6, keys=keys_with(Role.ROOT, raw=public_bytes(STRANGER)), root=NEW_ROOT),
            UnknownKey,
            "No",
        ),
    ],
)
def test_anything_else_is_refused_under_a_pinned_file(body: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_trust_list(body, pinned=trust(version=5))


def test_a_root_that_was_lost_or_retired_signs_no_successor() -> None:
    successor = trust_bytes(version=2)
    lost = trust_bytes(keys=keys_with(Role.ROOT, compromised_since=LATER))
    with pytest.raises(KeyNotValid, match="no longer in use"):
        read_trust_list(lost)
    for changes in ({"compromised_since": LATER}, {"retired": LATER}):
        pinned = parse_trust_list(trust_bytes(keys=keys_with(Role.ROOT, **changes)))
        with pytest.raises(KeyNotValid, match="no longer in use"):
            read_trust_list(successor, pinned=pinned)


def test_a_root_that_says_it_retires_may_still_say_so() -> None:
    keys = (*keys_with(Role.ROOT, retired=LATER), PublicKey(Role.ROOT, public_bytes(STRANGER), LATER))
    handover = trust_bytes(version=2, keys=keys)
    found = read_trust_list(handover, pinned=trust())
    assert read_trust_list(handover) == found
    third = trust_bytes(version=3, keys=keys, root=NEW_ROOT, valid=(LATER, LATER + timedelta(days=1)))
    assert read_trust_list(third, pinned=found).version == 3


def test_the_policys_key_is_one_of_the_log_keys() -> None:
    for told, message in (
        (policy(key=public_bytes(STRANGER)), "none of its log keys"),
        (policy(key=KEYS[0].raw), "none of its log keys"),
        (policy(name="other.vn/log"), "not with the log of id.example.vn"),
        (policy(word="witness"), "not with the log of id.example.vn"),
        (f"log {VerifierKey(f'{HOST}/log', Algorithm.COSIGNATURE_V1, LOG_KEY.raw).format()}\n", "not with the log"),
    ):
        with pytest.raises(Malformed, match=message):
            read_trust_list(subject_with(logPolicy=told))
    with pytest.raises(Malformed, match="compromised"):
        read_trust_list(
            altered(
                lambda document: document["credentialSubject"].update(
                    {"traceapp:keys": _terms(keys_with(Role.LOG, compromised_since=LATER))}
                )
            )
        )


def _terms(keys: tuple[PublicKey, ...]) -> list[JsonObject]:
    """Keys as a trust file lists them."""
    spare = replace(LOG_KEY, raw=b"l" * 32)
    listed: list[JsonObject] = parse_canonical(trust_bytes(keys=(*keys, spare)))["credentialSubject"]["traceapp:keys"]
    return listed


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "1"},
        {"version": 1.5},
        {"version": True},
        {"version": None},
        {"hosts": HOST},
        {"hosts": [5]},
        {"hosts": None},
        {"keys": {}},
        {"keys": ["key"]},
        {"keys": [{"traceapp:role": "owner"}]},
        {"keys": [{"traceapp:role": "record", "traceapp:key": "z6Mk", "traceapp:validFrom": "2026-01-01T00:00:00Z"}]},
        {"logPolicy": ""},
        {"logPolicy": "log"},
        {"logPolicy": f"log {HOST}/log+00000000+/w=="},
        {"logPolicy": 5},
        {"vocabulary": "hash"},
        {"vocabulary": {}},
        {"vocabulary": {"traceapp:sha256": 5}},
    ],
    ids=str,
)
def test_a_trust_file_of_another_shape_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_trust_list(subject_with(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": HOST},
        {"issuer": "did:web:other.vn"},
        {"issuer": None},
        {"type": ["VerifiableCredential"]},
        {"validFrom": "2026-01-01"},
        {"validUntil": None},
        {"credentialSubject": []},
        {"credentialSubject": None},
    ],
    ids=str,
)
def test_a_trust_file_in_another_frame_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_trust_list(altered(lambda document: document.update(changes)))


@pytest.mark.parametrize("name", ["validFrom", "retired", "revoked", "compromisedSince", "keyRecord", "role", "key"])
@pytest.mark.parametrize("value", [5, [], "", "2026-01-01"], ids=repr)
def test_a_key_of_another_shape_is_malformed(name: str, value: Any) -> None:
    keys = parse_canonical(BODY)["credentialSubject"]["traceapp:keys"]
    keys[1] = {**keys[1], f"traceapp:{name}": value}
    if name == "keyRecord" and isinstance(value, str):
        assert read_trust_list(subject_with(keys=keys)).keys[1].record_id == value
        return
    with pytest.raises(Malformed):
        read_trust_list(subject_with(keys=keys))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", BODY[:-1], BODY + b"\n", b" " + BODY])
def test_what_is_no_trust_file_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_trust_list(body)


RETIRED = (*keys_with(Role.ROOT, retired=LATER), PublicKey(Role.ROOT, public_bytes(STRANGER), EPOCH))


def test_a_change_of_root_carries_two_proofs_and_both_must_fit() -> None:
    change = trust_bytes(version=2, keys=RETIRED, new_root=NEW_ROOT)
    found = read_trust_list(change, pinned=trust())
    assert read_trust_list(change) == found
    document = parse_canonical(change)
    old, new = document["proof"]
    # Two proofs, one of them another's, none at all, or a third.
    bent = {**new, "proofValue": old["proofValue"]}
    for proofs, error in (
        ([old, bent], BadSignature),
        ([new, new], UnknownKey),
        ([old], Malformed),
        ([old] * 3, Malformed),
    ):
        with pytest.raises(error):
            read_trust_list(canonicalise({**document, "proof": proofs}), pinned=trust())


def test_whoever_skipped_the_change_of_root_goes_through_it() -> None:
    change = trust_bytes(version=2, keys=RETIRED, new_root=NEW_ROOT)
    newest = trust_bytes(version=3, keys=RETIRED, root=NEW_ROOT)
    with pytest.raises(UnknownKey, match="No root key that is pinned"):
        read_trust_list(newest, pinned=trust())
    assert follow_trust({2: change}.__getitem__, newest, trust()).version == 3
    stranger = trust_bytes(version=2, keys=keys_with(Role.ROOT, raw=public_bytes(STRANGER)), root=NEW_ROOT)
    with pytest.raises(UnknownKey):
        follow_trust({2: change}.__getitem__, stranger, trust())


def test_what_stands_below_the_policys_first_line_stays_with_the_next_version() -> None:
    assert trust(witnessing="# nobody yet\nquorum none\n").witnessing == "# nobody yet\nquorum none\n"
