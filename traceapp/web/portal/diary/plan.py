"""The plan of critical control points: what is measured where, and between what it must lie."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, request

from traceapp.core.diary.control_points import ControlPoint, Limit
from traceapp.core.diary.fields import HAZARDS, say
from traceapp.core.errors import InvalidEvent
from traceapp.core.events import Stage
from traceapp.core.typed import NotReadable, read_number, typed_number
from traceapp.services.diary.signing import drop_point, set_point
from traceapp.web.access import PRODUCER, access
from traceapp.web.language import choose_locale
from traceapp.web.portal.conflict import conflict_page
from traceapp.web.portal.diary.saving import own_diary
from traceapp.web.portal.diary.words import limit_words
from traceapp.web.portal.forms import Form, ambiguous_words, tidy_text, version_of
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

plan = Blueprint("diary_plan", __name__)
_LINES = 3


@plan.get("/portal/diary/plan")
@access(PRODUCER)
def points() -> Response:
    """Every control point, and a form for one of them."""
    return _page(Form(), request.args.get("ccp", ""))


@plan.post("/portal/diary/plan")
@access(PRODUCER)
def set_points() -> Response:
    """Put one control point into the plan, or take it out."""
    typed = {name: tidy_text(text)[:200] for name, text in request.form.items()}
    form = Form(typed, version=typed.get("version", ""))
    try:
        point = None if typed.get("do") == "drop" else _point(typed)
        stale = _put(form, point)
    except NotReadable as cause:
        if cause.problem == "ambiguous":
            return _page(form.with_problem("form", ambiguous_words(cause.said)), "", 422)
        return _page(form.refused(cause, gettext("Giới hạn là số, như 115 hoặc 7,5.")), "", 422)
    except InvalidEvent as cause:
        words = gettext("Mỗi điểm cần có tên, và ít nhất một thứ đo với giới hạn dưới hoặc trên.")
        return _page(form.refused(cause, words), "", 422)
    return stale or see_other(f"/portal/diary/plan?lang={choose_locale()}")


def _put(form: Form, point: ControlPoint | None) -> Response | None:
    """Put a point into the plan, or take it out; both versions where it was changed since the form was opened."""
    mine, name, lang = own_diary(), str(form.typed.get("ccp", "")), choose_locale()
    with mine.here.write_aside() as connection:
        known = mine.day.desk(connection, about=Stage.CCP, registers=False).plan.get(name)
        present = _typed(known) if known else {}
        if known and form.version != version_of(present):
            return conflict_page(
                _words(),
                form,
                present,
                action=f"/portal/diary/plan?lang={lang}",
                version=version_of(present),
                back=f"/portal/diary/plan?ccp={quote(name)}&lang={lang}#point",
            )
        if point is None:
            drop_point(connection, mine.member.declared_by, name)
        else:
            set_point(connection, mine.member.declared_by, point, mine.here.clock())
    return None


def _point(typed: dict[str, str]) -> ControlPoint:
    return ControlPoint(
        ccp=typed.get("ccp", ""),
        step=typed.get("step", ""),
        hazard=typed["hazard"] if typed.get("hazard") in HAZARDS else "",
        limits=tuple(_limits(typed)),
        freq=typed.get("freq", ""),
    )


def _words() -> dict[str, str]:
    words = {"ccp": gettext("Tên ngắn"), "step": gettext("Bước nào?"), "freq": gettext("Đo khi nào?")}
    for at in range(1, _LINES + 1):
        sides = (
            ("what", gettext("Đo cái gì?")),
            ("unit", gettext("Đơn vị")),
            ("min", gettext("Ít nhất")),
            ("max", gettext("Nhiều nhất")),
        )
        words |= {f"{name}-{at}": f"{label} {at}" for name, label in sides}
    return words


def _limits(typed: dict[str, str]) -> list[Limit]:
    found = []
    for at in range(1, _LINES + 1):
        what, unit, least, most = (typed.get(f"{name}-{at}", "") for name in ("what", "unit", "min", "max"))
        if what or least or most:
            found.append(Limit(what, unit, _number(least), _number(most)))
    return found


def _number(text: str) -> float | None:
    return read_number(text, english=choose_locale() == "en") if text else None


def _page(form: Form, ccp: str, status: int = 200) -> Response:
    mine, lang = own_diary(), choose_locale()
    with mine.here.read() as connection:
        known = mine.day.desk(connection, about=Stage.CCP, registers=False).plan
    chosen = known.get(ccp)
    shown = [
        (
            point,
            version_of(_typed(point)),
            [f"{limit.what}: {limit_words(limit.least, limit.most, lang)} {limit.unit}" for limit in point.limits],
        )
        for point in known.values()
    ]
    return portal_page(
        "diary_plan",
        status=status,
        form=Form(_typed(chosen)) if chosen else form,
        points=shown,
        version=form.version or version_of(_typed(chosen) if chosen else {}),
        lines=range(1, _LINES + 1),
        hazards=[(name, say(words, lang)) for name, words in HAZARDS.items()],
    )


def _typed(point: ControlPoint) -> dict[str, str]:
    typed = {"ccp": point.ccp, "step": point.step, "hazard": point.hazard, "freq": point.freq}
    for at, limit in enumerate(point.limits, 1):
        typed |= {f"what-{at}": limit.what, f"unit-{at}": limit.unit}
        for name, side in (("min", limit.least), ("max", limit.most)):
            typed[f"{name}-{at}"] = "" if side is None else typed_number(side)
    return typed
