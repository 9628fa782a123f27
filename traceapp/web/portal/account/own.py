"""`/portal/account`: one's own password, passkeys, recovery codes, sessions, and for whom one acts."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, request

from traceapp.core.errors import NotFound, RuleBroken
from traceapp.i18n import LANGUAGES, show_instant
from traceapp.services.accounts import cosigning, passkeys, recovery, sessions
from traceapp.services.accounts.people import is_mail, new_password, organisations_of
from traceapp.services.accounts.reminder_wishes import set_wish, wish_of
from traceapp.services.accounts.sign_in import Refusal, check_password
from traceapp.services.records.names import name_of
from traceapp.web.access import SIGNED_IN, access, world
from traceapp.web.auth import session
from traceapp.web.auth.agents import agent_of
from traceapp.web.auth.sign_up import password_words
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.forms import Form
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

account = Blueprint("account", __name__)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(account)


@account.get("/portal/account")
@access(SIGNED_IN)
def overview() -> Response:
    """All of one's own account."""
    return _show(Form())


@account.post("/portal/account/password")
@access(SIGNED_IN)
def change_password() -> Response:
    """A new password, for who knows the present one; every session ends, and a new one begins here."""
    here, member = world(), session.member()
    # Wrong ones are counted here as they are at the door: a session that was left open is no way around it.
    known = check_password(here, member.login, request.form.get("password", ""), request.remote_addr or "")
    if isinstance(known, Refusal):
        return _show(Form().with_problem("password", gettext("Mật khẩu đang dùng chưa đúng.")), 422)
    try:
        with here.write_aside() as connection:
            new_password(connection, member.account, request.form.get("new_password", ""), here.clock(), how="changed")
            token = sessions.start(connection, member.account, agent_of(request), here.clock(), how="password")
    except RuleBroken:
        return _show(Form().with_problem("new_password", password_words()), 422)
    return session.begin(see_other("/portal/account"), token)


@account.post("/portal/account/recovery-codes")
@access(SIGNED_IN)
def new_recovery_codes() -> Response:
    """Ten new codes, shown once, to who is known again: who finds a session open would have the account for good."""
    why = gettext("Ai có mã này thì vào được tài khoản, nên hỏi thêm một lần.")
    if asked := step_up("recovery-codes", gettext("Tạo mười mã mới"), why=why, back="/portal/account"):
        return asked
    here, member = world(), session.member()
    with here.write_aside() as connection:
        codes = recovery.new_codes(connection, member.account, here.clock())
    return _show(Form(), codes=codes)


@account.post("/portal/account/passkeys/<passkey>/remove")
@access(SIGNED_IN)
def remove_passkey(passkey: str) -> Response:
    """Forget a key, for who is known again: who finds a session open must not shut out whose it is."""
    here, member = world(), session.member()
    with here.read() as connection:
        mine = {one.id: one.name for one in passkeys.listed(connection, member.account)}
    if passkey not in mine:
        raise NotFound("There is no such passkey.")
    name = mine[passkey]
    what = gettext("Bỏ khóa %(name)s", name=name) if name else gettext("Bỏ khóa thiết bị")
    why = gettext("Bỏ rồi thì khóa này không vào được nữa, nên hỏi thêm một lần.")
    if asked := step_up("passkey-remove", what, why=why, back="/portal/account"):
        return asked
    with here.write_aside() as connection:
        passkeys.remove(connection, member, passkey, here.clock())
    return see_other("/portal/account")


@account.post("/portal/account/sessions/end")
@access(SIGNED_IN)
def end_everywhere() -> Response:
    """Sign out everywhere, here too."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        sessions.end_all(connection, member, here.clock())
    return session.forget(see_other("/login"))


@account.post("/portal/account/sessions/<one>/end")
@access(SIGNED_IN)
def end_session(one: str) -> Response:
    """Sign one browser out."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        sessions.end(connection, member, one, here.clock())
    return see_other("/portal/account")


@account.post("/portal/account/organisation")
@access(SIGNED_IN)
def act_for() -> Response:
    """Act for another organisation of one's own."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        sessions.act_for(connection, member, request.form.get("organisation", ""), here.clock())
    return see_other("/portal")


@account.post("/portal/account/letters")
@access(SIGNED_IN)
def letters() -> Response:
    """Whether letters remind of certificates that end, and the language of letters."""
    here, member = world(), session.member()
    wanted, lang = request.form.get("reminders") == "yes", request.form.get("letters_lang", "")
    with here.write_aside() as connection:
        set_wish(connection, member.account, reminders=wanted, lang=lang if lang in LANGUAGES else None)
    return see_other("/portal/account?letters=saved#letters")


def _show(form: Form, status: int = 200, codes: Sequence[str] = ()) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        opened = sessions.listed(connection, member, here.clock())
        keys = passkeys.listed(connection, member.account)
        cosigners = cosigning.enrolled(connection, member) if member.organisation else []
        wish = wish_of(connection, member.account)
        left = recovery.codes_left(connection, member.account)
        mine = [(one, name_of(connection, one.organisation)) for one in organisations_of(connection, member.account)]
    return portal_page(
        "account",
        status=status,
        form=form,
        sessions=opened,
        passkeys=keys,
        cosigning={one.passkey: one.id.rpartition("/")[2] for one in cosigners},
        codes=codes,
        wish=wish,
        by_mail=is_mail(member.login),
        letters_saved=request.args.get("letters") == "saved",
        codes_left=left,
        mine=mine,
        at=show_instant,
        labels={"password": gettext("Mật khẩu đang dùng"), "new_password": gettext("Mật khẩu mới")},
    )
