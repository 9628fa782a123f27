"""What a product is found by, and what somebody asks for.

A document is an index over records: it says where to look, never what to show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CertificateFact, Facts, OrganisationFact, ProductFact
from traceapp.core.folding import Terms, Word, fold, terms, words
from traceapp.core.identifiers import Gtin, TraceCode
from traceapp.core.places import PROVINCES
from traceapp.core.rules import stars

MOST_LOTS = 50
"""Lots that a product is found by, the newest: those in the shops. An older lot is still found by its whole number."""
LONGEST_QUESTION = 200
MOST_ASKED = 10
STARS = frozenset({1, 2, 3, 4, 5})

# Spellings that people still use.
_ALSO_CALLED = {"46": "Thừa Thiên Huế", "66": "Đắc Lắc", "79": "TPHCM HCM Sài Gòn"}
_ASKED_STARS = re.compile(
    r"(?<!\w)(?:ocop\s+)?(?P<stars>[1-5])\s*(?:-?\s*(?:sao|stars?)(?!\w)|[★⭐*]+\ufe0f?)(?:\s+ocop(?!\w))?",
    re.IGNORECASE,
)
_ASKED_OCOP = re.compile(r"(?<!\w)ocop(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StarSpan:
    """Stars that are shown from the day `since` until the day `until`, which is the first without them."""

    stars: int
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One product as it is filed. `product` and `organisation` are ids; `name` its names, `rest` all else."""

    product: str
    code: str
    organisation: str
    province: str | None
    sort_name: str
    name: Terms
    rest: Terms
    spans: tuple[StarSpan, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: products with all of `words`, of one of these `stars` today where any are named."""

    words: tuple[Word, ...] = ()
    stars: frozenset[int] = frozenset()
    is_open: bool = True
    """Whether the last word may go on: nothing was typed behind it."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.words and not self.stars


def document_of(
    product: ProductFact, producer: OrganisationFact | None, certificates: Iterable[CertificateFact]
) -> SearchDocument:
    """The document of a product, from facts about it and its producer."""
    province = producer.province_code if producer else None
    names = " ".join(filter(None, (product.name_vi, product.name_en)))
    told = (*_about(producer), product.group or "")
    filed = [terms(text) for text in (product.code, product.code.lstrip("0"), *told)]
    return SearchDocument(
        product=product.id,
        code=product.code,
        organisation=product.organisation,
        province=province,
        sort_name=fold(product.name_vi)[:LONGEST_QUESTION],
        name=terms(names),
        rest=Terms(
            frozenset().union(*(one.spelled for one in filed)), frozenset().union(*(one.folded for one in filed))
        ),
        spans=tuple(star_spans(product.code, certificates)),
    )


def _about(producer: OrganisationFact | None) -> tuple[str, ...]:
    """Who makes it and where, each a text of its own: no word is made from the end of one and the start of the next."""
    if producer is None:
        return ()
    province = producer.province_code or ""
    place = (producer.ward, producer.address_old, PROVINCES.get(province), _ALSO_CALLED.get(province), province)
    return tuple(text for text in (producer.name, *place) if text)


def star_spans(code: str, certificates: Iterable[CertificateFact]) -> Iterator[StarSpan]:
    """When a product's page shows stars, and how many: by the rule that the page itself follows."""
    facts = Facts(Identity(Gtin(code) if code.isdigit() else TraceCode(code)), certificates=tuple(certificates))
    for start, end in pairwise(sorted(set(stars.moments(facts)))):
        for finding in stars.judge(facts, start):
            if finding.code == "stars-valid":
                yield StarSpan(finding.data["stars"], vietnamese_date(start), vietnamese_date(end))


def read_question(text: str) -> Question:
    """What somebody typed: "4 sao" and "OCOP" ask for stars, all else is words. Total: anything may be typed."""
    asked = unicodedata.normalize("NFC", text[:LONGEST_QUESTION])
    counts = frozenset(int(found["stars"]) for found in _ASKED_STARS.finditer(asked))
    rest = _ASKED_STARS.sub(" ", asked)
    if _ASKED_OCOP.search(rest):
        rest = _ASKED_OCOP.sub(" ", rest)
        counts = counts or STARS
    return Question(words(rest, MOST_ASKED), counts, is_open=not text[-1:].isspace())


def lot_term(lot: str) -> str:
    """What a lot number is filed under."""
    return "".join(part for word in words(lot) for part in word.folded)
