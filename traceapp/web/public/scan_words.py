"""What a visitor may say of a scan they just made: in which province it was, and that nothing is left of the pack.

Both are voluntary and change a count about the item, for whoever has scanned it within a day; neither is asked for by
itself, and nothing is kept of who said it but what is kept of a scan.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, request
from flask_babel import force_locale

from traceapp.core.digital_link import parse_path
from traceapp.core.errors import InvalidIdentifier, NotFound, Unavailable
from traceapp.core.places import PROVINCES
from traceapp.services.scans.counting import say_place, say_used_up
from traceapp.services.scans.store import ScanStore, Visitor
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.items import canonical_identity, code_of_item
from traceapp.web.public.known import known_things
from traceapp.web.public.raw import raw_path
from traceapp.web.public.view import said_page
from traceapp.web.words import gettext

scan_words = Blueprint("scan_words", __name__)

Say = Callable[[ScanStore, str, int, Visitor, datetime], bool]


@scan_words.post("/scans/place/<ai:key>/<raw:rest>")
@access(PUBLIC)
def place(key: str, rest: str) -> Response:
    """In which province the visitor scanned this item."""
    province = request.form.get("province", "")
    if province not in PROVINCES:
        raise InvalidIdentifier(f"{province[:20]!r} is no province: choose one of the {len(PROVINCES)} from the list.")

    def say(store: ScanStore, lot: str, item: int, visitor: Visitor, now: datetime) -> bool:
        return say_place(store, lot, item, visitor, now, province)

    return _answer("/scans/place", say, PROVINCES[province])


@scan_words.post("/scans/used-up/<ai:key>/<raw:rest>")
@access(PUBLIC)
def used_up(key: str, rest: str) -> Response:
    """That nothing is left of this item."""
    return _answer("/scans/used-up", say_used_up, "")


def _answer(prefix: str, say: Say, province: str) -> Response:
    _require_same_origin()
    here, now, address = world(), world().clock(), request.remote_addr or ""
    link = parse_path(raw_path().removeprefix(prefix))
    if link.identity is None or link.identity.serial is None:
        raise NotFound(f"{link.path[:120]} is no item: only a label with a serial of its own is scanned by itself.")
    identity = canonical_identity(link.identity)
    known = known_things(here).get(here, identity, now)
    code = code_of_item(here, known, identity, None)
    if code is None or code.run is None or code.item is None:
        raise NotFound(f"{link.path[:120]} was never issued.")
    try:
        done = say(here.scans, code.run.lot, code.item, here.scans.visitor(address, now), now)
    except here.scans.errors as cause:
        raise Unavailable("This could not be counted just now: send it again in a moment.") from cause
    return _said(identity.path, province, done=done)


def _said(path: str, province: str, *, done: bool) -> Response:
    context = plain_context(world(), world().clock())
    with force_locale(context.lang):
        if not done:
            title = gettext("Chưa ghi được")
            words = gettext("Hôm nay máy này chưa quét tem đó. Quét tem rồi chọn lại.")
        elif province:
            title = gettext("Đã ghi: %(province)s", province=province)
            words = gettext("Cảm ơn bạn. Nơi quét chỉ giúp nhận ra tem bị sao chép; không ghi ai đã quét.")
        else:
            title = gettext("Đã ghi: dùng hết rồi")
            words = gettext("Cảm ơn bạn. Nếu sau này nhiều nhà khác vẫn quét tem này, trang sẽ nhắc người mua xem lại.")
        page = said_page(title, words, f"/verify{path}?lang={context.lang}", context)
    return Response(page, 200, mimetype="text/html", headers={"Cache-Control": "private, no-store"})


def _require_same_origin() -> None:
    """403 for a form that another site's page sent.

    Our pages send no referrer, so that a browser names no origin ("null"); those that are asked over https say of
    themselves that the form is of the same origin.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    own = request.environ.get("HTTP_HOST", "").lower()
    if site == "same-origin" or (site is None and (origin == "null" or origin.partition("://")[2].lower() == own)):
        return
    abort(403, description="This form was sent from another site: open the label's page here and send it again.")
