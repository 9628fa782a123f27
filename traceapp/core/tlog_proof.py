"""One file that proves an entry is in the log, offline (C2SP tlog-proof)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from traceapp.core.checkpoint import (
    Checkpoint,
    VerifierKey,
    format_head,
    read_field,
    split_head,
    verify_checkpoint,
)
from traceapp.core.counted import Counted
from traceapp.core.errors import CannotBeChecked, Malformed
from traceapp.core.merkle import leaf_hash, verify_inclusion
from traceapp.core.note import MAX_NOTE_BYTES, read_base64, read_proof

MAX_PROOF_BYTES = 2 * MAX_NOTE_BYTES

_FORMAT, _VERSION = "c2sp.org/tlog-proof@", "v1"
_EXTRA = "extra "


@dataclass(frozen=True)
class TlogProof:
    """A proof as read, nothing in it verified. `extra` is data that no signature covers."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def format_proof(index: int, path: Sequence[bytes], checkpoint: bytes, extra: bytes | None = None) -> bytes:
    """The proof file for the entry at `index`; `checkpoint` is the signed note, verbatim."""
    extras = [_EXTRA + base64.b64encode(extra).decode()] if extra else []
    return format_head([_FORMAT + _VERSION, *extras, f"index {index}"], path) + checkpoint


def parse_proof(data: bytes) -> TlogProof:
    """Read a proof file. Raises Malformed, and CannotBeChecked on another version of the format."""
    if len(data) > MAX_PROOF_BYTES:
        raise Malformed(f"a proof of {Counted(len(data)):byte|bytes} is too long; the most is {MAX_PROOF_BYTES}")
    (header, *lines), checkpoint = split_head(data)
    _require_version(header)
    extra = None
    if lines and lines[0].startswith(_EXTRA):
        extra = _read_extra(lines.pop(0))
    if not lines:
        raise Malformed("expected an index line in the proof")
    return TlogProof(read_field("index", lines[0]), read_proof(lines[1:]), checkpoint, extra)


def verify_proof(proof: TlogProof, entry: bytes, log_key: VerifierKey) -> Checkpoint:
    """The checkpoint whose tree holds exactly this entry, on the word of the log's key.

    Raises NotInLog, and what `verify_checkpoint` raises. Witnesses are a question of their own: ask
    `cosignature_times(proof.checkpoint, …)`.
    """
    # 1. The log must have signed the checkpoint. 2. The path must lead from this entry to its root.
    checkpoint = verify_checkpoint(proof.checkpoint, log_key)
    require_included(proof, entry, checkpoint)
    return checkpoint


def require_included(proof: TlogProof, entry: bytes, checkpoint: Checkpoint) -> None:
    """NotInLog unless the path leads from this entry to the root of the checkpoint, which is verified already."""
    verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)


def _read_extra(line: str) -> bytes:
    extra = read_base64(line.removeprefix(_EXTRA))
    if not extra:
        raise Malformed("an extra line without data must be left out")
    return extra


def _require_version(header: str) -> None:
    if header == _FORMAT + _VERSION:
        return
    if header.startswith(_FORMAT):
        raise CannotBeChecked(f"proof format {header[:80]!r} is not known here; known is {_FORMAT}{_VERSION}")
    raise Malformed(f"expected {_FORMAT}{_VERSION} in the first line, got {header[:80]!r}")
