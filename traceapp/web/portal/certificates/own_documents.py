"""`/portal/certifier/{certificate}/…`: documents that an issuer signs with its own key, handed out and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Flask, Response, request

from traceapp.core.errors import (
    BadSignature,
    Conflict,
    Forbidden,
    KeyNotValid,
    Malformed,
    NotFound,
    RuleBroken,
    TraceappError,
    UnknownKey,
)
from traceapp.core.own.documents import LONGEST
from traceapp.core.statements import thing_url
from traceapp.services.certificates import own_words
from traceapp.services.certificates.lists import certificate_for
from traceapp.web.access import access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.certificates.desk import WHO, show
from traceapp.web.portal.forms import Form
from traceapp.web.portal.view import see_other
from traceapp.web.words import gettext

own_documents = Blueprint("own_documents", __name__)
MOST_SENT = LONGEST + 10_000
_TAKEN_AWAY = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(own_documents)


@own_documents.get("/portal/certifier/<uuid:name>/documents/<uuid:record>.json")
@access(*WHO)
def document(name: UUID, record: UUID) -> Response:
    """One unsigned document, to the byte."""
    here, member = world(), session.member()
    with here.read() as connection:
        found = own_words.offered_called(connection, str(record), member.declared_by)
    if found.certificate != thing_url(here.host, name):
        raise NotFound("This document is about another certificate.")
    return _file(found.body, f"{found.act}-{name}.json")


@own_documents.get("/portal/certifier/<uuid:name>/declaration.json")
@access(*WHO)
def declaration(name: UUID) -> Response:
    """The declaration that such a document names by its hash: for whoever signs, to see about what."""
    here, member = world(), session.member()
    certificate = thing_url(here.host, name)
    with here.read() as connection:
        if certificate_for(connection, certificate, member.declared_by).issuer != member.declared_by:
            raise Forbidden("Another organisation issued this certificate.")
        _, _, body = own_words.declaration_of(connection, here.host, certificate)
    return _file(body, f"declaration-{name}.json")


def _file(body: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **_TAKEN_AWAY}
    return Response(body, mimetype="application/vc", headers=headers)


@own_documents.post("/portal/certifier/<uuid:name>/signed")
@access(*WHO, most_bytes=MOST_SENT)
def signed(name: UUID) -> Response:
    """A signed document comes back and is logged as it came."""
    here, member = world(), session.member()
    data = _sent()
    if not data:
        return show(name, Form().with_problem("signed", gettext("Chưa chọn tệp.")), Form(), 422)
    try:
        with here.write() as connection:
            certificate, keyring = thing_url(here.host, name), here.keyring(connection)
            own_words.take_signed(connection, data, certificate, member.declared_by, here.notary, keyring, here.clock())
    except tuple(_words()) as cause:
        told = next(words for kind, words in _words().items() if isinstance(cause, kind))
        shown = told if choose_locale() == "vi" else str(cause)
        status = 409 if isinstance(cause, RuleBroken | Conflict | NotFound) else 422
        return show(name, Form().with_problem("signed", shown), Form(), status)
    return see_other(f"/portal/certifier/{name}")


def _sent() -> bytes:
    """The file, or what was pasted instead."""
    file = request.files.get("signed")
    return (file.read(LONGEST + 1) if file else b"") or request.form.get("pasted", "").strip().encode()


def _words() -> Mapping[type[TraceappError], str]:
    return {
        BadSignature: gettext("Chữ ký không khớp với khóa đã đăng ký và nội dung tài liệu."),
        UnknownKey: gettext("Tài liệu ký bằng khóa khác, không phải khóa mà tổ chức đang dùng ở đây."),
        KeyNotValid: gettext("Tài liệu để quá bảy ngày, hoặc giờ ghi trong chữ ký sai: tải tài liệu mới rồi ký lại."),
        Malformed: gettext(
            "Tệp này không phải tài liệu đã tải ở đây và ký nguyên vẹn: có chỗ bị đổi, chưa ký, hoặc không ở dạng "
            "chuẩn RFC 8785."
        ),
        NotFound: gettext("Tài liệu này không còn chờ ký: đã có bản mới hơn, hoặc khóa đã đổi. Tải lại rồi ký."),
        Conflict: gettext("Tài liệu này đã có trong sổ, hoặc là của giấy khác."),
        RuleBroken: gettext("Giấy này đang ở trạng thái khác, không làm bước này được. Xem lại bên trên."),
    }
