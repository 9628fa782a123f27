"""The pages' own files: style sheet, icons, favicon."""

from __future__ import annotations

from functools import cache

from traceapp.core.errors import NotFound
from traceapp.web.public.assets import STATIC_FOLDER, content_hash

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
}


@cache
def _names() -> frozenset[str]:
    files = (path for path in STATIC_FOLDER.rglob("*") if path.is_file())
    return frozenset(path.relative_to(STATIC_FOLDER).as_posix() for path in files if path.suffix in _KINDS)


def static_file(name: str) -> tuple[bytes, str, str]:
    """(bytes, content type, content hash) of a file of ours; NotFound for any other name."""
    if name not in _names():
        raise NotFound(f"There is no file called {name[:80]!r}.")
    path = STATIC_FOLDER / name
    return path.read_bytes(), _KINDS[path.suffix], content_hash(name)
