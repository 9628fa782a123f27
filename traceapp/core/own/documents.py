"""A document that the service offers and a body signs with its own key, wherever it likes, with whatever tool it likes.

The service fixes every byte but the proof; the body adds the proof; what comes back is logged as it came.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core import keys
from traceapp.core.canonical import JsonObject, canonicalise, parse_canonical, parse_object
from traceapp.core.credential import Signer, secure
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import InvalidEvent, KeyNotValid, Malformed
from traceapp.core.own.keys import POSSESSION, SAYABLE
from traceapp.core.statements import details_of
from traceapp.core.vocabulary import context_urls

LONGEST = 64_000
GOOD_FOR = timedelta(days=7)
"""How long a document may lie before it is signed and brought back: a page tells its own time as the issuer's word."""
SKEW = timedelta(minutes=5)
_PROOF = frozenset({"@context", "created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a document would say, for the eyes of whoever is to sign it."""

    certificate: str
    kind: str
    said: JsonObject
    organisation: str
    issuer: str
    valid_from: str
    declaration: str


def read_offered(data: bytes) -> tuple[JsonObject, Told]:
    """An unsigned document, and what it says; Malformed for anything that an own key does not sign here."""
    document = _read(data)
    if "proof" in document:
        raise Malformed("This document carries a proof already.")
    try:
        details = details_of(document)
        told = Told(
            certificate=details["id"],
            kind=details["type"],
            said={name: details[name] for name in ("state", "reason", "day", "result", "note") if name in details},
            organisation=document["traceapp:declaredBy"]["id"],
            issuer=document["issuer"],
            valid_from=document["validFrom"],
            declaration=details["declaration"]["sha256"],
        )
        host = urlsplit(document["id"]).netloc
        expands = document["@context"] == context_urls(host)
    except (KeyError, TypeError, AttributeError, ValueError) as cause:
        raise Malformed(f"This is no document that the service offered for signing: {cause!r}.") from cause
    if not expands or document["type"] != ["VerifiableCredential", "CertificateRecord"] or told.kind not in SAYABLE:
        raise Malformed(f"{str(told.kind)[:80]} is nothing that an own key signs.")
    return document, told


def require_declaration(told: Told, declaration: bytes) -> JsonObject:
    """What the declaration says of the certificate; Malformed where it is not the one that the document names."""
    if sha256(declaration).hexdigest() != told.declaration:
        raise Malformed("This declaration is not the one that the document names: its hash differs. Do not sign.")
    details = details_of(parse_object(declaration))
    if details.get("id") != told.certificate:
        raise Malformed(
            f"This declaration is of {str(details.get('id'))[:160]}, not of {told.certificate}. Do not sign."
        )
    return details


def sign_offered(data: bytes, private: Ed25519PrivateKey, method: str, now: datetime) -> bytes:
    """The finished document (eddsa-jcs-2022, RFC 8785); KeyNotValid where it asks for another signer's word."""
    document, told = read_offered(data)
    if method.partition("#")[0] != told.issuer:
        raise KeyNotValid(f"The document is to be signed by {told.issuer}; this key is {method}.")
    return secure(document, Signer(private, method), now)


def sign_possession(text: bytes, private: Ed25519PrivateKey) -> str:
    """The holder's signature over the words that a registration gives; Malformed for other words, or another key."""
    words = text.strip()
    lines = words.split(b"\n")
    own = keys.multikey(keys.public_bytes(private)).encode()
    if len(lines) != 6 or lines[0] != POSSESSION.encode() or lines[4] != own:
        raise Malformed(f"These are not the words of a registration of {own.decode()}: nothing was signed.")
    return "z" + keys.base58_encode(private.sign(words))


def read_signature(text: str) -> str:
    """A signature as `z` and base58btc, also where it was written as Base64, as openssl's users do. Malformed."""
    written = "".join(text.split())
    # 64 bytes in Base64 end with ==, which base58 has not; they may begin with z, too.
    if written[:1] == "z" and len(written) <= 100 and written[-1] != "=":
        return written
    try:
        raw = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Malformed("A signature is z and base58btc, or Base64, of 64 bytes.") from cause
    return "z" + keys.base58_encode(raw)


def read_finished(data: bytes) -> JsonObject:
    """What came back, its form looked at and nothing else; Malformed."""
    document = _read(data.strip(b" \t\r\n"))
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.keys() != _PROOF:
        raise Malformed(f"The document needs one proof that holds exactly {', '.join(sorted(_PROOF))}.")
    return document


def require_offered(document: Mapping[str, Any], offered: bytes, now: datetime) -> None:
    """The document without its proof is what was offered, to the byte, signed in time; Malformed, KeyNotValid."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    if canonicalise(bare) != offered:
        wanted = parse_canonical(offered)
        other = sorted(name for name in bare.keys() | wanted.keys() if bare.get(name) != wanted.get(name))
        raise Malformed(f"This is not the document that was offered: look at {', '.join(other)[:200]}.")
    made, created = instant(str(bare["validFrom"])), _created(document["proof"])
    if now - made > GOOD_FOR:
        raise KeyNotValid(f"This document was offered at {rfc3339(made)}, too long ago: take a new one and sign that.")
    if not made - SKEW <= created <= now + SKEW:
        raise KeyNotValid(
            f"The proof says it was made at {rfc3339(created)}; the document was offered at {rfc3339(made)} and it is "
            f"{rfc3339(now)} now. Set the clock of the machine that signs."
        )


def _created(proof: Mapping[str, Any]) -> datetime:
    try:
        return instant(proof["created"])
    except InvalidEvent as cause:
        raise Malformed(str(cause)) from cause


def _read(data: bytes) -> JsonObject:
    if len(data) > LONGEST:
        raise Malformed(f"A document to be signed has at most {LONGEST} bytes, this one {len(data)}.")
    parse_object(data)
    try:
        return parse_canonical(data)
    except Malformed as cause:
        raise Malformed(
            "This is JSON, but not in canonical form (RFC 8785), and it is logged exactly as it comes: "
            "`traceapp certifier canonical FILE` writes it so, and its proof stays good."
        ) from cause
