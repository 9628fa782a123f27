"""Links that a producer enters for a product: where to buy it, how to use it.

They lead away from the service, so that they are held to more than other links: https, a host with a name, nobody's
password in it, and no link type by which the service speaks itself. They stand in a product's `extra` as `links`: a
list of {link_type, href, title, hreflang (a list), type}, the last two as far as they are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from traceapp.core.errors import InvalidEvent, InvalidIdentifier
from traceapp.core.identifiers import shown
from traceapp.core.linkset import VOCABULARY, Link, full_link_type

MOST_LINKS = 20
LONGEST_HREF = 2000
LONGEST_TITLE = 120

LINK_TYPES = frozenset(
    {
        "allergenInfo",
        "consumerHandlingStorageInfo",
        "faqs",
        "hasRetailers",
        "ingredientsInfo",
        "instructions",
        "nutritionalInfo",
        "promotion",
        "recipeInfo",
        "relatedVideo",
        "review",
        "socialMedia",
        "support",
        "sustainabilityInfo",
    }
)
"""Ratified link types of the GS1 Web Vocabulary that a producer may fill; all others are the service's own to say."""

_FIELDS = frozenset({"link_type", "href", "title", "hreflang", "type"})
# A last label without a letter, or in hexadecimal, makes a browser read the whole host as a number: an IP address.
_NAMED_HOST = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!0x)[a-z0-9-]*[a-z][a-z0-9-]*(?::[0-9]{1,5})?(?:[/?#].*)?",
    re.IGNORECASE,
)


def require_links(extra: Any) -> None:
    """InvalidEvent, with what to change, unless the links in a product's `extra` may be published."""
    links = extra.get("links") if isinstance(extra, Mapping) else None
    if links is None:
        return
    if not isinstance(links, list | tuple) or len(links) > MOST_LINKS:
        raise InvalidEvent(f"links is a list of at most {MOST_LINKS} links, got {str(links)[:40]!r}.")
    for entry in links:
        _link(entry)


def links_in(extra: Mapping[str, Any]) -> tuple[Link, ...]:
    """The links in a registered product's `extra`; none where they do not keep these rules."""
    try:
        require_links(extra)
    except InvalidEvent:
        return ()
    return tuple(_link(entry) for entry in extra.get("links") or ())


def _link(entry: Any) -> Link:
    if not isinstance(entry, Mapping) or not entry.keys() <= _FIELDS:
        raise InvalidEvent(f"A link has {', '.join(sorted(_FIELDS))} and nothing else, got {str(entry)[:80]!r}.")
    told = {name: entry.get(name) for name in ("link_type", "href", "title")}
    if not all(isinstance(value, str) for value in told.values()):
        raise InvalidEvent(f"A link needs link_type, href and title as text, got {str(dict(entry))[:80]!r}.")
    _require_type(str(told["link_type"]))
    _require_target(str(told["href"]), str(told["title"]))
    languages, media_type = entry.get("hreflang") or (), entry.get("type")
    if not isinstance(languages, list | tuple) or not all(isinstance(one, str) for one in languages):
        raise InvalidEvent(f"hreflang is a list of languages such as vi, got {str(languages)[:40]!r}.")
    if media_type is not None and not isinstance(media_type, str):
        raise InvalidEvent(f"A link's type is a media type such as text/html, got {str(media_type)[:40]!r}.")
    try:
        return Link(**told, hreflang=tuple(languages), type=media_type)  # type: ignore[arg-type]  # all are text
    except InvalidIdentifier as cause:
        raise InvalidEvent(str(cause)) from cause


def _require_type(link_type: str) -> None:
    if full_link_type(link_type).removeprefix(VOCABULARY) not in LINK_TYPES:
        allowed = ", ".join(f"gs1:{name}" for name in sorted(LINK_TYPES))
        raise InvalidEvent(f"{shown(link_type)} is no type of link that a producer gives: use one of {allowed}.")


def _require_target(href: str, title: str) -> None:
    if len(href) > LONGEST_HREF or len(title) > LONGEST_TITLE:
        raise InvalidEvent(f"A link's address has {LONGEST_HREF} characters at most, its title {LONGEST_TITLE}.")
    if not _NAMED_HOST.fullmatch(href):
        raise InvalidEvent(f"{shown(href)} cannot be linked: use https:// and a host with a name, without a password.")
