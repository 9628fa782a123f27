"""What a search found, as its page shows it: products from their verified facts, and ways to narrow the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from traceapp.core.facts import Facts
from traceapp.core.places import PROVINCES
from traceapp.core.verdict import Verdict
from traceapp.i18n import show_number
from traceapp.services.search.queries import A_PAGE, Asked, Facets, Found
from traceapp.web.public.context import Recent
from traceapp.web.public.context_of import recent_of
from traceapp.web.public.lines import CSS, Line, line_of, shape_of
from traceapp.web.public.page import for_reading, plain
from traceapp.web.public.say import Say
from traceapp.web.words import gettext, ngettext

_AUTHENTIC = "record-authentic"


@dataclass(frozen=True, slots=True)
class Hit:
    """One product: how the start page lists it, its stars where it has any today, and what its own page warns of."""

    product: Recent
    stars: Line | None
    warning: Line | None


@dataclass(frozen=True, slots=True)
class Chip:
    """One way to narrow the question, or, where it `is_on`, to widen it again."""

    text: str
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Results:
    """All of a result page; `said` is how many products there are, in words.

    `chips` narrow the question; `words` are its own, one by one, where all of them together find nothing.
    """

    text: str
    said: str
    part: str
    hits: tuple[Hit, ...]
    chips: tuple[Chip, ...]
    words: tuple[Chip, ...]
    next_url: str | None
    previous_url: str | None
    asked_for_something: bool


def search_url(asked: Asked, lang: str, *, after: int = 0) -> str:
    """The address of a question's result page."""
    narrowed = {"stars": asked.stars, "province": asked.province, "after": after}
    return "/search?" + urlencode(
        {"q": asked.text, **{name: one for name, one in narrowed.items() if one}, "lang": lang}
    )


def hit_of(facts: Facts, verdict: Verdict, lang: str, *, is_demo: bool) -> Hit:
    """A product found, from facts verified for it. What cannot be named goes by its code."""
    shown = for_reading(facts) if is_demo else facts
    product = recent_of(shown, lang)
    product = replace(
        product,
        name=product.name or str(facts.identity.product),
        producer=plain(product.producer) if is_demo else product.producer,
    )
    say = Say(lang, gettext)
    stars = next((line_of(one, shown, say) for one in verdict.find("stars-valid")), None)
    return Hit(product, stars, _warning(shown, verdict, say))


def _warning(facts: Facts, verdict: Verdict, say: Say) -> Line | None:
    """The headline of the product's own page, unless all is well there."""
    if verdict.headline == _AUTHENTIC:
        return None
    finding = verdict.find(verdict.headline)[0]
    line, css = line_of(finding, facts, say), CSS[finding.severity]
    return replace(line, css=css, shape=shape_of(finding.code, css))


def results_of(
    asked: Asked, found: Found, facets: Facets, hits: Sequence[Hit], lang: str, words: Sequence[tuple[str, int]] = ()
) -> Results:
    """The page of what was found. `words` are those that by themselves would find as many."""
    previous = max(0, found.after - A_PAGE)
    return Results(
        text=asked.text,
        said=said(found.total, lang),
        part=_part(found, lang),
        hits=tuple(hits),
        chips=tuple(_chips(asked, found, facets, lang)),
        words=tuple(Chip(_counted(one, count, lang), search_url(Asked(one), lang), False) for one, count in words),
        next_url=search_url(asked, lang, after=found.following) if found.following else None,
        previous_url=search_url(asked, lang, after=previous) if found.after else None,
        asked_for_something=not asked.is_empty,
    )


def said(total: int, lang: str) -> str:
    """How many products, in words."""
    return str(ngettext("%(count)s sản phẩm", "%(count)s sản phẩm", total, count=show_number(total, lang)))


def _part(found: Found, lang: str) -> str:
    """Which of the products this page shows; nothing where it shows all."""
    if found.total <= A_PAGE:
        return ""
    last = min(found.after + A_PAGE, found.total)
    return str(
        gettext(
            "%(first)s–%(last)s trong %(total)s",
            first=show_number(found.after + 1, lang),
            last=show_number(last, lang),
            total=show_number(found.total, lang),
        )
    )


def _chips(asked: Asked, found: Found, facets: Facets, lang: str) -> Iterator[Chip]:
    """Stars, then provinces, that would leave something out; and what is chosen, even where nothing answers it."""
    counts = dict(facets.stars)
    for stars in sorted({*counts, *filter(None, [asked.stars])}, reverse=True):
        if asked.stars or counts[stars] < found.total:
            other = replace(asked, stars=None if asked.stars == stars else stars)
            text = ngettext("%(stars)s sao", "%(stars)s sao", stars, stars=stars)
            yield Chip(_counted(text, counts.get(stars, 0), lang), search_url(other, lang), asked.stars == stars)
    places = dict(facets.provinces)
    for code in dict.fromkeys([*filter(None, [asked.province]), *places]):
        if asked.province or places[code] < found.total:
            other = replace(asked, province=None if asked.province == code else code)
            text = PROVINCES[code]
            yield Chip(_counted(text, places.get(code, 0), lang), search_url(other, lang), asked.province == code)


def _counted(text: str, count: int, lang: str) -> str:
    return f"{text} ({show_number(count, lang)})"
