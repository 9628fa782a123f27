"""A stage's form as its template shows it: each field with its words, what was typed, what is wrong or copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from traceapp.core.diary.control_points import ControlPoint
from traceapp.core.diary.fields import FORMS, Field, Form, Kind, say
from traceapp.core.diary.filling import MOST_LINES, TYPED_IN, Problem
from traceapp.core.events import Stage
from traceapp.core.rules.measurements import is_out as is_out_of
from traceapp.core.typed import NotReadable, read_number, typed_number
from traceapp.services.diary.past import Past
from traceapp.web.portal.diary.words import limit_words, problem_words

OPENED = ("corrective_action", "affected", "disposition")
"""Asked for once something lies outside its limits."""
_LINES = {Stage.HARVEST: 1, Stage.PACK: 1}


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of goods or of measurements; `limits` are words where the plan gives them."""

    at: int
    values: Mapping[str, str]
    problems: Mapping[str, str]
    limits: str = ""
    least: str = ""
    most: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field."""

    name: str
    kind: str
    label: str
    hint: str
    unit: str
    value: str
    unit_value: str
    needed: bool
    copied: bool
    problem: str
    unit_problem: str
    aside: bool
    opened: bool
    choices: tuple[tuple[str, str], ...] = ()
    lines: tuple[LineView, ...] = ()


@dataclass(frozen=True, slots=True)
class FormView:
    """A whole form. `problems` by input, for what stands beside no field of the stage."""

    stage: Stage
    day: str
    lasts: bool
    fields: tuple[FieldView, ...]
    typed: Mapping[str, str]
    problems: Mapping[str, str]
    labels: Mapping[str, str]

    @property
    def first(self) -> tuple[FieldView, ...]:
        """What everybody is asked."""
        return tuple(one for one in self.fields if not one.aside)

    @property
    def aside(self) -> tuple[FieldView, ...]:
        """What few need."""
        return tuple(one for one in self.fields if one.aside)

    @property
    def has_copied(self) -> bool:
        """Whether anything was taken over from an earlier entry."""
        return any(one.copied for one in self.fields)

    @property
    def aside_open(self) -> bool:
        """Whether something there is filled in, or wrong."""
        return any(one.value or one.problem for one in self.aside)


@dataclass(frozen=True, slots=True)
class _Making:
    form: Form
    typed: Mapping[str, str]
    problems: Mapping[str, str]
    copied: frozenset[str]
    point: ControlPoint | None
    lang: str
    more: bool
    is_out: bool
    names: Mapping[str, str]


def form_view(
    stage: Stage,
    typed: Mapping[str, str],
    lang: str,
    *,
    problems: tuple[Problem, ...] = (),
    copied: tuple[str, ...] = (),
    plan: Mapping[str, ControlPoint],
    more: bool = False,
    is_out: bool = False,
    names: Mapping[str, str] | None = None,
) -> FormView:
    """The form of `stage` with what was typed. `more`: with one more empty line. `is_out`: beyond a critical limit.

    `names`: what organisations are called whose ids stand in fields, as they do where goods went to one of them.
    """
    form = FORMS[stage]
    words = {one.input: problem_words(one) for one in reversed(problems)}
    point = plan.get(typed.get("ccp", "")) if stage is Stage.CCP else None
    is_out = is_out or (point is not None and _is_beyond(point, typed))
    making = _Making(form, typed, words, frozenset(copied), point, lang, more, is_out, names or {})
    views = tuple(_field(one, making) for one in form.fields)
    labels = {"start": say(form.day, lang), **{one.name: one.label for one in views}}
    return FormView(
        stage,
        say(form.day, lang),
        form.lasts,
        views,
        typed,
        words,
        {name: labels.get(name.partition("-")[0], "") for name in words},
    )


def _field(one: Field, making: _Making) -> FieldView:
    name, typed, lang = one.name, making.typed, making.lang
    opened = name not in OPENED or making.is_out or bool(typed.get(name))
    return FieldView(
        name=name,
        kind=str(one.kind),
        label=say(one.label, lang),
        hint=making.names.get(typed.get(name, "")) or say(one.hint, lang),
        unit=say(one.unit, lang),
        value=typed.get(name, ""),
        unit_value=typed.get(f"{name}-unit", ""),
        needed=making.form.needs(one),
        copied=name in making.copied,
        problem=making.problems.get(name, ""),
        unit_problem=making.problems.get(f"{name}-unit", ""),
        aside=one.aside,
        opened=opened,
        choices=tuple((value, say(words, lang)) for value, words in (one.choices or {}).items()),
        lines=tuple(_lines(one, making)) if one.kind in (Kind.GOODS, Kind.CHECKS) else (),
    )


def _lines(one: Field, making: _Making) -> list[LineView]:
    if one.kind is Kind.CHECKS and making.point:
        return [_planned(one, at, making) for at in range(1, len(making.point.limits) + 1)]
    used = [at for at in range(1, MOST_LINES + 1) if _values(making.typed, f"{one.name}-{at}-")]
    wanted = max(max(used, default=0) + (1 if making.more else 0), _LINES.get(making.form.stage, 1))
    return [
        LineView(at, _values(making.typed, f"{one.name}-{at}-"), _values(making.problems, f"{one.name}-{at}-"))
        for at in range(1, min(wanted, MOST_LINES) + 1)
    ]


def _planned(one: Field, at: int, making: _Making) -> LineView:
    assert making.point is not None
    limit = making.point.limits[at - 1]
    values = {"what": limit.what, "unit": limit.unit, "value": making.typed.get(f"{one.name}-{at}-value", "")}
    least, most = ("" if side is None else typed_number(side) for side in (limit.least, limit.most))
    words = limit_words(limit.least, limit.most, making.lang)
    return LineView(at, values, _values(making.problems, f"{one.name}-{at}-"), words, least, most, fixed=True)


def _is_beyond(point: ControlPoint, typed: Mapping[str, str]) -> bool:
    """Whether something typed lies beyond the plan, whatever else the form still lacks."""
    for at, limit in enumerate(point.limits, 1):
        try:
            value = read_number(typed.get(f"checks-{at}-value", ""), english=typed.get(TYPED_IN) == "en")
        except NotReadable:
            continue
        if is_out_of({"value": value, "min": limit.least, "max": limit.most}):
            return True
    return False


def _values(named: Mapping[str, str], start: str) -> dict[str, str]:
    return {name.removeprefix(start): text for name, text in named.items() if name.startswith(start)}


def plot_choices(past: Past, typed: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
    """Codes of plots to tick, and whether each is ticked; what was typed anew stands among them."""
    chosen = [code for code in typed.get("plots", "").splitlines() if code]
    return tuple((code, code in chosen) for code in dict.fromkeys((*past.plots, *chosen)))
