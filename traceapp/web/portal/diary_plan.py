"""The plan of critical control points: what is measured where, and between what it must lie."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext

from traceapp.core.control_points import ControlPoint, Limit
from traceapp.core.diary_fields import HAZARDS, say
from traceapp.core.errors import InvalidEvent
from traceapp.core.typed import NotReadable, read_number, typed_number
from traceapp.services.diary.signing import drop_point, set_point
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.diary_saving import Diary
from traceapp.web.portal.diary_words import limit_words
from traceapp.web.portal.forms import Form, tidy_text
from traceapp.web.portal.view import portal_page, see_other

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
    here, member = world(), session.member()
    typed = {name: tidy_text(text)[:200] for name, text in request.form.items()}
    if typed.get("do") == "drop":
        with here.write_aside() as connection:
            drop_point(connection, member.declared_by, typed.get("ccp", ""))
        return see_other(f"/portal/diary/plan?lang={choose_locale()}")
    form = Form(typed)
    try:
        point = ControlPoint(
            ccp=typed.get("ccp", ""),
            step=typed.get("step", ""),
            hazard=typed["hazard"] if typed.get("hazard") in HAZARDS else "",
            limits=tuple(_limits(typed)),
            freq=typed.get("freq", ""),
        )
        with here.write_aside() as connection:
            set_point(connection, member.declared_by, point, here.clock())
    except NotReadable as cause:
        return _page(form.refused(cause, gettext("Giới hạn là số, như 115 hoặc 7,5.")), "", 422)
    except InvalidEvent as cause:
        words = gettext("Mỗi điểm cần có tên, và ít nhất một thứ đo với giới hạn dưới hoặc trên.")
        return _page(form.refused(cause, words), "", 422)
    return see_other(f"/portal/diary/plan?lang={choose_locale()}")


def _limits(typed: dict[str, str]) -> list[Limit]:
    found = []
    for at in range(1, _LINES + 1):
        what, unit, least, most = (typed.get(f"{name}-{at}", "") for name in ("what", "unit", "min", "max"))
        if what or least or most:
            found.append(Limit(what, unit, _number(least), _number(most)))
    return found


def _number(text: str) -> float | None:
    return read_number(text) if text else None


def _page(form: Form, ccp: str, status: int = 200) -> Response:
    mine, lang = Diary(world(), session.member(), world().clock()), choose_locale()
    with mine.here.read() as connection:
        known = mine.desk(connection).plan
    chosen = known.get(ccp)
    shown = [
        (point, [f"{limit.what}: {limit_words(limit.least, limit.most, lang)} {limit.unit}" for limit in point.limits])
        for point in known.values()
    ]
    return portal_page(
        "diary_plan",
        status=status,
        form=Form(_typed(chosen)) if chosen else form,
        points=shown,
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
