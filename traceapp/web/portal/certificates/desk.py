"""`/portal/certifier`: what waits for an issuer's word, and what it looks after.

Each word is signed here, for the account, or handed out for the issuer's own key to sign (own_documents.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, request

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, RuleBroken, TraceappError
from traceapp.core.facts import CertificateState
from traceapp.core.registers import VISIT_RESULTS
from traceapp.core.statements import thing_url
from traceapp.i18n import show_instant
from traceapp.services.certificates import desk
from traceapp.services.certificates.lists import certificate_for, issued_by, named
from traceapp.services.certificates.own_words import VISIT, Visited, offer_state, offer_visit, offered_on
from traceapp.services.certificates.statements import holder_of, state_today
from traceapp.services.records.names import name_of
from traceapp.services.records.own_keys import own_keys_of
from traceapp.web.access import AUTHORITY, CERTIFIER, COUNCIL, LABORATORY, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.certificates.papers import PaperLine, calendar_of, line_of, one_paper
from traceapp.web.portal.charts import Mark
from traceapp.web.portal.forms import Day, Form, PortalSchema, choice, read, text
from traceapp.web.portal.paging import asked_page, paged
from traceapp.web.portal.parts import spoken
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.message_page import took
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

certifier = Blueprint("certifier", __name__)
WHO = (CERTIFIER, COUNCIL, AUTHORITY, LABORATORY)
ACTS = ("confirm", "refuse", "suspend", "reinstate", "revoke")
_STATES = {
    "confirm": CertificateState.CONFIRMED,
    "suspend": CertificateState.SUSPENDED,
    "reinstate": CertificateState.CONFIRMED,
    "revoke": CertificateState.REVOKED,
}
_NEED_REASON = ("refuse", "suspend", "revoke")
A_PAGE = 200


class ActForm(PortalSchema):
    """What the issuer does, and why."""

    act = choice(ACTS)
    reason = text(most=desk.LONGEST_REASON, needed=False)


class VisitForm(PortalSchema):
    """A surveillance visit."""

    day = Day(past=True)
    result = choice(VISIT_RESULTS)
    note = text(most=desk.LONGEST_REASON, needed=False)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(certifier)


@certifier.get("/portal/certifier")
@access(*WHO)
def queue() -> Response:
    """What waits, the oldest first; then everything issued, what ends first on top."""
    here, issuer = world(), session.member().declared_by
    now = here.clock()
    today = vietnamese_date(now)
    with here.read() as connection:
        found = _issued(connection, issuer, today, asked_page())
    waiting = [(one, took(since, now)) for one, since in found.waiting]
    page = paged(asked_page(), found.count, A_PAGE)
    say = Say(choose_locale(), gettext)
    return portal_page("certifier", waiting=waiting, lines=found.lines, page=page, say=say, calendar=found.calendar)


@dataclass(frozen=True, slots=True)
class Issued:
    """What an issuer looks after: what waits since when, a page of the others, how many there are, the year."""

    waiting: list[tuple[PaperLine, datetime]]
    lines: list[PaperLine]
    count: int
    calendar: tuple[Mark, ...]


@spoken
def _issued(connection: Any, issuer: str, today: date, page: int) -> Issued:
    found = issued_by(connection, issuer)
    asked = desk.waiting_for(connection, issuer)
    known = {one.id: one for one in found}
    others = [one for one in found if one.asked != desk.WAITING]
    papers = [*(known[one] for one, _ in asked), *others[(page - 1) * A_PAGE : page * A_PAGE]]
    lines = [line_of(one, today) for one in named(connection, papers, choose_locale())]
    waiting = [(line, since) for line, (_, since) in zip(lines[: len(asked)], asked, strict=True)]
    return Issued(waiting, lines[len(asked) :], len(others), calendar_of(found, today))


@certifier.get("/portal/certifier/<uuid:name>")
@access(*WHO)
def one(name: UUID) -> Response:
    """One certificate, and what may be done with it."""
    return show(name, Form(), Form())


@certifier.post("/portal/certifier/<uuid:name>")
@access(*WHO)
def act(name: UUID) -> Response:
    """Confirm, refuse, suspend, reinstate, revoke: signed, all but a refusal, here or with the issuer's own key."""
    here, member, form = world(), session.member(), read(ActForm, request.form)
    if not form.problems and form.values["act"] in _NEED_REASON and len(form.values["reason"]) < 5:
        form = form.with_problem("reason", gettext("Ghi lý do, để người nhận biết phải làm gì."))
    if form.problems:
        return show(name, form, Form(), 422)
    wanted, reason = form.values["act"], form.values["reason"]
    # A document that waits for the issuer's own key says nothing yet: that key is the proof.
    signs = wanted != "refuse" and not _with_own_key()
    if signs and (asked := step_up(f"certificate-{wanted}", _told(name, wanted), labels=_labels())):
        return asked
    certificate, notary, now = thing_url(here.host, name), member.notary(here.notary), here.clock()
    try:
        with here.write() as connection:
            if wanted == "refuse":
                desk.refuse_confirmation(connection, certificate, member.declared_by, reason, now)
            elif _with_own_key():
                keyring, state = here.keyring(connection), _STATES[wanted]
                offer_state(connection, certificate, state, member.declared_by, here.host, keyring, now, reason=reason)
            else:
                desk.say_state(connection, certificate, _STATES[wanted], member.declared_by, notary, now, reason=reason)
    except (RuleBroken, InvalidEvent) as cause:
        return show(name, _refused(form, cause), Form(), 409)
    return see_other(_after(name, offered=wanted != "refuse"))


def _with_own_key() -> bool:
    return request.form.get("with") == "own-key"


def _after(name: UUID, *, offered: bool = True) -> str:
    """Where to look next: at the document that waits for its signature, or at the certificate."""
    return f"/portal/certifier/{name}" + ("#own" if offered and _with_own_key() else "")


@certifier.post("/portal/certifier/<uuid:name>/visit")
@access(*WHO)
def visit(name: UUID) -> Response:
    """Record a surveillance visit."""
    here, member, form = world(), session.member(), read(VisitForm, request.form)
    if form.problems:
        return show(name, Form(), form, 422)
    try:
        with here.write() as connection:
            by, certificate, now = member.declared_by, thing_url(here.host, name), here.clock()
            if _with_own_key():
                keyring, visited = here.keyring(connection), Visited(**form.values)
                offer_visit(connection, certificate, visited, by, here.host, keyring, now)
            else:
                desk.visit(connection, certificate, by, member.notary(here.notary), now, **form.values)
    except Conflict:
        # Sent twice: the certificate shows the visit that was recorded.
        return see_other(_after(name, offered=False))
    except (RuleBroken, InvalidEvent):
        words = gettext("Chưa ghi được: ngày kiểm tra không được sau hôm nay, và giấy phải đã xác nhận.")
        return show(name, Form(), form.with_problem("form", words), 422)
    return see_other(_after(name))


def _refused(form: Form, cause: TraceappError) -> Form:
    words = gettext("Giấy này đang ở trạng thái khác, không làm bước này được. Xem lại bên trên.")
    return form.refused(cause, words if choose_locale() == "vi" else "")


def show(name: UUID, form: Form, visit_form: Form, status: int = 200) -> Response:
    """One certificate with what its issuer may do; `form` is of acts and of documents that come back."""
    here, member = world(), session.member()
    today = vietnamese_date(here.clock())
    with here.read() as connection:
        found, line, rows = one_paper(connection, thing_url(here.host, name), member.declared_by, today)
        if found.issuer != member.declared_by:
            raise Forbidden("Another organisation issued this certificate.")
        holder = name_of(connection, holder_of(connection, found.about))
        state = state_today(connection, here.host, found.id, found.issuer, found.state)
        own = own_keys_of(connection, here.host, found.issuer, here.keyring(connection)).in_use(found.issuer)
        offered = offered_on(connection, found.id, found.issuer, here.clock())
    return portal_page(
        "certifier_paper",
        status=status,
        paper=found,
        line=line,
        rows=rows,
        holder=holder,
        acts=_acts(state, found.asked),
        fallen=state != found.state,
        own=own,
        offered=[(one, _act_word(one.act, found.state), show_instant(one.made, choose_locale())) for one in offered],
        form=form,
        visit_form=visit_form,
        may_visit=state in ("confirmed", "suspended"),
        results=[("kept", gettext("Giữ đúng yêu cầu")), ("lacking", gettext("Còn điều phải sửa"))],
        today=today.isoformat(),
        labels={
            "act": gettext("Làm gì"),
            **_labels(),
            "day": gettext("Ngày kiểm tra"),
            "result": gettext("Kết quả"),
            "note": gettext("Ghi chú"),
            "signed": gettext("Tài liệu đã ký"),
        },
    )


def _act_word(act: str, state: str) -> str:
    words: dict[str, str] = {
        "confirmed": gettext("Khôi phục") if state == "suspended" else gettext("Xác nhận"),
        "suspended": gettext("Đình chỉ"),
        "revoked": gettext("Thu hồi"),
        VISIT: gettext("Lần giám sát"),
    }
    return words[act]


def _labels() -> dict[str, str]:
    return {"reason": gettext("Lý do")}


def _told(name: UUID, wanted: str) -> str:
    """What is about to be signed, for the page that asks who does it."""
    here, member = world(), session.member()
    with here.read() as connection:
        found = certificate_for(connection, thing_url(here.host, name), member.declared_by)
        line = line_of(named(connection, [found], choose_locale())[0], vietnamese_date(here.clock()))
    return f"{_act_words()[wanted]}: {line.title}"


def _act_words() -> dict[str, str]:
    return {
        "confirm": gettext("Xác nhận"),
        "refuse": gettext("Không xác nhận"),
        "suspend": gettext("Đình chỉ"),
        "reinstate": gettext("Khôi phục"),
        "revoke": gettext("Thu hồi"),
    }


def _acts(state: str, asked: str | None) -> list[tuple[str, str]]:
    words = _act_words()
    # Refusing tells the holder alone: a paper that was never issued stays on the page until its issuer takes it back.
    may = {
        "declared": ("confirm", "refuse", "revoke") if asked == desk.WAITING else ("confirm", "revoke"),
        "confirmed": ("suspend", "revoke"),
        "suspended": ("reinstate", "revoke"),
    }.get(state, ())
    return [(one, words[one]) for one in may]
