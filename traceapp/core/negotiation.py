"""Which of the forms that an address can be had in an Accept header wants (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

HTML, JSON = "text/html", "application/json"

_QUALITY = re.compile(r"q=([0-9]{1,3}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})")
_LONGEST_HEADER = 1000
"""Of a header that is longer the beginning is read, so that what is remembered of headers stays small."""


def accepts(accept: str, media_type: str) -> bool:
    """Whether an Accept header names that media type, in whatever case, and not to refuse it (`q=0`)."""
    return _wishes(accept[:_LONGEST_HEADER]).get(media_type, 0) > 0


def preferred(accept: str, offered: Sequence[str]) -> str:
    """The one of `offered` that is wanted most: by quality, then the one that is named rather than meant by `*`.

    The first of them where nothing decides, and where nothing is wanted: whoever asks oddly gets something, too.
    """
    return _preferred(accept[:_LONGEST_HEADER], tuple(offered))


def named(accept: str, offered: Sequence[str]) -> str | None:
    """The one that is `preferred`, if the header names it itself."""
    best = preferred(accept, offered)
    return best if accepts(accept, best) else None


def prefers_json(accept: str) -> bool:
    """Whether JSON of some kind (`application/problem+json`) is named and wanted more than a page."""
    kinds = [name for name in _wishes(accept[:_LONGEST_HEADER]) if "json" in name]
    return preferred(accept, (HTML, *kinds)) != HTML


@lru_cache(maxsize=250)
def _preferred(accept: str, offered: tuple[str, ...]) -> str:
    wishes = _wishes(accept)
    return max(offered, key=lambda one: _rank(one, wishes))


def _rank(media_type: str, wishes: Mapping[str, float]) -> tuple[float, int]:
    """How much it is wanted, and how closely it is named. What names it most closely decides: `text/html;q=0, */*`."""
    ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
    place = next((place for place, name in enumerate(ranges) if name in wishes), None)
    if place is None or not wishes[ranges[place]]:
        return (0.0, 0)
    return (wishes[ranges[place]], -place)


@lru_cache(maxsize=250)
def _wishes(accept: str) -> Mapping[str, float]:
    """What a header names, with its quality. One that cannot be read is as good as none: it refuses nothing."""
    found: dict[str, float] = {}
    for item in re.sub(r"\s", "", accept).lower().split(","):
        name, *parameters = item.split(";")
        told = next((said[1] for said in map(_QUALITY.fullmatch, parameters) if said), "1")
        found[name] = max(found.get(name, 0.0), min(float(told), 1.0))
    return found
