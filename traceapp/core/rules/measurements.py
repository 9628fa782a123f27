"""Measured values against their limits, as critical limits and laboratory results both carry them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traceapp.core.facts import EventFact

_SHOWN = ("what", "value", "unit", "min", "max")


def measurements(fact: EventFact, name: str) -> list[Mapping[str, Any]]:
    """The measurements an event lists under `name` (`checks` or `results`)."""
    return list(fact.event.kde.get(name) or ())


def is_out(measured: Mapping[str, Any]) -> bool:
    """Whether a value lies outside its limits; a value on a limit is inside, and no limit is never broken."""
    value, least, most = measured["value"], measured.get("min"), measured.get("max")
    return (least is not None and value < least) or (most is not None and value > most)


def shown(measured: Mapping[str, Any]) -> dict[str, Any]:
    """A measurement as a finding carries it."""
    return {name: measured.get(name) for name in _SHOWN}
