"""What other organisations sent here: on its way, counted, and where the two counts differ."""

from __future__ import annotations

from typing import cast

from flask import Response, request

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, InvalidEvent, RuleBroken
from traceapp.core.events import Goods
from traceapp.services.lots import handing_over, loads
from traceapp.web.access import PRODUCER, SHOP, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.lots import lots
from traceapp.web.portal.lots.loads import CASE_FIELDS, read_cases, ticked, with_camera
from traceapp.web.portal.lots.request import path_of
from traceapp.web.portal.lots.words import broken_words, shipment_view, shipment_views
from traceapp.web.portal.paging import asked_page, paged
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

MOST_LINES = 20
ReceiveForm = PortalSchema.from_dict(
    {
        "day": Day(past=True),
        "note": text(most=400, needed=False),
        "less": choice(("yes",), needed=False),
        **CASE_FIELDS,
        **{f"came{at}": Number(least=0, needed=False) for at in range(MOST_LINES)},
    },
    name="ReceiveForm",
)
"""How much came of each line that was sent outside cases, and which cases came."""


@lots.get("/portal/deliveries")
@access(PRODUCER, SHOP)
def deliveries() -> Response:
    """What is on its way here, what came, what went out."""
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        keyring = here.keyring(connection)
        waiting = handing_over.incoming(connection, here.host, who, keyring)
        page = paged(asked_page(), max(handing_over.count_handed_over(connection, who)), handing_over.A_PAGE)
        came = handing_over.received(connection, here.host, who, keyring, page.number)
        sent = handing_over.outgoing(connection, here.host, who, keyring, page.number)
    coming, arrived, gone = (shipment_views(one, who, say) for one in (waiting, came, sent))
    return portal_page("deliveries", waiting=coming, came=arrived, sent=gone, page=page, say=say)


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
    form = read(cast(type[PortalSchema], ReceiveForm), request.form)
    with here.read() as connection:
        keyring = here.keyring(connection)
        found = handing_over.find_incoming(connection, here.host, record_id, member.declared_by, keyring)
        form, cases = read_cases(connection, form, found.cases, loads.cases_with(connection, found.lot))
    amounts = [(one, form.values.get(f"came{at}")) for at, one in enumerate(found.loose[:MOST_LINES])]
    counted = [Goods(one.name, amount, one.unit) for one, amount in amounts if amount]
    for at, (one, amount) in enumerate(amounts):
        if amount and (words := broken_words(amount, one.unit)):
            form = form.with_problem(f"came{at}", words)
    if not form.problems:
        left = [one.rpartition("/")[2] for one in found.cases if one not in cases]
        form = _checked(form, [amount for _, amount in amounts], left, is_nothing=not counted and not cases)
    if form.problems:
        return _show_delivery(record_id, form, 422)
    try:
        with here.write() as connection:
            notary, day, note = member.notary(here.notary), form.values["day"], form.values["note"]
            loads.take_in(here, connection, found, counted, cases, day, notary, note=note)
    except Conflict:
        return _show_delivery(record_id, form.with_problem("form", gettext("Chuyến này đã ghi nhận rồi.")), 409)
    except RuleBroken:
        words = gettext("Trong thùng này không có hàng của lô này: ghi vào Ghi chú.")
        return _show_delivery(record_id, form.with_problem("codes", words), 422)
    except InvalidEvent as cause:
        return _show_delivery(record_id, form.refused(cause, gettext("Xem lại ngày nhận và số lượng.")), 422)
    return see_other(f"/portal/deliveries/{record_id}?lang={choose_locale()}")


def _checked(form: Form, amounts: list[float | None], left: list[str], *, is_nothing: bool) -> Form:
    """Each line was counted; cases `left` unticked are asked about once; where nothing came, a note says why."""
    if None in amounts:
        words = gettext("Viết số đã nhận của từng món; không có thì viết 0.")
        return form.with_problem(f"came{amounts.index(None)}", words)
    if is_nothing and not form.values["note"]:
        return form.with_problem("note", gettext("Không nhận được gì thì viết vì sao."))
    if left and not form.values["less"]:
        words = gettext(
            "Chưa đánh dấu thùng %(codes)s. Có đến thì đánh dấu thùng ở trên; không đến thì đánh dấu ở đây rồi gửi.",
            codes=", ".join(left[:MOST_LINES]),
        )
        return form.with_problem("less", words)
    return form


def _show_delivery(record_id: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    with here.read() as connection:
        found = handing_over.find_incoming(connection, here.host, record_id, who, here.keyring(connection))
    lines = [
        (f"came{at}", one.name, one.unit, say.amount(one.quantity, one.unit))
        for at, one in enumerate(found.loose[:MOST_LINES])
    ]
    page = portal_page(
        "delivery",
        status=status,
        form=form,
        one=shipment_view(found, who, say),
        lines=lines,
        cases=[(path_of(one), one.rpartition("/")[2]) for one in found.cases],
        ticked=ticked(form),
        today=vietnamese_date(here.clock()).isoformat(),
        labels={name: gettext("Đã nhận: %(goods)s", goods=goods) for name, goods, *_ in lines}
        | {
            "day": gettext("Ngày nhận"),
            "note": gettext("Ghi chú"),
            "case": gettext("Thùng"),
            "codes": gettext("Mã thùng"),
            "less": gettext("Thùng"),
        },
    )
    return with_camera(page)
