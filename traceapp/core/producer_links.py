"""Links that a producer enters for a product: where to buy it, where to visit, how to use it.

They lead away from the service, so that they are held to more than other links: https, a host with a name, nobody's
password in it, and no link type by which the service speaks itself. They stand in a product's `extra` as `links`: a
list of {link_type, href, title, hreflang (a list), type}, the last two as far as they are known. Where to buy and where
to visit add {kind, platform, status, address, hours}; they need no link_type, and no href where there is nothing to
open: a shop has its address, a platform may be one where the product is not listed yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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

KINDS = ("buy", "visit")
STATUSES = ("listed", "not-listed", "paused")
"""Whether the product can be bought there today, as the producer says."""

_RETAILERS = VOCABULARY + "hasRetailers"
_TYPE_OF_KIND: Mapping[Any, str] = {"buy": "gs1:hasRetailers", "visit": "gs1:promotion"}
_WORDS: Mapping[str, int] = {"platform": 40, "address": 200, "hours": 60}
"""Text of a place to buy or visit, and its most characters."""
_FIELDS = frozenset({"link_type", "href", "title", "hreflang", "type", "kind", "status", *_WORDS})
# A last label without a letter, or in hexadecimal, makes a browser read the whole host as a number: an IP address.
_NAMED_HOST = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!0x)[a-z0-9-]*[a-z][a-z0-9-]*(?::[0-9]{1,5})?(?:[/?#].*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a product is bought or its making visited, in the producer's own word.

    `href` is None where there is nothing to open; `host` is the name it leads to. `status` is one of STATUSES.
    """

    kind: str
    title: str
    status: str
    platform: str | None = None
    href: str | None = None
    host: str | None = None
    address: str | None = None
    hours: str | None = None


def require_links(extra: Any) -> None:
    """InvalidEvent, with what to change, unless the links in a product's `extra` may be published."""
    links = extra.get("links") if isinstance(extra, Mapping) else None
    if links is None:
        return
    if not isinstance(links, list | tuple) or len(links) > MOST_LINKS:
        raise InvalidEvent(f"links is a list of at most {MOST_LINKS} links, got {str(links)[:40]!r}.")
    for entry in links:
        _require(entry)


def links_in(extra: Mapping[str, Any]) -> tuple[Link, ...]:
    """The links in a registered product's `extra` that a resolver leads to; none where they break these rules.

    Places to buy or visit are not among them: a page shows them together, each with its status and whose word it is.
    """
    return tuple(_link(entry) for entry in _kept(extra) if not entry.get("kind"))


def outlets_in(extra: Mapping[str, Any]) -> tuple[Outlet, ...]:
    """Where to buy and where to visit, in the producer's order; none where the links break these rules."""
    return tuple(_outlet(entry) for entry in _kept(extra) if _kind(entry))


def _kept(extra: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    try:
        require_links(extra)
    except InvalidEvent:
        return ()
    return tuple(extra.get("links") or ())


def _kind(entry: Mapping[str, Any]) -> str | None:
    """A retailer's link from before there were kinds is one to buy at."""
    is_shop = full_link_type(_type_of(entry)) == _RETAILERS
    return entry.get("kind") or ("buy" if is_shop else None)


def _type_of(entry: Mapping[str, Any]) -> Any:
    kind = entry.get("kind")
    return entry.get("link_type") or (_TYPE_OF_KIND.get(kind) if isinstance(kind, str) else None)


def _status(entry: Mapping[str, Any]) -> str:
    return entry.get("status") or "listed"


def _outlet(entry: Mapping[str, Any]) -> Outlet:
    href = entry.get("href")
    return Outlet(
        kind=_kind(entry) or "buy",
        title=entry["title"],
        status=_status(entry),
        href=href,
        host=urlsplit(href).hostname if href else None,
        **{name: entry.get(name) for name in _WORDS},
    )


def _require(entry: Any) -> None:
    if not isinstance(entry, Mapping) or not entry.keys() <= _FIELDS:
        raise InvalidEvent(f"A link has {', '.join(sorted(_FIELDS))} and nothing else, got {str(entry)[:80]!r}.")
    _require_outlet(entry)
    if entry.get("href") is not None or not entry.get("kind"):
        _link(entry)
    else:
        _require_place(entry)


def _require_outlet(entry: Mapping[str, Any]) -> None:
    """What is said of a place to buy or visit: one of the known words, or a short text."""
    for name, known in (("kind", KINDS), ("status", STATUSES)):
        if entry.get(name) is not None and entry[name] not in known:
            raise InvalidEvent(f"{str(entry[name])[:40]!r} is no {name} of a link: use {', '.join(known)}.")
    for name, longest in _WORDS.items():
        value = entry.get(name)
        if value is not None and not (isinstance(value, str) and value.strip() and len(value) <= longest):
            raise InvalidEvent(f"A link's {name} is a text of at most {longest} characters, got {str(value)[:40]!r}.")


def _require_place(entry: Mapping[str, Any]) -> None:
    """An outlet with nothing to open: it is named, and it is somewhere unless nothing is sold there yet."""
    _require_type(str(_type_of(entry)))
    title = entry.get("title")
    if not isinstance(title, str) or not 0 < len(title.strip()) <= LONGEST_TITLE:
        raise InvalidEvent(f"A link's title is a text of at most {LONGEST_TITLE} characters, got {str(title)[:40]!r}.")
    if _status(entry) == "listed" and entry.get("address") is None:
        raise InvalidEvent(f"{title!r} leads nowhere: give it href, or address, or the status not-listed.")


def _link(entry: Mapping[str, Any]) -> Link:
    told = {"link_type": _type_of(entry), "href": entry.get("href"), "title": entry.get("title")}
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
        return Link(**told, hreflang=tuple(languages), type=media_type)
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
