"""Viet Nam drawn small, with the two archipelagos, and the places of a lot put on it.

Plate carrée about 17° N: a degree of longitude is 0.96 of a degree of latitude. One unit of the drawing is a tenth of a
degree of latitude, about 11 km.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import hypot

WIDTH, HEIGHT = 136, 164
_WEST, _NORTH = 101.55, 23.9
_PER_DEGREE_EAST, _PER_DEGREE_NORTH = 9.6, 10.0
_PIN_RADIUS = 5.5

# Longitude, latitude; from Móng Cái south along the coast, back north along the land border.
_MAINLAND = (
    (108.05, 21.53), (107.75, 21.40), (107.38, 21.28), (107.33, 21.03), (107.02, 20.93), (106.78, 20.68),
    (106.60, 20.45), (106.56, 20.22), (106.12, 19.95), (105.93, 19.76), (105.80, 19.35), (105.76, 19.08),
    (105.63, 18.90), (105.78, 18.72), (105.93, 18.45), (106.20, 18.27), (106.50, 18.02), (106.46, 17.78),
    (106.66, 17.46), (107.08, 17.05), (107.36, 16.79), (107.70, 16.53), (108.02, 16.34), (108.20, 16.20),
    (108.32, 16.10), (108.25, 15.98), (108.42, 15.82), (108.68, 15.48), (108.92, 15.27), (108.90, 15.05),
    (109.06, 14.70), (109.06, 14.42), (109.20, 14.10), (109.25, 13.75), (109.28, 13.42), (109.34, 13.12),
    (109.46, 12.88), (109.38, 12.66), (109.20, 12.58), (109.21, 12.22), (109.23, 11.88), (109.13, 11.60),
    (109.02, 11.38), (108.72, 11.20), (108.50, 11.02), (108.29, 10.92), (108.08, 10.88), (107.99, 10.69),
    (107.55, 10.48), (107.20, 10.38), (107.07, 10.33), (106.98, 10.58), (106.80, 10.38), (106.76, 10.12),
    (106.70, 9.92), (106.56, 9.66), (106.22, 9.46), (105.80, 9.22), (105.42, 9.00), (105.12, 8.68),
    (104.75, 8.60), (104.80, 9.04), (104.85, 9.52), (105.02, 9.85), (105.06, 10.03), (104.83, 10.12),
    (104.60, 10.20), (104.45, 10.41), (104.87, 10.53), (105.06, 10.93), (105.42, 10.96), (105.80, 11.00),
    (105.92, 10.86), (106.18, 10.78), (106.20, 10.98), (105.87, 11.30), (105.82, 11.60), (106.40, 11.68),
    (106.45, 11.96), (106.80, 12.07), (107.42, 12.27), (107.56, 12.58), (107.50, 13.00), (107.62, 13.42),
    (107.42, 13.98), (107.35, 14.32), (107.54, 14.70), (107.48, 15.03), (107.66, 15.28), (107.22, 15.78),
    (107.42, 16.06), (106.96, 16.30), (106.64, 16.46), (106.55, 16.98), (106.22, 17.26), (105.74, 17.66),
    (105.52, 18.08), (105.17, 18.36), (105.10, 18.66), (104.55, 18.97), (103.95, 19.27), (104.05, 19.68),
    (104.60, 19.62), (104.85, 19.80), (104.97, 20.03), (104.66, 20.23), (104.40, 20.44), (104.60, 20.66),
    (104.10, 20.97), (103.68, 20.68), (103.18, 20.83), (102.90, 21.25), (102.98, 21.70), (102.66, 21.67),
    (102.58, 22.02), (102.15, 22.40), (102.40, 22.77), (102.95, 22.47), (103.32, 22.79), (103.66, 22.76),
    (103.97, 22.51), (104.27, 22.82), (104.75, 22.83), (104.98, 23.17), (105.33, 23.38), (105.56, 23.08),
    (105.86, 22.92), (106.25, 22.87), (106.72, 22.90), (106.82, 22.80), (106.56, 22.42), (106.71, 22.00),
    (107.06, 21.81), (107.36, 21.60), (107.85, 21.64),
)  # fmt: skip
_PHU_QUOC = ((103.96, 10.44), (104.08, 10.37), (104.05, 10.02), (103.99, 10.02), (103.84, 10.37))

# Islands as dots. Hoàng Sa: Hoàng Sa, Phú Lâm, Linh Côn, Quang Hoà, Tri Tôn. Trường Sa: Trường Sa, Song Tử Tây,
# Thị Tứ, Nam Yết, Sinh Tồn, Phan Vinh, Đá Tây, An Bang. Then Côn Đảo, Lý Sơn, Phú Quý, Bạch Long Vĩ, Thổ Chu.
_ISLANDS = (
    (111.61, 16.53), (112.33, 16.83), (112.73, 16.67), (111.70, 16.45), (111.20, 15.78),
    (111.92, 8.64), (114.33, 11.43), (114.28, 11.05), (114.36, 10.18), (114.33, 9.89), (113.69, 8.97), (112.22, 8.86),
    (112.91, 7.89),
    (106.60, 8.69), (109.12, 15.38), (108.93, 10.53), (107.73, 20.13), (103.48, 9.30),
)  # fmt: skip
_NAMES = (("Hoàng Sa", 112.0, 17.35), ("Trường Sa", 113.2, 11.95))


@dataclass(frozen=True, slots=True)
class Name:
    """A word on the sea, centred at x."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Pin:
    """A numbered pin; (x, y) is its centre, `label_y` the baseline of its number."""

    number: int
    x: float
    y: float

    @property
    def label_y(self) -> float:
        """Where the number stands so that it looks centred."""
        return round(self.y + 3.1, 1)


@dataclass(frozen=True, slots=True)
class VietnamMap:
    """What the map's SVG needs."""

    land: str
    names: tuple[Name, ...]
    pins: tuple[Pin, ...]
    route: str
    width: int = WIDTH
    height: int = HEIGHT
    radius: float = _PIN_RADIUS


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a position (degrees) lies in the drawing."""
    return (
        round((longitude - _WEST) * _PER_DEGREE_EAST, 1),
        round((_NORTH - latitude) * _PER_DEGREE_NORTH, 1),
    )


def in_frame(latitude: float, longitude: float) -> bool:
    """Whether a position can be shown at all; a place abroad cannot."""
    x, y = project(latitude, longitude)
    return 0 <= x <= WIDTH and 0 <= y <= HEIGHT


def vietnam_map(positions: Sequence[tuple[float, float]]) -> VietnamMap:
    """The map with a pin for each (latitude, longitude), numbered from 1; pins that would overlap are moved apart."""
    pins = tuple(Pin(number, x, y) for number, (x, y) in enumerate(_apart(positions), 1))
    return VietnamMap(
        land=land_path(),
        names=tuple(Name(text, *project(latitude, longitude)) for text, longitude, latitude in _NAMES),
        pins=pins,
        route="M" + "L".join(f"{pin.x:g} {pin.y:g}" for pin in pins) if len(pins) > 1 else "",
    )


@cache
def land_path() -> str:
    """The mainland, Phú Quốc and every island that is drawn, as one SVG path."""
    dots = "".join(f"M{x:g} {y:g}h1.5v1.1h-1.5z" for x, y in (project(lat, lon) for lon, lat in _ISLANDS))
    return _outline(_MAINLAND) + _outline(_PHU_QUOC) + dots


def _outline(ring: Iterable[tuple[float, float]]) -> str:
    """A closed path in steps of whole tenths, so that rounding never adds up."""
    tenths = [tuple(round(10 * value) for value in project(lat, lon)) for lon, lat in ring]
    first, steps, (x, y) = tenths[0], [], tenths[0]
    for next_x, next_y in tenths[1:]:
        steps.append(f"l{(next_x - x) / 10:g} {(next_y - y) / 10:g}".replace(" -", "-"))
        x, y = next_x, next_y
    return f"M{first[0] / 10:g} {first[1] / 10:g}{''.join(steps)}z"


def _apart(positions: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Pin centres, each kept inside the frame and pushed away from those before it until they no longer touch."""
    placed: list[tuple[float, float]] = []
    for latitude, longitude in positions:
        x, y = project(latitude, longitude)
        for other_x, other_y in placed:
            gap = hypot(x - other_x, y - other_y)
            if gap < 2 * _PIN_RADIUS:
                away_x, away_y = ((x - other_x) / gap, (y - other_y) / gap) if gap else (0.0, 1.0)
                x, y = other_x + away_x * 2 * _PIN_RADIUS, other_y + away_y * 2 * _PIN_RADIUS
        margin = _PIN_RADIUS + 0.5
        placed.append((round(min(max(x, margin), WIDTH - margin), 1), round(min(max(y, margin), HEIGHT - margin), 1)))
    return placed
