"""Pictures of products, stored under the hash of their bytes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from traceapp.core.errors import NotFound, RuleBroken, Unavailable

NAME = re.compile(r"[0-9a-f]{64}\.webp")
LARGEST = 200_000


def store_picture(folder: Path, data: bytes) -> str:
    """Keep a WebP picture and return its name. RuleBroken for anything else, or one above 200 kB."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) > LARGEST:
        raise RuleBroken(f"A picture is WebP of at most {LARGEST} bytes; this one has {len(data)}.")
    name = f"{hashlib.sha256(data).hexdigest()}.webp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{name}.new"
        draft.write_bytes(data)
        draft.replace(folder / name)
    except OSError as cause:
        raise Unavailable(f"The picture could not be stored in {folder}: {cause.strerror}.") from cause
    return name


def read_picture(folder: Path, name: str) -> bytes:
    """The bytes of a stored picture; NotFound, also where they are no longer the ones it is named after."""
    if not NAME.fullmatch(name):
        raise NotFound(f"There is no picture called {name[:80]!r}.")
    try:
        data = (folder / name).read_bytes()
    except OSError as cause:
        raise NotFound(f"There is no picture called {name!r}.") from cause
    if f"{hashlib.sha256(data).hexdigest()}.webp" != name:
        raise NotFound(f"The picture {name!r} was changed since it was stored: restore it from a backup.")
    return data
