"""A map to put a pin on, without tiles and without a script: a tap on the picture is sent as its coordinates.

The first tap is on the whole country; the map then shows the surroundings of the pin, ten times nearer, and another tap
moves it. Nothing is asked of anybody else's server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from traceapp.web.public.vietnam_map import land_path, vietnam_map

MAP_FIELD = "map"
WIDTH, HEIGHT = 320, 386
"""Pixels of the picture, whatever it shows."""
_COUNTRY_WEST, _COUNTRY_NORTH = 101.55, 23.9
_PER_EAST, _PER_NORTH = 9.6, 10.0
_UNITS_WIDE, _UNITS_HIGH = 136, 164
_NEARER = 10
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,8})?")


@dataclass(frozen=True, slots=True)
class Pin:
    """Degrees, to five decimals: about a metre."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Window:
    """What the picture shows, in units of the country's drawing."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def around(cls, pin: Pin | None) -> Window:
        """The surroundings of a pin, the whole country without one."""
        if pin is None:
            return cls(0, 0, _UNITS_WIDE, _UNITS_HIGH)
        x, y = _units(pin)
        width, height = _UNITS_WIDE / _NEARER, _UNITS_HIGH / _NEARER
        return cls(round(x - width / 2, 3), round(y - height / 2, 3), width, height)


def pin_of(text: str) -> Pin | None:
    """`latitude,longitude` within the drawing; None for anything else."""
    latitude, _, longitude = (part.strip() for part in text.partition(","))
    if not (_NUMBER.fullmatch(latitude) and _NUMBER.fullmatch(longitude)):
        return None
    pin = Pin(round(float(latitude), 5), round(float(longitude), 5))
    x, y = _units(pin)
    return pin if 0 <= x <= _UNITS_WIDE and 0 <= y <= _UNITS_HIGH else None


def tapped(sent: Mapping[str, str], present: Pin | None) -> Pin | None:
    """Where somebody tapped the picture that showed `present`."""
    try:
        across, down = int(sent[f"{MAP_FIELD}.x"]) / WIDTH, int(sent[f"{MAP_FIELD}.y"]) / HEIGHT
    except (KeyError, ValueError):
        return present
    window = Window.around(present)
    x, y = window.x + across * window.width, window.y + down * window.height
    return pin_of(f"{_COUNTRY_NORTH - y / _PER_NORTH:.5f},{_COUNTRY_WEST + x / _PER_EAST:.5f}")


def _units(pin: Pin) -> tuple[float, float]:
    return (pin.longitude - _COUNTRY_WEST) * _PER_EAST, (_COUNTRY_NORTH - pin.latitude) * _PER_NORTH


def drawn(pin: Pin | None) -> str:
    """The picture as SVG of its own: land, a grid of a tenth of a degree where it is near, and the pin."""
    window = Window.around(pin)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="{window.x:g} {window.y:g} {window.width:g} {window.height:g}">',
        f'<rect x="{window.x:g}" y="{window.y:g}" width="{window.width:g}" height="{window.height:g}" fill="#e3eaf1"/>',
        f'<path d="{land_path()}" fill="#fffdf7" stroke="#85745c" stroke-width="{0.1 if pin else 0.6}"/>',
    ]
    if pin is None:
        parts += [
            f'<text x="{name.x:g}" y="{name.y:g}" font-size="7" font-family="sans-serif" text-anchor="middle" '
            f'fill="#5d4f3e">{name.text}</text>'
            for name in vietnam_map(()).names
        ]
    else:
        parts += _grid(window)
        x, y = _units(pin)
        parts.append(
            f'<path d="M{x:g} {y:g}l-.5-1.2a.75.75 0 1 1 1 0z" fill="#9c1d17" stroke="#fff" stroke-width=".1"/>'
        )
    return "".join([*parts, "</svg>"])


def _grid(window: Window) -> list[str]:
    """A line every tenth of a degree, about eleven kilometres."""
    across = [f"M{window.x:g} {y}h{window.width:g}" for y in range(int(window.y), int(window.y + window.height) + 2)]
    step = _PER_EAST / 10
    first = int(window.x / step)
    down = [
        f"M{number * step:g} {window.y:g}v{window.height:g}"
        for number in range(first, first + int(window.width / step) + 2)
    ]
    return [
        f'<path d="{"".join(across + down)}" fill="none" stroke="#85745c" stroke-opacity=".45" stroke-width=".04"/>'
    ]
