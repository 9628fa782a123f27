"""What earlier entries say to the next one: values to offer, plots that wait, limits to keep, and what is worth asking.

What is measured is measured anew each time: no quantity that came out, no reading, no result is ever offered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from traceapp.core.diary.fields import FORMS, Field, Form, Kind
from traceapp.core.diary.filling import Entry, Values
from traceapp.core.diary.packs import number_sent
from traceapp.core.events import PERSONAL, Event, Goods, Stage
from traceapp.core.quantities import exact, name_key
from traceapp.core.rules.measurements import is_out
from traceapp.core.rules.preharvest import Wait, waits
from traceapp.core.typed import NotReadable, read_written, typed_day, typed_number

MUCH = 10
"""A dose so many times the last one, or that part of it, is worth asking about: a comma slips easily."""
_NEVER_OFFERED = frozenset(
    {
        "note",
        "report",
        "results",
        "time",
        "qty",
        "corrective_action",
        "affected",
        "disposition",
        "verified_by",
        "document",
    }
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something to ask once, with what the question names."""

    code: str
    input: str
    about: Mapping[str, Any]
    token: str
    """What an answer to exactly this question is kept as."""


def typed_values(event: Event) -> dict[str, str]:
    """An event as it would be typed into its form; what the form does not ask, or somebody erased, is left out."""
    form = FORMS[event.stage]
    values = {"start": typed_day(event.start)}
    if form.lasts and event.end != event.start:
        values["end"] = typed_day(event.end)
    for one in form.fields:
        values |= _typed(one, event)
    return {name: text for name, text in values.items() if text}


def _typed(one: Field, event: Event) -> dict[str, str]:
    value = event.kde.get(one.name)
    match one.kind:
        case Kind.PLOTS:
            return {"plots": "\n".join(event.plots)}
        case Kind.GOODS:
            return _typed_goods(one.name, event.inputs if one.name == "inputs" else event.outputs)
        case Kind.CHECKS:
            return _typed_checks(one.name, value if isinstance(value, list | tuple) else ())
        case Kind.DOSE:
            number, _, unit = typed_dose(value if isinstance(value, str) else "").partition(" ")
            return {one.name: number, f"{one.name}-unit": unit}
        case Kind.AMOUNT:
            return {one.name: _shown(value), f"{one.name}-unit": _shown(event.kde.get("unit"))}
        case Kind.DAY:
            return {one.name: _typed_iso(value)}
        case _:
            return {one.name: _shown(value)}


def _shown(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return typed_number(value)
    return value if isinstance(value, str) else ""


def typed_dose(written: str) -> str:
    """A record's dose as it would be typed now; one that begins with no number, as it stands there."""
    number, _, unit = written.partition(" ")
    try:
        return f"{typed_number(read_written(number))} {unit}".rstrip()
    except NotReadable:
        return written


def _typed_iso(value: Any) -> str:
    try:
        return typed_day(date.fromisoformat(value))
    except (TypeError, ValueError):
        return ""


def _typed_goods(name: str, goods: Iterable[Goods]) -> dict[str, str]:
    values: dict[str, str] = {}
    for at, one in enumerate(goods, 1):
        parts = {"name": one.name, "quantity": typed_number(one.quantity), "unit": one.unit, "lot": one.from_lot or ""}
        values |= {f"{name}-{at}-{part}": text for part, text in parts.items()}
    return values


def _typed_checks(name: str, checks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {
        f"{name}-{at}-{part}": _shown(one.get(part))
        for at, one in enumerate(checks, 1)
        for part in ("what", "value", "unit", "min", "max")
    }


def offered(last: Event) -> dict[str, str]:
    """What the next entry of the stage may take over from the last one. Days are never offered."""
    never = {"start", "end", *_NEVER_OFFERED}
    return {
        name: text
        for name, text in typed_values(last).items()
        if name.partition("-")[0] not in never and not name.endswith(("-quantity", "-value"))
    }


def still_copied(form: Form, values: Values, given: Values, claimed: Collection[str]) -> tuple[str, ...]:
    """Fields that were `claimed` to be taken over and still hold all that was `given`, and nothing else."""
    return tuple(
        one.name
        for one in form.fields
        if one.name in claimed and (parts := _parts(one.name, given)) and parts == _parts(one.name, values)
    )


def _parts(name: str, values: Values) -> dict[str, str]:
    return {
        part: text.strip()
        for part, text in values.items()
        if text.strip() and (part == name or part.startswith(f"{name}-"))
    }


def last_of(stage: Stage, events: Iterable[Event]) -> Event | None:
    """The latest event of a stage: the last of those that started last."""
    found = [event for event in events if event.stage is stage]
    return max(reversed(found), key=lambda event: event.start) if found else None


def doubts(
    entry: Entry, events: Iterable[Event], left: Fraction | None = None, written: Iterable[Event] = ()
) -> tuple[Doubt, ...]:
    """What to ask about an entry, given the producer's other events; `left` packs may be sent, if that is known.

    `written` are those of the same lot that were written down before it, where it should be none of them once more.
    """
    known = list(events)
    before = waits(event for event in known if event.start <= entry.end)
    odd = _odd_dose(entry, last_of(entry.stage, known))
    return (*_early(entry, before), *_out_of_limits(entry), *odd, *_beyond(entry, left), *_again(entry, written))


def _early(entry: Entry, waiting: Mapping[str, Wait]) -> Iterable[Doubt]:
    if entry.stage is not Stage.HARVEST:
        return
    for plot in entry.kde["plots"]:
        wait = waiting.get(name_key(plot))
        if wait and entry.start < wait.allowed_from:
            token = f"early-harvest {name_key(plot)} {entry.start} {wait.allowed_from}"
            yield Doubt("early-harvest", "start", {"plot": plot, "wait": wait, "start": entry.start}, token)


def _out_of_limits(entry: Entry) -> Iterable[Doubt]:
    out = [one for one in entry.kde.get("checks", ()) if is_out(one)]
    if out and not (entry.kde.get("corrective_action") and entry.kde.get("verified_by")):
        values = " ".join(str(one["value"]) for one in out)
        yield Doubt("out-of-limits", "corrective_action", {"checks": out}, f"out-of-limits {values}")


def _odd_dose(entry: Entry, last: Event | None) -> Iterable[Doubt]:
    now, before = _dose(entry.kde), _dose(last.kde if last else {})
    if now and before and now[1] == before[1] and not before[0] / MUCH < now[0] < before[0] * MUCH:
        about = {"now": now[0], "before": before[0], "unit": now[1]}
        yield Doubt("odd-dose", "dose", about, f"odd-dose {now[0]} {before[0]}")


def _beyond(entry: Entry, left: Fraction | None) -> Iterable[Doubt]:
    sent = number_sent(entry.kde.get("qty"))
    if entry.stage is Stage.SHIP and left is not None and sent and exact(sent) > left:
        # Less than nothing may be left, where more went before: nobody counts that.
        there = max(left, Fraction(0))
        yield Doubt("beyond-left", "qty", {"sent": sent, "left": float(there)}, f"beyond-left {exact(sent)} {there}")


def _again(entry: Entry, written: Iterable[Event]) -> Iterable[Doubt]:
    """A button pressed twice looks like work done twice: only whoever wrote it knows."""
    told = _compared(entry.event("", ""))
    if any(_compared(one) == told for one in written if (one.stage, one.start) == (entry.stage, entry.start)):
        digest = hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()[:16]
        yield Doubt("again", "start", {"start": entry.start}, f"again {entry.stage} {digest}")


def _compared(event: Event) -> dict[str, str]:
    """What an event tells, but for people: once it is signed, they stand beside its record."""
    return {name: text for name, text in typed_values(event).items() if name not in PERSONAL}


def _dose(kde: Mapping[str, Any]) -> tuple[float, str] | None:
    number, _, unit = _shown(kde.get("dose")).partition(" ")
    try:
        found = read_written(number)
    except NotReadable:
        return None
    return (found, name_key(unit)) if found > 0 else None
