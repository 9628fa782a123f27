"""Cases in the forms of deliveries: ticked in a list, typed, or read by the camera."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from flask import Response
from marshmallow import fields

from traceapp.core.errors import NotFound
from traceapp.services.lots.cases import CaseRow
from traceapp.services.lots.loads import case_of_code
from traceapp.web.access import world
from traceapp.web.headers import WITH_SCRIPT
from traceapp.web.portal.forms import Form, text
from traceapp.web.portal.lots.request import path_of
from traceapp.web.words import gettext

CASE_FIELDS: dict[str, Any] = {
    "case": fields.List(fields.Str(), load_default=list),
    "codes": text(most=4000, needed=False),
}
MOST_SHOWN = 100


def case_choices(found: Iterable[CaseRow], host: str) -> list[tuple[str, str, int]]:
    """(value, code, items) of cases that may be ticked; the others are named by their codes."""
    return [
        (one.id.removeprefix(f"https://{host}"), one.id.rpartition("/")[2], one.items)
        for one in list(found)[:MOST_SHOWN]
    ]


def ticked(form: Form) -> list[str]:
    """The boxes that were ticked when the form was sent."""
    told = form.typed.get("case", [])
    return [told] if isinstance(told, str) else list(told)


def read_cases(
    connection: Any, form: Form, known: Collection[str], others: Collection[str] = ()
) -> tuple[Form, list[str]]:
    """The ids of the cases that were ticked or whose codes were typed; a code that is none has its words.

    `known` may be ticked; `others` may be named by their serials too.
    """
    here, found = world(), []
    boxes = {path_of(one): one for one in known}
    for box in form.values.get("case", []):
        if box in boxes:
            found.append(boxes[box])
        else:
            form = form.with_problem("case", gettext("Có thùng đã giao hoặc đã mở rồi: xem lại danh sách thùng."))
    for code in str(form.values.get("codes", "")).replace(",", " ").replace(";", " ").split():
        try:
            found.append(case_of_code(here, connection, code, [*known, *others]))
        except NotFound:
            words = gettext("Không có thùng nào mã %(code)s: xem lại mã trên thùng.", code=code[-40:])
            form = form.with_problem("codes", words)
    return form, list(dict.fromkeys(found))


def with_camera(response: Response) -> Response:
    """Let this page alone read codes with the camera; browsers without a reader of their own compile ours."""
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=()"
    response.headers["Content-Security-Policy"] = f"{WITH_SCRIPT} 'wasm-unsafe-eval'"
    return response
