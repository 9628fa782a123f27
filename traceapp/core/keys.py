"""Keys, their roles and their lives.

Four Ed25519 keys, one each at a time: `root` signs KeyRecords and the trust file and stays offline, `record` signs
records, `label` signs labels, `log` signs checkpoints. The secret `serial` key has no public half.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from traceapp.core.canonical import canonicalise
from traceapp.core.errors import BadSignature, KeyNotValid, Malformed, UnknownKey

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_PAIRS = [first + second for first in _BASE58 for second in _BASE58]
_BASE58_VALUES = {character: value for value, character in enumerate(_BASE58)}
_MULTICODEC_ED25519 = b"\xed\x01"


class Role(StrEnum):
    """What a key may sign."""

    ROOT = "root"
    RECORD = "record"
    LABEL = "label"
    LOG = "log"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key with its history.

    `raw` is 32 bytes (Ed25519). A key signs from `valid_from` until `retired`, if that is set. `compromised_since`
    is the instant from which somebody else may have used it. For `serial`, `raw` is SHA-256 of the secret: its name.
    `first_size` is where a log key began that took over from another: it signs every checkpoint from that size on.
    """

    role: Role
    raw: bytes
    valid_from: datetime
    retired: datetime | None = None
    compromised_since: datetime | None = None
    revoked: datetime | None = None
    record_id: str | None = None
    first_size: int | None = None

    @property
    def multikey(self) -> str:
        """`publicKeyMultibase` of the W3C Multikey: z + base58btc(ed01 ‖ key)."""
        return multikey(self.raw)


class Keyring:
    """The public keys a verifier trusts, found by role and key. Never changes once made."""

    def __init__(self, host: str, keys: Iterable[PublicKey], *, pinned: bool = True) -> None:
        self.host = host
        self.pinned = pinned
        self._keys = tuple(keys)
        self._by_multikey = {key.multikey: key for key in self._keys if key.role is not Role.SERIAL}

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._keys)

    def of_role(self, role: Role) -> tuple[PublicKey, ...]:
        """All keys that ever had `role`, oldest first."""
        return tuple(key for key in self._keys if key.role is role)

    def find(self, verification_method: str, role: Role) -> PublicKey:
        """The key named `did:web:HOST#multikey`; UnknownKey when it is not held, KeyNotValid in another role."""
        controller, _, fragment = verification_method.partition("#")
        key = self._by_multikey.get(fragment)
        if key is None or controller != did_web(self.host):
            raise UnknownKey(f"No trusted key is called {verification_method[:160]}.")
        if key.role is not role:
            raise KeyNotValid(f"{verification_method} is a {key.role} key and may not sign as {role}.")
        return key


def did_web(host: str) -> str:
    """The DID of HOST: a port's colon is written %3A."""
    return "did:web:" + host.replace(":", "%3A")


def multikey(raw: bytes) -> str:
    """z + base58btc(ed01 ‖ 32-byte key)."""
    return "z" + base58_encode(_MULTICODEC_ED25519 + raw)


def parse_multikey(text: str) -> bytes:
    """The 32 bytes of a Multikey Ed25519 public key; Malformed otherwise."""
    data = base58_decode(text[1:]) if text[:1] == "z" and len(text) < 80 else b""
    if len(data) != 34 or data[:2] != _MULTICODEC_ED25519:
        raise Malformed(f"{text[:80]!r} is not a Multikey Ed25519 public key (z + base58btc of ed01 and 32 bytes).")
    return data[2:]


def jwk(raw: bytes) -> dict[str, str]:
    """The key as an RFC 8037 JSON Web Key."""
    return {"crv": "Ed25519", "kty": "OKP", "x": base64url(raw)}


def thumbprint(raw: bytes) -> str:
    """RFC 7638 thumbprint of the key's JWK."""
    return base64url(hashlib.sha256(canonicalise(jwk(raw))).digest())


def public_bytes(private: Ed25519PrivateKey) -> bytes:
    """The 32-byte public key of `private`."""
    return private.public_key().public_bytes_raw()


def verify(raw: bytes, signature: bytes, message: bytes) -> None:
    """Check an Ed25519 signature; BadSignature when it does not fit."""
    try:
        _opened(raw).verify(signature, message)
    except (InvalidSignature, ValueError) as cause:
        raise BadSignature("The signature does not fit the bytes and the key.") from cause


@lru_cache(maxsize=32)
def _opened(raw: bytes) -> Ed25519PublicKey:
    # A few keys sign everything.
    return Ed25519PublicKey.from_public_bytes(raw)


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def base58_encode(data: bytes) -> str:
    """base58btc; each leading zero byte is a leading 1."""
    number = int.from_bytes(data, "big")
    digits: list[str] = []
    pairs = _BASE58_PAIRS
    while number:
        # Eight digits at a time, as twice four, which fit a machine's word: long division is what costs.
        number, eight = divmod(number, 58**8)
        high, low = divmod(eight, 58**4)
        digits += (pairs[low % 3364], pairs[low // 3364], pairs[high % 3364], pairs[high // 3364])
    zeros = len(data) - len(data.lstrip(b"\0"))
    digits.reverse()
    return "1" * zeros + "".join(digits).lstrip("1")


def base58_decode(text: str) -> bytes:
    """The bytes of base58btc `text`; Malformed for a character outside the alphabet."""
    number = 0
    try:
        for character in text:
            number = number * 58 + _BASE58_VALUES[character]
    except KeyError as cause:
        raise Malformed(f"{cause.args[0]!r} is not a base58 character.") from cause
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
