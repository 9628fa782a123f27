"""A witness's private key: PKCS#8 PEM, readable by its owner only, sealed where a passphrase is given."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from traceapp.core.errors import BadSettings, Conflict
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.sealed_key import IV_BYTES, SALT_BYTES, plain_pem, sealed_pem

KEY, NAME = "key.pem", "name"


def create_key(folder: Path, name: str, passphrase: str | None) -> VerifierKey:
    """Make the key of a new witness; Conflict where there is one."""
    private = Ed25519PrivateKey.generate()
    key = VerifierKey.of(name, Algorithm.COSIGNATURE_V1, private)
    sealed = sealed_pem(private, passphrase, os.urandom(SALT_BYTES), os.urandom(IV_BYTES)) if passphrase else None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as cause:
        raise Conflict(f"{folder / KEY} exists already: a witness keeps its key.") from cause
    with os.fdopen(file, "wb") as out:
        out.write(sealed or plain_pem(private))
        out.flush()
        os.fsync(out.fileno())
    (folder / NAME).write_text(f"{name}\n", encoding="utf-8")
    return key


def load_key(folder: Path, passphrase: str | None) -> tuple[str, Ed25519PrivateKey]:
    """Name and key; BadSettings for a file that is missing, open to others, or sealed otherwise."""
    path = folder / KEY
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadSettings(f"{path} is readable by others; run chmod 600 {path}")
        name = (folder / NAME).read_text(encoding="utf-8").strip()
        private = load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
    except OSError as cause:
        raise BadSettings(f"{cause.filename} cannot be read: run traceapp witness init first.") from cause
    except (TypeError, ValueError) as cause:
        raise BadSettings(f"{path} cannot be opened: is the passphrase right?") from cause
    if not isinstance(private, Ed25519PrivateKey):
        raise BadSettings(f"{path} holds no Ed25519 key.")
    return name, private
