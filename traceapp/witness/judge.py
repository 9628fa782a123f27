"""`POST /add-checkpoint` (C2SP tlog-witness): what a witness answers, and what it remembers first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core.checkpoint import (
    AddCheckpoint,
    Checkpoint,
    cosign,
    parse_add_checkpoint,
    parse_checkpoint,
    verify_checkpoint,
)
from traceapp.core.errors import InconsistentLog, UnknownKey, VerificationError
from traceapp.core.merkle import EMPTY_ROOT, verify_consistency
from traceapp.core.note import VerifierKey, parse_note
from traceapp.witness.memory import Memory

MOST_BYTES = 300 * 1024
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and content type of an answer."""

    status: int
    body: bytes
    kind: str = TEXT


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns: a name, a key, a memory and a clock (POSIX seconds)."""

    name: str
    private: Ed25519PrivateKey
    memory: Memory
    clock: Callable[[], float]

    def add_checkpoint(self, body: bytes) -> Reply:
        """Judge one request. Total: whatever the bytes are, there is an answer."""
        # 1. It must be a request about a checkpoint.
        try:
            asked = parse_add_checkpoint(body)
            claimed = parse_checkpoint(parse_note(asked.checkpoint).body)
        except VerificationError as cause:
            return _refused(400, str(cause))
        # 2. Of a log that is followed, and signed by it.
        keys = self.memory.logs().get(claimed.origin, ())
        if not keys:
            return _refused(404, f"the log {claimed.origin[:120]} is not followed here")
        signed = _newest_signer(asked.checkpoint, keys)
        if signed is None:
            return _refused(403, f"no key known of {claimed.origin[:120]} signed this checkpoint")
        # 3. The old size cannot be the larger one.
        if asked.old > claimed.size:
            return _refused(400, f"the old size {asked.old} is larger than the new one, {claimed.size}")
        with self.memory.locked(claimed.origin):
            # 4. Once a newer key of the log has signed, an older one alone signs nothing more.
            before = _newest_signer(self.memory.read(claimed.origin) or b"", keys)
            if before is not None and signed < before:
                return _refused(403, f"a key of {claimed.origin[:120]} signed this that a newer one took over from")
            return self._judge(asked, claimed, body)

    def _judge(self, asked: AddCheckpoint, claimed: Checkpoint, body: bytes) -> Reply:
        # 5. It must begin where this witness stands.
        last = self.memory.last(claimed.origin)
        size, root = (last.size, last.root) if last else (0, EMPTY_ROOT)
        if asked.old != size:
            return Reply(409, f"{size}\n".encode(), SIZE)
        # 6. And continue it. A signed checkpoint that does not is kept: it may prove that the log forked.
        try:
            verify_consistency(size, root, claimed.size, claimed.root, asked.proof)
        except InconsistentLog as cause:
            self.memory.keep_evidence(body)
            return _refused(422, str(cause))
        # 7. Remembered before it is signed: what was answered can never be forgotten.
        self.memory.write(claimed.origin, asked.checkpoint)
        return Reply(200, cosign(asked.checkpoint, self.private, self.name, int(self.clock())))


def _newest_signer(note: bytes, keys: tuple[VerifierKey, ...]) -> int | None:
    """Which of the log's keys, in the order in which they were followed, signed the note: the last one that did. None
    where none did, or one of them did not fit.
    """
    found = None
    for at, key in enumerate(keys):
        try:
            verify_checkpoint(note, key)
        except UnknownKey:
            continue
        except VerificationError:
            return None
        found = at
    return found


def _refused(status: int, why: str) -> Reply:
    return Reply(status, f"{why}\n".encode())
