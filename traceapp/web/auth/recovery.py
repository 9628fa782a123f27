"""`/reset`: a new password, by a link in a letter or with a recovery code."""

from __future__ import annotations

from flask import Response, request
from marshmallow import fields

from traceapp.core.errors import InvalidIdentifier, NotFound, RuleBroken
from traceapp.services.accounts import recovery, sessions
from traceapp.services.accounts.people import is_mail, login_of
from traceapp.services.accounts.sign_in import may_try
from traceapp.web.access import PUBLIC, access, require_same_origin, world
from traceapp.web.auth import letters, session
from traceapp.web.auth.agents import agent_of
from traceapp.web.auth.blueprint import auth
from traceapp.web.auth.sign_up import password_words
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, PortalSchema, read, text
from traceapp.web.portal.view import page_of, see_other
from traceapp.web.words import gettext

MOST_RESETS = 20


class ResetForm(PortalSchema):
    """Who, and a code for who has no letters."""

    login = text(most=120)
    code = fields.Str(load_default="")


@auth.get("/reset")
@access(PUBLIC)
def reset() -> Response:
    """The form that asks for a link."""
    return page_of("auth/reset.html", form=Form(), sent=False)


@auth.post("/reset")
@access(PUBLIC)
def reset_begin() -> Response:
    """Send a link, or take a code; of a login that nobody has it says the same."""
    require_same_origin()
    here, form = world(), read(ResetForm, request.form)
    try:
        login = login_of(form.values.get("login") or "")
    except InvalidIdentifier:
        form = form.with_problem("login", gettext("Viết số điện thoại như 0900 000 000, hoặc địa chỉ thư."))
        return page_of("auth/reset.html", status=422, form=form, sent=False)
    if not may_try(here, "reset", request.remote_addr or "", MOST_RESETS):
        form = form.with_problem("form", gettext("Hỏi nhiều lần quá: đợi mười lăm phút rồi thử lại."))
        return page_of("auth/reset.html", status=429, form=form, sent=False)
    return _by_code(form, login) if form.values["code"] else _by_letter(form, login)


def _by_code(form: Form, login: str) -> Response:
    here = world()
    with here.write_aside() as connection:
        token = recovery.reset_token_for_code(connection, login, form.values["code"], here.clock())
    if token is None:
        form = form.with_problem("code", gettext("Mã khôi phục chưa đúng, hoặc đã dùng rồi: thử mã khác trên tờ giấy."))
        return page_of("auth/reset.html", status=422, form=form, sent=False)
    return see_other(f"/reset/{token}?lang={choose_locale()}")


def _by_letter(form: Form, login: str) -> Response:
    here = world()
    if not is_mail(login):
        form = form.with_problem(
            "code", gettext("Tài khoản dùng số điện thoại thì cần một mã khôi phục, hoặc nhờ chủ cơ sở mời lại.")
        )
        return page_of("auth/reset.html", status=422, form=form, sent=False)
    with here.write_aside() as connection:
        token = recovery.begin_reset(connection, login, here.clock())
    sent = letters.send(here, letters.reset_letter(here, login, token, choose_locale()))
    return page_of("auth/reset.html", form=form, sent=sent, unsent=not sent)


@auth.get("/reset/<token>")
@access(PUBLIC)
def reset_password(token: str) -> Response:
    """Where the new password is typed."""
    here = world()
    with here.read() as connection:
        if not recovery.is_open(connection, token, here.clock()):
            return _ended()
    return page_of("auth/new_password.html", form=Form(), token=token)


@auth.post("/reset/<token>")
@access(PUBLIC)
def reset_finish(token: str) -> Response:
    """Set it, end every other session, and sign in."""
    require_same_origin()
    here, now = world(), world().clock()
    try:
        with here.write_aside() as connection:
            account = recovery.finish_reset(connection, token, request.form.get("password", ""), now)
            opened = sessions.start(connection, account, agent_of(request), now, how="reset")
    except RuleBroken:
        form = Form().with_problem("password", password_words())
        return page_of("auth/new_password.html", status=422, form=form, token=token)
    except NotFound:
        return _ended()
    return session.begin(see_other("/portal"), opened)


def _ended() -> Response:
    return page_of(
        "auth/ended.html",
        status=404,
        title=gettext("Đường dẫn này đã hết"),
        words=gettext("Đường dẫn đặt lại mật khẩu dùng một lần, trong một giờ. Xin đường dẫn mới."),
        ways=[("/reset", gettext("Đặt lại mật khẩu")), ("/login", gettext("Đăng nhập"))],
    )
