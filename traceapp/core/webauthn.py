"""An assertion of a passkey (WebAuthn level 3, section 7.2), checked against a key that was recorded earlier.

Only what proves who signed what: type, challenge, origin, relying party, presence and verification of the user, and the
signature, by ES256, EdDSA or RS256. Counters say nothing about a passkey that several devices share.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as EcKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from traceapp.core.counted import Counted
from traceapp.core.errors import BadSignature, KeyNotValid, Malformed
from traceapp.core.keys import base64url

ALGORITHMS = ("ES256", "EdDSA", "RS256")
GET = "webauthn.get"
_LEAST_AUTHENTICATOR_DATA = 37
_USER_PRESENT = 0x01
_USER_VERIFIED = 0x04
_RSA_BITS = range(2048, 4097)

PublicKey = EcKey | Ed25519PublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True)
class RecordedKey:
    """A passkey's public half as a record tells it (RFC 7517 members), and for which site it was made.

    `first` and `second` are x and y (EC2), x alone (OKP), or n and e (RSA), in base64url.
    """

    algorithm: str
    first: str
    second: str
    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator answered, its bytes as they were."""

    authenticator_data: bytes
    client_data: bytes
    signature: bytes


def verify_assertion(said: Assertion, key: RecordedKey, challenge: bytes) -> None:
    """Nothing if `said` is the key's own answer to `challenge`; Malformed, KeyNotValid or BadSignature otherwise."""
    told = _client_data(said.client_data)
    if told.get("type") != GET:
        raise Malformed(f"Expected type {GET}, got {str(told.get('type'))[:40]!r}.")
    if not _same(told.get("challenge"), base64url(challenge)):
        raise BadSignature("The passkey answered another challenge: it signed something else.")
    if not _same(told.get("origin"), key.origin) or told.get("crossOrigin"):
        raise KeyNotValid(f"The passkey was used at {str(told.get('origin'))[:80]!r}, and belongs to {key.origin}.")
    data = said.authenticator_data
    if len(data) < _LEAST_AUTHENTICATOR_DATA:
        raise Malformed(
            f"The authenticator's data has {Counted(len(data)):byte|bytes}, fewer than {_LEAST_AUTHENTICATOR_DATA}."
        )
    if not hmac.compare_digest(data[:32], hashlib.sha256(key.rp_id.encode()).digest()):
        raise KeyNotValid(f"The passkey answered for another site than {key.rp_id}.")
    if not data[32] & _USER_PRESENT or not data[32] & _USER_VERIFIED:
        raise KeyNotValid("The passkey did not verify who used it.")
    _verify(public_key(key), said.signature, data + hashlib.sha256(said.client_data).digest())


def _client_data(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as cause:
        raise Malformed("The passkey's client data is not JSON.") from cause
    if not isinstance(found, dict):
        raise Malformed("The passkey's client data is no JSON object.")
    return found


def _same(told: Any, expected: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode("utf-8", "replace"), expected.encode())


def _verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    try:
        if isinstance(key, EcKey):
            key.verify(signature, message, ECDSA(SHA256()))
        elif isinstance(key, RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature as cause:
        raise BadSignature("The passkey's signature does not fit its key and what was signed.") from cause


@lru_cache(maxsize=256)
def public_key(key: RecordedKey) -> PublicKey:
    """The key, ready to verify; Malformed where its numbers are those of no key."""
    try:
        match key.algorithm:
            case "ES256":
                numbers = EllipticCurvePublicNumbers(_number(key.first), _number(key.second), SECP256R1())
                return numbers.public_key()
            case "EdDSA":
                return Ed25519PublicKey.from_public_bytes(_bytes(key.first))
            case "RS256":
                return _rsa(_number(key.first), _number(key.second))
    except ValueError as cause:
        raise Malformed(f"This is no {key.algorithm} key: {cause}.") from cause
    raise Malformed(f"A passkey signs by {', '.join(ALGORITHMS)}, not by {key.algorithm[:40]!r}.")


def _rsa(modulus: int, exponent: int) -> RSAPublicKey:
    if modulus.bit_length() not in _RSA_BITS:
        raise ValueError(f"its modulus has {Counted(modulus.bit_length()):bit|bits}")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _bytes(text: str) -> bytes:
    found = from_base64url(text)
    if base64url(found) != text:
        raise ValueError(f"{text[:40]!r} is not canonical base64url")
    return found


def from_base64url(text: str) -> bytes:
    """The bytes of base64url without padding (RFC 7515); ValueError for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as cause:
        raise ValueError(f"{text[:40]!r} is not base64url") from cause
