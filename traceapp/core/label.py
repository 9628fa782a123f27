"""A label's web address and the signature `S` it may carry: checkable on a phone that has no connection.

`S` is 167 decimal digits, the big-endian integer of 01 ‖ key id (4 bytes) ‖ Ed25519 signature (64 bytes): digits cost a
QR symbol least.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from traceapp.core.errors import BadSignature, InvalidIdentifier, Malformed, UnknownKey
from traceapp.core.identifiers import shown

SIGNATURE_DIGITS = 167
_CONTEXT = b"traceapp-label-v1"
_VERSION = 1
_DIGITS = re.compile(f"[0-9]{{{SIGNATURE_DIGITS}}}")
_DOTS = re.compile(r"/\.{1,2}(?:/|\Z)")


def key_id(host: str, public_key: bytes) -> bytes:
    """Four bytes that name a label key of `host`; `public_key` is the raw 32 bytes."""
    return sha256(host.lower().encode() + b"\n\xff" + _CONTEXT + public_key).digest()[:4]


def signed_text(host: str, path: str) -> bytes:
    """What a label's signature covers; `path` is the canonical percent-encoded path as printed."""
    return _CONTEXT + f"\n{host.lower()}\n{path}".encode()


def sign_label(private: Ed25519PrivateKey, host: str, path: str) -> str:
    """The 167 digits of `S` for this path."""
    name = key_id(host, private.public_key().public_bytes_raw())
    signature = private.sign(signed_text(host, path))
    return str(int.from_bytes(bytes([_VERSION]) + name + signature, "big")).zfill(SIGNATURE_DIGITS)


def parse_signature(digits: str) -> tuple[bytes, bytes]:
    """The key id and the 64 signature bytes in `S`; Malformed for anything else."""
    if not _DIGITS.fullmatch(digits):
        raise Malformed(f"S={shown(digits)} is not {SIGNATURE_DIGITS} digits; scan the label again.")
    number = int(digits)
    if number >> 544 != _VERSION:
        raise Malformed(f"S={shown(digits)} is not a label signature of version {_VERSION}; scan the label again.")
    data = number.to_bytes(69, "big")
    return data[1:5], data[5:]


def verify_label(digits: str, host: str, path: str, keys: Mapping[bytes, bytes]) -> bytes:
    """The id of the key, one of `keys` (key id → raw public key), that signed `path` for `host`.

    Raises Malformed, UnknownKey or BadSignature.
    """
    name, signature = parse_signature(digits)
    if name not in keys:
        raise UnknownKey(f"No label key {name.hex()} of {shown(host)} is known; fetch the trust file again.")
    try:
        Ed25519PublicKey.from_public_bytes(keys[name]).verify(signature, signed_text(host, path))
    except InvalidSignature as cause:
        raise BadSignature(
            f"Label key {name.hex()} did not sign {shown(path)} for {shown(host)}; the label may be forged or altered."
        ) from cause
    except ValueError as cause:
        raise Malformed(f"Label key {name.hex()} is no raw Ed25519 public key; fetch the trust file again.") from cause
    return name


def label_url(base_host: str, path: str, signature: str | None = None, *, scheme: str = "https") -> str:
    """The address to print: scheme in lower case, host in upper case, which a QR symbol holds in fewer bits.

    Refuses a lot or serial of one or two dots: every browser takes it for a relative path and drops it.
    """
    if _DOTS.search(path):
        raise InvalidIdentifier(
            f"The path {shown(path)} holds '.' or '..', which no web address can carry; choose another lot or serial."
        )
    query = "" if signature is None else f"?S={signature}"
    return f"{scheme.lower()}://{base_host.upper()}{path}{query}"
