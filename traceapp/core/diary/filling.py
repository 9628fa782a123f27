"""From what somebody typed into a stage's form to the event that can be signed, and what has to be asked about it.

Values are text as typed, by the name of their input: `dose` and `dose-unit`, `plots` (codes, one a line), for goods
`outputs-1-name`, `-quantity`, `-unit`, `-lot`, for measurements `checks-1-what`, `-value`, `-unit`, `-min`, `-max`.
`typed-in` is `en` where the page was in English, whose readers write 1.001 for a little more than one.
A Problem must be put right before signing. A Doubt is asked once: whoever is sure records it as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

from traceapp.core.dates import rfc3339
from traceapp.core.diary.control_points import ControlPoint, Limit
from traceapp.core.diary.fields import FORMS, Field, Form, Kind
from traceapp.core.events import LONGEST_TEXT, LONGEST_WAIT, Event, Goods, Stage
from traceapp.core.typed import (
    NotReadable,
    read_amount,
    read_clock,
    read_count,
    read_day,
    read_number,
    read_pieces,
    tidy,
    typed_number,
)
from traceapp.core.units import is_broken

T = TypeVar("T")
Values = Mapping[str, str]
MOST_LINES = 20
TYPED_IN = "typed-in"
"""Names the language of the page, where that is not Vietnamese."""
MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one input: a code for words, and what was typed."""

    input: str
    code: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was read: everything of an event but whose it is."""

    stage: Stage
    start: date
    end: date
    inputs: tuple[Goods, ...] = ()
    outputs: tuple[Goods, ...] = ()
    kde: Mapping[str, Any] = field(default_factory=dict)

    def event(
        self,
        lot: str,
        actor: str,
        place: str | None = None,
        *,
        copied: Iterable[str] = (),
        noted_at: datetime | None = None,
        photo: str | None = None,
    ) -> Event:
        """The event of `lot` that this entry tells; how it was noted stands beside what it tells."""
        noted = {
            "copied": sorted(copied) or None,
            "noted_at": rfc3339(noted_at.replace(microsecond=0)) if noted_at else None,
            "photo": photo,
        }
        kde = {**self.kde, **{name: value for name, value in noted.items() if value}}
        return Event(lot, self.stage, self.start, self.end, actor, place, self.inputs, self.outputs, kde=kde)


def read_entry(
    stage: Stage, values: Values, today: date, plan: Iterable[ControlPoint] = ()
) -> tuple[Entry | None, tuple[Problem, ...]]:
    """The entry, or what is wrong with each input that is wrong, in the order in which they are asked."""
    reader = _Reader(FORMS[stage], values, {point.ccp: point for point in plan})
    start, end = reader.days(today)
    for one in reader.form.fields:
        reader.take(one)
    if reader.problems:
        return None, tuple(reader.problems)
    return Entry(stage, start, end, reader.inputs, reader.outputs, reader.kde), ()


def plot_codes(typed: str) -> list[str]:
    """Codes of plots as they were typed: each once, one a line or with commas or semicolons between them."""
    codes = [tidy(code) for code in re.split(r"[\n,;]", typed)]
    return list(dict.fromkeys(code for code in codes if code))


class _Reader:
    """Reads one form. What is wrong is noted, and the rest read on: people want to hear of everything at once."""

    def __init__(self, form: Form, values: Values, plan: Mapping[str, ControlPoint]) -> None:
        self.form = form
        self.plan = plan
        self.problems: list[Problem] = []
        self.kde: dict[str, Any] = {}
        self.inputs: tuple[Goods, ...] = ()
        self.outputs: tuple[Goods, ...] = ()
        self._values = {name: tidy(text) for name, text in values.items() if name != "plots"}
        self._plots = values.get("plots", "")

    def days(self, today: date) -> tuple[date, date]:
        """First and last day; what happens has happened."""
        start = self._read("start", read_day, needed=True) or today
        end = (self._read("end", read_day) or start) if self.form.lasts else start
        for name, day in (("start", start), ("end", end)):
            if day > today and (name == "start" or end != start):
                self._problem(name, "not-yet")
        if end < start:
            self._problem("end", "ends-before")
        return start, end

    def take(self, one: Field) -> None:
        """Read one field into what is said."""
        before = len(self.problems)
        found = _READERS[one.kind](self, one)
        if one.kind is Kind.GOODS:
            setattr(self, one.name, found or ())
        elif found not in (None, "", []):
            self.kde[one.name] = found
        if not found and found != 0 and self.form.needs(one) and len(self.problems) == before:
            self._problem(_first_input(one), "missing")

    def text(self, one: Field) -> str:
        """Words."""
        return self._text(one.name)

    def plots(self, one: Field) -> list[str]:
        """Codes of plots, each once."""
        found = plot_codes(self._plots)
        if any(len(code) > LONGEST_TEXT for code in found) or len(found) > MOST_LINES * 5:
            self._problem(one.name, "too-long")
        return found

    def number(self, one: Field) -> float | None:
        """An amount in the field's unit."""
        return self._number(one.name, read_amount)

    def warmth(self, one: Field) -> float | None:
        """A temperature."""
        return self._number(one.name, read_number)

    def count(self, one: Field) -> int | None:
        """How many."""
        return self._number(one.name, partial(read_count, most=MOST_PEOPLE))

    def packs(self, one: Field) -> int | None:
        """How many packs: none of them is half a pack."""
        return self._number(one.name, read_pieces)

    def wait(self, one: Field) -> int | None:
        """Days to wait."""
        return self._number(one.name, partial(read_count, most=LONGEST_WAIT))

    def day(self, one: Field) -> str | None:
        """A day, which may lie ahead."""
        found = self._read(one.name, read_day)
        return found.isoformat() if found else None

    def time(self, one: Field) -> str | None:
        """A time of day."""
        return self._read(one.name, read_clock)

    def choice(self, one: Field) -> str:
        """One of the field's choices."""
        chosen = self._values.get(one.name, "")
        if chosen and chosen not in (one.choices or {}):
            self._problem(one.name, "choice")
        return chosen

    def dose(self, one: Field) -> str:
        """A number with its unit, as one text: "0,25 l/ha"."""
        number, unit = self._with_unit(one)
        return f"{typed_number(number)} {unit}" if number is not None else ""

    def amount(self, one: Field) -> float | None:
        """A number; its unit stands beside it."""
        number, unit = self._with_unit(one)
        if number is not None and unit:
            self.kde["unit"] = unit
            if is_broken(number, unit, opened=True):
                self._problem(one.name, "broken-piece")
        return number

    def _with_unit(self, one: Field) -> tuple[float | None, str]:
        number, unit = self._number(one.name, read_amount), self._text(f"{one.name}-unit")
        if number is not None and not unit:
            self._problem(f"{one.name}-unit", "unit")
        return number, unit

    def goods(self, one: Field) -> tuple[Goods, ...]:
        """Lines of goods; an empty line is none."""
        return tuple(found for at in self._lines(one) if (found := self._one_goods(f"{one.name}-{at}")))

    def checks(self, one: Field) -> list[dict[str, Any]]:
        """Measurements; at a point of the plan its limits count, whatever was typed."""
        point = self.plan.get(self._values.get("ccp", "")) if self.form.stage is Stage.CCP else None
        if point is None:
            lines = [(f"{one.name}-{at}", self._typed_limit(f"{one.name}-{at}")) for at in self._lines(one)]
        else:
            self.kde |= _said({"step": point.step, "hazard": point.hazard, "freq": point.freq})
            lines = [(f"{one.name}-{at}", limit) for at, limit in enumerate(point.limits, 1)]
        return [self._measured(name, limit) for name, limit in lines]

    def _lines(self, one: Field) -> list[int]:
        """Numbers of the lines into which anything was typed."""
        return [
            at
            for at in range(1, MOST_LINES + 1)
            if any(text and name.startswith(f"{one.name}-{at}-") for name, text in self._values.items())
        ]

    def _one_goods(self, line: str) -> Goods | None:
        name, unit = self._text(f"{line}-name"), self._text(f"{line}-unit")
        quantity = self._number(f"{line}-quantity", read_amount, needed=True)
        if not name:
            self._problem(f"{line}-name", "goods-name")
        if not unit:
            self._problem(f"{line}-unit", "unit")
        elif quantity is not None and is_broken(quantity, unit):
            self._problem(f"{line}-quantity", "broken")
        if quantity is None or not name or not unit:
            return None
        return Goods(name, quantity, unit, self._values.get(f"{line}-lot") or None)

    def _typed_limit(self, line: str) -> Limit:
        what = self._text(f"{line}-what")
        if not what:
            self._problem(f"{line}-what", "what-measured")
        least, most = (self._number(f"{line}-{side}", read_number) for side in ("min", "max"))
        return Limit(what, self._text(f"{line}-unit"), least, most)

    def _measured(self, line: str, limit: Limit) -> dict[str, Any]:
        value = self._number(f"{line}-value", read_number, needed=True)
        return {"what": limit.what, "unit": limit.unit, "min": limit.least, "max": limit.most, "value": value}

    def _text(self, name: str) -> str:
        found = self._values.get(name, "")
        if len(found) > LONGEST_TEXT:
            self._problem(name, "too-long")
        return found

    def _number(self, name: str, read: Callable[..., T], *, needed: bool = False) -> T | None:
        return self._read(name, partial(read, english=self._values.get(TYPED_IN) == "en"), needed=needed)

    def _read(self, name: str, read: Callable[[str], T], *, needed: bool = False) -> T | None:
        text = self._values.get(name, "")
        if not text:
            if needed:
                self._problem(name, "missing")
            return None
        try:
            return read(text)
        except NotReadable as cause:
            self._problem(name, cause.problem)
            return None

    def _problem(self, name: str, code: str) -> None:
        self.problems.append(Problem(name, code, self._values.get(name, "")[:40]))


def _first_input(one: Field) -> str:
    suffix = {Kind.GOODS: "-1-name", Kind.CHECKS: "-1-what"}
    return one.name + suffix.get(one.kind, "")


def _said(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


_READERS: Mapping[Kind, Callable[[_Reader, Field], Any]] = {
    Kind.TEXT: _Reader.text,
    Kind.LONG: _Reader.text,
    Kind.NUMBER: _Reader.number,
    Kind.WARMTH: _Reader.warmth,
    Kind.COUNT: _Reader.count,
    Kind.PACKS: _Reader.packs,
    Kind.WAIT: _Reader.wait,
    Kind.DOSE: _Reader.dose,
    Kind.AMOUNT: _Reader.amount,
    Kind.DAY: _Reader.day,
    Kind.TIME: _Reader.time,
    Kind.CHOICE: _Reader.choice,
    Kind.PLOTS: _Reader.plots,
    Kind.GOODS: _Reader.goods,
    Kind.CHECKS: _Reader.checks,
}
