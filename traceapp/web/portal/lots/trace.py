"""`/portal/trace`: where a lot came from and where it went, drawn and listed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, Response

from traceapp.core.lanes import lanes_of
from traceapp.i18n.names import name_in
from traceapp.services.lots.handing_over import require_held
from traceapp.services.lots.trace import Trace, TracedLot, trace
from traceapp.web.access import AUTHORITY, PRODUCER, SHOP, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.lots.request import asked_lot, path_of
from traceapp.web.portal.lots.shown import shipments_shown
from traceapp.web.portal.lots.trace_drawing import Drawing, draw
from traceapp.web.portal.lots.words import number_of
from traceapp.web.portal.view import portal_page
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

traces = Blueprint("trace", __name__)


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot of a trace in the table."""

    number: str
    product: str
    organisation: str
    distance: int
    goods: str
    url: str


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(traces)


@traces.get("/portal/trace/back/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP, AUTHORITY)
def back(key: str, rest: str) -> Response:
    """What a lot came from."""
    return _show("/portal/trace/back", forward=False)


@traces.get("/portal/trace/forward/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP, AUTHORITY)
def forward(key: str, rest: str) -> Response:
    """What was made of a lot, and whom it was sent to from here."""
    return _show("/portal/trace/forward", forward=True)


def _show(prefix: str, *, forward: bool) -> Response:
    here, member, lot = world(), session.member(), asked_lot(prefix)
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        if member.organisation_role != AUTHORITY:
            require_held(connection, lot, who)
        keyring = here.keyring(connection)
        found = trace(connection, here.host, lot, keyring, forward=forward)
        sent = shipments_shown(here, connection, lot, who) if forward else ()
    rows = tuple(_row(one, say) for one in found.lots)
    return portal_page(
        "trace",
        path=path_of(lot),
        number=number_of(lot),
        forward=forward,
        found=found,
        rows=rows,
        drawing=_drawing(found, rows),
        shipments=[one for one in sent if not one.is_incoming],
    )


def _row(one: TracedLot, say: Say) -> LotRow:
    moved = [f"{number_of(lot)}: {say.amount(goods.quantity, goods.unit)} {goods.name}" for lot, goods in one.goods]
    return LotRow(
        number=one.number,
        product=name_in(say.lang, one.product, one.product_en),
        organisation=one.organisation,
        distance=one.distance,
        goods="; ".join(moved),
        url=f"/verify{path_of(one.id)}?lang={say.lang}",
    )


def _drawing(found: Trace, rows: tuple[LotRow, ...]) -> Drawing:
    words = {one.id: row for one, row in zip(found.lots, rows, strict=True)}
    drawn = lanes_of(found.root, {one: tuple(other for other in found.following.get(one, ()) if other in words)
                                  for one in words})  # fmt: skip
    return draw(drawn, lambda lot: (words[lot].number, words[lot].product, words[lot].organisation, words[lot].url))
