"""The pages' own files: style sheet, icons, favicon."""

from __future__ import annotations

import gzip
import re
from functools import cache

from traceapp.core.errors import NotFound
from traceapp.web.public.assets import STATIC_FOLDER, content_hash

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
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
    data = _squeezed(name) if path.suffix == ".css" else path.read_bytes()
    return data, _KINDS[path.suffix], content_hash(name)


@cache
def _squeezed(name: str) -> bytes:
    """A style sheet of ours without its comments and spaces: they are a sixth of it, and phones pay for them."""
    text = re.sub(r"/\*.*?\*/", "", (STATIC_FOLDER / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for pattern, short in ((r"\s+", " "), (r" ?([{};]) ?", r"\1"), (r"([a-z-]): ", r"\1:"), (";}", "}")):
        text = re.sub(pattern, short, text)
    return text.strip().encode()


@cache
def packed_file(name: str) -> bytes | None:
    """The gzipped bytes of a file of ours that is text, always the same; None for any other."""
    data, kind, _ = static_file(name)
    squeezable = kind.startswith("text/") or "svg" in kind or "wasm" in kind
    return gzip.compress(data, mtime=0) if squeezable else None
