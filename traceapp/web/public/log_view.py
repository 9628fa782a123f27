"""`/log`: the public log for people."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, abort, request

from traceapp.core.dates import instant
from traceapp.core.errors import InvalidEvent
from traceapp.i18n import show_instant, show_number
from traceapp.services.log.pages import LogRow, leaf_through, witnesses_of
from traceapp.services.log.witnessed import policy_of
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.language import choose_locale
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.view import words_page
from traceapp.web.words import gettext

log_pages = Blueprint("log_pages", __name__)
_MOST = 2**53


def register(app: Flask) -> None:
    """Add this address to `app`."""
    app.register_blueprint(log_pages)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is shown."""

    index: int
    number: str
    what: str
    when: str
    record_url: str
    proof_url: str


@log_pages.get("/log")
@access(PUBLIC)
def log_page() -> Response:
    """The newest published checkpoint and its entries, newest first."""
    here, lang = world(), choose_locale()
    published = here.published.read()
    if published is None:
        abort(503, description="Nothing is published yet.")
    size, root, _ = published
    with here.read() as connection:
        page = leaf_through(connection, size, _before(size))
        witnesses = witnesses_of(published, policy_of(here.trust(connection)))
    html = words_page(
        "log",
        plain_context(here, here.clock(), path="/log"),
        size=show_number(size, lang),
        root=base64.b64encode(root).decode(),
        origin=here.log_key.name,
        witnesses=[(name, show_instant(datetime.fromtimestamp(time, UTC), lang)) for name, time in witnesses],
        lines=[_line(row, lang) for row in page.rows],
        older=page.older,
        newer=page.newer,
        lang=lang,
    )
    headers = {"Cache-Control": "public, max-age=5", "Vary": "Accept-Language"}
    return Response(html, headers=headers, content_type="text/html; charset=utf-8")


def _before(size: int) -> int:
    asked = request.args.get("before", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 and int(asked) < _MOST else size


def _line(row: LogRow, lang: str) -> Line:
    return Line(
        index=row.leaf_index,
        number=show_number(row.leaf_index, lang),
        what=kinds().get(row.kind, row.kind) if row.kind else gettext("Chỉ các bên liên quan đọc được"),
        when=_when(row.time, lang),
        record_url=f"/records/{row.record_id}",
        proof_url=f"/records/{row.record_id}/proof",
    )


def _when(time: str, lang: str) -> str:
    try:
        return show_instant(instant(time), lang) if time else ""
    except InvalidEvent:
        return ""


def kinds() -> dict[str, str]:
    """What each type of record is called."""
    return {
        "OrganisationRecord": gettext("Cơ sở"),
        "FacilityRecord": gettext("Địa điểm"),
        "ProductRecord": gettext("Sản phẩm"),
        "LotRecord": gettext("Lô"),
        "TraceEvent": gettext("Công đoạn"),
        "CertificateRecord": gettext("Chứng nhận"),
        "LabelRunRecord": gettext("Đợt in tem"),
        "LabelVoidRecord": gettext("Hủy tem"),
        "InspectionRecord": gettext("Kiểm tra tại chỗ"),
        "HoldRecord": gettext("Giữ hoặc bỏ giữ lô"),
        "RecallRecord": gettext("Thu hồi"),
        "CorrectionRecord": gettext("Đính chính"),
        "CosignatureRecord": gettext("Ký thêm bằng khóa riêng"),
        "KeyRecord": gettext("Khóa ký"),
    }
