"""Checkpoints, witnesses' cosignatures, and the request for one."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core import checkpoint as cp
from traceapp.core.checkpoint import Algorithm, Checkpoint, VerifierKey, verify_checkpoint, verify_cosignature
from traceapp.core.errors import BadSignature, KeyNotValid, Malformed, TraceappError, UnknownKey
from traceapp.core.merkle import EMPTY_ROOT, leaf_hash, root_of
from traceapp.core.tiles import encode_entries, entries_path, tile_path

VECTORS = Path(__file__).resolve().parents[2].parent / "shared/vectors/tlog.json"

LOG_NAME, WITNESS_NAME = "trace.example.vn/log", "witness.example.vn/w1"
LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
LOG_KEY = VerifierKey.of(LOG_NAME, Algorithm.ED25519, LOG)
WITNESS_KEY = VerifierKey.of(WITNESS_NAME, Algorithm.COSIGNATURE_V1, WITNESS)
TIME = 1_763_740_800

THREE = Checkpoint(LOG_NAME, 3, root_of([leaf_hash(entry) for entry in (b"a", b"b", b"c")]))
BODY = b"trace.example.vn/log\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n"
SIGNATURE = (
    "— trace.example.vn/log "
    "BNWt/wOn1fdZeEXXqLTEUAiwI5u8kqw1hXOoOSLYTHMwVM90DRVMZk2+lWi23sDRQMf/zJpx48g5DUqRREHShoVu4A0=\n"
).encode()
SIGNED = BODY + b"\n" + SIGNATURE
COSIGNATURE = (
    "— witness.example.vn/w1 "
    "LjwcsQAAAABpIIyA60NGn29Bzh9b2ppVB0dcS5YHySNPPGlc5GDb2A6gj0uFv8WLYVHYNuvrn2AOqehcAPrnkyRfRwnMHePH6yNBBA==\n"
).encode()


def signature_line(name: str, data: bytes) -> bytes:
    return f"— {name} {base64.b64encode(data).decode()}\n".encode()


def resigned(body: bytes, key: Ed25519PrivateKey = LOG, name: str = LOG_NAME) -> bytes:
    verifier = VerifierKey.of(name, Algorithm.ED25519, key)
    return body + b"\n" + signature_line(name, verifier.id + key.sign(body))


def test_a_checkpoint_is_signed_byte_for_byte_as_worked_out() -> None:
    assert THREE.body() == BODY
    assert cp.sign_checkpoint(THREE, LOG) == SIGNED
    assert verify_checkpoint(SIGNED, LOG_KEY) == THREE


def test_a_cosignature_is_made_byte_for_byte_as_worked_out() -> None:
    assert cp.cosign(SIGNED, WITNESS, WITNESS_NAME, TIME) == COSIGNATURE
    assert verify_cosignature(cp.add_signatures(SIGNED, COSIGNATURE), WITNESS_KEY) == TIME


def test_the_published_vectors_agree() -> None:
    if not VECTORS.exists():
        pytest.skip("the folder of published vectors is not here; the worked values above are the same")
    vectors: dict[str, Any] = json.loads(VECTORS.read_text())
    note = vectors["checkpoint"].encode()
    log, witness = VerifierKey.parse(vectors["log_vkey"]), VerifierKey.parse(vectors["witness_vkey"])
    assert (log, witness) == (LOG_KEY, WITNESS_KEY)
    assert verify_checkpoint(note, log).root.hex() == vectors["root"]
    assert cp.cosignature_times(note, [witness]) == {witness: TIME}
    assert cp.add_signatures(cp.sign_checkpoint(THREE, LOG), cp.cosign(note, WITNESS, WITNESS_NAME, TIME)) == note
    assert leaf_hash(b"a").hex() == vectors["leaf_a"]
    assert encode_entries([b"a", b"b", b"c"]).hex() == vectors["entries_bundle"]["hex"]
    assert entries_path(0, 3) == vectors["entries_bundle"]["path"]
    assert {index: tile_path(0, int(index)) for index in vectors["tile_paths"]} == {
        index: f"tile/0/{groups}" for index, groups in vectors["tile_paths"].items()
    }


def test_an_empty_log_and_extension_lines_are_signed_too() -> None:
    for checkpoint in (
        Checkpoint(LOG_NAME, 0, EMPTY_ROOT),
        Checkpoint(LOG_NAME, 2**63 - 1, bytes(32), ("nhật ký", "two words")),
    ):
        assert verify_checkpoint(cp.sign_checkpoint(checkpoint, LOG), LOG_KEY) == checkpoint


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 3, bytes(32), ()),
        ("two\nlines", 3, bytes(32), ()),
        ("\ud800", 3, bytes(32), ()),
        (LOG_NAME, -1, bytes(32), ()),
        (LOG_NAME, 2**63, bytes(32), ()),
        (LOG_NAME, 3, bytes(31), ()),
        (LOG_NAME, 3, bytes(32), ("",)),
        (LOG_NAME, 3, bytes(32), ("a\n",)),
        (LOG_NAME, 3, bytes(32), ("a\tb",)),
    ],
)
def test_an_impossible_checkpoint_cannot_be_built(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(Malformed):
        Checkpoint(origin, size, root, extensions)


def test_a_log_whose_origin_is_no_key_name_cannot_sign() -> None:
    with pytest.raises(Malformed, match="key name"):
        cp.sign_checkpoint(Checkpoint("a log", 0, EMPTY_ROOT), LOG)


@pytest.mark.parametrize(
    "body",
    [
        BODY[:-1],
        BODY + b"\n",
        BODY + b"\nextension\n",
        b"\n" + BODY,
        BODY.replace(b"\n3\n", b"\n03\n"),
        BODY.replace(b"\n3\n", b"\n-3\n"),
        BODY.replace(b"\n3\n", "\n३\n".encode()),
        BODY.replace(b"\n3\n", b"\n9223372036854775808\n"),
        BODY.replace(b"HsE=", b"HsF="),
        BODY.replace(b"HsE=", b"HsE"),
        BODY.replace(b"NmQu", b""),
        b"trace.example.vn/log\n3\n",
        b"\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        verify_checkpoint(resigned(body), LOG_KEY)
    with pytest.raises(Malformed):
        cp.parse_checkpoint(body)


def test_a_checkpoint_with_any_bit_flipped_is_refused() -> None:
    for bit in range(len(SIGNED) * 8):
        damaged = (int.from_bytes(SIGNED, "big") ^ 1 << bit).to_bytes(len(SIGNED), "big")
        with pytest.raises((Malformed, BadSignature, UnknownKey)):
            verify_checkpoint(damaged, LOG_KEY)


def test_signatures_by_unknown_keys_and_of_unknown_types_are_ignored() -> None:
    strangers = b"".join(signature_line(f"witness{number}.example", bytes(number + 5)) for number in range(15))
    same_name = signature_line(LOG_NAME, bytes(68))
    same_id = signature_line("another.example/log", LOG_KEY.id + bytes(64))
    head, _, own = SIGNED.partition(b"\n\n")
    note = head + b"\n\n" + strangers + same_name + own + same_id
    assert verify_checkpoint(note, LOG_KEY) == THREE


def test_a_bad_signature_by_the_known_key_spoils_the_note_beside_a_good_one() -> None:
    bad = signature_line(LOG_NAME, LOG_KEY.id + bytes(64))
    head, _, own = SIGNED.partition(b"\n\n")
    for signatures in (own + bad, bad + own, bad):
        with pytest.raises(BadSignature):
            verify_checkpoint(head + b"\n\n" + signatures, LOG_KEY)


def test_a_checkpoint_of_another_log_is_refused_though_the_key_signed_it() -> None:
    other = Checkpoint("other.example/log", 3, THREE.root).body()
    with pytest.raises(UnknownKey, match=r"expected a checkpoint of trace\.example\.vn/log, got one of other"):
        verify_checkpoint(resigned(other), LOG_KEY)


def test_a_checkpoint_without_the_logs_signature_is_refused() -> None:
    with pytest.raises(UnknownKey):
        verify_checkpoint(BODY + b"\n" + COSIGNATURE, LOG_KEY)


def test_a_witness_key_signs_no_checkpoint_and_a_log_key_no_cosignature() -> None:
    note = SIGNED + COSIGNATURE
    with pytest.raises(KeyNotValid, match="expected type 0x01"):
        verify_checkpoint(note, WITNESS_KEY)
    with pytest.raises(KeyNotValid, match="expected type 0x04"):
        verify_cosignature(note, LOG_KEY)


@pytest.mark.many
def test_a_cosignature_with_any_bit_flipped_is_refused() -> None:
    raw = base64.b64decode(COSIGNATURE.split(b" ")[2])
    for bit in range(len(raw) * 8):
        damaged = (int.from_bytes(raw, "big") ^ 1 << bit).to_bytes(len(raw), "big")
        with pytest.raises((BadSignature, UnknownKey)):
            verify_cosignature(SIGNED + signature_line(WITNESS_NAME, damaged), WITNESS_KEY)


def test_a_cosignature_of_another_checkpoint_is_bad() -> None:
    larger = cp.sign_checkpoint(Checkpoint(LOG_NAME, 4, THREE.root), LOG)
    with pytest.raises(BadSignature):
        verify_cosignature(larger + COSIGNATURE, WITNESS_KEY)


def test_a_cosignature_is_no_signature_of_the_note_itself() -> None:
    plain = signature_line(WITNESS_NAME, WITNESS_KEY.id + WITNESS.sign(BODY))
    with pytest.raises(BadSignature):
        verify_cosignature(SIGNED + plain, WITNESS_KEY)


def test_a_cosignature_beyond_the_range_of_time_is_bad() -> None:
    time = 2**63
    signature = time.to_bytes(8, "big") + WITNESS.sign(b"cosignature/v1\ntime %d\n" % time + BODY)
    with pytest.raises(BadSignature, match="beyond"):
        verify_cosignature(SIGNED + signature_line(WITNESS_NAME, WITNESS_KEY.id + signature), WITNESS_KEY)


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_witness_cannot_cosign_outside_the_range_of_time(time: int) -> None:
    with pytest.raises(Malformed, match="cosignature time"):
        cp.cosign(SIGNED, WITNESS, WITNESS_NAME, time)


def test_a_witness_cosigns_checkpoints_only() -> None:
    with pytest.raises(Malformed):
        cp.cosign(resigned(b"any text\n"), WITNESS, WITNESS_NAME, TIME)


def test_of_two_cosignatures_by_one_witness_the_earlier_time_counts() -> None:
    later = cp.cosign(SIGNED, WITNESS, WITNESS_NAME, TIME + 60)
    assert verify_cosignature(SIGNED + later + COSIGNATURE, WITNESS_KEY) == TIME


def test_witnesses_that_did_not_cosign_are_left_out_and_a_bad_one_is_reported() -> None:
    absent = VerifierKey.of("witness.example.vn/w2", Algorithm.COSIGNATURE_V1, LOG)
    assert cp.cosignature_times(SIGNED + COSIGNATURE, [WITNESS_KEY, absent]) == {WITNESS_KEY: TIME}
    assert cp.cosignature_times(SIGNED, [WITNESS_KEY]) == {}
    with pytest.raises(BadSignature):
        cp.cosignature_times(SIGNED + signature_line(WITNESS_NAME, WITNESS_KEY.id + bytes(72)), [WITNESS_KEY])


def test_a_request_to_a_witness_is_laid_out_as_the_standard_says() -> None:
    body = cp.format_add_checkpoint(2, [leaf_hash(b"c")], SIGNED)
    assert body == b"old 2\n" + base64.b64encode(leaf_hash(b"c")) + b"\n\n" + SIGNED
    assert cp.parse_add_checkpoint(body) == cp.AddCheckpoint(2, (leaf_hash(b"c"),), SIGNED)


def test_a_first_request_to_a_witness_carries_no_proof() -> None:
    body = cp.format_add_checkpoint(0, [], SIGNED)
    assert body == b"old 0\n\n" + SIGNED
    assert cp.parse_add_checkpoint(body) == cp.AddCheckpoint(0, (), SIGNED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 2\n",
        b"old 2" + b"\r\n\r\n" + SIGNED,
        b"old  2\n\n" + SIGNED,
        b"old 02\n\n" + SIGNED,
        b"old\n\n" + SIGNED,
        b"old \n\n" + SIGNED,
        b"older 2\n\n" + SIGNED,
        b"2\n\n" + SIGNED,
        b"\n\n" + SIGNED,
        b"old 2\nno hash\n\n" + SIGNED,
        b"old 2\n" + base64.b64encode(bytes(31)) + b"\n\n" + SIGNED,
        b"old 2\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n" + SIGNED,
    ],
)
def test_a_request_to_a_witness_in_any_other_form_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        cp.parse_add_checkpoint(body)


@pytest.mark.many
@given(st.integers(0, 400), st.integers(0, 6), st.binary(max_size=6))
def test_no_damage_to_a_request_or_checkpoint_breaks_a_parser(at: int, cut: int, put: bytes) -> None:
    request = cp.format_add_checkpoint(2, [leaf_hash(b"c")], SIGNED + COSIGNATURE)
    damaged = request[:at] + put + request[at + cut :]
    with suppress(TraceappError):
        parsed = cp.parse_add_checkpoint(damaged)
        assert cp.format_add_checkpoint(parsed.old, parsed.proof, parsed.checkpoint) == damaged
        verify_checkpoint(parsed.checkpoint, LOG_KEY)
        verify_cosignature(parsed.checkpoint, WITNESS_KEY)


@given(st.binary())
def test_no_bytes_break_a_parser(data: bytes) -> None:
    for tried in (data, b"old 1\n\n" + data):
        with suppress(TraceappError):
            cp.parse_add_checkpoint(tried)
    with suppress(TraceappError):
        assert cp.parse_checkpoint(data).body() == data
