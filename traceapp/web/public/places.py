"""Places as pages name them."""

from __future__ import annotations

from collections.abc import Iterable

from traceapp.core.facts import Facts
from traceapp.core.places import PROVINCES, place_of, place_parts

__all__ = ["PROVINCES", "facility_place", "place_of", "place_parts", "province_names"]


def facility_place(facts: Facts, facility_id: str) -> str:
    """Where a facility stands: its owner's commune and province, else its own name."""
    facility = facts.facilities[facility_id]
    return place_of(facts.organisations.get(facility.organisation)) or facility.name


def province_names(codes: Iterable[str]) -> list[str]:
    """Names of the provinces we know among `codes`."""
    return [PROVINCES[code] for code in codes if code in PROVINCES]
