"""The newest published checkpoint, in a file outside the database.

A database restored from a backup is older than this file. Appending to it would sign a second root for a size that the
world has seen: the file is what stops that.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from traceapp.core.checkpoint import parse_checkpoint
from traceapp.core.errors import Malformed, Unavailable
from traceapp.core.note import parse_note


class PublishedHead:
    """Reads and advances the published checkpoint; never moves it back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "checkpoint"
        self._known: tuple[int, bytes, bytes] | None = None

    def read(self) -> tuple[int, bytes, bytes] | None:
        """(size, root, note) of the published checkpoint; None before the first. Unavailable when it is damaged."""
        try:
            with self._path.open("rb", buffering=0) as file:
                note = file.read()
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise Unavailable(f"{self._path} cannot be read: {cause.strerror}.") from cause
        if self._known is None or self._known[2] != note:
            self._known = self._parsed(note)
        return self._known

    def _parsed(self, note: bytes) -> tuple[int, bytes, bytes]:
        try:
            checkpoint = parse_checkpoint(parse_note(note).body)
        except Malformed as cause:
            raise Unavailable(f"{self._path} is damaged ({cause}); run traceapp log recover.") from cause
        return checkpoint.size, checkpoint.root, note

    def advance(self, size: int, note: bytes) -> None:
        """Publish `note` unless a larger tree is published already. The rename is atomic."""
        draft = self._path.with_name(f"checkpoint.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Captures commit one after the other, but publish when they get here: the lock keeps the larger tree.
            with self._path.with_name("lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                found = self.read()
                if found is None or found[0] < size:
                    draft.write_bytes(note)
                    draft.replace(self._path)
        except OSError as cause:
            raise Unavailable(f"{self._path} cannot be written: {cause.strerror}.") from cause
