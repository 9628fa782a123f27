"""`/portal/certifier/key`: an issuer's own key: asked for, proved, in use, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, request

from traceapp.core.dates import midnight
from traceapp.core.errors import Conflict, InvalidEvent, InvalidIdentifier, Malformed, TraceappError, VerificationError
from traceapp.core.own.dids import LONGEST_DID, LONGEST_DOCUMENT, document_address
from traceapp.i18n import show_instant
from traceapp.services.certificates import own_keys as service
from traceapp.services.records.own_keys import own_keys_of
from traceapp.web.access import AUTHORITY, CERTIFIER, COUNCIL, LABORATORY, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.forms import Day, Form, PortalSchema, read, text
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

own_key = Blueprint("own_key", __name__)
WHO = (CERTIFIER, COUNCIL, AUTHORITY, LABORATORY)
PATH = "/portal/certifier/key"
LONGEST_SIGNATURE = 200
MOST_SENT = 4 * LONGEST_DOCUMENT


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(own_key)


class KeyForm(PortalSchema):
    """A DID, and the DID document of a did:web."""

    did = text(most=LONGEST_DID + 130)
    document = text(most=LONGEST_DOCUMENT, needed=False)


class ProofForm(PortalSchema):
    """The holder's signature."""

    signature = text(most=LONGEST_SIGNATURE)


class EndForm(PortalSchema):
    """When the key was lost, if it was."""

    since = Day(needed=False)


@own_key.get(PATH)
@access(*WHO)
def overview() -> Response:
    """The key in use, those before it, and what is asked for."""
    return _show(Form())


@own_key.post(PATH)
@access(*WHO, most_bytes=MOST_SENT)
def ask() -> Response:
    """Ask for a key by its DID."""
    here, member, form = world(), session.member(), read(KeyForm, request.form)
    if form.problems:
        return _show(form, 422)
    did, document = "".join(form.values["did"].split()), form.values["document"].encode()
    try:
        with here.write() as connection:
            keyring, now = here.keyring(connection), here.clock()
            service.ask_own_key(connection, here.host, member.declared_by, did, document, keyring, now)
    except (InvalidIdentifier, Malformed, Conflict) as cause:
        field, words = _problem(cause)
        return _show(form.with_problem(field, words if choose_locale() == "vi" else str(cause)), 422)
    return see_other(PATH)


def _problem(cause: TraceappError) -> tuple[str, str]:
    match cause:
        case InvalidIdentifier():
            return "did", gettext("DID chưa đúng: viết did:key:z6Mk… hoặc did:web:tên-miền, chữ thường.")
        case Malformed():
            words = gettext(
                "Tài liệu DID chưa dùng được: dán nguyên tệp did.json, trong đó assertionMethod nêu một khóa Ed25519."
            )
            return "document", words
        case _:
            return "did", gettext("Khóa này đã đăng ký rồi, ở đây hoặc cho nơi khác: tạo khóa mới.")


@own_key.get(f"{PATH}/text")
@access(*WHO)
def words() -> Response:
    """What the holder of the key signs, as a file to take to the machine where the key lies."""
    here, member = world(), session.member()
    with here.read() as connection:
        found = service.request_of(connection, here.host, member.declared_by)
    if found is None:
        return see_other(PATH)
    headers = {"Content-Disposition": 'attachment; filename="dang-ky-khoa.txt"', "Cache-Control": "no-store"}
    return Response(found.text, mimetype="text/plain; charset=utf-8", headers=headers)


@own_key.post(f"{PATH}/proof")
@access(*WHO)
def prove() -> Response:
    """The signature over it."""
    here, member, form = world(), session.member(), read(ProofForm, request.form)
    if form.problems:
        return _show(form, 422)
    if asked := step_up("own-key-prove", gettext("Đăng ký khóa riêng cho tổ chức"), back=PATH):
        return asked
    try:
        with here.write_aside() as connection:
            service.prove_own_key(connection, here.host, member.declared_by, form.values["signature"])
    except VerificationError as cause:
        told = gettext(
            "Chữ ký không khớp với khóa và đoạn chữ ở trên: ký lại đúng tệp đã tải, không thêm dấu xuống dòng."
        )
        return _show(form.with_problem("signature", told if choose_locale() == "vi" else str(cause)), 422)
    return see_other(PATH)


@own_key.post(f"{PATH}/drop")
@access(*WHO)
def drop() -> Response:
    """Ask no more."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        service.drop_request(connection, member.declared_by)
    return see_other(PATH)


@own_key.post(f"{PATH}/end")
@access(*WHO)
def end() -> Response:
    """End the key: retired, or lost since a day."""
    here, member, form = world(), session.member(), read(EndForm, request.form)
    if form.problems:
        return _show(form, 422)
    if asked := step_up("own-key-end", gettext("Thôi dùng khóa riêng"), labels=_labels(), back=PATH):
        return asked
    day = form.values["since"]
    since: datetime | None = midnight(day).astimezone(UTC) if day else None
    try:
        with here.write() as connection:
            notary, keyring = member.notary(here.notary), here.keyring(connection)
            service.end_own_key(connection, member.declared_by, notary, keyring, here.clock(), since)
    except InvalidEvent as cause:
        told = gettext("Ngày mất khóa không được sau hôm nay.")
        return _show(form.with_problem("since", told if choose_locale() == "vi" else str(cause)), 422)
    return see_other(PATH)


def _show(form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        keys = own_keys_of(connection, here.host, member.declared_by, here.keyring(connection))
        asked = service.request_of(connection, here.host, member.declared_by)
    known = keys.of(member.declared_by)
    current = keys.in_use(member.declared_by)
    named = asked.possession.key.did if asked else current.key.did if current else ""
    return portal_page(
        "own_key",
        status=status,
        form=form,
        current=current,
        former=[one for one in reversed(known) if one is not current],
        asked=asked,
        address=document_address(named) if named.startswith("did:web:") else "",
        at=show_instant,
        longest={"did": LONGEST_DID, "document": LONGEST_DOCUMENT, "signature": LONGEST_SIGNATURE},
        labels=_labels(),
    )


@said_once
def _labels() -> Mapping[str, str]:
    return {
        "did": gettext("DID của tổ chức"),
        "document": gettext("Tài liệu DID (did.json)"),
        "signature": gettext("Chữ ký"),
        "since": gettext("Khóa lộ từ ngày"),
    }
