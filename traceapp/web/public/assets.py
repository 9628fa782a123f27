"""Files that pages link to by their content's hash, and the few drawings a page carries in itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

STATIC_FOLDER = Path(__file__).resolve().parents[2] / "static"
_PLACE = "<!--sprite-->"
_DRAWN = re.compile(r'^<(?:symbol|pattern) id="([a-z-]+)".*$', re.MULTILINE)


def template_folder() -> Path:
    """Where the templates lie: inside the package once installed, beside it in a working copy."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@cache
def content_hash(name: str) -> str:
    """The first 12 hex digits of a static file's SHA-256: a new address whenever its bytes change."""
    return sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]


def asset_url(name: str) -> str:
    """The address of a static file, which fixes its bytes and may be cached for ever."""
    return f"/static/{name}?v={content_hash(name)}"


@cache
def drawings() -> dict[str, str]:
    """Every shape, icon and hem of icons.svg by its id, each one line of markup."""
    text = (STATIC_FOLDER / "icons.svg").read_text(encoding="utf-8")
    return {found[1]: found[0] for found in _DRAWN.finditer(text)}


def with_drawings(page: str, also: Iterable[str] = ()) -> str:
    """`page` with the drawings it refers to, and those in `also`, put where base.html left room for them."""
    known = drawings()
    # Taken apart at what stands before a name: three times as quick as one pattern for both.
    named = [one[: one.find('"')] for one in page.split('href="#')[1:]]
    named += [one[: one.find(")")] for one in page.split("url(#")[1:]]
    used = dict.fromkeys([*(name for name in named if name in known), *also])
    inlined = "".join([known[name] for name in used])
    return page.replace(_PLACE, f'<svg class="sprite" width="0" height="0" aria-hidden="true">{inlined}</svg>', 1)
