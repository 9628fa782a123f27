"""Linksets (RFC 9264, as the GS1-Conformant Resolver Standard narrows them) and the choice among their links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from traceapp.core.canonical import JsonObject
from traceapp.core.errors import InvalidIdentifier, NotFound
from traceapp.core.identifiers import shown

VOCABULARY = "https://ref.gs1.org/voc/"
DEFAULT_LINK = VOCABULARY + "defaultLink"
LINKSET_TYPE = "application/linkset+json"

_LINK_TYPE_NAMES = re.compile(r"(?:gs1:|https?://(?:ref\.|www\.)?gs1\.org/voc/)(\w+)", re.ASCII)
_FULL_URI = re.compile(r"https?://[A-Za-z0-9./]+")
_HREF = re.compile(r"https?://[A-Za-z0-9.\[][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_HREFLANG = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2})?")
_MEDIA_TYPE = re.compile(r"\w+/[-+.\w]+", re.ASCII)
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_MOST_RANGES = 50
_LONGEST_HEADER = 1000
"""Of a header that is longer the beginning is read, so that what is remembered of headers stays small."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link; `link_type` is a full URI, also where it was given as `gs1:pip`. `fwqs`: pass queries on."""

    link_type: str
    href: str
    title: str
    hreflang: tuple[str, ...] = ()
    type: str | None = None
    context: tuple[str, ...] = ()
    public: bool | None = None
    fwqs: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "link_type", full_link_type(self.link_type))
        _require(_FULL_URI, "Link type", self.link_type, "https://ref.gs1.org/voc/pip")
        _require(_HREF, "Link target", self.href, "https://example.vn/page")
        for language in self.hreflang:
            _require(_HREFLANG, "Link language", language, "vi or en-GB")
        if self.type is not None:
            _require(_MEDIA_TYPE, "Media type", self.type, "text/html")
        if not self.title.strip():
            raise InvalidIdentifier(f"The link to {shown(self.href)} has no title; give it one.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The links that fit a request equally well: one to redirect to, or several to offer (300)."""

    links: tuple[Link, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Whether the caller must offer a choice."""
        return len(self.links) > 1

    @property
    def link(self) -> Link:
        """The link to follow; the first of several."""
        return self.links[0]


class _Range(NamedTuple):
    """One item of an Accept header: what it names, how much it is wanted (0 to 1), and where it stands."""

    name: str
    quality: float
    place: int


def full_link_type(text: str) -> str:
    """The full URI of a link type given as `gs1:pip` or in any of the namespaces in use; other text stays as it is."""
    named = _LINK_TYPE_NAMES.fullmatch(text)
    return VOCABULARY + named[1] if named else text


def link_context(anchor: str, item_description: str, links: Iterable[Link], default: Link | None = None) -> JsonObject:
    """One anchor with its links by type.

    The default stands twice, as the standard asks: bare of attributes as the default, and under its own type.
    """
    _require(_HREF, "Anchor", anchor, "https://example.vn/01/09520000000110")
    listed = [link for link in links if link.link_type != DEFAULT_LINK]
    if default is not None and default.link_type != DEFAULT_LINK and default not in listed:
        listed.insert(0, default)
    entry: JsonObject = {"anchor": anchor, "itemDescription": item_description}
    if default is not None:
        entry[DEFAULT_LINK] = [{"href": default.href, "title": default.title}]
    for link in listed:
        entry.setdefault(link.link_type, []).append(_target(link))
    return entry


def linkset(
    anchor: str, item_description: str, links: Iterable[Link], default: Link, above: Iterable[JsonObject] = ()
) -> JsonObject:
    """The linkset of `anchor` with exactly one default link; `above` are the contexts of its lot and product."""
    return {"linkset": [link_context(anchor, item_description, links, default), *above]}


def choose(
    links: Sequence[Link],
    *,
    link_type: str | None = None,
    accept_language: str = "",
    accept: str = "",
    context: str | None = None,
    default: Link | None = None,
) -> Chosen:
    """The links that fit best: by type, then language, then media type, then context.

    Without a wanted type that is `default`. A link that leaves an attribute open wins where the request does too; a
    wish that nothing meets narrows nothing. NotFound where there is no link of the type.
    """
    wanted = DEFAULT_LINK if link_type is None else full_link_type(link_type)
    if wanted == DEFAULT_LINK and default is not None:
        return Chosen((default,))
    found = [link for link in links if link.link_type == wanted]
    if not found:
        raise NotFound(f"There is no link of type {shown(wanted)} here; ask for linkType=linkset to see what there is.")
    found = _best(found, lambda link: link.hreflang, _ranges(accept_language), _language_fit)
    found = _best(found, lambda link: (link.type,) if link.type else (), _media_ranges(accept), _media_fit)
    wishes = [] if context is None else [_Range(context.lower(), 1.0, 0)]
    return Chosen(tuple(_best(found, lambda link: link.context, wishes, _equal)))


def wants_linkset(link_type: str | None, accept: str) -> bool:
    """Whether a request is for the linkset itself: by linkType, or by wanting its media type no less than any other."""
    if link_type is not None:
        return link_type in ("linkset", "all")
    return _prefers_linkset(accept[:_LONGEST_HEADER])


def forward(link: Link, raw_query: str) -> str:
    """Where a redirect through `link` leads: its href, with the request's further parameters unless it forbids that."""
    if not raw_query or link.fwqs is False:
        return link.href
    address, hash_mark, fragment = link.href.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{raw_query}{hash_mark}{fragment}"


@lru_cache(maxsize=250)
def _prefers_linkset(accept: str) -> bool:
    ranges = _media_ranges(accept)
    quality = max((wish.quality for wish in ranges if wish.name == LINKSET_TYPE), default=0.0)
    return quality > 0 and all(wish.quality <= quality for wish in ranges)


def _require(form: re.Pattern[str], kind: str, text: str, example: str) -> None:
    if not form.fullmatch(text):
        raise InvalidIdentifier(f"{kind} {shown(text)} cannot stand in a linkset; write it like {example}.")


def _target(link: Link) -> JsonObject:
    target: JsonObject = {"href": link.href, "title": link.title}
    if link.hreflang:
        target["hreflang"] = list(link.hreflang)
    if link.type is not None:
        target["type"] = link.type
    if link.context:
        target["context"] = list(link.context)
    if link.public is not None:
        target["public"] = link.public
    if link.fwqs is not None:
        target["fwqs"] = link.fwqs
    return target


def _ranges(header: str) -> list[_Range]:
    """The readable items of an Accept or Accept-Language header; odd ones are passed over."""
    found = []
    for place, item in enumerate(header.split(",")[:_MOST_RANGES]):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = next((part[2:].strip() for part in parameters if part.startswith("q=")), "1")
        if name and _QUALITY.fullmatch(quality):
            found.append(_Range(name, float(quality), place))
    return found


def _media_ranges(header: str) -> list[_Range]:
    # A `+` that was decoded once too often arrives as a space; what has no slash names no media type.
    named = (wish._replace(name=wish.name.replace(" ", "+")) for wish in _ranges(header))
    return [wish._replace(name="*" if wish.name == "*/*" else wish.name) for wish in named if "/" in wish.name]


def _best(
    links: list[Link],
    values_of: Callable[[Link], tuple[str, ...]],
    wishes: list[_Range],
    fit: Callable[[str, str], int],
) -> list[Link]:
    ranked = [(_rank(values_of(link), wishes, fit), link) for link in links]
    best = max(rank for rank, _ in ranked)
    return [link for rank, link in ranked if rank == best]


def _rank(values: tuple[str, ...], wishes: list[_Range], fit: Callable[[str, str], int]) -> tuple[float, int, int]:
    """How welcome a link is: quality, then place in the header, then whether it leaves the attribute open."""
    if not values:
        anything = next((wish for wish in wishes if wish.name == "*"), None)
        return (anything.quality, -anything.place, 1) if anything else (0.0, 0, 1)
    return max(_rank_value(value.lower(), wishes, fit) for value in values)


def _rank_value(value: str, wishes: list[_Range], fit: Callable[[str, str], int]) -> tuple[float, int, int]:
    # The closest wish decides, so that `en;q=0, *` refuses English.
    closest = max(wishes, key=lambda wish: _closeness(value, wish, fit), default=None)
    if closest is None or not _closeness(value, closest, fit) or not closest.quality:
        return (-1.0, 0, 0)
    return (closest.quality, -closest.place, 0)


def _closeness(value: str, wish: _Range, fit: Callable[[str, str], int]) -> int:
    return 1 if wish.name == "*" else fit(value, wish.name)


def _language_fit(value: str, wanted: str) -> int:
    if value == wanted:
        return 4
    if value.startswith(wanted + "-"):
        return 3
    return 2 if wanted.startswith(value + "-") else 0


def _media_fit(value: str, wanted: str) -> int:
    if value == wanted:
        return 3
    return 2 if wanted.endswith("/*") and value.startswith(wanted[:-1]) else 0


def _equal(value: str, wanted: str) -> int:
    return 2 if value == wanted else 0
