"""What can be said of a lot: the trade's stages as EPCIS 2.0 events.

A stage maps to an EPCIS event type, action and CBV business step; the trade's own data go in `traceapp:kde`. Data that
point at a person never stand in the record: they are listed in PERSONAL and enter as keyed hashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidEvent
from traceapp.core.units import is_broken

PERSONAL = frozenset({"operator", "crew", "by", "verified_by", "maker", "vehicle", "photo"})
HOW_NOTED = frozenset({"copied", "noted_at"})
"""Data about the entry, not about what happened: which fields were taken over untouched from an earlier one, and when
it was written down in the field.
"""
RESTRICTED_STAGES = frozenset({"SHIP", "RECEIVE"})
EARLIEST = date(1900, 1, 1)
LONGEST_TEXT = 500
MOST_GOODS = 100
LARGEST_NUMBER = 1e12
LONGEST_WAIT = 730
DEEPEST_DATUM = 8


class Stage(StrEnum):
    """The trade's kinds of event."""

    PLOT = "PLOT"
    SEED = "SEED"
    INPUT = "INPUT"
    FERT = "FERT"
    PPP = "PPP"
    FEED = "FEED"
    VETDRUG = "VETDRUG"
    SOURCE = "SOURCE"
    HARVEST = "HARVEST"
    MIX = "MIX"
    FERMENT = "FERMENT"
    DRAW = "DRAW"
    PROCESS = "PROCESS"
    PACKHOUSE = "PACKHOUSE"
    CCP = "CCP"
    TEST = "TEST"
    STORE = "STORE"
    PACK = "PACK"
    SHIP = "SHIP"
    RECEIVE = "RECEIVE"
    SELL = "SELL"
    RECALL = "RECALL"


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of goods in or out of an event; `from_lot` is another lot's id (URL) when they were taken from it."""

    name: str
    quantity: float
    unit: str
    from_lot: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a lot. `lot`, `actor` and `place` are ids (URLs); dates are civil, Vietnam."""

    lot: str
    stage: Stage
    start: date
    end: date
    actor: str
    place: str | None = None
    inputs: tuple[Goods, ...] = ()
    outputs: tuple[Goods, ...] = ()
    label_vi: str = ""
    label_en: str = ""
    kde: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plots(self) -> tuple[str, ...]:
        """Codes of the plots this event names, in `kde.plot` or `kde.plots`."""
        one, many = self.kde.get("plot"), self.kde.get("plots")
        return (() if one is None else (one,)) + (tuple(many) if isinstance(many, list | tuple) else ())


NEEDS: Mapping[Stage, tuple[str, ...]] = {
    Stage.PPP: ("active", "phi_days", "plot"),
    Stage.VETDRUG: ("active", "withdrawal_days", "plot"),
    Stage.SOURCE: ("outputs",),
    Stage.HARVEST: ("outputs", "plot"),
    Stage.CCP: ("ccp", "checks"),
    Stage.TEST: ("report", "results"),
    Stage.PACK: ("outputs",),
}
"""What a stage cannot be recorded without: a name in `kde`, or `outputs`."""
_BY_NUMBER = frozenset({Stage.SHIP, Stage.RECEIVE, Stage.SELL})
"""Stages that may tell a number of packs alone, as `qty`."""
_KDE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def validate(event: Event, today: date) -> None:
    """Refuse what is malformed or impossible (InvalidEvent). A true fact that breaks a rule is not refused here."""
    if event.end > today:
        raise InvalidEvent(
            f"The event ends {event.end}, which is after today ({today}): record it when it has happened."
        )
    goods = (*event.inputs, *event.outputs)
    if len(goods) > MOST_GOODS:
        raise InvalidEvent(f"An event holds at most {MOST_GOODS} lines of goods: split it.")
    require_judgeable(event)
    _validate_counts(event, goods)
    _validate_text((event.label_vi, event.label_en, [(one.name, one.unit) for one in goods], event.kde), 0)


def _validate_counts(event: Event, goods: tuple[Goods, ...]) -> None:
    """What is counted comes whole. Only new events are asked: what was recorded before counts as it stands."""
    for one in goods:
        if is_broken(one.quantity, one.unit):
            raise InvalidEvent(
                f"{one.quantity} {one.unit[:40]} of {one.name[:40]!r}: what is counted is a whole number; give the "
                "weight or volume of what is not whole."
            )
    amount, unit = event.kde.get("quantity"), event.kde.get("unit")
    if isinstance(amount, float) and isinstance(unit, str) and is_broken(amount, unit, opened=True):
        raise InvalidEvent(f"quantity is {amount} {unit[:40]}: there is no part of one, give a whole number.")
    packs = event.kde.get("qty")
    if event.stage in _BY_NUMBER and isinstance(packs, float) and not packs.is_integer():
        raise InvalidEvent(f"qty is a whole number of packs, got {packs}.")


def require_judgeable(event: Event) -> None:
    """InvalidEvent unless rules can judge it: dates and numbers make sense, and what its stage needs is there.

    Signed events pass through this again when they are read, so it may become milder but never stricter.
    """
    if not EARLIEST <= event.start <= event.end:
        raise InvalidEvent(f"The event ends {event.end} but starts {event.start}: check both dates.")
    for goods in (*event.inputs, *event.outputs):
        _validate_goods(goods)
    _validate_plots(event.kde.get("plot"), event.kde.get("plots"))
    for need in NEEDS.get(event.stage, ()):
        _validate_need(event, need)
    for name in ("checks", "results"):
        _validate_measurements(event.kde.get(name), name)


def _validate_goods(goods: Goods) -> None:
    if not _is_number(goods.quantity) or goods.quantity <= 0:
        raise InvalidEvent(
            f"The quantity of {goods.name[:40]!r} is {str(goods.quantity)[:40]}: write a number above 0."
        )
    if not goods.name.strip() or not goods.unit.strip():
        raise InvalidEvent(f"Goods need a name and a unit, got {goods.name[:40]!r} and {goods.unit[:40]!r}.")


def _validate_plots(one: Any, many: Any) -> None:
    if one is not None and not _is_text(one):
        raise InvalidEvent(f"plot is the code of one plot, got {str(one)[:40]!r}.")
    if many is not None and not (isinstance(many, list | tuple) and all(map(_is_text, many))):
        raise InvalidEvent(f"plots is a list of plots' codes, got {str(many)[:40]!r}.")


def _validate_need(event: Event, need: str) -> None:
    if need == "outputs":
        present = bool(event.outputs)
    elif need == "plot":
        present = bool(event.plots)
    elif need.endswith("_days"):
        days = event.kde.get(need)
        present = type(days) is int and 0 <= days <= LONGEST_WAIT
    else:
        present = bool(event.kde.get(need))
    if not present:
        raise InvalidEvent(f"{event.stage} needs {need}, got {str(event.kde.get(need))[:40]}.")


def _validate_measurements(measured: Any, name: str) -> None:
    if measured is None:
        return
    if not isinstance(measured, list | tuple) or not all(isinstance(one, Mapping) for one in measured):
        raise InvalidEvent(f"{name} is a list of measurements, got {str(measured)[:40]}.")
    for one in measured:
        if not _is_text(one.get("what")) or not _is_number(one.get("value")):
            raise InvalidEvent(f"A measurement in {name} needs what and a number as value, got {str(dict(one))[:80]}.")
        if any(one.get(limit) is not None and not _is_number(one[limit]) for limit in ("min", "max")):
            raise InvalidEvent(
                f"The limits of {one['what'][:40]!r} are numbers or left out, got {str(dict(one))[:80]}."
            )


def _is_number(value: Any) -> bool:
    """Whether it is a number, and of a size that means something: no bool, NaN or infinity is."""
    return type(value) in (int, float) and -LARGEST_NUMBER <= value <= LARGEST_NUMBER


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _validate_text(value: Any, depth: int) -> None:
    if depth > DEEPEST_DATUM:
        raise InvalidEvent(f"Data are nested more than {DEEPEST_DATUM} deep: write them side by side.")
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise InvalidEvent(
                f"A text has {Counted(len(value)):character|characters}; {LONGEST_TEXT} is the most. It begins "
                f"{value[:40]!r}."
            )
    elif isinstance(value, list | tuple):
        for item in value:
            _validate_text(item, depth + 1)
    # Asking what a mapping is takes longer than all the rest.
    elif type(value) is dict or isinstance(value, Mapping):
        for name, item in value.items():
            _validate_name(str(name), nested=depth > 1)
            _validate_text(item, depth + 1)


def _validate_name(name: str, *, nested: bool) -> None:
    if not _KDE_NAME.fullmatch(name):
        raise InvalidEvent(f"{name[:40]!r} is no name for a datum: use a-z, 0-9 and _.")
    # Only beside the other data are people found and hashed; inside them a name would be signed in the clear.
    if nested and name in PERSONAL:
        raise InvalidEvent(f"{name!r} names a person: write it beside the measurements, not inside one.")
