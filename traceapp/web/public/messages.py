"""Error pages."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request
from flask_babel import lazy_gettext as N_

from traceapp.web.access import world
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.view import error_page

_IN_PORTAL = {
    403: (N_("Quay lại trang trước, tải lại rồi thử nữa. Vẫn vậy thì việc này dành cho vai trò khác."),),
    404: (N_("Quay lại trang trước, hoặc tìm lại từ trang đầu. Của cơ sở khác thì không mở được ở đây."),),
    409: (N_("Quay lại trang trước rồi tải lại: vừa có điều khác được ghi hay ký ở đó."),),
    413: (N_("Quay lại trang trước: chữ đã gõ thường vẫn còn. Chọn tệp nhẹ hơn, ảnh thì nhiều nhất 10 MB."),),
}
"""What to do about them for somebody who is signed in and has no label in the hand."""


def error_response(status: int, detail: str) -> Response:
    """The page of one error, in the reader's language."""
    context = plain_context(world(), world().clock())
    # Reasons are written in English; a Vietnamese page says in its own words what such an error means.
    # The server's own reason for refusing a length speaks of capacity limits.
    message, todo = detail if detail and context.lang == "en" and status != 413 else None, None
    if request.path.startswith("/portal/"):
        context, todo = replace(context, start_url=f"/portal?lang={context.lang}"), _IN_PORTAL.get(status)
    page = error_page(status, None, message, todo, context)
    return Response(page, status, mimetype="text/html")
