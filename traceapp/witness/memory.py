"""What a witness remembers: the checkpoint of each log that it cosigned last, one file a log, never older than what it
signed.

Everything lies in one folder: `key.pem`, `logs` (a verifier key a line), `heads/` and `evidence/`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from traceapp.core.checkpoint import Checkpoint, parse_checkpoint
from traceapp.core.errors import BadSettings, Conflict, Malformed, TraceappError
from traceapp.core.log_keys import head_name
from traceapp.core.note import Algorithm, VerifierKey, parse_note

MOST_EVIDENCE = 1000


class Memory:
    """One folder. Only one process may write to it: `alone` sees to that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder; Conflict while another process does: two could each remember something else."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as cause:
                raise Conflict(f"Another witness works in {self._folder} already: stop it first.") from cause
            yield
        finally:
            os.close(file)

    def logs(self) -> Mapping[str, tuple[VerifierKey, ...]]:
        """The keys that are trusted for each origin; BadSettings for a line that is no log's key."""
        try:
            lines = (self._folder / "logs").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        found: dict[str, tuple[VerifierKey, ...]] = {}
        for line in lines:
            if line.strip() and not line.startswith("#"):
                key = log_key(line.strip())
                found[key.name] = (*found.get(key.name, ()), key)
        return found

    def follow(self, vkey: str) -> VerifierKey:
        """Follow one more log, or one more key of a log."""
        key = log_key(vkey)
        if key not in self.logs().get(key.name, ()):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / "logs").open("a", encoding="utf-8") as file:
                file.write(f"{key.format()}\n")
        return key

    @contextmanager
    def locked(self, origin: str) -> Iterator[None]:
        """One request at a time about one log: comparing and remembering are one step."""
        with self._guard:
            lock = self._locks.setdefault(origin, Lock())
        with lock:
            yield

    def read(self, origin: str) -> bytes | None:
        """The note of the checkpoint that was cosigned last, None before the first."""
        try:
            return self._head(origin).read_bytes()
        except FileNotFoundError:
            return None

    def last(self, origin: str) -> Checkpoint | None:
        """The same as a checkpoint. BadSettings where the file is damaged: guessing could cosign a fork."""
        note = self.read(origin)
        if note is None:
            return None
        try:
            return parse_checkpoint(parse_note(note).body)
        except Malformed as cause:
            raise BadSettings(f"{self._head(origin)} is damaged: {cause}. Retire this witness's key.") from cause

    def write(self, origin: str, note: bytes) -> None:
        """Remember this checkpoint. When it returns, no loss of power or process can take it back."""
        path = self._head(origin)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)

    def keep_evidence(self, request: bytes) -> None:
        """Keep a request that the log signed and that contradicts what it signed before."""
        folder = self._folder / "evidence"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(request).hexdigest()[:32]
        if sum(1 for _ in folder.iterdir()) < MOST_EVIDENCE:
            (folder / f"{name}.add-checkpoint").write_bytes(request)

    def _head(self, origin: str) -> Path:
        return self._folder / "heads" / head_name(origin)


def log_key(vkey: str) -> VerifierKey:
    """The key of a log to follow; BadSettings for anything else."""
    try:
        key = VerifierKey.parse(vkey)
    except TraceappError as cause:
        raise BadSettings(f"{vkey[:120]!r} is no log's verifier key: {cause}") from cause
    if key.algorithm is not Algorithm.ED25519:
        raise BadSettings(f"{key.name} is a witness's key, not a log's.")
    return key


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
