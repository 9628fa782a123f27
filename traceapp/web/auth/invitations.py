"""`/invite/…`: the link that an invitation is."""

from __future__ import annotations

from flask import Response, request
from marshmallow import fields

from traceapp.core.errors import Conflict, InvalidIdentifier, NotFound, RuleBroken
from traceapp.services.accounts import invitations, sessions
from traceapp.services.accounts.invitations import Invitation
from traceapp.services.accounts.people import LONGEST_NAME, login_of, members_of
from traceapp.services.registry.registers import role_of
from traceapp.web.access import PRODUCER, PUBLIC, SIGNED_IN, access, require_same_origin, world
from traceapp.web.auth import session
from traceapp.web.auth.agents import agent_of
from traceapp.web.auth.blueprint import auth
from traceapp.web.auth.sign_up import password_words
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, PortalSchema, read, text
from traceapp.web.portal.view import page_of, see_other
from traceapp.web.words import gettext


class JoinForm(PortalSchema):
    """A person who was invited; a phone number will do as a name to sign in with."""

    name = text(most=LONGEST_NAME)
    login = text(most=120)
    password = fields.Str(load_default="")


@auth.get("/invite/<token>")
@access(PUBLIC)
def invitation(token: str) -> Response:
    """Who invites to what; with an account one joins with it, without one makes one."""
    try:
        found = _found(token)
    except NotFound:
        return _ended()
    return _not_for_members(200) if _is_in(found.organisation) else _show(token, found, Form())


@auth.post("/invite/<token>")
@access(PUBLIC)
def join_as_new(token: str) -> Response:
    """Make an account and join."""
    require_same_origin()
    here, now = world(), world().clock()
    try:
        found = _found(token)
    except NotFound:
        return _ended()
    form = read(JoinForm, request.form)
    login = _login(form)
    if login is None and "login" not in form.problems:
        form = form.with_problem("login", gettext("Viết số điện thoại như 0900 000 000, hoặc địa chỉ thư."))
    if form.problems or login is None:
        return _show(token, found, form, 422)
    secret, lang = request.form.get("password", ""), choose_locale()
    try:
        with here.write() as connection:
            account = invitations.accept_as_new(
                connection, token, login, form.values["name"], secret, lang, here.notary, now
            )
            opened = sessions.start(connection, account, agent_of(request), now, how="invitation")
    except Conflict:
        taken = gettext("Tên đăng nhập này đã có tài khoản: đăng nhập rồi mở lại đường dẫn mời.")
        return _show(token, found, form.with_problem("login", taken), 409)
    except RuleBroken:
        return _show(token, found, form.with_problem("password", password_words()), 422)
    return session.begin(see_other("/portal"), opened)


@auth.post("/invite/<token>/accept")
@access(SIGNED_IN)
def join_with_account(token: str) -> Response:
    """Join with the account one is signed in with, and act for that organisation from now on."""
    here, member = world(), session.member()
    try:
        with here.write() as connection:
            found = invitations.accept(connection, token, member.account, here.notary, here.clock())
            sessions.act_for(connection, member, found.organisation, here.clock())
    except NotFound:
        return _ended()
    except Conflict:
        return _not_for_members(409)
    return see_other("/portal")


def _is_in(organisation: str) -> bool:
    """Whether who is signed in here belongs to it: an owner opens the link to see what it does."""
    who = session.current()
    if who is None:
        return False
    with world().read() as connection:
        return any(one.account == who.account for one in members_of(connection, organisation))


def _not_for_members(status: int) -> Response:
    """The link still opens for whom it is meant."""
    return page_of(
        "auth/ended.html",
        status=status,
        title=gettext("Bạn đã ở trong cơ sở này"),
        words=gettext("Đường dẫn này để gửi cho người được mời, mở trên máy của họ. Nó vẫn dùng được."),
        ways=[("/portal", gettext("Vào sổ")), ("/portal/people", gettext("Người cùng làm"))],
    )


def _ended() -> Response:
    """Whoever comes too late is told so, and whom to ask."""
    return page_of(
        "auth/ended.html",
        status=404,
        title=gettext("Lời mời này đã hết"),
        words=gettext("Đường dẫn mời dùng một lần, trong bảy ngày. Nhờ người mời gửi đường dẫn mới."),
        ways=[("/portal", gettext("Đã nhận lời rồi: vào sổ"))],
    )


def _found(token: str) -> Invitation:
    here = world()
    with here.read() as connection:
        return invitations.find(connection, token, here.clock())


def _login(form: Form) -> str | None:
    try:
        return login_of(form.values.get("login") or "")
    except InvalidIdentifier:
        return None


def _show(token: str, found: Invitation, form: Form, status: int = 200) -> Response:
    with world().read() as connection:
        makes = role_of(connection, found.organisation) == PRODUCER
    return page_of("auth/invitation.html", status=status, token=token, invitation=found, form=form, makes=makes)
