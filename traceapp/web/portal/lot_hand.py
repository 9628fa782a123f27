"""Sending goods of a lot to another organisation, and counting what came."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, request
from flask_babel import gettext

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Goods
from traceapp.services.lots import handing_over
from traceapp.services.lots.lists import possible_receivers
from traceapp.services.lots.making import stock_of
from traceapp.web.access import PRODUCER, SHOP, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.lot_request import asked_lot, lot_url, path_of
from traceapp.web.portal.lot_words import goods_of, number_of, shipment_view, shipment_views, stock_views
from traceapp.web.portal.lots import lots
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.say import Say

MOST_LINES = 20


class ShipForm(PortalSchema):
    """What is sent, to whom, on which day."""

    to = text(most=200)
    goods = text(most=400)
    amount = Number(least=0.000001)
    day = Day()
    paper = text(most=80, needed=False)
    vehicle = text(most=40, needed=False)
    again = choice(("yes",), needed=False)


ReceiveForm = PortalSchema.from_dict(
    {
        "day": Day(),
        "note": text(most=400, needed=False),
        **{f"came{at}": Number(least=0, needed=False) for at in range(MOST_LINES)},
    },
    name="ReceiveForm",
)
"""How much came of each line that was sent."""


@lots.get("/portal/lots/ship/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP)
def ship(key: str, rest: str) -> Response:
    """The form."""
    return _show_ship(asked_lot("/portal/lots/ship"), Form())


@lots.post("/portal/lots/ship/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP)
def ship_now(key: str, rest: str) -> Response:
    """Record that goods went out."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/ship")
    form = read(ShipForm(), request.form)
    if form.problems:
        return _show_ship(lot, form, 422)
    values, (_, name, unit) = form.values, goods_of(str(form.values["goods"]))
    try:
        with here.write() as connection:
            if values["to"] not in dict(_receivers(connection)):
                raise NotFound("There is no such organisation to send to.")
            handing_over.ship(
                connection,
                lot,
                member.declared_by,
                str(values["to"]),
                [Goods(name, values["amount"], unit)],
                values["day"],
                member.notary(here.notary),
                here.clock(),
                paper=values["paper"],
                vehicle=values["vehicle"],
                again=values["again"] == "yes",
            )
    except Conflict:
        same = gettext(
            "Ngày này đã ghi giao đúng số hàng này cho nơi này. Nếu là chuyến thứ hai, đánh dấu vào ô bên dưới."
        )
        return _show_ship(lot, form.with_problem("again", same), 409)
    except (InvalidEvent, RuleBroken) as cause:
        return _show_ship(lot, form.refused(cause, gettext("Xem lại số lượng, ngày và nơi nhận.")), 422)
    return see_other(lot_url("view", lot))


def _receivers(connection: Any) -> list[tuple[str, str]]:
    here = world()
    return possible_receivers(connection, here.host, session.member().declared_by, here.keyring(connection))


def _show_ship(lot: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        stock = stock_views(stock_of(here, connection, lot, who), say)
        keyring = here.keyring(connection)
        sent = [one for one in handing_over.of_lot(connection, here.host, lot, who, keyring) if one.sender == who]
        receivers = _receivers(connection)
    left = [one for one in stock if one.left_number > 0] or list(stock)
    return portal_page(
        "lot_ship",
        status=status,
        form=form,
        path=path_of(lot),
        number=number_of(lot),
        options=[(one.key, gettext("%(goods)s, còn %(left)s", goods=one.goods, left=one.left)) for one in left],
        units={one.key: one.unit for one in left},
        receivers=receivers,
        sent=shipment_views(sent, who, say),
        today=vietnamese_date(here.clock()).isoformat(),
        labels={
            "to": gettext("Giao cho ai?"),
            "goods": gettext("Giao hàng gì?"),
            "amount": gettext("Bao nhiêu?"),
            "day": gettext("Ngày giao"),
            "again": gettext("Giao lần nữa"),
        },
    )


@lots.get("/portal/deliveries")
@access(PRODUCER, SHOP)
def deliveries() -> Response:
    """What is on its way here, what came, what went out."""
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        keyring = here.keyring(connection)
        waiting = handing_over.incoming(connection, here.host, who, keyring)
        came = handing_over.incoming(connection, here.host, who, keyring, waiting=False)
        sent = handing_over.outgoing(connection, here.host, who, keyring)
    coming, arrived, gone = (shipment_views(one, who, say) for one in (waiting, came, sent))
    return portal_page("deliveries", waiting=coming, came=arrived, sent=gone)


@lots.get("/portal/deliveries/<record_id>")
@access(PRODUCER, SHOP)
def delivery(record_id: str) -> Response:
    """One delivery to this organisation: the form to count what came, or both counts."""
    return _show_delivery(record_id, Form())


@lots.post("/portal/deliveries/<record_id>")
@access(PRODUCER, SHOP)
def receive_now(record_id: str) -> Response:
    """Record what came."""
    here, member = world(), session.member()
    form = read(cast(PortalSchema, ReceiveForm()), request.form)
    with here.read() as connection:
        found = handing_over.find_incoming(
            connection, here.host, record_id, member.declared_by, here.keyring(connection)
        )
    counted = [
        Goods(one.name, form.values[f"came{at}"], one.unit)
        for at, one in enumerate(found.goods[:MOST_LINES])
        if form.values.get(f"came{at}")
    ]
    if not form.problems and any(form.values.get(f"came{at}") is None for at in range(len(found.goods[:MOST_LINES]))):
        form = form.with_problem("came0", gettext("Viết số đã nhận của từng món; không có thì viết 0."))
    if not counted and not form.problems and not form.values["note"]:
        form = form.with_problem("note", gettext("Không nhận được gì thì viết vì sao."))
    if form.problems:
        return _show_delivery(record_id, form, 422)
    try:
        with here.write() as connection:
            handing_over.receive(
                connection,
                record_id,
                member.declared_by,
                counted,
                form.values["day"],
                member.notary(here.notary),
                here.clock(),
                note=form.values["note"],
            )
    except Conflict:
        return _show_delivery(record_id, form.with_problem("form", gettext("Chuyến này đã ghi nhận rồi.")), 409)
    except InvalidEvent as cause:
        return _show_delivery(record_id, form.refused(cause, gettext("Xem lại ngày nhận và số lượng.")), 422)
    return see_other(f"/portal/deliveries/{record_id}?lang={choose_locale()}")


def _show_delivery(record_id: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        found = handing_over.find_incoming(connection, here.host, record_id, who, here.keyring(connection))
    lines = [
        (f"came{at}", one.name, one.unit, say.amount(one.quantity, one.unit), say.number(one.quantity))
        for at, one in enumerate(found.goods[:MOST_LINES])
    ]
    return portal_page(
        "delivery",
        status=status,
        form=form,
        one=shipment_view(found, who, say),
        lines=lines,
        today=vietnamese_date(here.clock()).isoformat(),
        labels={name: gettext("Đã nhận: %(goods)s", goods=goods) for name, goods, *_ in lines}
        | {"day": gettext("Ngày nhận"), "note": gettext("Ghi chú")},
    )
