"""`/portal/messages`: questions and reports to answer, suspicions to explain."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request

from traceapp.core.errors import Conflict, InvalidEvent, NotFound
from traceapp.i18n import show_instant, show_number
from traceapp.i18n.names import told_name
from traceapp.services.messages import inbox as service
from traceapp.services.messages.inbox import Kind, Message
from traceapp.services.messages.own import (
    A_PAGE,
    answered_by,
    count_answered,
    message_to,
    require_own_lot,
    suspicions_of,
    waiting_for,
)
from traceapp.services.records.names import told_by, told_of
from traceapp.services.scans.suspicions import LONGEST_REASON, Suspected, clear_suspicion, list_suspicions
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, PortalSchema, choice, read, text, tidy_text
from traceapp.web.portal.paging import asked_page, paged
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.message_page import took
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

messages = Blueprint("portal_messages", __name__)


class AnswerForm(PortalSchema):
    """The answer, or why there is none."""

    words = text(least=2, most=service.LONGEST_REPLY)
    act = choice(("answer", "private", "refuse"))


class ReasonForm(PortalSchema):
    """Why a label was scanned so often."""

    reason = text(least=5, most=LONGEST_REASON)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(messages)


@messages.get("/portal/messages")
@access(PRODUCER)
def listed() -> Response:
    """What waits, the oldest first, and what was answered last."""
    return _list()


@messages.get("/portal/messages/<reference>")
@access(PRODUCER)
def one(reference: str) -> Response:
    """One message, with how to reach its sender."""
    return _show(reference, Form())


@messages.post("/portal/messages/<reference>")
@access(PRODUCER)
def close(reference: str) -> Response:
    """Answer it, or refuse it with a reason."""
    here, member, form = world(), session.member(), read(AnswerForm, request.form)
    if form.problems:
        return _show(reference, form, 422)
    words, act = form.values["words"], form.values["act"]
    try:
        with here.write_aside() as connection:
            message_to(connection, reference, member.declared_by)
            if act == "refuse":
                service.refuse(connection, reference, words, member.declared_by, here.clock())
            else:
                service.answer(connection, reference, words, member.declared_by, here.clock(), public=act == "answer")
    except Conflict:
        return _show(reference, form.with_problem("form", gettext("Tin này đã có người trả lời rồi.")), 409)
    return see_other("/portal/messages")


@messages.get("/portal/messages/<reference>/photo")
@access(PRODUCER)
def photo(reference: str) -> Response:
    """What its sender attached."""
    here = world()
    with here.read() as connection:
        message_to(connection, reference, session.member().declared_by)
        found = service.private_of(connection, reference).photo
    if found is None:
        raise NotFound("This message has no photo, or no more.")
    return Response(found, mimetype="image/webp", headers={"Content-Security-Policy": "default-src 'none'; sandbox"})


@messages.post("/portal/suspicions")
@access(PRODUCER)
def explain() -> Response:
    """Say why a label was scanned so often; the reason shows on its page."""
    here, member, form = world(), session.member(), read(ReasonForm, request.form)
    lot, item = request.form.get("lot", ""), request.form.get("item", "")
    key = f"reason-{lot}-{item}"
    if form.problems or not (item.isascii() and item.isdigit()) or len(item) > 12:
        words = form.problems.get("reason", gettext("Xem lại chỗ này."))
        return _list({key: words}, 422)
    with here.read() as connection:
        require_own_lot(connection, lot, member.declared_by)
    try:
        clear_suspicion(here.scans, lot, int(item), form.values["reason"], here.clock())
    except (NotFound, InvalidEvent):
        return _list({key: gettext("Nghi ngờ này đã được giải thích rồi.")}, 409)
    return see_other("/portal/messages")


def _list(problems: dict[str, str] | None = None, status: int = 200) -> Response:
    here, organisation, now = world(), session.member().declared_by, world().clock()
    known = list_suspicions(here.scans)
    with here.read() as connection:
        page = paged(asked_page(), count_answered(connection, organisation), A_PAGE)
        waiting, more = waiting_for(connection, organisation)
        closed = answered_by(connection, organisation, page.number)
        suspected = suspicions_of(connection, known, organisation)
        told = told_of(connection, {one.product for one in (*waiting, *closed)}, ["ProductRecord"])
        names = {product: told_name(said, choose_locale()) for product, said in told.items()}
    return portal_page(
        "messages",
        status=status,
        waiting=[(one, took(one.sent, now), names.get(one.product, "")) for one in waiting],
        more=more,
        closed=[(one, names.get(one.product, "")) for one in closed],
        page=page,
        say=Say(choose_locale(), gettext),
        suspected=[(one, _told(one)) for one in suspected],
        problems=problems or {},
        typed=tidy_text(request.form.get("reason", "")) if problems else "",
        most=LONGEST_REASON,
    )


def _told(one: Suspected) -> str:
    """The numbers that opened a suspicion."""
    told, lang = one.suspicion, choose_locale()
    km = show_number(told.km or 0, lang)
    numbers = {"scans": told.scans, "visitors": told.visitors, "provinces": told.provinces}
    if told.km is not None and not told.minutes:
        return str(gettext("Hai máy cách nhau hơn %(km)s km quét gần như cùng lúc.", km=km))
    if told.km is not None:
        apart = {"km": km, "minutes": told.minutes}
        return str(gettext("Hai máy cách nhau hơn %(km)s km cùng quét trong vòng %(minutes)s phút.", **apart))
    if told.provinces:
        return str(
            gettext("%(scans)s lượt quét trong 24 giờ, từ %(visitors)s máy, ở %(provinces)s tỉnh, thành.", **numbers)
        )
    return str(gettext("%(scans)s lượt quét trong 24 giờ, từ %(visitors)s máy.", **numbers))


def _show(reference: str, form: Form, status: int = 200) -> Response:
    here, member, lang = world(), session.member(), choose_locale()
    with here.read() as connection:
        found: Message = message_to(connection, reference, member.declared_by)
        sender = service.private_of(connection, reference)
        product = told_name(told_by(connection, found.product, "ProductRecord"), lang)
    return portal_page(
        "message",
        status=status,
        form=form,
        message=found,
        is_question=found.kind is Kind.QUESTION,
        is_waiting=found.state in service.WAITING,
        product=product,
        lot=found.lot.rpartition("/10/")[2] if found.lot else "",
        sent=show_instant(found.sent, lang),
        waited=took(found.sent, here.clock()),
        contact=sender.contact or "",
        has_photo=sender.photo is not None,
        held=_held(found.held_for),
        labels={"words": gettext("Trả lời"), "act": gettext("Gửi thế nào")},
    )


def _held(why: str | None) -> str:
    words: dict[str, str] = {
        "link": gettext("Trong tin có đường dẫn: xem kỹ trước khi trả lời công khai."),
        "contact": gettext("Trong tin có số điện thoại hoặc địa chỉ thư: đừng chép lại vào câu trả lời."),
        "form": gettext("Có thể do máy tự điền."),
    }
    return words.get(why or "", "")
