"""`/portal/people`: who works together, who is invited, what each may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Flask, Response, request

from traceapp.core.errors import Forbidden, InvalidIdentifier, NotFound, RuleBroken
from traceapp.services.accounts import invitations, sessions
from traceapp.services.accounts.people import Belonging, Member, MemberRole, change_role, is_mail, login_of, members_of
from traceapp.services.accounts.step_up import asks_for_passkeys, require_passkeys
from traceapp.web.access import SIGNED_IN, access, world
from traceapp.web.auth import letters, session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.forms import Form, PortalSchema, choice, read, text
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

people = Blueprint("people", __name__)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(people)


class InvitationForm(PortalSchema):
    """Whom to invite; without an address the link is handed over."""

    to = text(most=120, needed=False)
    role = choice(tuple(MemberRole))


@people.get("/portal/people")
@access(SIGNED_IN)
def members() -> Response:
    """The list."""
    return _show(Form())


@people.post("/portal/people/invitations")
@access(SIGNED_IN)
def invite() -> Response:
    """Make a link, send it where there is an address, and show it in any case."""
    here, member = world(), session.member()
    form = read(InvitationForm, request.form)
    to = _address(form)
    if to is None:
        form = form.with_problem("to", gettext("Viết số điện thoại như 0900 000 000, hoặc địa chỉ thư."))
    if form.problems or to is None:
        return _show(form, 422)
    with here.read() as connection:
        if not invitations.may_invite(connection, member):
            raise Forbidden("Only an owner invites others.")
    why = gettext("Ai được mời thì nói thay tổ chức, nên hỏi thêm một lần.")
    back = "/portal/people"
    role = MemberRole(form.values["role"])
    # Whoever is invited as an owner, with a password of their own, could put the others out.
    if (member.organisation_role in sessions.OFFICES or role is MemberRole.OWNER) and (
        asked := step_up("invitation", gettext("Mời thêm người"), why=why, back=back)
    ):
        return asked
    with here.write_aside() as connection:
        token = invitations.invite_by_member(connection, member, role, to, here.clock())
    link = f"{here.settings.base_url}/invite/{token}"
    letter = letters.invitation_letter(to, member.organisation_name, link, choose_locale())
    sent = is_mail(to) and letters.send(here, letter)
    return _show(Form(), link=link, sent_to=to if sent else "", unsent=is_mail(to) and not sent)


@people.post("/portal/people/invitations/<invitation>/withdraw")
@access(SIGNED_IN)
def withdraw(invitation: str) -> Response:
    """The link opens nothing any more."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        if not invitations.may_invite(connection, member):
            raise Forbidden("Only an owner withdraws invitations.")
        invitations.withdraw(connection, member.declared_by, invitation, member.account, here.clock())
    return see_other("/portal/people")


@people.post("/portal/people/passkeys")
@access(SIGNED_IN)
def passkeys_alone() -> Response:
    """Whether the organisation's people prove themselves by passkeys alone; less is asked only of who proves it."""
    here, member = world(), session.member()
    required = request.form.get("required") == "yes"
    words = gettext("Chỉ nhận khóa thiết bị") if required else gettext("Nhận cả mật khẩu")
    if asked := step_up("passkeys-required", words, back="/portal/people"):
        return asked
    try:
        with here.write_aside() as connection:
            require_passkeys(connection, member, here.clock(), required=required)
    except RuleBroken:
        words = gettext("Tạo khóa trên máy này trước, ở mục Tài khoản: không thì chính mình cũng không vào được.")
        return _show(Form().with_problem("form", words), 422)
    return see_other("/portal/people")


@people.post("/portal/people/<account>")
@access(SIGNED_IN)
def change(account: str) -> Response:
    """Another role, or none any more: an owner decides over everybody, anybody may leave; both are asked who it is."""
    here, member = world(), session.member()
    wanted = request.form.get("role", "")
    role = MemberRole(wanted) if wanted in tuple(MemberRole) else None
    with here.read() as connection:
        present = _present(members_of(connection, member.declared_by), member, account, role)
    if not _is_stale(present) and (asked := _ask(member, present, role)):
        return asked
    try:
        with here.write() as connection:
            is_stale = _is_stale(_present(members_of(connection, member.declared_by), member, account, role))
            if not is_stale:
                change_role(connection, member.declared_by, account, role, member.account, here.notary, here.clock())
    except RuleBroken:
        return _show(
            Form().with_problem("form", gettext("Cơ sở cần ít nhất một chủ: cho người khác làm chủ trước đã.")), 422
        )
    if is_stale:
        stale = gettext("Vai trò của người này vừa được đổi ở nơi khác. Xem lại rồi bấm lần nữa.")
        return _show(Form().with_problem("form", stale), 409)
    return see_other("/portal/people")


def _present(members: Sequence[Belonging], member: Member, account: str, role: MemberRole | None) -> Belonging:
    """The membership that is to be changed, as it is now. NotFound; Forbidden to who may not decide over it."""
    found = next((one for one in members if one.account == account), None)
    if found is None:
        raise NotFound("There is no such member.")
    if not member.is_owner and not (account == member.account and role is None):
        raise Forbidden("Only an owner changes roles.")
    return found


def _is_stale(present: Belonging) -> bool:
    return request.form.get("version", present.role) != present.role


def _ask(member: Member, present: Belonging, role: MemberRole | None) -> Response | None:
    """Who finds a session open must not put its owner out."""
    if role is not None:
        what = gettext("Đổi %(name)s thành: %(role)s", name=present.name, role=_role_words()[role])
    elif present.account == member.account:
        what = gettext("Tự mình rời cơ sở")
    else:
        what = gettext("Cho %(name)s rời cơ sở", name=present.name)
    why = gettext("Việc này đổi người được nói thay cơ sở, nên hỏi thêm một lần.")
    return step_up("role", what, why=why, back="/portal/people")


@said_once
def _role_words() -> Mapping[str, str]:
    return {"owner": gettext("Chủ cơ sở"), "staff": gettext("Cùng làm"), "officer": gettext("Cán bộ ghi giúp")}


def _address(form: Form) -> str | None:
    try:
        return login_of(form.values["to"]) if form.values.get("to") else ""
    except InvalidIdentifier:
        return None


def _show(form: Form, status: int = 200, *, link: str = "", sent_to: str = "", unsent: bool = False) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        found = members_of(connection, member.declared_by)
        may = invitations.may_invite(connection, member)
        alone = asks_for_passkeys(connection, member.organisation)
        waiting = invitations.open_of(connection, member.declared_by, here.clock()) if may else []
    return portal_page(
        "people",
        status=status,
        form=form,
        members=found,
        waiting=waiting,
        may_invite=may,
        passkeys_only=alone,
        words=_role_words(),
        link=link,
        sent_to=sent_to,
        unsent=unsent,
        labels={"to": gettext("Địa chỉ thư hoặc số điện thoại"), "role": gettext("Vai trò")},
    )
