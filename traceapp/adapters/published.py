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
from traceapp.core.note import MAX_NOTE_BYTES, parse_note

Head = tuple[int, bytes, bytes]
_USUAL_BYTES = 4096


class PublishedHead:
    """Reads and advances the published checkpoint; never moves it back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "checkpoint"
        self._lock = folder / "lock"
        # Each capture comes here twice: names, not paths, and no waiting where nothing changed.
        self._names = str(self._path), str(self._lock)
        self._known: Head | None = None

    def read(self) -> Head | None:
        """(size, root, note) of the published checkpoint; None before the first. Unavailable when it is damaged."""
        try:
            if self._known and self._bytes() == self._known[2]:
                return self._known
            lock = self._hold(os.O_RDONLY, fcntl.LOCK_SH)
            try:
                return self._as_known(self._bytes())
            finally:
                os.close(lock)
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise Unavailable(f"{self._path} cannot be read: {cause.strerror}.") from cause

    def advance(self, size: int, note: bytes, root: bytes | None = None) -> None:
        """Publish `note` unless a larger tree is published already, or the same with as many signatures.

        A `root` that is known need not be read from it.
        """
        try:
            # Captures commit one after the other, but publish when they get here: the lock keeps the larger tree.
            lock = self._hold(os.O_RDWR, fcntl.LOCK_EX)
            try:
                self._advance(size, note, root)
            finally:
                os.close(lock)
        except OSError as cause:
            raise Unavailable(
                f"The record is stored; {self._path} cannot be written ({cause.strerror}), so it is not published yet. "
                "Check the disk and the rights on that folder: the next record publishes both. Do not record it again."
            ) from cause

    def _hold(self, access: int, kind: int) -> int:
        """The lock, open until it is closed."""
        try:
            lock = os.open(self._names[1], access | os.O_CREAT, 0o644)
        except FileNotFoundError:
            if access == os.O_RDONLY:
                raise
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._names[1], access | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, kind)
        except OSError:
            os.close(lock)
            raise
        return lock

    def _advance(self, size: int, note: bytes, root: bytes | None) -> None:
        """One small write is whole or not there, and readers wait: a note as long as the last takes its place at once.

        Renaming a new file over the old makes some file systems wait for the disk, on every capture.
        """
        file = self._open(os.O_RDWR)
        try:
            found = self._as_known(_read(file)) if file is not None else None
            if found and found[0] >= size and not _is_fuller(note, size, found):
                return
            if file is not None and found and len(found[2]) == len(note):
                os.pwrite(file, note, 0)
            else:
                self._replace(note)
            self._known = (size, root, note) if root else None
        finally:
            if file is not None:
                os.close(file)

    def _bytes(self) -> bytes | None:
        file = self._open(os.O_RDONLY)
        if file is None:
            return None
        try:
            return _read(file)
        finally:
            os.close(file)

    def _open(self, access: int) -> int | None:
        try:
            return os.open(self._names[0], access)
        except FileNotFoundError:
            return None

    def _as_known(self, note: bytes | None) -> Head | None:
        if note is None:
            return None
        if self._known is None or self._known[2] != note:
            self._known = self._parsed(note)
        return self._known

    def _parsed(self, note: bytes) -> Head:
        try:
            checkpoint = parse_checkpoint(parse_note(note).body)
        except Malformed as cause:
            raise Unavailable(
                f"{self._path} is damaged: {cause} Restore it. If it is lost, and the database is surely not from a "
                "backup, run traceapp log check and delete that file: the next record publishes again."
            ) from cause
        return checkpoint.size, checkpoint.root, note

    def _replace(self, note: bytes) -> None:
        draft = f"{self._names[0]}.{os.getpid()}"
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.write(file, note)
        finally:
            os.close(file)
        os.replace(draft, self._names[0])  # noqa: PTH105


def _read(file: int) -> bytes:
    found = os.read(file, _USUAL_BYTES)
    # Room for the longest note costs ten times what reading a usual one does.
    return found if len(found) < _USUAL_BYTES else found + os.read(file, MAX_NOTE_BYTES)


def _is_fuller(note: bytes, size: int, found: Head) -> bool:
    """The published checkpoint itself, with more witnesses' signatures."""
    body = found[2].partition(b"\n\n")[0]
    return found[0] == size and len(note) > len(found[2]) and note.partition(b"\n\n")[0] == body
