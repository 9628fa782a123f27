"""Private keys as files: PKCS#8 PEM, one a key, readable by their owner only, encrypted where a passphrase is set.

`root.pem`, `record.pem`, `label.pem`, `log.pem` are the keys in use; `serial-{id}.pem` holds a serial key (32 secret
bytes, kept in the same envelope) and `serial` names the one in use. Nothing here creates a key but `create`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from traceapp.adapters.quick_key import QuickPrivateKey
from traceapp.core.errors import BadSettings, Conflict
from traceapp.core.keys import Role
from traceapp.core.sealed_key import IV_BYTES, SALT_BYTES, plain_pem, sealed_pem

OWNER_ONLY = 0o600


class KeyStore:
    """The private keys in one folder. Errors are BadSettings: they name the file and the remedy, never a key."""

    def __init__(self, folder: Path, passphrase: str | None = None) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._in_use = {role: str(folder / f"{role}.pem") for role in Role}

    def load(self, role: Role) -> Ed25519PrivateKey:
        """The key in use for `role`."""
        return self._load(Path(self._in_use[role]))

    def stamp(self, role: Role) -> tuple[int, int]:
        """Changes whenever the key in use for `role` does: (inode, time of change) of its file."""
        path = self._in_use[role]
        try:
            # Asked on every capture: a path's own method takes three times as long.
            found = os.stat(path)  # noqa: PTH116
        except OSError as cause:
            raise _unreadable(Path(path), cause) from cause
        return found.st_ino, found.st_mtime_ns

    def holds(self, role: Role) -> bool:
        """Whether there is a key in use for `role`."""
        return (self._folder / ("serial" if role is Role.SERIAL else f"{role}.pem")).exists()

    def create(self, role: Role) -> Ed25519PrivateKey:
        """Make a key for `role`; Conflict when there is one."""
        if self.holds(role):
            raise Conflict(f"{self._folder / role}.pem exists already: rotate it instead.")
        private = Ed25519PrivateKey.generate()
        self._write(f"{role}.pem", self._pem(private))
        return private

    def replace(self, role: Role, private: Ed25519PrivateKey, retired_name: str) -> None:
        """Put `private` in use for `role`; the old file is kept as `{role}-{retired_name}.pem`."""
        self._write(f"{role}-{retired_name}.pem", self._read(self._folder / f"{role}.pem"))
        self._overwrite(f"{role}.pem", self._pem(private))

    def retired(self, role: Role, name: str) -> Ed25519PrivateKey:
        """The key that `replace` put aside under that name."""
        return self._load(self._folder / f"{role}-{name}.pem")

    def create_serial(self) -> str:
        """Make a serial key, put it in use and return its id."""
        private = Ed25519PrivateKey.generate()
        self.use_serial(private)
        return serial_key_id(private.private_bytes_raw())

    def use_serial(self, private: Ed25519PrivateKey) -> None:
        """Put the serial key in the envelope `private` in use; older ones are kept."""
        name = serial_key_id(private.private_bytes_raw())
        self._write(f"serial-{name}.pem", self._pem(private))
        self._overwrite("serial", f"{name}\n".encode())

    def current_serial(self) -> str:
        """The id of the serial key in use."""
        return self._read(self._folder / "serial").decode().strip()

    def serial(self, name: str) -> bytes:
        """The 32 secret bytes of the serial key called `name`."""
        return self._load(self._folder / f"serial-{name}.pem").private_bytes_raw()

    def serials(self) -> Iterator[str]:
        """Ids of all serial keys held."""
        return (path.stem.removeprefix("serial-") for path in sorted(self._folder.glob("serial-*.pem")))

    def seal(self) -> int:
        """Write every key anew under the passphrase; those that lie open are sealed. BadSettings without one."""
        if not self._passphrase:
            raise BadSettings("Set TRACEAPP_KEY_PASSPHRASE_FILE first: there is no passphrase to seal the keys with.")
        found = sorted(self._folder.glob("*.pem"))
        # All are read before one is written: a wrong passphrase changes nothing.
        keys = [self._load_open_or_sealed(path) for path in found]
        for path, private in zip(found, keys, strict=True):
            self._overwrite(path.name, self._pem(private))
        return len(found)

    def _load_open_or_sealed(self, path: Path) -> Ed25519PrivateKey:
        if b"ENCRYPTED" in self._read(path):
            return self._load(path)
        return KeyStore(self._folder)._load(path)

    def _load(self, path: Path) -> Ed25519PrivateKey:
        password = self._passphrase.encode() if self._passphrase else None
        try:
            key = load_pem_private_key(self._read(path), password)
        except TypeError as cause:
            hint = (
                "is encrypted: set TRACEAPP_KEY_PASSPHRASE_FILE"
                if not password
                else "is not encrypted: unset the passphrase"
            )
            raise BadSettings(f"{path} {hint}.") from cause
        except ValueError as cause:
            raise BadSettings(f"{path} cannot be opened: the passphrase is wrong, or the file is damaged.") from cause
        if not isinstance(key, Ed25519PrivateKey):
            raise BadSettings(f"{path} holds no Ed25519 key.")
        return QuickPrivateKey(key)

    def _read(self, path: Path) -> bytes:
        try:
            mode = path.stat().st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise BadSettings(f"{path} is readable by others; run chmod 600 {path}")
            return path.read_bytes()
        except OSError as cause:
            raise _unreadable(path, cause) from cause

    def _write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as cause:
            raise BadSettings(f"{path} cannot be written: {cause.strerror}.") from cause

    def _overwrite(self, name: str, data: bytes) -> None:
        """The file is the old one or the new one at any moment, whatever is killed."""
        draft = self._folder / f"new-{name}"
        draft.unlink(missing_ok=True)
        self._write(draft.name, data)
        draft.replace(self._folder / name)

    def _pem(self, private: Ed25519PrivateKey) -> bytes:
        if not self._passphrase:
            return plain_pem(private)
        return sealed_pem(private, self._passphrase, os.urandom(SALT_BYTES), os.urandom(IV_BYTES))


def serial_key_id(secret: bytes) -> str:
    """A serial key's public name: the first 16 hex digits of SHA-256 over it, which tell nothing of it."""
    return hashlib.sha256(b"traceapp-serial-key-id\n" + secret).hexdigest()[:16]


def _unreadable(path: Path, cause: OSError) -> BadSettings:
    # `init` makes a root key for a service that has none yet, and never another.
    remedy = "bring it back from where it is kept" if path.stem == Role.ROOT else "run traceapp init, or restore it"
    return BadSettings(f"{path} cannot be read ({cause.strerror}): {remedy}.")
