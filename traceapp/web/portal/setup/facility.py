"""The second step: where it is made. A pin is optional, and shown to others only where that is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request
from marshmallow import fields

from traceapp.core.errors import InvalidIdentifier, TraceappError
from traceapp.core.identifiers import Gln
from traceapp.core.places import PROVINCES
from traceapp.services.records.names import told_by
from traceapp.services.registry.registers import register_facility
from traceapp.services.registry.setting_up import says, set_up
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.portal.forms import Form, PortalSchema, choice, read, text
from traceapp.web.portal.setup import setup
from traceapp.web.portal.setup.pin_map import MAP_FIELD, Pin, Window, drawn, pin_of, tapped
from traceapp.web.portal.setup.steps import asked_again, is_overtaken, opened_on, step_url
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

LOCATES = "camera=(), geolocation=(self), microphone=(), payment=()"


class FacilityForm(PortalSchema):
    """A place."""

    name = text(most=120)
    province_code = choice(tuple(PROVINCES))
    ward = text(most=80)
    address_old = text(most=160, needed=False)
    gln = text(most=20, needed=False)
    latitude = fields.Str(load_default="")
    longitude = fields.Str(load_default="")
    near_public = fields.Str(load_default="")


@setup.get("/portal/setup/facility")
@access(PRODUCER)
def facility() -> Response:
    """The form for a facility, with the organisation's own address in it."""
    return _show(Form())


@setup.get("/portal/setup/map.svg")
@access(PRODUCER)
def pin_map() -> Response:
    """The map that a pin is put on: the whole country, or the surroundings of the pin."""
    pin = pin_of(request.args.get("at", ""))
    return Response(drawn(pin), mimetype="image/svg+xml")


@setup.post("/portal/setup/facility")
@access(PRODUCER)
def facility_save() -> Response:
    """Register it; a tap on the map only moves the pin and shows the form again."""
    here, member = world(), session.member()
    sent = read(FacilityForm, request.form)
    pin = pin_in(sent)
    if f"{MAP_FIELD}.x" in request.form or request.form.get("unpin"):
        moved = None if request.form.get("unpin") else tapped(request.form, pin)
        return _show(with_pin(sent, moved))
    form = _checked(sent)
    if form.problems:
        return _show(form, 422)
    try:
        with here.write() as connection:
            known = set_up(connection, member.declared_by, "facilities")
            if is_overtaken(form, known):
                return _twice(connection, form, known)
            register_facility(
                connection,
                member.declared_by,
                _details(form, pin),
                member.notary(here.notary),
                here.clock(),
                position=(pin.latitude, pin.longitude) if pin else None,
            )
    except TraceappError as cause:
        return _show(form.refused(cause, gettext("Nơi này đã khai báo rồi, hoặc có chỗ chưa ghi được.")), 422)
    return see_other(step_url("product"))


def _twice(connection: Any, form: Form, known: list[str]) -> Response:
    """A place was entered since the form was opened: the same is there already, another is asked about."""
    if known and says(connection, known[0], "FacilityRecord", _details(form, None)):
        return see_other(step_url("product"))
    name = told_by(connection, known[0], "FacilityRecord").get("name", "") if known else ""
    words = gettext("Vừa có nơi %(name)s được khai. Muốn khai thêm nơi này thì bấm lần nữa.", name=name)
    return _show(asked_again(form, words), 409)


def _checked(form: Form) -> Form:
    if code := form.values.get("gln"):
        try:
            Gln(code)
        except InvalidIdentifier:
            form = form.with_problem("gln", gettext("Mã GLN có 13 số, số cuối để kiểm: chép lại, hoặc để trống."))
    return form


def pin_in(form: Form) -> Pin | None:
    """Where a form has its pin."""
    return pin_of(f"{form.typed.get('latitude', '')},{form.typed.get('longitude', '')}")


def with_pin(form: Form, pin: Pin | None) -> Form:
    """The form to look at again, with its pin moved or taken away."""
    typed = {**form.typed, "latitude": str(pin.latitude) if pin else "", "longitude": str(pin.longitude) if pin else ""}
    return replace(form, typed=typed, values={}, problems={})


def _details(form: Form, pin: Pin | None) -> dict[str, Any]:
    names = ("name", "province_code", "ward", "address_old", "gln")
    told: dict[str, Any] = {name: form.values[name] for name in names if form.values[name]}
    if pin and form.values["near_public"] == "yes":
        told |= {"latitude": pin.latitude, "longitude": pin.longitude}
    return told


def _show(form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        told = told_by(connection, member.declared_by, "OrganisationRecord")
        known = set_up(connection, member.declared_by, "facilities")
    pin = pin_in(form)
    response = portal_page(
        "setup/facility",
        status=status,
        form=form,
        version=opened_on(form, known),
        told=told,
        provinces=PROVINCES.items(),
        pin=pin,
        window=Window.around(pin),
        labels={
            "name": gettext("Tên nơi sản xuất"),
            "province_code": gettext("Tỉnh, thành"),
            "ward": gettext("Xã, phường, đặc khu"),
            "gln": gettext("Mã GLN"),
        },
    )
    response.headers["Permissions-Policy"] = LOCATES
    return response
