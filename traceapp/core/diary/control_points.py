"""A producer's plan: what is measured at each critical control point, and between what it must lie.

A point that nobody wrote into the plan yet is what the latest entry at it tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from traceapp.core.events import Event, Stage


@dataclass(frozen=True, slots=True)
class Limit:
    """What is measured at a control point, and between what it must lie."""

    what: str
    unit: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One point of the plan, with its critical limits."""

    ccp: str
    step: str
    hazard: str
    limits: tuple[Limit, ...]
    freq: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> ControlPoint:
        """What `as_json` gave."""
        return cls(**{**kept, "limits": tuple(Limit(**one) for one in kept["limits"])})


def plan_from(events: Iterable[Event]) -> dict[str, ControlPoint]:
    """Control points as the latest entry at each tells them."""
    measured = (event for event in events if event.stage is Stage.CCP and isinstance(event.kde["ccp"], str))
    latest = {event.kde["ccp"]: event for event in sorted(measured, key=lambda event: event.start)}
    return {name: _point(event.kde) for name, event in latest.items()}


def _point(kde: Mapping[str, Any]) -> ControlPoint:
    return ControlPoint(
        ccp=kde["ccp"],
        step=_words(kde.get("step")),
        hazard=_words(kde.get("hazard")),
        limits=tuple(
            Limit(one["what"], _words(one.get("unit")), one.get("min"), one.get("max")) for one in kde["checks"]
        ),
        freq=_words(kde.get("freq")),
    )


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""
