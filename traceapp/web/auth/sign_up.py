"""`/signup`: name, address, password; then the code that was sent."""

from __future__ import annotations

from flask import Response, request
from marshmallow import fields

from traceapp.core.errors import InvalidIdentifier, NotFound, RuleBroken
from traceapp.services.accounts import sessions, sign_up
from traceapp.services.accounts.people import LONGEST_NAME, is_mail, login_of
from traceapp.services.accounts.sign_in import may_try
from traceapp.services.accounts.sign_up import Pending
from traceapp.web.access import PUBLIC, access, require_same_origin, world
from traceapp.web.auth import letters, session
from traceapp.web.auth.agents import agent_of
from traceapp.web.auth.blueprint import auth
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, PortalSchema, read, text
from traceapp.web.portal.view import page_of, see_other
from traceapp.web.words import gettext

MOST_SIGN_UPS = 30


class SignUpForm(PortalSchema):
    """A person."""

    name = text(most=LONGEST_NAME)
    login = text(most=120)
    password = fields.Str(load_default="")


@auth.get("/signup")
@access(PUBLIC)
def signup() -> Response:
    """The form to sign up."""
    if session.current():
        return see_other("/portal")
    return page_of("auth/signup.html", form=Form())


@auth.post("/signup")
@access(PUBLIC)
def sign_up_begin() -> Response:
    """Send a code to the address; the answer is the same whether somebody has it already."""
    require_same_origin()
    form, here = read(SignUpForm, request.form), world()
    login = _login(form)
    if login is None:
        form = form.with_problem("login", gettext("Viết địa chỉ thư như lan@example.vn. Mã đăng ký gửi về đó."))
    if form.problems or login is None:
        return page_of("auth/signup.html", status=422, form=form)
    if not may_try(here, "sign-up", request.remote_addr or "", MOST_SIGN_UPS):
        form = form.with_problem("form", gettext("Nhiều lượt đăng ký từ cùng một nơi quá: đợi mười lăm phút."))
        return page_of("auth/signup.html", status=429, form=form)
    try:
        with here.write_aside() as connection:
            pending = sign_up.begin(
                connection, login, form.values["name"], request.form.get("password", ""), choose_locale(), here.clock()
            )
    except RuleBroken:
        form = form.with_problem("password", password_words())
        return page_of("auth/signup.html", status=422, form=form)
    return _sent(pending)


def password_words() -> str:
    """What a password has to be."""
    return str(
        gettext("Mật khẩu cần ít nhất 8 chữ và không dễ đoán: ghép vài từ chỉ mình biết, như tên con trâu và số ao.")
    )


def _login(form: Form) -> str | None:
    try:
        found = login_of(form.values.get("login") or "")
    except InvalidIdentifier:
        return None
    return found if is_mail(found) else None


def _sent(pending: Pending) -> Response:
    here = world()
    delivered = letters.send(here, letters.sign_up_letter(here, pending))
    return see_other(f"/signup/{pending.token}?lang={pending.lang}{'' if delivered else '&unsent=1'}")


@auth.get("/signup/<token>")
@access(PUBLIC)
def sign_up_code(token: str) -> Response:
    """Where the code is typed."""
    return _code_page(token, Form())


@auth.post("/signup/<token>")
@access(PUBLIC)
def sign_up_finish(token: str) -> Response:
    """The right code makes the account and signs in; `again` sends another."""
    require_same_origin()
    try:
        return _finished(token)
    except NotFound:
        # Pressed twice: the first made the account, and its session is here.
        return see_other(f"/portal/setup?lang={choose_locale()}") if session.current() else _over()


def _finished(token: str) -> Response:
    here, now = world(), world().clock()
    if request.form.get("again"):
        with here.write_aside() as connection:
            pending = sign_up.renew(connection, token, now)
        return _sent(pending)
    with here.write_aside() as connection:
        account = sign_up.finish(connection, token, request.form.get("code", ""), now)
        if account is not None:
            opened = sessions.start(connection, account, agent_of(request), now, how="sign-up")
    if account is None:
        wrong = gettext("Mã chưa đúng. Xem lại sáu số trong thư mới nhất.")
        return _code_page(token, Form().with_problem("code", wrong), 422)
    return session.begin(see_other(f"/portal/setup?lang={choose_locale()}"), opened)


def _code_page(token: str, form: Form, status: int = 200) -> Response:
    here = world()
    try:
        with here.read() as connection:
            login = sign_up.waiting(connection, token, here.clock())
    except NotFound:
        return _over()
    unsent = bool(request.args.get("unsent")) and status == 200
    return page_of("auth/signup_code.html", status=status, form=form, token=token, login=login, unsent=unsent)


def _over() -> Response:
    form = Form().with_problem("form", gettext("Lượt đăng ký này đã hết hạn: đăng ký lại, mã mới sẽ được gửi."))
    return page_of("auth/signup.html", status=404, form=form)
