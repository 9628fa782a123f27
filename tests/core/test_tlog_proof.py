"""Proof files: one entry, one path, one checkpoint, checked offline."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.checkpoint import Algorithm, Checkpoint, VerifierKey, sign_checkpoint
from traceapp.core.errors import BadSignature, CannotBeChecked, Malformed, NotInLog, TraceappError, UnknownKey
from traceapp.core.merkle import inclusion_proof, leaf_hash, root_of
from traceapp.core.tlog_proof import MAX_PROOF_BYTES, TlogProof, format_proof, parse_proof, verify_proof

ENTRIES = (b"a", b"b", b"c", b"d", b"e")
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = VerifierKey.of("trace.example.vn/log", Algorithm.ED25519, PRIVATE)
SIGNED = sign_checkpoint(Checkpoint("trace.example.vn/log", 5, root_of(LEAVES)), PRIVATE)


def path_of(index: int) -> tuple[bytes, ...]:
    return inclusion_proof(index, 5, lambda level, at: root_of(LEAVES[at << level : (at + 1) << level]))


PROOF = format_proof(2, path_of(2), SIGNED)


def test_a_proof_file_is_laid_out_as_the_standard_says() -> None:
    hashes = [base64.b64encode(sibling).decode() for sibling in path_of(2)]
    lines = ["c2sp.org/tlog-proof@v1", "index 2", *hashes, "", ""]
    assert "\n".join(lines).encode() + SIGNED == PROOF


def test_extra_data_stands_in_the_second_line() -> None:
    proof = format_proof(4, path_of(4), SIGNED, b"age-v1.2.1.tar.gz")
    assert proof.split(b"\n")[:3] == [b"c2sp.org/tlog-proof@v1", b"extra YWdlLXYxLjIuMS50YXIuZ3o=", b"index 4"]
    assert parse_proof(proof) == TlogProof(4, path_of(4), SIGNED, b"age-v1.2.1.tar.gz")


def test_without_extra_data_there_is_no_such_line() -> None:
    assert format_proof(2, path_of(2), SIGNED, b"") == PROOF
    assert parse_proof(PROOF) == TlogProof(2, path_of(2), SIGNED, None)


@pytest.mark.parametrize("index", range(5))
def test_every_entry_of_the_log_is_proved(index: int) -> None:
    proof = parse_proof(format_proof(index, path_of(index), SIGNED))
    assert verify_proof(proof, ENTRIES[index], LOG_KEY).size == 5


def test_the_only_entry_of_a_log_needs_no_path() -> None:
    alone = sign_checkpoint(Checkpoint("trace.example.vn/log", 1, LEAVES[0]), PRIVATE)
    proof = format_proof(0, (), alone)
    assert proof == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + alone
    assert verify_proof(parse_proof(proof), b"a", LOG_KEY).size == 1


def test_another_entry_index_or_path_is_not_in_the_log() -> None:
    for index, path, entry in ((2, path_of(2), b"b"), (3, path_of(2), b"c"), (2, path_of(3), b"c"), (5, (), b"c")):
        with pytest.raises(NotInLog):
            verify_proof(TlogProof(index, path, SIGNED), entry, LOG_KEY)


def test_a_proof_to_a_checkpoint_that_the_log_did_not_sign_is_refused() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    forged = sign_checkpoint(Checkpoint("trace.example.vn/log", 5, root_of(LEAVES)), stranger)
    with pytest.raises(UnknownKey):
        verify_proof(TlogProof(2, path_of(2), forged), b"c", LOG_KEY)
    with pytest.raises(BadSignature):
        verify_proof(TlogProof(2, path_of(2), SIGNED.replace(b"\n5\n", b"\n6\n")), b"c", LOG_KEY)


def test_a_newer_version_of_the_format_cannot_be_checked() -> None:
    with pytest.raises(CannotBeChecked, match="v2"):
        parse_proof(PROOF.replace(b"@v1", b"@v2"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v1\n\n" + SIGNED,
        b"c2sp.org/tlog-proof\nindex 0\n\n" + SIGNED,
        b"index 2\n\n" + SIGNED,
        PROOF.replace(b"\n", b"\r\n"),
        PROOF.replace(b"index 2", b"index 02"),
        PROOF.replace(b"index 2", b"index -2"),
        PROOF.replace(b"index 2", b"index 9223372036854775808"),
        PROOF.replace(b"index 2", b"2"),
        PROOF.replace(b"index 2", b"extra \nindex 2"),
        PROOF.replace(b"index 2", b"extra ???\nindex 2"),
        PROOF.replace(b"index 2", b"extra YQ==\nextra YQ==\nindex 2"),
        PROOF.replace(b"index 2\n", b"extra YQ==\n"),
        PROOF.replace(b"index 2\n", b"index 2\nextra YQ==\n"),
        b"c2sp.org/tlog-proof@v1\nextra YQ==\n\n" + SIGNED,
        PROOF.partition(b"\n\n")[0],
        b"c2sp.org/tlog-proof@v1\nindex 2\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n" + SIGNED,
        PROOF + bytes(MAX_PROOF_BYTES),
    ],
)
def test_what_is_not_exactly_a_proof_file_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_proof(data)


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.binary())
def test_a_proof_is_read_as_it_was_written(index: int, path: list[bytes], extra: bytes) -> None:
    assert parse_proof(format_proof(index, path, SIGNED, extra)) == TlogProof(index, tuple(path), SIGNED, extra or None)


@given(st.integers(0, len(PROOF)), st.integers(0, 6), st.binary(max_size=6))
def test_no_damage_to_a_proof_is_accepted_or_breaks_the_parser(at: int, cut: int, put: bytes) -> None:
    damaged = PROOF[:at] + put + PROOF[at + cut :]
    with suppress(TraceappError):
        proof = parse_proof(damaged)
        assert format_proof(proof.index, proof.path, proof.checkpoint, proof.extra) == damaged
        assert verify_proof(proof, b"c", LOG_KEY).size == 5
        assert (proof.index, proof.path) == (2, path_of(2))


@given(st.binary())
def test_no_bytes_break_the_parser(data: bytes) -> None:
    for tried in (data, b"c2sp.org/tlog-proof@v1\n" + data, PROOF + data):
        with suppress(TraceappError):
            parse_proof(tried)
