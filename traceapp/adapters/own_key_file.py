"""The private key of a body that signs for itself, in a file on its own machine: PKCS#8 PEM, its owner's only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from traceapp.core.errors import BadSettings, Conflict
from traceapp.core.sealed_key import IV_BYTES, SALT_BYTES, plain_pem, sealed_pem


def make_own_key(path: Path, passphrase: str | None) -> Ed25519PrivateKey:
    """A new key in a new file, sealed where a passphrase is given; Conflict where there is a file."""
    private = Ed25519PrivateKey.generate()
    sealed = sealed_pem(private, passphrase, os.urandom(SALT_BYTES), os.urandom(IV_BYTES)) if passphrase else None
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as cause:
        raise Conflict(f"{path} exists already, and a key is never written over: give another name.") from cause
    with os.fdopen(file, "wb") as out:
        out.write(sealed or plain_pem(private))
        out.flush()
        os.fsync(out.fileno())
    return private


def load_own_key(path: Path, passphrase: str | None) -> Ed25519PrivateKey:
    """The key in a file, also one that openssl made; BadSettings where it is open to others, or cannot be opened."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadSettings(f"{path} is readable by others; run chmod 600 {path}")
        data = path.read_bytes()
    except OSError as cause:
        raise BadSettings(f"{path} cannot be read: {cause.strerror}.") from cause
    password = passphrase.encode() if passphrase and b"ENCRYPTED" in data else None
    try:
        private = load_pem_private_key(data, password)
    except TypeError as cause:
        raise BadSettings(f"{path} is sealed: name a file with its passphrase by --passphrase-file.") from cause
    except ValueError as cause:
        raise BadSettings(f"{path} cannot be opened: is the passphrase right, and is it a PEM file?") from cause
    if not isinstance(private, Ed25519PrivateKey):
        raise BadSettings(f"{path} holds no Ed25519 key.")
    return private
