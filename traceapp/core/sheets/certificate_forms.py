"""What a certificate of each scheme holds, and which scores go with which stars.

Milder than what a record may say: a certificate that was signed stays readable whatever these rules become.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

KINDS = ("new", "re-recognition", "upgrade", "potential-5")
"""What an OCOP decision is: a first one, one again after 36 months, one more star, four stars put forward for five."""
BANDS: Mapping[int, tuple[float, float]] = MappingProxyType({5: (90, 100), 4: (70, 90), 3: (50, 70)})
"""Scores of each number of stars: from the first, below the second; 100 is the most there is."""
POTENTIAL = "potential-5"


@dataclass(frozen=True, slots=True)
class SchemeForm:
    """The fields of one scheme beside number, issuer, issue and expiry. `years` is what its certificates are valid for.

    `about` says what may hold one.
    """

    about: tuple[str, ...]
    fields: tuple[str, ...]
    years: int | None
    needed: tuple[str, ...] = ()


_FARM = ("scope", "standard", "area_ha", "expected_t", "members", "surveillance")
_PLANT = ("scope", "standard", "category", "accreditation", "first_issued", "surveillance")
FORMS: Mapping[str, SchemeForm] = MappingProxyType(
    {
        "VIETGAP": SchemeForm(("organisation", "facility"), (*_FARM, "field"), 3),
        "GLOBALGAP": SchemeForm(("organisation", "facility"), ("ggn", "scope"), 1, ("ggn",)),
        "HACCP": SchemeForm(("facility", "organisation"), _PLANT, 3),
        "ISO22000": SchemeForm(("facility", "organisation"), _PLANT, 3),
        "ORGANIC": SchemeForm(("product", "facility", "organisation"), ("scope", "standard"), None),
        "OCOP": SchemeForm(("product",), ("stars", "score", "kind", "decision"), 3, ("stars", "decision")),
        "TEST": SchemeForm(("product",), ("scope", "analytes"), None),
    }
)
FARMED = ("crops", "aquaculture", "livestock")
"""What VietGAP covers: other years go with animals."""


def years_of(scheme: str, field: str | None) -> int | None:
    """How long certificates of a scheme are valid at most, in years; VietGAP for animals two."""
    if scheme == "VIETGAP" and field in ("aquaculture", "livestock"):
        return 2
    return FORMS[scheme].years


def stars_for(score: float) -> int | None:
    """How many stars a score gives; None below 50."""
    return next((stars for stars, (least, _) in BANDS.items() if score >= least), None)


def problems_of(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, problem) of what cannot be right in a certificate's fields, whatever its scheme."""
    scheme = str(details.get("scheme"))
    if scheme not in FORMS:
        yield "scheme", "scheme-unknown"
        return
    for name in FORMS[scheme].needed:
        if not details.get(name):
            yield name, "needed"
    if scheme == "OCOP":
        yield from _ocop(details)
    elif details.get("stars"):
        yield "stars", "stars-without-ocop"
    issued, expires = details.get("issued"), details.get("expires")
    if isinstance(issued, date) and isinstance(expires, date) and expires <= issued:
        yield "expires", "ends-before-issue"


def _ocop(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    stars, score, kind = details.get("stars"), details.get("score"), details.get("kind")
    if stars is not None and stars not in BANDS:
        yield "stars", "stars-odd"
    elif score is not None and not 0 <= score <= 100:
        yield "score", "score-odd"
    elif score is not None and stars is not None:
        if kind == POTENTIAL:
            if stars != 4 or score < BANDS[5][0]:
                yield "score", "potential-odd"
        elif stars_for(score) != stars:
            yield "score", "score-of-other-stars"
    if kind is not None and kind not in KINDS:
        yield "kind", "kind-odd"
