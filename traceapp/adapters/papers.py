"""Papers of certificates as files: a PDF as it is, a photo drawn anew, both under the hash of their bytes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from traceapp.adapters.photos import reencode
from traceapp.core.errors import NotFound, PhotoRefused, RuleBroken, Unavailable

LARGEST = 8_000_000
PHOTO_WIDTH = 1600
PHOTO_EDGE = 400
NAME = re.compile(r"[0-9a-f]{64}\.(pdf|webp)")
_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Paper:
    """What was stored: its name, which begins with the SHA-256 of its bytes, its kind and its size."""

    file: str
    kind: str
    size: int

    @property
    def sha256(self) -> str:
        """The hash of its bytes, in hex."""
        return self.file[:64]


def store_paper(folder: Path, data: bytes) -> Paper:
    """Keep a PDF or a photo. RuleBroken or PhotoRefused, saying what to send instead, for anything else."""
    kind, kept = ("pdf", _pdf(data)) if b"%PDF-" in data[:_HEAD] else ("webp", _photo(data))
    paper = Paper(f"{hashlib.sha256(kept).hexdigest()}.{kind}", kind, len(kept))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{paper.file}.new"
        draft.write_bytes(kept)
        draft.replace(folder / paper.file)
    except OSError as cause:
        raise Unavailable(f"The paper could not be stored in {folder}: {cause.strerror}.") from cause
    return paper


def _pdf(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise RuleBroken(f"The PDF has {len(data) / 1e6:.1f} MB, {LARGEST // 1_000_000} are the most: scan it smaller.")
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-_HEAD:]:
        raise RuleBroken("The PDF is damaged or something else is put in front of it: save it again and send that.")
    return data


def _photo(data: bytes) -> bytes:
    try:
        return reencode(data, widths=(PHOTO_WIDTH,), least_edge=PHOTO_EDGE, sharp=False).variants[-1].data
    except IndexError as cause:
        raise PhotoRefused("The photo cannot be made small enough: take it again in better light.", "heavy") from cause


def read_paper(folder: Path, name: str) -> bytes:
    """The bytes of a stored paper; NotFound, also where they are no longer the ones it is named after."""
    if not NAME.fullmatch(name):
        raise NotFound(f"There is no paper called {name[:80]!r}.")
    try:
        data = (folder / name).read_bytes()
    except OSError as cause:
        raise NotFound(f"There is no paper called {name!r}.") from cause
    if hashlib.sha256(data).hexdigest() != name[:64]:
        raise NotFound(f"The paper {name!r} was changed since it was stored: restore it from a backup.")
    return data


def erase_paper(folder: Path, name: str) -> None:
    """Delete a stored paper, if it is there."""
    if NAME.fullmatch(name):
        (folder / name).unlink(missing_ok=True)
