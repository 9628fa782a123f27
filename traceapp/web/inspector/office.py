"""Inspections from the office: what was recorded, a form for a new one, and an authority's orders on a lot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, request
from flask_babel import lazy_gettext as N_

from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import parse_path, parse_url
from traceapp.core.errors import Conflict, NotFound, TraceappError
from traceapp.i18n.inspect import checklists, result_name
from traceapp.services.inspections.recording import send
from traceapp.services.inspections.reports import recent_reports
from traceapp.services.inspections.sites import facilities_beside, facility_called, facility_named
from traceapp.services.lots.acts import hold, release
from traceapp.services.lots.recalls import recall_with_notices
from traceapp.services.records.verdicts import lot_id
from traceapp.services.registry.registers import owner_of_lot
from traceapp.services.search.find import find
from traceapp.web.access import AUTHORITY, INSPECTOR, access, world
from traceapp.web.auth import session
from traceapp.web.inspector.forms import CHECK, OfficeReport, new_key, seen_in
from traceapp.web.inspector.report_view import report_view
from traceapp.web.inspector.sending import MOST_BYTES
from traceapp.web.language import choose_locale
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.forms import Day, Form, PortalSchema, choice, read, text
from traceapp.web.portal.lots.letters import send_unsent
from traceapp.web.portal.view import page_of, see_other
from traceapp.web.public.page import plain
from traceapp.web.words import gettext

office = Blueprint("office", __name__)
ORDERS = ("hold", "release", "recall")


class Order(PortalSchema):
    """An authority's order on a lot."""

    about = text(most=400, missing=N_("Chưa có lô nào: dán địa chỉ trong mã, hoặc gõ số lô."))
    act = choice(ORDERS)
    reason = text(most=500, least=5)
    reason_en = text(most=500, needed=False)
    action = text(most=500, needed=False)
    action_en = text(most=500, needed=False)
    day = Day(needed=False)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(office)


@office.get("/portal/inspections")
@access(INSPECTOR, AUTHORITY)
def listed() -> Response:
    """What this organisation recorded last."""
    here = world()
    with here.read() as connection:
        found = recent_reports(connection, here.host, session.member().declared_by, here.keyring(connection))
    views = [report_view(one, choose_locale(), is_demo=here.is_demo) for one in found]
    return page_of("inspector/list.html", reports=views)


@office.get("/portal/inspections/new")
@access(INSPECTOR, AUTHORITY)
def new_report() -> Response:
    """The form."""
    today = vietnamese_date(world().clock()).isoformat()
    return _report_page(Form(typed={"about": request.args.get("about", ""), "day": today, "key": new_key()}))


@office.post("/portal/inspections/new")
@access(INSPECTOR, AUTHORITY, most_bytes=MOST_BYTES)
def take_report() -> Response:
    """Record it."""
    form = read(OfficeReport, request.form)
    if form.problems:
        return _report_page(form, 422)
    here, member, photo = world(), session.member(), request.files.get("photo")
    data = photo.read() if photo and photo.filename else None
    try:
        with here.write() as connection:
            about = _about(connection, form.values["about"])
            sent = send(
                connection, form.values["key"] or new_key(), about, seen_in(form.values, request.form),
                member.declared_by, member.notary(here.notary), here.clock(),
                serial_key=here.serial_key, photo=data or None,
            )  # fmt: skip
    except TraceappError as cause:
        return _report_page(form.with_problem("form", _refused(cause)), 422)
    return see_other(f"/inspections/{sent.record_id}?lang={choose_locale()}")


def _report_page(form: Form, status: int = 200) -> Response:
    lang = choose_locale()
    here, about = world(), str(form.typed.get("about") or "")
    with here.read() as connection:
        place = facility_named(connection, here.host, about, here.keyring(connection)) if "://" in about else None
    chosen = str(form.typed.get("checklist") or request.args.get("checklist") or ("workshop" if place else "pack"))
    lists = checklists(lang)
    questions = [(f"{CHECK}{code}", words) for code, words in lists.get(chosen, ("", {}))[1].items()]
    answers = [(name, result_name(name, lang)) for name in ("pass", "fail", "none")]
    return page_of(
        "inspector/form.html",
        status=status,
        form=form,
        chosen=chosen,
        lists=[(name, words) for name, (words, _) in lists.items()],
        questions=questions,
        answers=answers,
        place=place and (plain(place.name) if here.is_demo else place.name),
    )


@office.get("/portal/inspections/places")
@access(INSPECTOR, AUTHORITY)
def places() -> Response:
    """The places of whoever made a lot or product, to choose one to inspect."""
    here, typed = world(), request.args.get("of", "")
    form, found = Form(typed={"of": typed}), []
    if typed.strip():
        try:
            with here.read() as connection:
                keyring = here.keyring(connection)
                if place := facility_called(connection, here.host, typed, here.hosts(connection)):
                    return see_other(f"/portal/inspections/new?{urlencode({'about': place, 'lang': choose_locale()})}")
                found = facilities_beside(connection, here.host, _path_of(connection, typed), keyring)
        except TraceappError as cause:
            form = form.with_problem("of", _refused(cause))
    rows = [(one.id, plain(one.name) if here.is_demo else one.name, one.gln or "") for one in found]
    return page_of("inspector/places.html", status=422 if form.problems else 200, form=form, places=rows)


@office.get("/portal/orders")
@access(AUTHORITY)
def new_order() -> Response:
    """The form of an order."""
    today = vietnamese_date(world().clock()).isoformat()
    return page_of("inspector/order.html", form=Form(typed={"about": request.args.get("about", ""), "day": today}))


@office.post("/portal/orders")
@access(AUTHORITY)
def take_order() -> Response:
    """Hold, release or recall the lot."""
    form = read(Order, request.form)
    if form.problems:
        return page_of("inspector/order.html", status=422, form=form)
    told = {"about": gettext("Lô"), "reason": gettext("Lý do"), "action": gettext("Người mua cần làm gì?")}
    try:
        with world().read() as connection:
            lot = _ordered_lot(connection, form.values)
        if form.values["act"] == "recall" and (asked := step_up("recall", gettext("Thu hồi thật"), labels=told)):
            return asked
        page = _give(lot, form.values)
    except Conflict:
        # Sent twice: the lot's page shows the order as it was recorded.
        page = f"/verify{lot.removeprefix(f'https://{world().host}')}"
    except TraceappError as cause:
        return page_of("inspector/order.html", status=422, form=form.with_problem("form", _refused(cause)))
    return see_other(f"{page}?lang={choose_locale()}")


def _ordered_lot(connection: Any, values: Mapping[str, Any]) -> str:
    """The id of the lot that an order is about."""
    link = parse_path(_path_of(connection, values["about"]))
    lot = link.identity and lot_id(world().host, link.identity)
    if not lot:
        raise NotFound("An order is about a lot: scan a label of it, or type its number.")
    owner_of_lot(connection, lot)
    return lot


def _give(lot: str, values: Mapping[str, Any]) -> str:
    """Carry out an order; returns the address of the page that tells of it."""
    here, member = world(), session.member()
    by, notary, now = member.declared_by, member.notary(here.notary), here.clock()
    with here.write() as connection:
        if values["act"] == "recall":
            recall_with_notices(
                here, connection, lot, by, notary, day=values["day"] or vietnamese_date(now),
                reason_vi=values["reason"], reason_en=values["reason_en"] or None,
                action_vi=values["action"] or None, action_en=values["action_en"] or None,
            )  # fmt: skip
        else:
            act = hold if values["act"] == "hold" else release
            act(connection, lot, values["reason"], by, notary, now)
    path = lot.removeprefix(f"https://{here.host}")
    # After the commit: a letter must not tell of a recall that never was.
    if values["act"] == "recall" and send_unsent(here, lot):
        return f"/portal/lots/recalled{path}"
    return f"/verify{path}"


def _about(connection: Any, typed: str) -> str:
    """What a report is about: a facility's id, or the path of a lot or label."""
    here = world()
    place = facility_called(connection, here.host, typed, here.hosts(connection))
    return place or _path_of(connection, typed)


def _path_of(connection: Any, typed: str) -> str:
    """The path of a lot or label that somebody typed or pasted."""
    here = world()
    if "://" in typed and parse_url(typed)[0] not in here.hosts(connection):
        raise NotFound(f"This code belongs to {parse_url(typed)[0]}, which is another service.")
    return find(connection, typed, "", here.hosts(connection)).partition("?")[0]


def _refused(cause: TraceappError) -> str:
    """Why, for an English reader; a Vietnamese one is told what to look at."""
    if choose_locale() == "en":
        return str(cause)
    if isinstance(cause, NotFound):
        return str(gettext("Không tìm thấy lô, tem hoặc nơi làm này: xem lại địa chỉ hoặc số."))
    why = _WHY.get(cause.code) or gettext("xem lại các ô vừa điền.")
    return str(gettext("Chưa ghi được: %(why)s", why=why))


_WHY = {
    "forbidden": N_("tài khoản này không được làm việc đó với lô này."),
    "photo-refused": N_("ảnh không dùng được, chọn ảnh khác (JPEG, PNG hoặc WebP, dưới 6 MB)."),
    "conflict": N_("biên bản này đã gửi với nội dung khác, mở biểu mẫu mới."),
    "invalid-identifier": N_("địa chỉ hoặc số lô chưa đúng."),
}
