"""A place described anew: another name, another commune, a pin that was put wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import fields

from traceapp.core.errors import TraceappError
from traceapp.core.places import PROVINCES
from traceapp.services.accounts.own import own_facility
from traceapp.services.records.names import told_by
from traceapp.services.registry.describing import Described, describe_facility, facility_described
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.conflict import conflict_page
from traceapp.web.portal.forms import Form, Number, PortalSchema, choice, read, text, version_of
from traceapp.web.portal.setup import setup
from traceapp.web.portal.setup.facility import LOCATES, pin_in, with_pin
from traceapp.web.portal.setup.own import OWN, typed
from traceapp.web.portal.setup.pin_map import MAP_FIELD, Pin, Window, tapped
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

CHANGE = f"{OWN}/facility"


class PlaceForm(PortalSchema):
    """What may be said anew of a place."""

    name = text(most=120)
    province_code = choice(tuple(PROVINCES))
    ward = text(most=80)
    address_old = text(most=160, needed=False)
    area_ha = Number(least=0.0001, most=100_000, needed=False)
    crop = text(most=80, needed=False)
    near_public = fields.Str(load_default="")


@setup.get(CHANGE)
@access(PRODUCER)
def facility_own() -> Response:
    """The form, with what stands there now."""
    facility, present = _present()
    return _show(facility, present, Form())


@setup.post(CHANGE)
@access(PRODUCER)
def facility_change() -> Response:
    """Describe the place anew; a tap on the map only moves the pin."""
    here, member, (facility, present) = world(), session.member(), _present()
    form = read(PlaceForm, request.form)
    pin = pin_in(form)
    if f"{MAP_FIELD}.x" in request.form or request.form.get("unpin"):
        moved = None if request.form.get("unpin") else tapped(request.form, pin)
        return _show(facility, present, with_pin(form, moved))
    if form.problems:
        return _show(facility, present, form, 422)
    at = None if pin is None or _is_as_seen(pin, present) else (pin.latitude, pin.longitude)
    try:
        with here.write() as connection:
            keyring = here.keyring(connection)
            now_told = _typed(facility_described(connection, facility, here.host, keyring))
            if form.version != version_of(now_told):
                return _conflict(facility, form, now_told)
            told = (_changes(form, pin), member.notary(here.notary), keyring, here.clock())
            done = describe_facility(connection, facility, member.declared_by, *told, position=at)
    except TraceappError as cause:
        return _show(facility, present, form.refused(cause, gettext("Có chỗ chưa ghi được: xem lại.")), 422)
    return see_other(f"{OWN}?lang={choose_locale()}&saved={'facility' if done else 'nothing'}")


def _present() -> tuple[str, Described]:
    """The place in the address, which is the member's own or nobody's (404)."""
    here, member = world(), session.member()
    with here.read() as connection:
        facility = own_facility(connection, member.organisation, request.args.get("of", ""))
        return facility, facility_described(connection, facility, here.host, here.keyring(connection))


def _typed(described: Described) -> dict[str, str]:
    """A description as it would be typed, its pin with it: the exact one where it is held, or the one others see."""
    told, exact = typed(described), described.position
    is_public = "latitude" in told
    if exact:
        told |= {"latitude": str(exact[0]), "longitude": str(exact[1])}
    elif is_public:
        told |= {name: str(described.details[name]) for name in ("latitude", "longitude")}
    return told | ({"near_public": "yes"} if is_public else {})


def _is_as_seen(pin: Pin, present: Described) -> bool:
    """Whether nothing but the position that everybody sees is held, and the pin was left there."""
    seen = (present.details.get("latitude"), present.details.get("longitude"))
    return present.position is None and seen == (pin.latitude, pin.longitude)


def _changes(form: Form, pin: Pin | None) -> dict[str, Any]:
    said = form.values
    told = {name: said[name] or None for name in ("name", "province_code", "ward", "address_old", "area_ha", "crop")}
    seen = pin if said["near_public"] == "yes" else None
    return told | {"latitude": seen.latitude if seen else None, "longitude": seen.longitude if seen else None}


def _conflict(facility: str, form: Form, present: Mapping[str, str]) -> Response:
    labels = {**_labels(), "latitude": gettext("Vĩ độ"), "longitude": gettext("Kinh độ")}
    words = {"province_code": PROVINCES, "near_public": {"yes": gettext("Có"), "": gettext("Không")}}
    address = _address(facility)
    return conflict_page(labels, form, present, action=address, version=version_of(present), back=address, words=words)


def _address(facility: str) -> str:
    return f"{request.path}?{urlencode({'of': facility, 'lang': choose_locale()})}"


def _show(facility: str, present: Described, form: Form, status: int = 200) -> Response:
    told = _typed(present)
    shown = form if form.typed else replace(form, typed=told)
    pin = pin_in(shown)
    with world().read() as connection:
        owner = told_by(connection, session.member().declared_by, "OrganisationRecord")
    response = portal_page(
        "setup/own_facility",
        status=status,
        form=shown,
        version=form.version or version_of(told),
        address=_address(facility),
        told=told,
        owner=owner,
        pin=pin,
        window=Window.around(pin),
        provinces=PROVINCES.items(),
        labels=_labels(),
    )
    response.headers["Permissions-Policy"] = LOCATES
    return response


@said_once
def _labels() -> Mapping[str, str]:
    return {
        "name": gettext("Tên nơi sản xuất"),
        "province_code": gettext("Tỉnh, thành"),
        "ward": gettext("Xã, phường, đặc khu"),
        "address_old": gettext("Địa chỉ cũ"),
        "area_ha": gettext("Diện tích"),
        "crop": gettext("Trồng, nuôi gì"),
        "near_public": gettext("Người mua thấy trên bản đồ"),
    }
