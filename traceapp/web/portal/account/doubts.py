"""`/portal/doubts`: an account in other hands. One act puts in doubt all it did since, which is then looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, request
from marshmallow import fields, validate

from traceapp.core.dates import VIETNAM
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.statements import thing_url
from traceapp.i18n import show_instant
from traceapp.services.accounts import doubts as service
from traceapp.services.accounts.doubts import Doubted, Sayer
from traceapp.services.accounts.people import members_of
from traceapp.services.records.names import name_of
from traceapp.web.access import AUTHORITY, SIGNED_IN, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.forms import Day, Form, Hour, PortalSchema, choice, read, text
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.log_view import kinds
from traceapp.web.words import gettext

doubts = Blueprint("doubts", __name__)
LONGEST_REASON = 500


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(doubts)


class DoubtForm(PortalSchema):
    """Whose account: one of the organisation's own, or for an authority the one that made a record. Since when, why."""

    account = text(most=60, needed=False)
    record = text(most=300, needed=False)
    day = Day()
    hour = Hour()
    reason = text(most=LONGEST_REASON, least=5)
    anew = choice(("yes",), needed=False)


class LiftForm(PortalSchema):
    """Which records were looked at and found right; none ticked means all."""

    record = fields.List(fields.Str(validate=validate.Length(max=60)), load_default=list)
    what = fields.Str(load_default="some", validate=validate.OneOf(("some", "all")))
    reason = text(most=LONGEST_REASON, needed=False)


@doubts.get("/portal/doubts")
@access(SIGNED_IN)
def listed() -> Response:
    """What was said so far, and the form."""
    return _show(Form({"record": request.args.get("record", ""), "anew": "yes"}))


@doubts.post("/portal/doubts")
@access(SIGNED_IN)
def put_in_doubt() -> Response:
    """Put everything in doubt that an account did since then; its sessions end."""
    here, form = world(), read(DoubtForm, request.form)
    with here.read() as connection:
        sayer = _sayer(connection)
        account, form = _account(connection, form, sayer)
    if form.problems or account is None:
        return _show(form, 422)
    labels = {field: word for field, word in _labels().items() if field != "account"}
    if asked := step_up("account-doubt", _what(sayer, account), labels=labels, back="/portal/doubts"):
        return asked
    try:
        with here.write() as connection:
            notary = session.member().notary(here.notary)
            said = form.values
            told = (_since(form), said["reason"], sayer, notary, here.clock())
            made = service.put_in_doubt(connection, account, *told, drop_password=said["anew"] == "yes")
    except Conflict:
        words = gettext("Tài khoản này không có thư, mã khôi phục hay khóa cũ: bỏ mật khẩu thì không ai vào lại được.")
        return _show(form.with_problem("anew", words), 422)
    except (RuleBroken, NotFound):
        words = gettext("Tài khoản này không ghi gì từ lúc đó cho cơ sở: chọn lúc sớm hơn.")
        return _show(form.with_problem("day", words), 422)
    except InvalidEvent:
        return _show(form.with_problem("day", gettext("Lúc này chưa tới: chọn một lúc đã qua.")), 422)
    return see_other(f"/portal/doubts/{made.rpartition('/')[2]}?lang={choose_locale()}")


@doubts.get("/portal/doubts/<uuid:name>")
@access(SIGNED_IN)
def one(name: UUID) -> Response:
    """What a doubt covers, to be looked at one by one."""
    return _show_one(name, Form())


@doubts.post("/portal/doubts/<uuid:name>")
@access(SIGNED_IN)
def lift(name: UUID) -> Response:
    """Lift it for the records that were ticked, or wholly."""
    here, form = world(), read(LiftForm, request.form)
    with here.read() as connection:
        sayer = _sayer(connection)
        known = _known(connection, name, sayer)
    records = [] if form.values.get("what") == "all" else form.values.get("record", [])
    if form.problems or (not records and form.values.get("what") != "all"):
        return _show_one(name, form.with_problem("form", gettext("Đánh dấu những mục đã xem và thấy đúng.")), 422)
    if asked := step_up("account-clear", gettext("Bỏ nghi ngờ"), labels=_labels()):
        return asked
    try:
        with here.write() as connection:
            notary = session.member().notary(here.notary)
            service.lift(connection, known.id, records, form.values["reason"], sayer, notary, here.clock())
    except RuleBroken as cause:
        words = gettext("Chưa bỏ được: xem lại danh sách bên dưới.")
        return _show_one(name, form.refused(cause, words if choose_locale() == "vi" else ""), 409)
    return see_other(f"/portal/doubts/{name}?lang={choose_locale()}")


def _sayer(connection: Any) -> Sayer:
    member = session.member()
    if not member.is_owner and member.organisation_role != AUTHORITY:
        raise Forbidden("Only an owner, or an authority, says that an account is in other hands.")
    return service.organisation(connection, member.declared_by)


def _account(connection: Any, form: Form, sayer: Sayer) -> tuple[str | None, Form]:
    """Whose account is meant; what is wrong stands beside its field."""
    if sayer.role == AUTHORITY and form.values.get("record"):
        try:
            return service.account_of(connection, form.values["record"].rstrip("/")), form
        except NotFound:
            return None, form.with_problem("record", gettext("Không biết tài khoản nào đã ghi mục này."))
    mine = {one.account for one in members_of(connection, sayer.by)}
    if form.values.get("account") in mine:
        return str(form.values["account"]), form
    field = "record" if sayer.role == AUTHORITY else "account"
    return None, form.with_problem(field, gettext("Chọn tài khoản bị lộ."))


def _what(sayer: Sayer, account: str) -> str:
    """What is about to be said, with the person's name where that is one of the organisation's own."""
    with world().read() as connection:
        names = {one.account: one.name for one in members_of(connection, sayer.by)}
    told = str(gettext("Báo một tài khoản bị lộ"))
    return f"{told}: {names[account]}" if account in names else told


def _since(form: Form) -> datetime:
    return datetime.combine(form.values["day"], form.values["hour"], VIETNAM)


def _known(connection: Any, name: UUID, sayer: Sayer) -> Doubted:
    found = service.find(connection, thing_url(world().host, name))
    if not sayer.sees_all and found.by != sayer.by:
        raise NotFound("There is no such doubt.")
    return found


def _show(form: Form, status: int = 200) -> Response:
    here, lang = world(), choose_locale()
    with here.read() as connection:
        sayer = _sayer(connection)
        rows = [
            (one.id.rpartition("/")[2], show_instant(one.since, lang), _by(connection, one), one.lifted is not None)
            for one in service.said_by(connection, sayer)
        ]
        people = [(one.account, f"{one.name} · {one.login}") for one in members_of(connection, sayer.by)]
    return portal_page(
        "doubts",
        status=status,
        form=form,
        rows=rows,
        people=people,
        by_record=sayer.role == AUTHORITY,
        labels=_labels(),
    )


def _by(connection: Any, doubt: Doubted) -> str:
    return name_of(connection, doubt.by) or gettext("người vận hành hệ thống")


def _show_one(name: UUID, form: Form, status: int = 200) -> Response:
    here, lang = world(), choose_locale()
    with here.read() as connection:
        known = _known(connection, name, _sayer(connection))
        found = service.records_in(connection, known, lang)
        by = _by(connection, known)
    words = kinds()
    rows = [
        (one.record_id, words.get(one.type, one.type), one.about, show_instant(one.time, lang), one.lifted)
        for one in found
    ]
    return portal_page(
        "doubt",
        status=status,
        form=form,
        name=name,
        rows=rows,
        left=sum(not lifted for *_, lifted in rows),
        since=show_instant(known.since, lang),
        by=by,
        lifted=known.lifted is not None,
        labels=_labels(),
    )


@said_once
def _labels() -> Mapping[str, str]:
    return {
        "account": gettext("Tài khoản nào"),
        "record": gettext("Một mục mà tài khoản đó đã ghi"),
        "day": gettext("Bị lộ từ ngày"),
        "hour": gettext("Lúc mấy giờ"),
        "reason": gettext("Vì sao"),
        "anew": gettext("Bắt đặt mật khẩu mới"),
    }
