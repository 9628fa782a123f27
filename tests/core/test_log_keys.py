"""The log's keys over time: who may sign a checkpoint of which size, and what a lost key's signature is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cast import HOST
from tests.core.cast import EPOCH, KEYS, PRIVATE, STRANGER, trust, trust_bytes
from traceapp.core.checkpoint import Checkpoint, cosign, sign_checkpoint
from traceapp.core.errors import BadSignature, KeyNotValid, KeyRevoked, Malformed, UnknownKey
from traceapp.core.keys import Keyring, PublicKey, Role, public_bytes
from traceapp.core.log_keys import head_name, log_origin, require_seen_in_time, verifier_of, verify_by_log
from traceapp.core.note import Algorithm, VerifierKey, add_signatures, sign_note
from traceapp.core.policy import Witness, parse_policy, witnessing
from traceapp.core.trust import parse_trust_list

ORIGIN = log_origin(HOST)
THIRD = Ed25519PrivateKey.from_private_bytes(b"\x33" * 32)
OLD = next(key for key in KEYS if key.role is Role.LOG)
LATER = EPOCH + timedelta(days=100)
FIRST = replace(OLD, retired=LATER)
SECOND = PublicKey(Role.LOG, public_bytes(STRANGER), LATER, retired=LATER + timedelta(days=9), first_size=10)
LAST = PublicKey(Role.LOG, public_bytes(THIRD), LATER, first_size=20)
RING = Keyring(HOST, [LAST, FIRST, SECOND])
SIGNERS = {FIRST: PRIVATE[Role.LOG], SECOND: STRANGER, LAST: THIRD}


def note(size: int, *keys: PublicKey, origin: str = ORIGIN) -> bytes:
    return sign_checkpoint(Checkpoint(origin, size, bytes(32)), *(SIGNERS[key] for key in keys))


@pytest.mark.parametrize(
    ("size", "signers", "counts"),
    [
        (0, [FIRST], FIRST),
        (9, [FIRST], FIRST),
        (10, [FIRST, SECOND], SECOND),
        (10, [SECOND], SECOND),
        (19, [SECOND], SECOND),
        (20, [SECOND, LAST], LAST),
        (99, [FIRST, SECOND, LAST], LAST),
        (5, [LAST], LAST),
    ],
)
def test_a_checkpoint_counts_by_the_key_of_its_size_or_a_later_one(
    size: int, signers: list[PublicKey], counts: PublicKey
) -> None:
    checkpoint, key = verify_by_log(note(size, *signers), RING)
    assert (checkpoint.size, key) == (size, counts)


@pytest.mark.parametrize(("size", "signers"), [(10, [FIRST]), (20, [SECOND]), (20, [FIRST, SECOND]), (10**9, [FIRST])])
def test_a_checkpoint_signed_by_a_retired_key_is_refused(size: int, signers: list[PublicKey]) -> None:
    with pytest.raises(KeyNotValid, match="retired log key only"):
        verify_by_log(note(size, *signers), RING)


def test_a_retired_key_without_a_successor_on_record_signs_nothing_any_more() -> None:
    with pytest.raises(KeyNotValid, match="from 0 entries on"):
        verify_by_log(note(1, FIRST), Keyring(HOST, [replace(LAST, first_size=None), FIRST]))


def test_a_bad_signature_of_any_known_key_spoils_a_checkpoint_and_unknown_keys_do_not() -> None:
    stray = note(12, FIRST).partition(b"\n\n")[2]
    with pytest.raises(BadSignature):
        verify_by_log(add_signatures(note(11, SECOND), stray), RING)
    assert verify_by_log(add_signatures(note(11, SECOND), stray), Keyring(HOST, [SECOND]))[0].size == 11
    with pytest.raises(UnknownKey, match="signed by"):
        verify_by_log(note(11, SECOND), Keyring(HOST, [FIRST]))


def test_a_checkpoint_of_another_log_is_refused_though_the_right_key_signed_it() -> None:
    other = sign_checkpoint(Checkpoint("id.other.vn/log", 3, bytes(32)), PRIVATE[Role.LOG])
    with pytest.raises(UnknownKey, match="no signature by"):
        verify_by_log(other, RING)
    body = Checkpoint("id.other.vn/log", 3, bytes(32)).body()
    with pytest.raises(UnknownKey, match="expected a checkpoint of"):
        verify_by_log(sign_note(body, ORIGIN, PRIVATE[Role.LOG]).to_bytes(), RING)
    with pytest.raises(Malformed):
        verify_by_log(sign_note(b"no checkpoint\n", ORIGIN, PRIVATE[Role.LOG]).to_bytes(), RING)


def test_what_a_lost_key_signed_counts_where_it_was_seen_before_or_a_good_key_signed_it_too() -> None:
    lost = replace(FIRST, compromised_since=LATER)
    ring = Keyring(HOST, [lost, SECOND])
    key = verify_by_log(note(5, FIRST), ring)[1]
    assert key == lost
    require_seen_in_time(key, LATER - timedelta(seconds=1))
    for seen in (None, LATER, LATER + timedelta(days=1)):
        with pytest.raises(KeyRevoked, match="compromised since"):
            require_seen_in_time(key, seen)
    assert verify_by_log(note(12, FIRST, SECOND), ring)[1] == SECOND
    require_seen_in_time(SECOND, None)


def test_a_trust_file_names_the_keys_that_sign_side_by_side_the_newest_first() -> None:
    others = [key for key in KEYS if key.role is not Role.LOG]
    witness = witnessing([Witness("w1", verifier_for_witness())], 1)
    found = trust(keys=[*others, FIRST, replace(SECOND, retired=None)], witnessing=witness, valid=(EPOCH, LATER))
    assert [key.public for key in parse_policy(found.policy).logs] == [SECOND.raw, FIRST.raw]
    assert (found.log_key, found.witnessing) == (verifier_of(HOST, SECOND), witness)
    assert [key.first_size for key in found.keys if key.role is Role.LOG] == [None, 10]
    ended = trust(keys=[*others, FIRST, replace(SECOND, retired=None)], valid=(LATER, LATER + timedelta(days=1)))
    assert [key.public for key in parse_policy(ended.policy).logs] == [SECOND.raw]


def verifier_for_witness() -> VerifierKey:
    return VerifierKey.of("w.example.vn/1", Algorithm.COSIGNATURE_V1, THIRD)


def test_a_trust_file_whose_policy_names_a_log_key_without_a_history_is_none() -> None:
    body = trust_bytes()
    stray = b"log " + verifier_of(HOST, LAST).format().encode() + b"\\nquorum none"
    with pytest.raises(Malformed, match="none of its log keys"):
        parse_trust_list(body.replace(b"\\nquorum none", b"\\n" + stray))


def test_a_cosigned_note_keeps_both_signatures_of_the_log() -> None:
    signed = note(10, SECOND, FIRST)
    cosigned = add_signatures(signed, cosign(signed, THIRD, "w.example.vn/1", 1_790_000_000))
    assert cosigned.count(b"\xe2\x80\x94 ") == 3
    assert verify_by_log(cosigned, RING)[1] == SECOND


def test_a_log_is_filed_under_the_hash_of_its_name() -> None:
    # printf %s example.com/log | sha256sum
    assert head_name("example.com/log") == sha256(b"example.com/log").hexdigest()
    assert head_name("example.com/log") != head_name("example.com/log/")
