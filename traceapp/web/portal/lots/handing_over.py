"""Sending goods of a lot, loose and in cases, to another organisation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, cast

from flask import Response, request

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Goods
from traceapp.services.lots import lists, loads
from traceapp.services.lots.lists import possible_receivers, receiver_called
from traceapp.web.access import PRODUCER, SHOP, access, world
from traceapp.web.auth import session
from traceapp.web.language import said_once
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.lots import lots
from traceapp.web.portal.lots.loads import CASE_FIELDS, case_choices, read_cases, ticked, with_camera
from traceapp.web.portal.lots.request import asked_lot, lot_url, path_of
from traceapp.web.portal.lots.shown import shipments_shown, stock_shown
from traceapp.web.portal.lots.words import StockView, broken_words, goods_of, number_of
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

MOST_LINES = 20
ShipForm = PortalSchema.from_dict(
    {
        "to": text(most=200, needed=False),
        "to_name": text(most=200, needed=False),
        "day": Day(past=True),
        "paper": text(most=80, needed=False),
        "vehicle": text(most=40, needed=False),
        "again": choice(("yes",), needed=False),
        "over": choice(("yes",), needed=False),
        **CASE_FIELDS,
        **{f"kind{at}": text(most=400, needed=False) for at in range(MOST_LINES)},
        **{f"send{at}": Number(least=0, needed=False) for at in range(MOST_LINES)},
    },
    name="ShipForm",
)
"""What is sent, to whom, on which day: an amount for each kind of goods (`kind`), and whole cases."""


@lots.get("/portal/lots/ship/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP)
def ship(key: str, rest: str) -> Response:
    """The form."""
    return _show_ship(asked_lot("/portal/lots/ship"), Form())


@lots.post("/portal/lots/ship/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP)
def ship_now(key: str, rest: str) -> Response:
    """Record that goods went out."""
    here, lot = world(), asked_lot("/portal/lots/ship")
    form = _with_receiver(read(cast(type[PortalSchema], ShipForm), request.form))
    with here.read() as connection:
        form, loose = _typed_goods(form, {one.key for one in stock_shown(here, connection, lot, _who())})
        known = [one.id for one in loads.cases_here(here, connection, lot, _who())]
        form, cases = read_cases(connection, form, known)
    if not loose and not cases and not form.problems:
        form = form.with_problem("send0", gettext("Viết số lượng giao, hoặc chọn thùng."))
    if form.problems:
        return _show_ship(lot, form, 422)
    if not form.values["over"] and (words := _beyond(lot, loose)):
        return _show_ship(lot, form.with_problem("over", words), 409)
    try:
        _send(lot, form, loose, cases)
    except Conflict as cause:
        return _show_ship(lot, _conflicting(form, cause), 409)
    except (InvalidEvent, RuleBroken) as cause:
        return _show_ship(lot, form.refused(cause, gettext("Xem lại số lượng, ngày và nơi nhận.")), 422)
    return see_other(f"{lot_url('view', lot)}#hands")


def _with_receiver(form: Form) -> Form:
    """The form with the id of the receiver that was chosen, or typed by name where the list is too long for all."""
    chosen, name = str(form.values.get("to") or ""), str(form.values.get("to_name") or "")
    if not chosen and not name:
        return form.with_problem("to", gettext("Chỗ này chưa điền."))
    try:
        with world().read() as connection:
            found = receiver_called(connection, _who(), chosen or name)
    except NotFound:
        if chosen:
            raise
        return form.with_problem("to_name", gettext("Không có cơ sở nào tên như vậy: gõ đúng tên đã đăng ký."))
    except Conflict:
        return form.with_problem("to_name", gettext("Có nhiều cơ sở cùng tên này: hỏi mã cơ sở của họ rồi gõ mã."))
    return replace(form, values={**form.values, "to": found})


def _send(lot: str, form: Form, loose: list[Goods], cases: list[str]) -> None:
    here, member, values = world(), session.member(), form.values
    with here.write() as connection:
        loads.send(
            here,
            connection,
            lot,
            member.declared_by,
            str(values["to"]),
            loose,
            cases,
            values["day"],
            member.notary(here.notary),
            paper=values["paper"],
            vehicle=values["vehicle"],
            again=values["again"] == "yes",
        )


def _typed_goods(form: Form, offered: Collection[str]) -> tuple[Form, list[Goods]]:
    """The kinds of goods for which an amount was typed, of those that the lot has; problems stand beside the fields."""
    found = []
    for at in range(MOST_LINES):
        key, amount = form.values.get(f"kind{at}", ""), form.values.get(f"send{at}")
        _, name, unit = goods_of(key)
        if not name or not amount:
            continue
        if key not in offered:
            form = form.with_problem(f"send{at}", gettext("Chọn một trong các mục có sẵn."))
        elif words := broken_words(amount, unit):
            form = form.with_problem(f"send{at}", words)
        found.append(Goods(name, amount, unit))
    return form, found


def _beyond(lot: str, loose: list[Goods]) -> str:
    """A question where more would go than is left; empty where there is nothing to ask. What did happen is recorded."""
    here = world()
    with here.read() as connection:
        stock = {goods_of(one.key)[1:]: one for one in stock_shown(here, connection, lot, _who())}
    told = [
        gettext("%(goods)s chỉ còn %(left)s.", goods=one.name, left=kind.left)
        for one in loose
        if (kind := stock.get((one.name, one.unit))) and kind.left and one.quantity > kind.left_number
    ]
    if not told:
        return ""
    return " ".join([*told, gettext("Đếm lại, hoặc đánh dấu: lô này chưa in được tem cho tới khi số liệu khớp.")])


def _conflicting(form: Form, cause: Conflict) -> Form:
    if str(cause).startswith("The case"):
        return form.with_problem("case", gettext("Có thùng đã giao hoặc đã mở rồi: xem lại danh sách thùng."))
    same = gettext("Ngày này đã ghi giao đúng số hàng này cho nơi này. Nếu là chuyến thứ hai, đánh dấu vào ô bên dưới.")
    return form.with_problem("again", same)


def _who() -> str:
    return session.member().declared_by


def _receivers(connection: Any) -> list[tuple[str, str]]:
    here = world()
    return possible_receivers(connection, here.host, _who(), here.keyring(connection))


def _show_ship(lot: str, form: Form, status: int = 200) -> Response:
    here, who = world(), _who()
    with here.read() as connection:
        stock = stock_shown(here, connection, lot, who)
        sent = [one for one in shipments_shown(here, connection, lot, who) if not one.is_incoming]
        receivers = _receivers(connection)
        stopped = lists.stopped(connection, here.host, lot, here.keyring(connection))
        cases = case_choices(loads.cases_here(here, connection, lot, who), here.host)
    lines = _lines(stock)
    page = portal_page(
        "lot_ship",
        status=status,
        form=form,
        path=path_of(lot),
        number=number_of(lot),
        lines=lines,
        stopped=stopped,
        cases=cases,
        ticked=ticked(form),
        receivers=receivers,
        is_long=len(receivers) >= lists.MOST_RECEIVERS,
        sent=sent,
        today=vietnamese_date(here.clock()).isoformat(),
        labels={**{name: one.goods for name, _, one in lines}, **_words()},
    )
    return with_camera(page)


def _lines(stock: tuple[StockView, ...]) -> list[tuple[str, str, StockView]]:
    """The kinds of goods that may go; what was packed last, which leaves most often, comes first."""
    left = [one for one in stock if one.left_number > 0] or list(stock)
    return [(f"send{at}", f"kind{at}", one) for at, one in enumerate(reversed(left[-MOST_LINES:]))]


@said_once
def _words() -> Mapping[str, str]:
    return {
        "to": gettext("Giao cho ai?"),
        "to_name": gettext("Không thấy trong danh sách?"),
        "case": gettext("Thùng"),
        "codes": gettext("Mã thùng"),
        "day": gettext("Ngày giao"),
        "again": gettext("Giao lần nữa"),
        "over": gettext("Số lượng"),
    }
