"""Cosignatures: an organisation signs a record once more with a passkey of its own, which this service never holds.

The challenge of one record is SHA-256 of the RFC 8785 form of its document without proof. For several, signed in one
touch, it is SHA-256 of the RFC 8785 form of the list of these hashes in base64url. The passkey was enrolled for that in
a record earlier in the log, where anybody can see that it was, and since when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from traceapp.core.canonical import JsonObject, canonicalise, parse_canonical
from traceapp.core.errors import InvalidEvent, VerificationError
from traceapp.core.facts import CosignedFact, Source
from traceapp.core.keys import base64url
from traceapp.core.shape import as_tuple, require_shape
from traceapp.core.statements import Statement, details_of, to_terms
from traceapp.core.webauthn import ALGORITHMS, Assertion, RecordedKey, from_base64url, public_key, verify_assertion

MOST_RECORDS = 100
"""In one touch."""
HASH_BYTES = 32
_MEMBERS = {"ES256": ("x", "y"), "EdDSA": ("x",), "RS256": ("n", "e")}
_SHAPES = {"ES256": {"kty": "EC", "crv": "P-256"}, "EdDSA": {"kty": "OKP", "crv": "Ed25519"}, "RS256": {"kty": "RSA"}}


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key enrolled for cosigning what `organisation` records; `id` names it. `withdrawn` takes it back from there."""

    id: str
    organisation: str
    key: RecordedKey | None
    withdrawn: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One touch: `hashes` (32 bytes each) of the records beside them, and the answer of the passkey of that id."""

    passkey: str
    records: tuple[str, ...]
    hashes: tuple[bytes, ...]
    assertion: Assertion
    source: Source


def say_passkey(passkey: str, key: RecordedKey, *, by: str, role: str) -> Statement:
    """A passkey is enrolled for cosigning. Malformed for a key that could not be verified with."""
    public_key(key)
    members = dict(zip(_MEMBERS[key.algorithm], (key.first, key.second), strict=False))
    jwk = {**_SHAPES[key.algorithm], "alg": key.algorithm, **members}
    details = {"state": "enrolled", "rpId": key.rp_id, "origin": key.origin, "publicKeyJwk": jwk}
    return _about_passkey(passkey, by, role, details)


def say_passkey_withdrawn(passkey: str, *, by: str, role: str) -> Statement:
    """From now on it cosigns nothing more."""
    return _about_passkey(passkey, by, role, {"state": "withdrawn"})


def _about_passkey(passkey: str, by: str, role: str, details: Mapping[str, Any]) -> Statement:
    subject: JsonObject = {"id": passkey, "type": "traceapp:Passkey", "traceapp:about": {"id": by}, **to_terms(details)}
    return Statement("CosignatureRecord", subject, by, role)


def say_cosignature(
    passkey: str,
    records: Sequence[tuple[str, bytes]],
    assertion: Assertion,
    *,
    about: Collection[str],
    by: str,
    role: str,
) -> Statement:
    """`records` are (id, hash) of what was signed in one touch, `about` the ids of the things whose pages show it.

    InvalidEvent for none, or for too many.
    """
    if not 1 <= len(records) <= MOST_RECORDS:
        raise InvalidEvent(f"One touch signs 1 to {MOST_RECORDS} records, not {len(records)}.")
    terms = to_terms(
        {
            "authenticatorData": base64url(assertion.authenticator_data),
            "clientDataJSON": base64url(assertion.client_data),
            "signature": base64url(assertion.signature),
        }
    )
    subject: JsonObject = {
        "type": "traceapp:Cosignature",
        "traceapp:about": [{"id": one} for one in sorted(about)],
        "traceapp:passkey": {"id": passkey},
        "traceapp:signed": [
            {"traceapp:record": {"id": record}, "traceapp:sha256": base64url(digest)} for record, digest in records
        ],
        **terms,
    }
    return Statement("CosignatureRecord", subject, by, role)


def read_passkey(document: Mapping[str, Any], source: Source, personal: Mapping[str, Any]) -> Passkey:
    """A CosignatureRecord that enrols a passkey, or takes one back."""
    details = details_of(document)
    if details["state"] not in ("enrolled", "withdrawn"):
        raise ValueError(f"a passkey is enrolled or withdrawn, not {str(details['state'])[:40]!r}")
    withdrawn = details["state"] == "withdrawn"
    key = None if withdrawn else _key_of(details)
    return require_shape(Passkey(details["id"], details["about"]["id"], key, withdrawn, source))


def _key_of(details: Mapping[str, Any]) -> RecordedKey:
    jwk = details["publicKeyJwk"]
    if jwk["alg"] not in ALGORITHMS or any(jwk[name] != value for name, value in _SHAPES[jwk["alg"]].items()):
        raise ValueError(f"a passkey signs by {', '.join(ALGORITHMS)}")
    first, second = (*(jwk[name] for name in _MEMBERS[jwk["alg"]]), "")[:2]
    return RecordedKey(jwk["alg"], first, second, details["rpId"], details["origin"])


def read_cosignature(document: Mapping[str, Any], source: Source, personal: Mapping[str, Any]) -> Cosignature:
    """A CosignatureRecord that carries a passkey's answer."""
    details = details_of(document)
    signed = as_tuple(details["signed"])
    hashes = tuple(from_base64url(one["sha256"]) for one in signed)
    if not 1 <= len(signed) <= MOST_RECORDS or any(len(one) != HASH_BYTES for one in hashes):
        raise ValueError(f"one touch signs 1 to {MOST_RECORDS} records by their SHA-256")
    parts = (from_base64url(details[name]) for name in ("authenticatorData", "clientDataJSON", "signature"))
    records = tuple(one["record"]["id"] for one in signed)
    return require_shape(Cosignature(details["passkey"]["id"], records, hashes, Assertion(*parts), source))


def document_hash(body: bytes) -> bytes:
    """SHA-256 of the RFC 8785 form of a stored record without its proof: what its cosigner signs."""
    document = parse_canonical(body)
    return hashlib.sha256(canonicalise({name: value for name, value in document.items() if name != "proof"})).digest()


def challenge_of(hashes: Sequence[bytes]) -> bytes:
    """What a passkey is asked to sign for records of these hashes."""
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256(canonicalise([base64url(one) for one in hashes])).digest()


def cosigned(
    said: Sequence[object], counted: Iterable[object], bodies: Mapping[str, bytes]
) -> tuple[CosignedFact, ...]:
    """Which of the verified records in `bodies` (by id) are cosigned, and whether each holds.

    `counted` is what still counts of `said`: with a passkey that an account in doubt enrolled nothing is cosigned.
    """
    kept = {id(one) for one in counted if isinstance(one, Passkey | Cosignature)}
    keys = [one for one in said if isinstance(one, Passkey)]
    found: list[CosignedFact] = []
    for one in said:
        if isinstance(one, Cosignature) and id(one) in kept:
            enrolled = next((key for key in keys if key.id == one.passkey and not key.withdrawn), None)
            if enrolled is None or id(enrolled) in kept:
                found += _judged(one, enrolled, keys, bodies)
    return tuple(found)


def _judged(
    said: Cosignature, enrolled: Passkey | None, keys: Iterable[Passkey], bodies: Mapping[str, bytes]
) -> Iterator[CosignedFact]:
    problem = _problem(said, enrolled, keys)
    for record, digest in zip(said.records, said.hashes, strict=True):
        if record in bodies:
            reason = problem or _mismatch(said, digest, bodies[record])
            yield CosignedFact(record, said.source.declared_by, said.source, reason)


def _problem(said: Cosignature, enrolled: Passkey | None, keys: Iterable[Passkey]) -> str | None:
    """Why the touch itself does not hold."""
    if enrolled is None or enrolled.key is None:
        return f"No passkey is enrolled as {said.passkey}."
    if enrolled.source.leaf_index >= said.source.leaf_index:
        return "The passkey was enrolled later than it was used."
    if not enrolled.organisation == enrolled.source.declared_by == said.source.declared_by:
        return "The passkey is another organisation's."
    if any(key.withdrawn and _takes_back(key, enrolled, before=said.source.leaf_index) for key in keys):
        return "The passkey had been withdrawn."
    try:
        verify_assertion(said.assertion, enrolled.key, challenge_of(said.hashes))
    except VerificationError as cause:
        return str(cause)
    return None


def _takes_back(word: Passkey, enrolled: Passkey, *, before: int) -> bool:
    same = word.id == enrolled.id and word.source.declared_by == enrolled.source.declared_by
    return same and word.source.leaf_index < before


def _mismatch(said: Cosignature, digest: bytes, body: bytes) -> str | None:
    """Why the touch is not of this record."""
    if document_hash(body) != digest:
        return "Something else was signed than this record."
    declared = parse_canonical(body).get("traceapp:declaredBy")
    if not isinstance(declared, dict) or declared.get("id") != said.source.declared_by:
        return "Another organisation made this record."
    return None
