"""Signed notes and the keys that sign them (C2SP signed-note): a text, a blank line, one line per signature."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from traceapp.core.counted import Counted
from traceapp.core.errors import BadSignature, CannotBeChecked, Malformed, UnknownKey

# The standard asks for at least 16 signatures of up to 5 kB each.
MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 256 * 1024
MAX_NUMBER = 2**63 - 1
MAX_PROOF_HASHES = 63

_HASH_BYTES = 32
_SIGNATURE_PREFIX = "\N{EM DASH} "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class Algorithm(IntEnum):
    """The signature type byte of a key."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


@dataclass(frozen=True)
class VerifierKey:
    """A named Ed25519 public key and what it signs: notes (a log's key), or timestamped cosignatures (a witness's)."""

    name: str
    algorithm: Algorithm
    public: bytes

    def __post_init__(self) -> None:
        _require_name(self.name)
        if len(self.public) != 32:
            raise Malformed(f"key {self.name}: expected a public key of 32 bytes, got {len(self.public)}")

    @classmethod
    def of(cls, name: str, algorithm: Algorithm, private_key: Ed25519PrivateKey) -> VerifierKey:
        """The public half of a private key, under a name."""
        return cls(name, algorithm, _public_half(private_key))

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read `name+id+key`. Malformed where the parts do not fit each other, CannotBeChecked on another algorithm."""
        name, _, rest = vkey.partition("+")
        stated_id, _, encoded = rest.partition("+")
        key = read_base64(encoded)
        if _KEY_ID.fullmatch(stated_id) is None or not key:
            raise Malformed(f"{vkey[:200]!r} is no verifier key; expected name+8 hex digits+base64")
        try:
            algorithm = Algorithm(key[0])
        except ValueError as cause:
            raise CannotBeChecked(f"key {name}: signature type {key[0]:#04x} is neither 0x01 nor 0x04") from cause
        parsed = cls(name, algorithm, key[1:])
        if parsed.id.hex() != stated_id:
            raise Malformed(f"key {name}: expected id {parsed.id.hex()}, got {stated_id}; copy the key again")
        return parsed

    def format(self) -> str:
        """`name+id+key`, as others configure it."""
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature line."""
        return key_id(self.name, self.algorithm, self.public)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises BadSignature unless this key made the Ed25519 signature over exactly these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature as cause:
            raise BadSignature(f"signature by {self.name}+{self.id.hex()} does not fit the text") from cause


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: who says so, and the bytes after the key id. Not verified."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note, without its newline."""
        return f"{_SIGNATURE_PREFIX}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}"


@dataclass(frozen=True)
class Note:
    """A text with its final newline, and its signatures. Nothing in it is verified."""

    body: bytes
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise Malformed(f"expected 1 to {MAX_SIGNATURES} signatures on a note, got {len(self.signatures)}")

    def to_bytes(self) -> bytes:
        """The note as it is served; what `parse_note` read comes back byte for byte."""
        return self.body + b"\n" + "".join(f"{signature.line()}\n" for signature in self.signatures).encode()

    def signatures_by(self, key: VerifierKey) -> tuple[bytes, ...]:
        """The signatures under that key's name and id, one or more; raises UnknownKey where there is none."""
        found = tuple(s.signature for s in self.signatures if (s.name, s.key_id) == (key.name, key.id))
        if not found:
            signers = ", ".join(f"{s.name}+{s.key_id.hex()}" for s in self.signatures[:16])
            raise UnknownKey(f"no signature by {key.name}+{key.id.hex()}; signed by {signers}")
        return found


@lru_cache(maxsize=8)
def _public_half(private_key: Ed25519PrivateKey) -> bytes:
    # A log signs with one key for years: half of what signing a note takes would go into this.
    return private_key.public_key().public_bytes_raw()


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """The four bytes that name a key: of SHA-256 over the name, a newline, the type byte and the public key."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def parse_note(data: bytes) -> Note:
    """Read a signed note; raises Malformed. The text must not be used before a signature on it is verified."""
    if len(data) > MAX_NOTE_BYTES:
        raise Malformed(f"a note of {Counted(len(data)):byte|bytes} is too long; the most is {MAX_NOTE_BYTES}")
    read_text(data)
    # The text may hold blank lines itself; the last one ends it.
    body, blank, lines = data.rpartition(b"\n\n")
    if not blank:
        raise Malformed("a signed note needs a blank line between its text and its signatures")
    return Note(body + b"\n", parse_signatures(lines))


def parse_signatures(lines: bytes) -> tuple[NoteSignature, ...]:
    """Signature lines, each ended by a newline, as a note carries them and a witness answers; raises Malformed."""
    text = read_text(lines)
    if not text.endswith("\n"):
        raise Malformed("the signature lines must end in a newline")
    return tuple(_parse_signature(line) for line in text[:-1].split("\n"))


def add_signatures(note: bytes, lines: bytes) -> bytes:
    """The note with more signature lines at its end; those it has already are not repeated. Nothing is verified."""
    parsed = parse_note(note)
    merged = dict.fromkeys((*parsed.signatures, *parse_signatures(lines)))
    return Note(parsed.body, tuple(merged)).to_bytes()


def sign_note(body: bytes, name: str, *private_keys: Ed25519PrivateKey) -> Note:
    """A note with an Ed25519 signature over its text by each of these keys, all under one name."""
    return Note(body, tuple(NoteSignature(name, _id_of(name, key), key.sign(body)) for key in private_keys))


@lru_cache(maxsize=8)
def _id_of(name: str, private_key: Ed25519PrivateKey) -> bytes:
    return VerifierKey.of(name, Algorithm.ED25519, private_key).id


def read_text(data: bytes) -> str:
    """UTF-8 without control characters other than newline; raises Malformed."""
    try:
        text = data.decode()
    except UnicodeDecodeError as cause:
        raise Malformed(f"expected UTF-8 text, got byte {data[cause.start]:#04x} at {cause.start}") from cause
    if control := _CONTROL.search(text):
        raise Malformed(f"control character {control.group()!r} at {control.start()} is not allowed")
    return text


def read_decimal(text: str) -> int:
    """A number from 0 to 2^63 - 1 without sign or leading zeroes; raises Malformed."""
    if _DECIMAL.fullmatch(text) is None or int(text) > MAX_NUMBER:
        raise Malformed(f"expected a decimal number up to {MAX_NUMBER} without leading zeroes, got {text[:80]!r}")
    return int(text)


def read_base64(text: str) -> bytes:
    """Standard base64 with padding, in its only canonical form; raises Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as cause:
        raise Malformed(f"expected base64, got {text[:80]!r}") from cause
    if base64.b64encode(data).decode() != text:
        raise Malformed(f"base64 {text[:80]!r} is not canonical; its last characters carry stray bits")
    return data


def read_hash(text: str) -> bytes:
    """A SHA-256 hash in base64; raises Malformed."""
    data = read_base64(text)
    if len(data) != _HASH_BYTES:
        raise Malformed(f"expected a hash of {_HASH_BYTES} bytes, got {len(data)}")
    return data


def read_proof(lines: Sequence[str]) -> tuple[bytes, ...]:
    """The hashes of a Merkle proof, one a line; raises Malformed."""
    if len(lines) > MAX_PROOF_HASHES:
        raise Malformed(f"a proof has at most {MAX_PROOF_HASHES} hashes, got {len(lines)}")
    return tuple(read_hash(line) for line in lines)


def _parse_signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(_SIGNATURE_PREFIX):
        raise Malformed(f"expected a signature line that starts with an em dash, got {line[:80]!r}")
    _require_name(name)
    data = read_base64(encoded)
    if len(data) <= 4:
        raise Malformed(
            f"signature by {name}: expected a key id of 4 bytes and a signature, got {Counted(len(data)):byte|bytes}"
        )
    return NoteSignature(name, data[:4], data[4:])


def _require_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise Malformed(f"key name {name[:80]!r}: expected a name without spaces or plus signs")
