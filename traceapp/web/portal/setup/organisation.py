"""The first step: who makes it."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from marshmallow import fields

from traceapp.core.errors import InvalidIdentifier, TraceappError
from traceapp.core.identifiers import TaxCode
from traceapp.core.places import PROVINCES
from traceapp.services.accounts.people import organisations_of
from traceapp.services.records.names import name_of
from traceapp.services.registry.founding import LEGAL_FORMS, found_organisation
from traceapp.services.registry.setting_up import says
from traceapp.web.access import SIGNED_IN, access, world
from traceapp.web.auth import session
from traceapp.web.portal.forms import Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.setup import setup
from traceapp.web.portal.setup.steps import asked_again, is_overtaken, opened_on, step_url
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext


class OrganisationForm(PortalSchema):
    """A producer as it describes itself."""

    legal_form = choice(LEGAL_FORMS)
    name = text(most=120)
    province_code = choice(tuple(PROVINCES))
    ward = text(most=80)
    address_old = text(most=160, needed=False)
    phone = text(most=20, needed=False)
    public_contact_ok = fields.Str(load_default="")
    tax_code = text(most=20, needed=False)
    members = Number(least=1, most=100_000, whole=True, needed=False)
    officer = fields.Str(load_default="")


@setup.get("/portal/setup/organisation")
@access(SIGNED_IN)
def organisation() -> Response:
    """The form for an organisation."""
    return _show(Form())


@setup.post("/portal/setup/organisation")
@access(SIGNED_IN)
def organisation_save() -> Response:
    """Register it; its identity is unconfirmed until an authority has looked."""
    here, member = world(), session.member()
    form = checked(read(OrganisationForm, request.form))
    if form.problems:
        return _show(form, 422)
    told = _details(form)
    try:
        with here.write() as connection:
            mine = _mine(connection)
            if is_overtaken(form, mine):
                return _twice(connection, form, mine, told)
            found_organisation(here, connection, member, told, as_officer=form.values["officer"] == "yes")
    except TraceappError as cause:
        return _show(form.refused(cause, gettext("Có chỗ chưa ghi được: xem lại tên và địa chỉ.")), 422)
    return see_other(step_url("facility"))


def _mine(connection: Any) -> list[str]:
    """The organisations that there are of the member's, in the order they were joined."""
    return [one.organisation for one in organisations_of(connection, session.member().account)]


def _twice(connection: Any, form: Form, mine: list[str], told: dict[str, Any]) -> Response:
    """One was founded since the form was opened: the same is there already, another is asked about."""
    if mine and says(connection, mine[-1], "OrganisationRecord", told):
        return see_other(step_url("facility"))
    name = name_of(connection, mine[-1]) if mine else ""
    words = gettext(
        "Tài khoản này vừa khai %(name)s ở nơi khác. Muốn lập thêm một cơ sở nữa thì bấm lần nữa.", name=name
    )
    return _show(asked_again(form, words), 409)


def checked(form: Form) -> Form:
    """The tax code is a household's or an enterprise's number; a phone has nine digits or more."""
    code, phone = form.values.get("tax_code"), form.values.get("phone")
    if code:
        try:
            TaxCode(code)
        except InvalidIdentifier:
            form = form.with_problem(
                "tax_code", gettext("Mã số thuế chưa đúng: chép lại như trên giấy đăng ký, hoặc để trống.")
            )
    if phone and sum(letter.isdigit() for letter in phone) < 9:
        form = form.with_problem("phone", gettext("Số điện thoại thiếu số: viết như 0900 000 000, hoặc để trống."))
    return form


def _details(form: Form) -> dict[str, Any]:
    names = ("legal_form", "name", "province_code", "ward", "address_old", "phone", "tax_code", "members")
    told = {name: form.values[name] for name in names if form.values[name] not in ("", None)}
    if told.get("phone"):
        told["public_contact_ok"] = form.values["public_contact_ok"] == "yes"
    return told


def _show(form: Form, status: int = 200) -> Response:
    with world().read() as connection:
        mine = _mine(connection)
    return portal_page(
        "setup/organisation",
        status=status,
        form=form,
        version=opened_on(form, mine),
        is_alone=not mine,
        legal_forms=[(one, one) for one in LEGAL_FORMS],
        provinces=PROVINCES.items(),
        labels={
            "legal_form": gettext("Cơ sở là"),
            "name": gettext("Tên"),
            "province_code": gettext("Tỉnh, thành"),
            "ward": gettext("Xã, phường, đặc khu"),
            "tax_code": gettext("Mã số thuế"),
            "phone": gettext("Điện thoại"),
            "members": gettext("Số thành viên"),
        },
    )
