"""GS1 Digital Link addresses: what a scanned path and query name, and the one way each is written.

Parsing takes the raw path. A framework that has already decoded `%2F` or folded `//` has lost what decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from urllib.parse import quote, unquote, unquote_to_bytes

from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidIdentifier, Malformed
from traceapp.core.identifiers import (
    Giai,
    Gln,
    GlnExtension,
    Gtin,
    Lot,
    Serial,
    Sscc,
    Tpx,
    TraceCode,
    Variant,
    shown,
)

CANONICAL_STEM = "https://id.gs1.org"
LONGEST_ADDRESS = 4096
LONGEST_QUERY = 8192

Level = Literal["product", "lot", "item"]

_KEYS: dict[str, type[str]] = {"01": Gtin, "414": Gln, "417": Gln, "8004": Giai, "00": Sscc, "t": TraceCode}
_QUALIFIERS: dict[str, type[str]] = {"22": Variant, "10": Lot, "21": Serial, "235": Tpx, "254": GlnExtension}
_ORDER: dict[str, tuple[str, ...]] = {"01": ("22", "10", "21"), "t": ("10", "21"), "414": ("254",)}
_TPX = "235"
_SERIAL_AIS = frozenset({"21", "235", "250"})

_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+")
_QUERY = re.compile(r"[!-~]*")
_ADDRESS = re.compile(r"https?://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
_KNOWN_AI = re.compile(
    r"""0[0-3] | 1[0-3567] | 2[0-2] | 235 | 24[0-3] | 25[01345] | 30 | 37 | 9[0-9]
      | 3(?:1[0-6] | [246][0-9] | 3[0-7] | 5[0-7])[0-5]   # measures; the last digit places the decimal point
      | 39(?:[0-3][0-9] | 4[0-3] | 5[0-5])
      | 40[0-3] | 41[0-7] | 42[0-7] | 43(?:[01][0-9] | 2[0-6] | 3[0-3])
      | 70(?:0[1-9] | 1[01] | 2[0-3] | 3[0-9] | 4[01]) | 71[0-7] | 72(?:3[0-9] | 4[0-2] | 5[0-9])
      | 80(?:0[1-9] | 1[0-4789] | 2[06] | 30 | 4[0-3]) | 811[0-2] | 8200""",
    re.VERBOSE,
)
"""Every Application Identifier of the GS1 General Specifications."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a label names: a product, one of its lots, or one item; by GTIN, or by trace code where there is none."""

    product: Gtin | TraceCode
    variant: Variant | None = None
    lot: Lot | None = None
    serial: Serial | None = None

    def __post_init__(self) -> None:
        if self.variant is not None and isinstance(self.product, TraceCode):
            raise InvalidIdentifier(f"Trace code {self.product} cannot have the variant {self.variant}; leave it out.")

    @property
    def level(self) -> Level:
        """How much is named."""
        if self.serial is not None:
            return "item"
        return "product" if self.lot is None else "lot"

    @property
    def path(self) -> str:
        """The canonical percent-encoded path: what is printed and signed."""
        key = "t" if isinstance(self.product, TraceCode) else "01"
        named = (("22", self.variant), ("10", self.lot), ("21", self.serial))
        return _path([(key, self.product), *((ai, value) for ai, value in named if value is not None)])

    @property
    def lot_path(self) -> str:
        """The path up to the lot: the printed path from which serial keys are derived."""
        return self.without_serial().path

    @property
    def canonical(self) -> str | None:
        """The address at id.gs1.org; None for a trace code, which GS1 does not know."""
        return None if isinstance(self.product, TraceCode) else CANONICAL_STEM + self.path

    def without_serial(self) -> Identity:
        """The lot (or product) that this item belongs to."""
        return Identity(self.product, self.variant, self.lot)

    def product_only(self) -> Identity:
        """The product alone."""
        return Identity(self.product)


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A parsed path: its primary key, an AI or `t`, and its qualifiers in order. Made by `parse_path`."""

    key: str
    value: str
    qualifiers: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> Identity | None:
        """The product, lot or item that is named; None for places, parties, assets and logistic units.

        A third party's serial (AI 235) is not ours to judge: such an address names its product.
        """
        if self.key not in ("01", "t"):
            return None
        named = dict(self.qualifiers)
        return Identity(
            Gtin(self.value) if self.key == "01" else TraceCode(self.value),
            Variant(named["22"]) if "22" in named else None,
            Lot(named["10"]) if "10" in named else None,
            Serial(named["21"]) if "21" in named else None,
        )

    @property
    def path(self) -> str:
        """The canonical percent-encoded path."""
        return _path([(self.key, self.value), *self.qualifiers])

    @property
    def canonical(self) -> str | None:
        """The address at id.gs1.org; None for a trace code."""
        return None if self.key == "t" else CANONICAL_STEM + self.path


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a scanned address. `others` are raw pairs in their order, as a redirect passes them on."""

    signatures: tuple[str, ...] = ()
    link_type: str | None = None
    lang: str | None = None
    others: tuple[tuple[str, str], ...] = ()

    @property
    def signature(self) -> str | None:
        """The first `S`; `sole_signature` is what a verifier asks for."""
        return self.signatures[0] if self.signatures else None

    def sole_signature(self) -> str | None:
        """The only `S`, None where there is none; Malformed where there are several, for then none can be meant."""
        if len(self.signatures) > 1:
            raise Malformed(
                f"The address carries {Counted(len(self.signatures)):signature|signatures} S; scan the label again."
            )
        return self.signature

    @property
    def forwardable(self) -> str:
        """The raw query that may go to another host: never `S`, nor a serial."""
        return "&".join(f"{key}={value}" for key, value in self.others if unquote(key) not in _SERIAL_AIS)

    def value(self, name: str) -> str | None:
        """The first other parameter of that name, decoded."""
        return next((unquote(value) for key, value in self.others if unquote(key) == name), None)


@lru_cache(maxsize=1000)
def parse_path(raw_path: str) -> DigitalLink:
    """The link that a raw percent-encoded path names; InvalidIdentifier, with the reason, for any other path."""
    if len(raw_path) > LONGEST_ADDRESS:
        raise InvalidIdentifier(
            f"The path has {Counted(len(raw_path)):character|characters}; the longest is {LONGEST_ADDRESS}."
        )
    if not raw_path.startswith("/"):
        raise InvalidIdentifier(f"The path {shown(raw_path)} does not begin with /; scan the label again.")
    segments = [_decoded(segment, raw_path) for segment in raw_path.removesuffix("/").split("/")[1:]]
    if not segments or segments[0] not in _KEYS:
        raise InvalidIdentifier(
            f"The path {shown(raw_path)} begins with no known key; begin with /01/ and a GTIN, or /t/ and a trace code."
        )
    if len(segments) % 2:
        raise InvalidIdentifier(
            f"The path {shown(raw_path)} ends with {shown(segments[-1])}, which has no value; add it or cut this off."
        )
    key, value = segments[:2]
    qualifiers = list(zip(segments[2::2], segments[3::2], strict=True))
    _check_order(key, [ai for ai, _ in qualifiers])
    return DigitalLink(key, _KEYS[key](value), tuple((ai, _QUALIFIERS[ai](text)) for ai, text in qualifiers))


def parse_query(raw_query: str) -> Query:
    """The parameters in a raw query, without its `?`. Keys that are digits must be GS1 AIs; unknown words are kept.

    InvalidIdentifier for a query that is too long, or holds what a web address cannot.
    """
    if len(raw_query) > LONGEST_QUERY:
        raise InvalidIdentifier(
            f"The query has {Counted(len(raw_query)):character|characters}; the longest is {LONGEST_QUERY}."
        )
    if not _QUERY.fullmatch(raw_query):
        raise InvalidIdentifier(f"The query {shown(raw_query)} holds what a web address cannot; percent-encode it.")
    own: dict[str, list[str]] = {"S": [], "linkType": [], "lang": []}
    others = []
    for raw_key, _, raw_value in (pair.partition("=") for pair in raw_query.split("&") if pair):
        key = unquote(raw_key)
        if key in own:
            own[key].append(unquote(raw_value))
        else:
            _check_ai(key)
            others.append((raw_key, raw_value))
    return Query(tuple(own["S"]), _first(own["linkType"]), _first(own["lang"]), tuple(others))


def parse_url(text: str) -> tuple[str, DigitalLink, Query]:
    """A whole address as (host in lower case, with its port if any; link; query). A fragment is ignored.

    InvalidIdentifier for what is no web address.
    """
    if len(text) > LONGEST_ADDRESS:
        raise InvalidIdentifier(
            f"The address has {Counted(len(text)):character|characters}; the longest is {LONGEST_ADDRESS}."
        )
    parts = _ADDRESS.fullmatch(text.strip())
    if parts is None:
        raise InvalidIdentifier(f"{shown(text)} is not a web address; it must begin with https:// or http://.")
    host = parts[1].lower()
    if not _HOST.fullmatch(host):
        raise InvalidIdentifier(f"The address {shown(text)} names no usable host; scan the label again.")
    return host, parse_path(parts[2]), parse_query(parts[3] or "")


def _path(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in pairs)


def _decoded(segment: str, raw_path: str) -> str:
    if not segment:
        raise InvalidIdentifier(f"The path {shown(raw_path)} holds an empty part; remove the doubled /.")
    if not _SEGMENT.fullmatch(segment):
        raise InvalidIdentifier(
            f"The part {shown(segment)} of the path is not percent-encoded; write % as %25 and so on."
        )
    if "%" not in segment:
        return segment
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as cause:
        raise InvalidIdentifier(f"The part {shown(segment)} of the path is not UTF-8; scan the label again.") from cause


def _check_order(key: str, ais: list[str]) -> None:
    if key == "01" and _TPX in ais:
        if len(ais) > 1:
            raise InvalidIdentifier("AI 235 stands beside other qualifiers; it goes alone after the GTIN.")
        return
    order = _ORDER.get(key, ())
    for ai in ais:
        if ai not in order:
            allowed = "none" if not order else ", ".join(order)
            raise InvalidIdentifier(f"{shown(ai)} cannot follow /{key}/; allowed there: {allowed}.")
    for earlier, later in pairwise(ais):
        if order.index(earlier) >= order.index(later):
            raise InvalidIdentifier(f"/{later}/ cannot follow /{earlier}/; the order is {', '.join(order)}, each once.")


def _check_ai(key: str) -> None:
    if key.isascii() and key.isdigit() and not _KNOWN_AI.fullmatch(key):
        raise InvalidIdentifier(f"The query key {shown(key)} is no GS1 Application Identifier; remove it.")


def _first(values: list[str]) -> str | None:
    return next((value for value in values if value), None)
