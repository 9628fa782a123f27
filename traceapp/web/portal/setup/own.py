"""What was set up, to look at and to change: the organisation as it describes itself, and its places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from marshmallow import fields

from traceapp.core.errors import TraceappError
from traceapp.core.places import PROVINCES
from traceapp.core.typed import typed_number
from traceapp.services.accounts.people import MemberRole
from traceapp.services.records.names import told_by
from traceapp.services.registry.describing import Described, describe_organisation, is_another, organisation_described
from traceapp.services.registry.setting_up import set_up, standing_of
from traceapp.web.access import PRODUCER, PRODUCER_OFFICER, PRODUCER_OWNER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.conflict import conflict_page
from traceapp.web.portal.forms import Form, Number, PortalSchema, choice, read, text, version_of
from traceapp.web.portal.setup import setup
from traceapp.web.portal.setup.organisation import checked
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

OWN = "/portal/setup/own"
CHANGE = f"{OWN}/organisation"


class ChangeForm(PortalSchema):
    """What an organisation may say anew of itself."""

    name = text(most=120)
    province_code = choice(tuple(PROVINCES))
    ward = text(most=80)
    address_old = text(most=160, needed=False)
    phone = text(most=20, needed=False)
    public_contact_ok = fields.Str(load_default="")
    tax_code = text(most=20, needed=False)
    members = Number(least=1, most=100_000, whole=True, needed=False)


@setup.get(OWN)
@access(PRODUCER)
def own() -> Response:
    """The organisation and its places, as their records describe them."""
    here, member = world(), session.member()
    with here.read() as connection:
        told = told_by(connection, member.declared_by, "OrganisationRecord")
        ids = set_up(connection, member.declared_by, "facilities")
        places = [(one, told_by(connection, one, "FacilityRecord")) for one in ids]
        identity = standing_of(connection, member.declared_by).identity
    return portal_page(
        "setup/own",
        told=told,
        places=places,
        identity=identity,
        provinces=PROVINCES,
        may_change=member.role in (MemberRole.OWNER, MemberRole.OFFICER),
        saved=request.args.get("saved", ""),
    )


@setup.get(CHANGE)
@access(PRODUCER_OWNER, PRODUCER_OFFICER)
def organisation_own() -> Response:
    """The form, with what stands there now."""
    return _show(Form())


@setup.post(CHANGE)
@access(PRODUCER_OWNER, PRODUCER_OFFICER)
def organisation_change() -> Response:
    """Describe the organisation anew. Who changes who it is proves themselves first."""
    here, member, form = world(), session.member(), checked(read(ChangeForm, request.form))
    if form.problems:
        return _show(form, 422)
    changes = _changes(form)
    what = gettext("Đổi tên, mã số thuế hoặc địa chỉ của cơ sở")
    if is_another(_present(), changes):
        asked = step_up("identity", what, labels=_labels(), words={"province_code": PROVINCES}, back=CHANGE)
        if asked is not None:
            return asked
    try:
        with here.write() as connection:
            keyring = here.keyring(connection)
            present = typed(organisation_described(connection, member.declared_by, here.host, keyring))
            if form.version != version_of(present):
                return _conflict(form, present)
            notary, now = member.notary(here.notary), here.clock()
            done = describe_organisation(connection, member.declared_by, changes, notary, keyring, now)
    except TraceappError as cause:
        return _show(form.refused(cause, gettext("Có chỗ chưa ghi được: xem lại tên và địa chỉ.")), 422)
    return see_other(f"{OWN}?lang={choose_locale()}&saved={'organisation' if done else 'nothing'}")


def _conflict(form: Form, present: Mapping[str, str]) -> Response:
    return conflict_page(
        _labels(),
        form,
        present,
        action=f"{CHANGE}?lang={choose_locale()}",
        version=version_of(present),
        back=f"{CHANGE}?lang={choose_locale()}",
        words={"province_code": PROVINCES, "public_contact_ok": {"yes": gettext("Có"), "": gettext("Không")}},
    )


def typed(described: Described) -> dict[str, str]:
    """A description as it would be typed: what a form starts with, and what its version is of."""
    return {name: _as_typed(value) for name, value in described.details.items() if name != "role"}


def _as_typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return typed_number(value) if isinstance(value, int | float) else str(value)


def _changes(form: Form) -> dict[str, Any]:
    said = form.values
    is_public = {"public_contact_ok": said["public_contact_ok"] == "yes" if said["phone"] else None}
    return {name: said[name] or None for name in ("name", "province_code", "ward", "address_old", "phone")} | {
        "tax_code": said["tax_code"] or None,
        "members": said["members"],
        **is_public,
    }


def _present() -> Described:
    here = world()
    with here.read() as connection:
        keyring = here.keyring(connection)
        return organisation_described(connection, session.member().declared_by, here.host, keyring)


def _show(form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    present = typed(_present())
    with here.read() as connection:
        identity = standing_of(connection, member.declared_by).identity
    return portal_page(
        "setup/own_organisation",
        status=status,
        form=form if form.typed else Form(typed=present),
        version=form.version or version_of(present),
        present=present,
        identity=identity,
        provinces=PROVINCES.items(),
        labels=_labels(),
    )


@said_once
def _labels() -> Mapping[str, str]:
    return {
        "name": gettext("Tên"),
        "province_code": gettext("Tỉnh, thành"),
        "ward": gettext("Xã, phường, đặc khu"),
        "address_old": gettext("Địa chỉ cũ"),
        "phone": gettext("Điện thoại"),
        "public_contact_ok": gettext("Cho người mua thấy số này trên trang sản phẩm"),
        "tax_code": gettext("Mã số thuế"),
        "members": gettext("Số thành viên"),
    }
