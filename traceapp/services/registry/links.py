"""The links of a thing: where a resolver leads from a product, a lot, an item, a place or an organisation.

Only what really answers is linked. A thing's levels go from what was asked for up to its product: a link type that is
not there at one level is looked for at the next. Above a serial that was never issued there is nothing: what is known
of its lot says nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from traceapp.core.digital_link import Identity
from traceapp.core.errors import NotFound
from traceapp.core.facts import Facts, ProductFact, RecordState
from traceapp.core.findings import Severity
from traceapp.core.linkset import DEFAULT_LINK, Chosen, Link, choose, full_link_type
from traceapp.core.producer_links import links_in, outlets_in
from traceapp.core.verdict import Verdict
from traceapp.i18n.names import name_in
from traceapp.services.records.epcis_export import public_events
from traceapp.services.registry.places import Place

Judge = Callable[[Identity], tuple[Facts, Verdict]]
"""What is known of a product or a lot, and what it comes to."""

HTML: Final = "text/html"
_TITLES: Final = {
    "pip": ("Hồ sơ nguồn gốc", "Record of origin"),
    "traceability": ("Hành trình của lô", "The lot's journey"),
    "certificationInfo": ("Giấy chứng nhận", "Certificates"),
    "recallStatus": ("Tình trạng thu hồi, cho phần mềm", "Recall status, for programs"),
    "hasRetailers": ("Nơi bán", "Where to buy"),
    "epcis": ("Sự kiện của lô theo EPCIS 2.0", "The lot's events as EPCIS 2.0"),
    "locationInfo": ("Trang của cơ sở", "The place's page"),
    "registryEntry": ("Trang của tổ chức", "The organisation's page"),
}
_NOWHERE: Final = frozenset({"product-unknown", "foreign-code"})
_UNREADABLE: Final = frozenset({RecordState.TAMPERED, RecordState.MISSING})


@dataclass(frozen=True, slots=True)
class Level:
    """One context of a linkset: the path it stands for, what that is, and its links with the default among them."""

    path: str
    description: str
    default: Link
    links: tuple[Link, ...]

    def has(self, link_type: str | None) -> bool:
        """Whether a request for that type, or for none in particular, can be answered here."""
        wanted = DEFAULT_LINK if link_type is None else full_link_type(link_type)
        return wanted == DEFAULT_LINK or any(link.link_type == wanted for link in self.links)


@dataclass(frozen=True, slots=True)
class Words:
    """In which language links are described, and the address they begin with."""

    lang: str
    base_url: str

    def link(self, kind: str, target: str, media_type: str = HTML) -> Link:
        """A link of ours; `target` is a path. Pages speak both languages, data none."""
        languages = ("vi", "en") if media_type == HTML else ()
        return Link(f"gs1:{kind}", self.base_url + target, self.pick(*_TITLES[kind]), languages, media_type)

    def pick(self, vi: str, en: str | None) -> str:
        """The one of two texts that the reader understands."""
        return name_in(self.lang, vi, en)


def levels_of_code(
    asked: str, identity: Identity, judge: Judge, is_issued: Callable[[Facts], bool], words: Words
) -> tuple[Level, ...]:
    """The levels of a product, lot or item, whose address was asked for as `asked` (a raw path, no slash at its end).

    NotFound for a product that nobody registered here.
    """
    facts, verdict = judge(identity.without_serial())
    if facts.product is None and verdict.headline in _NOWHERE:
        raise NotFound(f"Nobody registered {identity.path[:120]} here: read the digits below the bar code again.")
    own = _level(asked, facts, verdict, identity, words)
    if identity.serial is not None:
        return (own, *_above_an_item(asked, facts, identity, judge, is_issued, words))
    product = _level(_cut(asked, 2), *judge(identity.product_only()), identity.product_only(), words)
    if _is_unknown_lot(facts):
        return Level(asked, product.description, product.default, (product.default,)), product
    return (own,) if own.path == product.path else (own, product)


def _above_an_item(
    asked: str, facts: Facts, identity: Identity, judge: Judge, is_issued: Callable[[Facts], bool], words: Words
) -> tuple[Level, ...]:
    if not is_issued(facts):
        return ()
    parts = asked.count("/") - 2
    return levels_of_code(_cut(asked, parts), identity.without_serial(), judge, is_issued, words)


def levels_of_place(asked: str, place: Place, words: Words) -> tuple[Level, ...]:
    """The levels of a facility or an organisation; what is asked for beyond it (AI 254) leads to it."""
    page = words.link("locationInfo" if place.facility else "registryEntry", f"/verify{place.path}")
    levels = dict.fromkeys((asked, _cut(asked, 2)))
    return tuple(Level(path, place.name, page, (page,)) for path in levels)


def level_of_case(asked: str, path: str, words: Words) -> Level:
    """The one level of a case: its page, which tells what lies in it."""
    page = words.link("pip", f"/verify{path}")
    code = path.rpartition("/")[2]
    return Level(asked, words.pick(f"Thùng {code}", f"Case {code}"), page, (page,))


def choose_among(
    levels: Sequence[Level], *, link_type: str | None, accept_language: str, accept: str, context: str | None
) -> Chosen:
    """The links that fit best at the first level that has such links; NotFound where none has."""
    level = next((level for level in levels if level.has(link_type)), levels[0])
    return choose(
        level.links,
        link_type=link_type,
        accept_language=accept_language,
        accept=accept,
        context=context,
        default=level.default,
    )


def _level(asked: str, facts: Facts, verdict: Verdict, identity: Identity, words: Words) -> Level:
    """A level of its own: its page, and what else there is of exactly this."""
    page = words.link("pip", f"/verify{identity.path}")
    return Level(asked, _description(facts, identity, words), page, (page, *_others(facts, verdict, identity, words)))


def _others(facts: Facts, verdict: Verdict, identity: Identity, words: Words) -> list[Link]:
    page, found = f"/verify{identity.path}", []
    if identity.serial is None and facts.events:
        found.append(words.link("traceability", f"{page}#journey"))
    if identity.serial is None and _has_certificates(facts, verdict):
        found.append(words.link("certificationInfo", f"{page}#certs"))
    if identity.lot is not None:
        found.append(words.link("recallStatus", f"{page}?format=json", "application/json"))
    if identity.serial is None and public_events(facts):
        found.append(words.link("epcis", f"/epcis{identity.path}", "application/ld+json"))
    if identity.lot is None and facts.product:
        found.extend(links_in(facts.product.extra))
        if verdict.severity is not Severity.BAD and _has_shops(facts.product):
            found.append(words.link("hasRetailers", f"{page}#shops"))
    return found


def _description(facts: Facts, identity: Identity, words: Words) -> str:
    product = facts.product
    name = words.pick(product.name_vi, product.name_en) if product else str(identity.product)
    if identity.lot is None:
        return name
    lot = f"{name}, {words.pick('lô', 'lot')} {identity.lot}"
    return lot if identity.serial is None else f"{lot}, {words.pick('số sê-ri', 'serial')} {identity.serial}"


def _has_certificates(facts: Facts, verdict: Verdict) -> bool:
    """Whether the page shows any: those that the verdict speaks of."""
    spoken = {finding.data.get("certificate") for finding in verdict.findings}
    return any(certificate.id in spoken for certificate in facts.certificates)


def _has_shops(product: ProductFact) -> bool:
    """Whether the page lists places to buy, and no single shop stands in the linkset by itself."""
    alone = any(link.link_type == full_link_type("gs1:hasRetailers") for link in links_in(product.extra))
    return not alone and any(outlet.kind == "buy" for outlet in outlets_in(product.extra))


def _is_unknown_lot(facts: Facts) -> bool:
    """A lot that nobody recorded, of a product that is known; not one whose records are lost or spoilt."""
    named = facts.identity.lot is not None and facts.lot is None and facts.product is not None
    return named and not any(check.state in _UNREADABLE for check in facts.checks)


def _cut(asked: str, parts: int) -> str:
    """The first `parts` segments of a path."""
    return "/".join(asked.split("/")[: parts + 1])
