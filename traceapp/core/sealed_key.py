"""A private key at rest: PKCS#8 (RFC 5958), sealed with PBES2 (RFC 8018), scrypt (RFC 7914) and AES-256-CBC.

OpenSSL and other libraries open it with the passphrase. The library we use writes PBKDF2 with 2,048 rounds, which a
machine tries by the million; scrypt of this size costs 16 MB of memory and a third of a second for every guess.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SALT_BYTES = 16
IV_BYTES = 16
COST, BLOCK, PARALLEL = 2**14, 8, 5
_MEMORY = 64 * 1024 * 1024

_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")


def plain_pem(private: Ed25519PrivateKey) -> bytes:
    """The key as unencrypted PKCS#8 PEM."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def sealed_pem(private: Ed25519PrivateKey, passphrase: str, salt: bytes, iv: bytes) -> bytes:
    """The key as encrypted PKCS#8 PEM; `salt` and `iv` are 16 random bytes each, new for every file."""
    secret = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = hashlib.scrypt(passphrase.encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=_MEMORY, dklen=32)
    padder = PKCS7(128).padder()
    cipher = Cipher(AES256(key), CBC(iv)).encryptor()
    sealed = cipher.update(padder.update(secret) + padder.finalize()) + cipher.finalize()
    derivation = _sequence(_SCRYPT, _sequence(_octets(salt), _number(COST), _number(BLOCK), _number(PARALLEL)))
    scheme = _sequence(_PBES2, _sequence(derivation, _sequence(_AES_256_CBC, _octets(iv))))
    text = base64.b64encode(_sequence(scheme, _octets(sealed))).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, "-----END ENCRYPTED PRIVATE KEY-----", "")
    ).encode()


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _octets(data: bytes) -> bytes:
    return _tagged(0x04, data)


def _number(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _tagged(tag: int, content: bytes) -> bytes:
    # What is sealed here is shorter than 256 bytes, so a length takes one byte, or two.
    length = bytes([len(content)]) if len(content) < 0x80 else bytes([0x81, len(content)])
    return bytes([tag]) + length + content
