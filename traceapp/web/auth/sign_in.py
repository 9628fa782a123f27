"""`/login` and `/logout`."""

from __future__ import annotations

import re

from flask import Response, request
from marshmallow import fields

from traceapp.services.accounts import sessions
from traceapp.services.accounts.sign_in import Refusal, sign_in
from traceapp.web.access import PUBLIC, SIGNED_IN, access, require_same_origin, world
from traceapp.web.auth import session
from traceapp.web.auth.agents import agent_of
from traceapp.web.auth.blueprint import auth
from traceapp.web.portal.forms import Form, PortalSchema, read, text
from traceapp.web.portal.view import page_of, see_other
from traceapp.web.words import gettext

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")


class SignInForm(PortalSchema):
    """Who, and the password as it was typed."""

    login = text(most=120)
    password = fields.Str(load_default="")


def next_path(default: str = "/portal") -> str:
    """Where to go after signing in: only ever a path of ours."""
    return own_path(request.values.get("next", ""), default)


def own_path(wanted: str, default: str = "/portal") -> str:
    """The path, if it is one of ours: never an address that leads elsewhere."""
    return wanted if _OWN_PATH.fullmatch(wanted) else default


@auth.get("/login")
@access(PUBLIC)
def login() -> Response:
    """The form to sign in."""
    if session.current():
        return see_other(next_path())
    return _show(Form())


@auth.post("/login")
@access(PUBLIC)
def log_in() -> Response:
    """Sign in; wherever something is wrong, it says the same."""
    require_same_origin()
    form = read(SignInForm, request.form)
    if not form.problems:
        secret = request.form.get("password", "")
        outcome = sign_in(world(), form.values["login"], secret, request.remote_addr or "", agent_of(request))
        if not isinstance(outcome, Refusal):
            return session.begin(see_other(next_path()), outcome)
        form = form.with_problem("form", _words(outcome))
    return _show(form, 429 if form.problems.get("form") == _words(Refusal.WAIT) else 422)


def _words(refusal: Refusal) -> str:
    if refusal is Refusal.WAIT:
        return str(gettext("Sai nhiều lần quá. Đợi mười lăm phút rồi thử lại, hoặc đặt lại mật khẩu."))
    return str(gettext("Tên đăng nhập hoặc mật khẩu chưa đúng. Xem lại chữ hoa, chữ thường, bộ gõ."))


def _show(form: Form, status: int = 200) -> Response:
    is_kept = session.KEPT_COOKIE in request.cookies
    return page_of("auth/login.html", status=status, form=form, next=next_path(), is_kept=is_kept)


@auth.post("/logout")
@access(SIGNED_IN)
def logout() -> Response:
    """End this session."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        sessions.end(connection, member, member.session.hex(), here.clock())
    return session.forget(see_other("/login"))
