"""The form of a certificate: which fields a scheme has, and what of them is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from traceapp.core.errors import InvalidIdentifier
from traceapp.core.identifiers import Ggn
from traceapp.core.sheets.certificate_forms import FARMED, FORMS, KINDS, problems_of
from traceapp.core.typed import NotReadable, read_day
from traceapp.web.portal.certificates.words import problem_words
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, choice, read, text, tidy_text
from traceapp.web.words import gettext


class PaperForm(PortalSchema):
    """What every certificate has, and what some have; empty fields are left out of the record."""

    about = text(most=400)
    issuer = text(most=400)
    number = text(most=80)
    issued = Day(past=True)
    expires = Day(needed=False)
    scope = text(most=300, needed=False)
    standard = text(most=80, needed=False)
    field = choice(FARMED, needed=False)
    area_ha = Number(needed=False, most=1e6)
    expected_t = Number(needed=False, most=1e7)
    members = Number(needed=False, whole=True, most=1e6)
    surveillance = text(most=200, needed=False)
    ggn = text(most=20, needed=False)
    category = text(most=40, needed=False)
    accreditation = text(most=80, needed=False)
    first_issued = Day(needed=False)
    stars = Number(needed=False, whole=True, least=1, most=5)
    score = Number(needed=False, most=100)
    kind = choice(KINDS, needed=False)
    decision = text(most=80, needed=False)
    analytes = text(most=300, needed=False)
    issuer_as_named = text(most=120, needed=False)


_SHARED = ("number", "issued", "expires", "issuer_as_named")


def read_paper(scheme: str, sent: Mapping[str, Any]) -> tuple[Form, dict[str, Any]]:
    """The form as it came, and what the record would say of it; only fields of the scheme count."""
    schema = PaperForm(only=("about", "issuer", *_SHARED, *FORMS[scheme].fields))
    form = _decided(read(schema, _numbered(sent))) if scheme == "OCOP" else read(schema, sent)
    details: dict[str, Any] = {"scheme": scheme}
    for name, value in form.values.items():
        if name not in ("about", "issuer") and value not in (None, ""):
            details[name] = value
    form = _with_days(form, details)
    if details.get("ggn"):
        form = _with_ggn(form, details)
    for name, problem in problems_of(details):
        if name not in form.problems:
            form = form.with_problem(name, problem_words(problem))
    return form, {name: value.isoformat() if isinstance(value, date) else value for name, value in details.items()}


def _numbered(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """An OCOP paper mostly has no number but its decision's, which is not typed twice."""
    typed = {name: sent[name] for name in sent}
    return typed if tidy_text(typed.get("number", "")) else {**typed, "number": typed.get("decision", "")}


def _decided(form: Form) -> Form:
    """What is wrong with a number that was taken from the decision is said of the decision alone."""
    if form.typed.get("number") != form.typed.get("decision", ""):
        return form
    return replace(form, problems={name: words for name, words in form.problems.items() if name != "number"})


def _with_days(form: Form, details: dict[str, Any]) -> Form:
    typed = details.pop("surveillance", None)
    if not typed:
        return form
    try:
        days = [read_day(one.strip()) for one in typed.replace(",", ";").split(";") if one.strip()]
    except NotReadable:
        return form.with_problem("surveillance", gettext("Viết như 05/06/2026; nhiều ngày thì cách bằng dấu ;"))
    details["surveillance"] = [day.isoformat() for day in days]
    return form


def _with_ggn(form: Form, details: dict[str, Any]) -> Form:
    try:
        details["ggn"] = str(Ggn("".join(details["ggn"].split())))
    except InvalidIdentifier:
        return form.with_problem("ggn", gettext("GGN có đúng 13 số: xem lại trên giấy."))
    return form
