"""How far apart two provinces are at the least, and whether a pack could have been carried there in the time.

Only a coarse place of a scan is ever known, so everything leans to the side of "it could": from the distance between
the middles of two provinces half as much again is taken off as circles of their areas are wide.
"""

from __future__ import annotations

from functools import cache
from math import asin, cos, pi, radians, sin, sqrt

EARTH_KM = 6371.0
FASTEST_KMH = 120
"""By motorway from door to door. Whoever flies needs more than the two hours that are looked at."""
NEAR_KM = 30
"""What no time at all explains: a clock, a border, a network that reaches over it."""

# Middle (degrees north, degrees east) and area (km²) of the 34 provinces and cities since 1 July 2025.
_PROVINCES: dict[str, tuple[float, float, int]] = {
    "01": (21.00, 105.70, 3360), "04": (22.75, 106.10, 6700), "08": (22.50, 105.10, 13796),
    "11": (21.70, 103.10, 9540), "12": (22.30, 103.20, 9069), "14": (21.20, 104.10, 14110),
    "15": (22.05, 104.35, 13257), "19": (21.95, 105.84, 8375), "20": (21.85, 106.60, 8310),
    "22": (21.25, 107.20, 6208), "24": (21.30, 106.35, 4719), "25": (21.05, 105.25, 9361),
    "31": (20.87, 106.50, 3195), "33": (20.62, 106.25, 2515), "37": (20.32, 106.05, 3943),
    "38": (20.05, 105.30, 11115), "40": (19.25, 104.90, 16494), "42": (18.30, 105.75, 5994),
    "44": (17.25, 106.60, 12700), "46": (16.35, 107.55, 4947), "48": (15.60, 107.97, 11860),
    "51": (14.75, 108.15, 14833), "52": (13.90, 108.45, 21577), "56": (12.15, 109.00, 8556),
    "66": (12.90, 108.45, 18096), "68": (11.65, 108.00, 24233), "75": (11.45, 107.00, 12737),
    "79": (10.90, 106.80, 6773), "80": (11.00, 106.15, 8537), "82": (10.50, 105.90, 5938),
    "86": (10.00, 106.25, 6296), "91": (10.20, 105.05, 9889), "92": (9.80, 105.75, 6361),
    "96": (9.10, 105.20, 7942),
}  # fmt: skip


def middle_of(province: str) -> tuple[float, float]:
    """Degrees north and east of a province's middle. KeyError for a code that is none."""
    north, east, _ = _PROVINCES[province]
    return north, east


@cache
def least_km(one: str, other: str) -> int:
    """Kilometres that lie between two provinces at the least; 0 where they touch or a code is unknown."""
    if one == other or one not in _PROVINCES or other not in _PROVINCES:
        return 0
    reach = 1.5 * sum(sqrt(_PROVINCES[code][2] / pi) for code in (one, other))
    return max(0, int(_great_circle(middle_of(one), middle_of(other)) - reach))


def too_fast(one: str, other: str, seconds: int) -> bool:
    """Whether nobody carries a pack from one province to the other in that time."""
    return least_km(one, other) > NEAR_KM + FASTEST_KMH * seconds / 3600


def _great_circle(one: tuple[float, float], other: tuple[float, float]) -> float:
    (north, east), (other_north, other_east) = ([radians(part) for part in point] for point in (one, other))
    half = sin((other_north - north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
