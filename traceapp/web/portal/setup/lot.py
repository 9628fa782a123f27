"""The fourth step: the first lot, nearly all of it filled in already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from flask import Response, request

from traceapp.core.errors import Conflict, InvalidIdentifier, TraceappError
from traceapp.core.identifiers import Lot
from traceapp.core.typed import NotReadable, read_day, typed_day
from traceapp.i18n.names import told_name
from traceapp.services.accounts.own import own_facility, own_lot_id, own_product
from traceapp.services.records.names import told_by
from traceapp.services.registry.founding import FirstLot, add_lot, expiry_of, next_lot_number, today
from traceapp.services.registry.setting_up import progress_of, says
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.setup import setup
from traceapp.web.portal.setup.steps import step_url
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

COUNTED = "counted"
"""What says from which day of packing the day of expiry was counted that the form was filled in with."""
PACKS = ("gói", "chai", "hộp", "túi", "hũ", "cái", "bộ")


class LotForm(PortalSchema):
    """A lot as it is when it has been packed."""

    number = text(most=20)
    made = Day()
    expires = Day(needed=False)
    quantity = Number(least=1, most=10_000_000, whole=True)
    unit = choice(PACKS)


@dataclass(frozen=True, slots=True)
class _About:
    """What the form is about, and what it starts with."""

    product: str
    code: str
    name: str
    facility: str | None
    shelf_life_days: int | None
    number: str
    made: date

    @property
    def expires(self) -> date | None:
        return expiry_of(self.made, self.shelf_life_days)


@setup.get("/portal/setup/lot")
@access(PRODUCER)
def lot() -> Response:
    """The form for a lot of the newest product, or of `?product=`."""
    about = _about()
    return _show(about, Form()) if about else see_other(step_url("product"))


@setup.post("/portal/setup/lot")
@access(PRODUCER)
def lot_save() -> Response:
    """Register the lot, and its packing at the facility."""
    here, member, about = world(), session.member(), _about()
    if about is None:
        return see_other(step_url("product"))
    form = _counted_anew(_checked(read(LotForm, request.form), today(here)), about)
    if form.problems:
        return _show(about, form, 422)
    said = form.values
    first = FirstLot(
        about.product, said["number"], said["made"], said["expires"], said["quantity"], said["unit"], about.facility
    )
    try:
        with here.write() as connection:
            add_lot(here, connection, member, first, about.name)
    except Conflict:
        if _is_there(first):
            return see_other(step_url("labels"))
        return _show(
            about,
            form.with_problem(
                "number", gettext("Số lô này đã có: thêm một chữ, như %(number)sB.", number=said["number"][:18])
            ),
            409,
        )
    except TraceappError as cause:
        return _show(about, form.refused(cause, gettext("Lô này chưa ghi được: xem lại ngày và số lượng.")), 422)
    return see_other(step_url("labels"))


def _is_there(first: FirstLot) -> bool:
    """Whether the lot of that number is the very same: the form was sent twice."""
    told = {
        "made": first.made.isoformat(),
        "expires": first.expires.isoformat() if first.expires else None,
        "quantity": first.quantity,
        "unit": first.unit,
    }
    with world().read() as connection:
        lot = own_lot_id(
            connection, session.member().organisation, f"{first.product}/10/{quote(first.number, safe='')}"
        )
        return says(connection, lot, "LotRecord", told)


def _checked(form: Form, now: date) -> Form:
    said = form.values
    if number := said.get("number"):
        try:
            Lot(number)
        except InvalidIdentifier:
            form = form.with_problem(
                "number", gettext("Số lô chỉ có chữ không dấu, số và dấu - . / _, không có dấu cách.")
            )
    made, expires = said.get("made"), said.get("expires")
    if made and made > now:
        form = form.with_problem("made", gettext("Ngày này chưa tới: ghi khi đã đóng gói xong."))
    if made and expires and expires < made:
        form = form.with_problem("expires", gettext("Hạn dùng trước ngày sản xuất: xem lại cả hai ngày."))
    return form


def _counted_anew(form: Form, about: _About) -> Form:
    """A day of expiry that was filled in for another day of packing is counted from this one, and looked at again."""
    made, expires = form.values.get("made"), form.values.get("expires")
    try:
        counted_from = read_day(str(form.typed.get(COUNTED, "")))
    except NotReadable:
        return form
    if made in (None, counted_from) or expires is None or expires != expiry_of(counted_from, about.shelf_life_days):
        return form
    counted = expiry_of(made, about.shelf_life_days)
    assert counted is not None
    words = gettext("Đã tính lại từ ngày đóng gói: xem lại, đúng thì bấm ghi lần nữa.")
    return replace(form, typed={**form.typed, "expires": typed_day(counted)}).with_problem("expires", words)


def _about() -> _About | None:
    """Of the product in the address, which is the member's own or nobody's (404); the newest one without."""
    here, member = world(), session.member()
    with here.read() as connection:
        progress = progress_of(connection, member.declared_by)
        product = progress.product
        if code := request.args.get("product"):
            product = own_product(connection, member.organisation, code)
        if product is None:
            return None
        facility = own_facility(connection, member.organisation, progress.facility) if progress.facility else None
        told = told_by(connection, product, "ProductRecord")
        day = today(here)
        return _About(
            product=product,
            code=str(told["code"]),
            name=told_name(told, choose_locale()),
            facility=facility,
            shelf_life_days=told.get("shelf_life_days"),
            number=next_lot_number(connection, product, day),
            made=day,
        )


def _show(about: _About, form: Form, status: int = 200) -> Response:
    return portal_page(
        "setup/lot",
        status=status,
        form=form,
        about=about,
        counted=(form.values.get("made") or about.made).isoformat(),
        packs=[(one, one) for one in PACKS],
        labels={
            "number": gettext("Số lô"),
            "made": gettext("Ngày đóng gói"),
            "expires": gettext("Hạn dùng"),
            "quantity": gettext("Đóng được"),
            "unit": gettext("Đơn vị"),
        },
    )
