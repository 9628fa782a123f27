"""`/portal/lots`: an organisation's lots, what came to it, and one lot with all that can be done to it."""

from __future__ import annotations

from flask import Response, request

from traceapp.core.errors import Conflict, InvalidEvent
from traceapp.services.accounts.doubts import lots_in_doubt
from traceapp.services.accounts.own import own_lot_id
from traceapp.services.lots import acts as lot_acts
from traceapp.services.lots import handing_over
from traceapp.services.lots.cases import own_cases_with
from traceapp.services.lots.handing_over import require_held
from traceapp.services.lots.lists import A_PAGE, count_lots, own_lots, received_lots
from traceapp.services.lots.readiness import look_at
from traceapp.services.lots.recalls import notices_of, notices_to
from traceapp.web.access import PRODUCER, SHOP, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.lots import lots
from traceapp.web.portal.lots.request import asked_lot, lot_url, path_of
from traceapp.web.portal.lots.shown import shipments_shown, stock_shown, warnings_shown
from traceapp.web.portal.lots.words import case_views, lot_view, shipment_views
from traceapp.web.portal.paging import asked_page, paged
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.say import Say
from traceapp.web.words import gettext


@lots.get("/portal/lots")
@access(PRODUCER, SHOP)
def all_lots() -> Response:
    """Own lots, goods on their way here, and what others recall."""
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        keyring = here.keyring(connection)
        waiting = handing_over.incoming(connection, here.host, who, keyring)
        page = paged(asked_page(), max(count_lots(connection, who)), A_PAGE)
        mine = own_lots(connection, here.host, who, keyring, page.number)
        received = received_lots(connection, here.host, who, keyring, page.number)
        doubted = lots_in_doubt(connection, who)
        notices = [one for one in notices_to(connection, who) if one.seen is None]
    views = shipment_views(waiting, who, say)
    return portal_page(
        "lots", waiting=views, say=say, mine=mine, received=received, notices=notices, doubted=doubted, page=page
    )


@lots.get("/portal/lots/view/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP)
def one_lot(key: str, rest: str) -> Response:
    """One lot that the organisation holds goods of."""
    return show_lot(asked_lot("/portal/lots/view"))


def show_lot(lot: str, status: int = 200, problem: str = "") -> Response:
    """The page of one lot; NotFound for anybody else's."""
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        require_held(connection, lot, who)
        facts, verdict = look_at(here, connection, lot)
        lines = warnings_shown(here, connection, lot)
        stock = stock_shown(here, connection, lot, who)
        shipments = shipments_shown(here, connection, lot, who)
        cases = own_cases_with(connection, who, lot)
        notices = notices_of(connection, lot)
    is_own = facts.product is not None and facts.product.organisation == who
    return portal_page(
        "lot",
        status=status,
        problem=problem,
        lot=lot_view(facts, verdict, path_of(lot), is_own=is_own, say=say),
        lines=lines,
        stock=stock,
        shipments=shipments,
        cases=case_views(cases, here.host),
        told=len(notices),
        seen=sum(one.seen is not None for one in notices),
        is_held=bool(verdict.find("lot-on-hold")),
        is_recalled=bool(verdict.find("lot-recalled")),
    )


@lots.post("/portal/lots/hold/<ai:key>/<raw:rest>")
@access(PRODUCER)
def hold(key: str, rest: str) -> Response:
    """Hold a lot back: no labels until it is released."""
    return _act("/portal/lots/hold", is_release=False)


@lots.post("/portal/lots/release/<ai:key>/<raw:rest>")
@access(PRODUCER)
def release(key: str, rest: str) -> Response:
    """Release a held lot."""
    return _act("/portal/lots/release", is_release=True)


def _act(prefix: str, *, is_release: bool) -> Response:
    here, member, lot = world(), session.member(), asked_lot(prefix)
    do = lot_acts.release if is_release else lot_acts.hold
    reason = request.form.get("reason", "")[:500]
    try:
        with here.write() as connection:
            own_lot_id(connection, member.organisation, lot)
            do(connection, lot, reason, member.declared_by, member.notary(here.notary), here.clock())
    except InvalidEvent:
        return show_lot(lot, 422, gettext("Viết lý do: lý do hiện trên trang của lô."))
    except Conflict:
        # Sent twice: the page shows what was recorded the first time.
        return see_other(lot_url("view", lot))
    return see_other(lot_url("view", lot))
