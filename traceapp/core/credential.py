"""A record: a W3C Verifiable Credential 2.0 with an embedded Data Integrity proof, cryptosuite eddsa-jcs-2022.

The proof signs SHA-256(JCS(proof without proofValue)) ‖ SHA-256(JCS(document without proof)), proof hash first
(vc-di-eddsa section 3.3). What is stored and logged is the JCS form of the secured document.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core import keys
from traceapp.core.canonical import Json, JsonObject, as_sorted, canonicalise, parse_canonical
from traceapp.core.counted import Counted
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import BadSignature, InvalidEvent, KeyNotValid, Malformed
from traceapp.core.keys import Keyring, PublicKey, Role

CRYPTOSUITE = "eddsa-jcs-2022"
_NO_PROOF = b',"proof":null,'
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Signer:
    """Whoever signs records: a private key and the verification method that names its public half."""

    private: Ed25519PrivateKey
    verification_method: str

    @classmethod
    def of_host(cls, host: str, private: Ed25519PrivateKey) -> Signer:
        """The service's own signer: `did:web:HOST#multikey`."""
        return cls(private, f"{keys.did_web(host)}#{keys.multikey(keys.public_bytes(private))}")

    @property
    def did(self) -> str:
        """The issuer this signer speaks for."""
        return self.verification_method.partition("#")[0]


def secure(document: JsonObject, signer: Signer, created: datetime) -> bytes:
    """Sign `document` and return the JCS bytes of the secured document (vc-di-eddsa, Create Proof)."""
    # JCS sorts keys, so the proof has one place between two halves that are written once: signed apart, stored joined.
    # The same goes for the signature within the proof.
    before, after = _around_proof(document)
    start, end = _proof_halves(tuple(document["@context"]), created.replace(microsecond=0), signer.verification_method)
    hash_data = hashlib.sha256(start + b"," + end).digest() + hashlib.sha256(before + b"," + after).digest()
    signature = keys.base58_encode(signer.private.sign(hash_data)).encode()
    return b"".join((before, b',"proof":', start, b',"proofValue":"z', signature, b'",', end, b",", after))


def _around_proof(document: JsonObject) -> tuple[bytes, bytes]:
    """The canonical bytes before the comma in front of the proof, and after the one behind it."""
    whole = canonicalise({**document, "proof": None})
    # A quotation mark within a text is escaped, so that this can only be a member: ours, or one further inside.
    before, place, after = whole.partition(_NO_PROOF)
    if place and _NO_PROOF not in after:
        return before, after
    before = canonicalise({name: value for name, value in document.items() if name < "proof"})[:-1]
    return before, canonicalise({name: value for name, value in document.items() if name > "proof"})[1:]


@lru_cache(maxsize=16)
def _proof_halves(context: tuple[str, ...], created: datetime, method: str) -> tuple[bytes, bytes]:
    """A proof's bytes before and after its value: the same for all that one key signs in a second."""
    start = {
        "@context": context,
        "created": rfc3339(created),
        "cryptosuite": CRYPTOSUITE,
        "proofPurpose": "assertionMethod",
    }
    end = {"type": "DataIntegrityProof", "verificationMethod": method}
    return canonicalise(start)[:-1], canonicalise(end)[1:]


def verify_bytes(data: bytes, keyring: Keyring, role: Role = Role.RECORD) -> tuple[JsonObject, PublicKey]:
    """Check stored record bytes: canonical form, issuer, proof. Returns the document (proof included) and its key.

    Raises Malformed, UnknownKey, KeyNotValid or BadSignature.
    """
    return verify_by(data, lambda method, _: keyring.find(method, role))


def verify_by(data: bytes, find: Callable[[str, JsonObject], PublicKey]) -> tuple[JsonObject, PublicKey]:
    """`verify_bytes` with whatever key `find` gives for the proof's verification method and the document.

    It raises what that raises, KeyNotValid also where the key is not the issuer's, and whatever `find` raises.
    """
    document = parse_canonical(data)
    proof = _proof_of(document)
    key = find(_text(proof, "verificationMethod"), document)
    if document.get("issuer") != _text(proof, "verificationMethod").partition("#")[0]:
        raise KeyNotValid(f"The issuer {str(document.get('issuer'))[:80]!r} is not who holds the proof's key.")
    _verify_proof(document, key.raw, *_signed_parts(data, proof))
    _require_valid_at(key, _signed_at(proof))
    return document, key


def verify_proof(document: Mapping[str, Any], raw_key: bytes) -> None:
    """Check the proof of a parsed document against one public key (vc-di-eddsa, Verify Proof)."""
    _verify_proof(document, raw_key, None, None)


def _signed_parts(data: bytes, proof: JsonObject) -> tuple[bytes | None, bytes | None]:
    """The canonical bytes without the proof, and the proof without its value, cut out of canonical bytes; None where
    that could be done in two ways.

    Bytes that stand in canonical ones are canonical themselves, so the proof need not be looked through again.
    """
    written = as_sorted(proof)
    member, value = b'"proof":' + written + b",", b'"proofValue":"' + str(proof.get("proofValue")).encode() + b'",'
    if data.count(member) != 1:
        return None, None
    return data.replace(member, b""), written.replace(value, b"") if written.count(value) == 1 else None


def _verify_proof(document: Mapping[str, Any], raw_key: bytes, unsigned: bytes | None, options: bytes | None) -> None:
    proof = _proof_of(document)
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != CRYPTOSUITE:
        raise Malformed(
            f"Expected a DataIntegrityProof with {CRYPTOSUITE}, got {str(proof.get('cryptosuite'))[:40]!r}."
        )
    if proof.get("proofPurpose") != "assertionMethod":
        raise Malformed(f"Expected proofPurpose assertionMethod, got {str(proof.get('proofPurpose'))[:40]!r}.")
    if proof.get("@context") != document.get("@context"):
        raise Malformed("The proof's @context is not the document's.")
    if unsigned is None:
        unsigned = canonicalise({name: value for name, value in document.items() if name != "proof"})
    if options is None:
        options = canonicalise({name: value for name, value in proof.items() if name != "proofValue"})
    hash_data = hashlib.sha256(options).digest() + hashlib.sha256(unsigned).digest()
    keys.verify(raw_key, _proof_value(proof), hash_data)


def keyed_hash(salt: bytes, value: Json) -> str:
    """What a record carries instead of personal data: base64 HMAC-SHA-256(salt, JCS(value)); salt 32 bytes."""
    return base64.b64encode(hmac.digest(salt, canonicalise(value), "sha256")).decode()


def matches_keyed_hash(expected: str, salt: bytes, value: Json) -> bool:
    """Whether a stored personal value is the one the record was signed over; what cannot be hashed is not."""
    try:
        return hmac.compare_digest(expected.encode(), keyed_hash(salt, value).encode())
    except InvalidEvent:
        return False


def _proof_of(document: Mapping[str, Any]) -> JsonObject:
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise Malformed("This record carries no single proof.")
    return proof


def _proof_value(proof: JsonObject) -> bytes:
    value = _text(proof, "proofValue")
    if value[:1] != "z" or len(value) > 100:
        raise Malformed("proofValue is not z followed by base58btc.")
    signature = keys.base58_decode(value[1:])
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature(f"The signature has {Counted(len(signature)):byte|bytes}; Ed25519 has {SIGNATURE_BYTES}.")
    return signature


def _text(proof: JsonObject, name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str):
        raise Malformed(f"The proof's {name} is missing.")
    return value


def _signed_at(proof: JsonObject) -> datetime:
    try:
        return instant(_text(proof, "created"))
    except InvalidEvent as cause:
        raise Malformed(str(cause)) from cause


def _require_valid_at(key: PublicKey, when: datetime) -> None:
    if when < key.valid_from.replace(microsecond=0) or (key.retired is not None and when > key.retired):
        raise KeyNotValid(f"{key.multikey} did not sign at {rfc3339(when)}: it was not yet, or no longer, in use.")
