"""Signed tree heads (C2SP tlog-checkpoint), witnesses' cosignatures on them (tlog-cosignature) and the request that
asks for one (tlog-witness). Keys and signed notes come from `note`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core.errors import BadSignature, KeyNotValid, Malformed, UnknownKey
from traceapp.core.merkle import HASH_SIZE
from traceapp.core.note import (
    MAX_NUMBER,
    Algorithm,
    Note,
    NoteSignature,
    VerifierKey,
    add_signatures,
    key_id,
    parse_note,
    parse_signatures,
    read_decimal,
    read_hash,
    read_proof,
    read_text,
    sign_note,
)

__all__ = [
    "AddCheckpoint",
    "Algorithm",
    "Checkpoint",
    "Note",
    "NoteSignature",
    "VerifierKey",
    "add_signatures",
    "cosign",
    "cosignature_times",
    "format_add_checkpoint",
    "key_id",
    "parse_add_checkpoint",
    "parse_checkpoint",
    "parse_note",
    "parse_signatures",
    "sign_checkpoint",
    "verify_checkpoint",
    "verify_cosignature",
]

_LINE = re.compile(r"[^\x00-\x1f\ud800-\udfff]+")
_TIME_BYTES = 8


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: which log, how many entries, their root, and lines of the log's own that the tree does not bind."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if _LINE.fullmatch(line) is None:
                raise Malformed(f"{line[:80]!r}: expected one line of text that is not empty")
        if not 0 <= self.size <= MAX_NUMBER:
            raise Malformed(f"tree size {self.size}: expected 0 to {MAX_NUMBER}")
        if len(self.root) != HASH_SIZE:
            raise Malformed(f"expected a root of {HASH_SIZE} bytes, got {len(self.root)}")

    def body(self) -> bytes:
        """The text that is signed, its final newline included."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True)
class AddCheckpoint:
    """What a log asks of a witness: the size it cosigned last, a consistency proof from there, the new checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


def parse_checkpoint(body: bytes) -> Checkpoint:
    """The text of a note as a tree head; raises Malformed. Verify the note first: here no signature is looked at."""
    text = read_text(body)
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise Malformed(f"expected a checkpoint of three lines or more, each ended by a newline, got {text[:80]!r}")
    origin, size, root, *extensions = lines
    return Checkpoint(origin, read_decimal(size), read_hash(root), tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, *private_keys: Ed25519PrivateKey) -> bytes:
    """The checkpoint as a note signed by the log, whose keys all have the origin for their name; one or more."""
    return sign_note(checkpoint.body(), checkpoint.origin, *private_keys).to_bytes()


def verify_checkpoint(note: bytes, log_key: VerifierKey) -> Checkpoint:
    """The checkpoint that the log's key signed; other keys' signatures are not looked at.

    Raises Malformed, UnknownKey (not signed by this key, or about another log), BadSignature, KeyNotValid.
    """
    # 1. The key must be one that signs checkpoints.
    _require_algorithm(log_key, Algorithm.ED25519)
    # 2. The note must carry its signature, and no bad one.
    parsed = parse_note(note)
    for signature in parsed.signatures_by(log_key):
        log_key.verify(parsed.body, signature)
    # 3. The text must be a checkpoint of the log that this key is for.
    checkpoint = parse_checkpoint(parsed.body)
    if checkpoint.origin != log_key.name:
        raise UnknownKey(f"expected a checkpoint of {log_key.name}, got one of {checkpoint.origin}")
    return checkpoint


def cosign(note: bytes, witness_private: Ed25519PrivateKey, name: str, time: int) -> bytes:
    """A witness's signature line for the checkpoint in the note, at POSIX `time`.

    The witness has verified the checkpoint and its consistency before. Malformed for a time below 0 or too large.
    """
    if not 0 <= time <= MAX_NUMBER:
        raise Malformed(f"cosignature time {time}: expected 0 to {MAX_NUMBER}")
    body = parse_note(note).body
    parse_checkpoint(body)
    key = VerifierKey.of(name, Algorithm.COSIGNATURE_V1, witness_private)
    signature = time.to_bytes(_TIME_BYTES, "big") + witness_private.sign(_cosigned(body, time))
    return f"{NoteSignature(name, key.id, signature).line()}\n".encode()


def verify_cosignature(note: bytes, witness_key: VerifierKey) -> int:
    """When the witness saw this checkpoint, in POSIX seconds; the earliest where it cosigned more than once.

    Raises Malformed, UnknownKey (not cosigned by this key), BadSignature, KeyNotValid.
    """
    _require_algorithm(witness_key, Algorithm.COSIGNATURE_V1)
    parsed = parse_note(note)
    parse_checkpoint(parsed.body)
    return min(_verify_time(parsed.body, signature, witness_key) for signature in parsed.signatures_by(witness_key))


def cosignature_times(note: bytes, witness_keys: Iterable[VerifierKey]) -> dict[VerifierKey, int]:
    """Which of these witnesses saw the checkpoint, and when. Absent ones are left out; a bad signature raises."""
    times = {}
    for key in witness_keys:
        try:
            times[key] = verify_cosignature(note, key)
        except UnknownKey:
            continue
    return times


def format_add_checkpoint(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The body of `POST /add-checkpoint`."""
    return format_head([f"old {old}"], proof) + checkpoint


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Read the body of `POST /add-checkpoint`; raises Malformed. Neither proof nor checkpoint is verified."""
    (first, *proof), checkpoint = split_head(data)
    return AddCheckpoint(read_field("old", first), read_proof(proof), checkpoint)


def format_head(fields: Iterable[str], proof: Iterable[bytes]) -> bytes:
    """Lines of fields, lines of hashes and the blank line, as they stand before a checkpoint."""
    lines = (*fields, *(base64.b64encode(each).decode() for each in proof), "")
    return "".join(f"{line}\n" for line in lines).encode()


def split_head(data: bytes) -> tuple[list[str], bytes]:
    """The lines before the first blank line, and the checkpoint after it; raises Malformed."""
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank:
        raise Malformed("expected a blank line before the checkpoint")
    return read_text(head).split("\n"), checkpoint


def read_field(name: str, line: str) -> int:
    """The number in a line such as `index 5`; raises Malformed."""
    key, space, value = line.partition(" ")
    if key != name or not space:
        raise Malformed(f"expected a line {name!r} with a number, got {line[:80]!r}")
    return read_decimal(value)


def _cosigned(body: bytes, time: int) -> bytes:
    """What a witness signs: its promise and the time, then the checkpoint's whole text."""
    return b"cosignature/v1\ntime %d\n" % time + body


def _verify_time(body: bytes, signature: bytes, key: VerifierKey) -> int:
    time = int.from_bytes(signature[:_TIME_BYTES], "big")
    if time > MAX_NUMBER:
        raise BadSignature(f"cosignature by {key.name}: time {time} is beyond 2^63 - 1")
    key.verify(_cosigned(body, time), signature[_TIME_BYTES:])
    return time


def _require_algorithm(key: VerifierKey, expected: Algorithm) -> None:
    if key.algorithm != expected:
        raise KeyNotValid(f"key {key.name}: expected type {expected:#04x} ({expected.name}), got {key.algorithm:#04x}")
