"""Ed25519 private keys that sign with libsodium: the same bytes as OpenSSL's, in half the time.

Ed25519 is deterministic (RFC 8032 section 5.1.6), so nobody can tell who signed. What is signed here is verified with
OpenSSL everywhere: two implementations agree on every record.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, KeySerializationEncryption, PrivateFormat
from cryptography.utils import Buffer
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

_SIGNATURE_BYTES = 64


class QuickPrivateKey(Ed25519PrivateKey):
    """`plain`, but for how it signs."""

    __slots__ = ("_pair", "_plain", "_public")

    def __init__(self, plain: Ed25519PrivateKey) -> None:
        self._plain = plain
        self._public = plain.public_key()
        _, self._pair = crypto_sign_seed_keypair(plain.private_bytes_raw())

    def sign(self, data: Buffer) -> bytes:
        """64 bytes."""
        return crypto_sign(bytes(data), self._pair)[:_SIGNATURE_BYTES]

    def public_key(self) -> Ed25519PublicKey:
        """The public half."""
        return self._public

    def private_bytes(
        self,
        encoding: Encoding,
        format: PrivateFormat,
        encryption_algorithm: KeySerializationEncryption,
    ) -> bytes:
        """The key, serialised."""
        return self._plain.private_bytes(encoding, format, encryption_algorithm)

    def private_bytes_raw(self) -> bytes:
        """The 32 secret bytes."""
        return self._plain.private_bytes_raw()

    def __copy__(self) -> QuickPrivateKey:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> QuickPrivateKey:
        return self
