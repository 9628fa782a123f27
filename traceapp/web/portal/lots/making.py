"""Making a new lot of others: mixing lots, or making something else of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from flask import Response, request
from flask_babel import lazy_gettext as N_

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, InvalidEvent, InvalidIdentifier, RuleBroken, TraceappError
from traceapp.core.events import Goods, Stage
from traceapp.core.identifiers import Lot
from traceapp.i18n.names import name_in
from traceapp.services.lots.lists import held_lots, own_products
from traceapp.services.lots.making import Foreseen, NewLot, foresee, make_lots
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.lots import lots
from traceapp.web.portal.lots.request import asked_lot, lot_at, lot_url, path_of
from traceapp.web.portal.lots.shown import stock_shown
from traceapp.web.portal.lots.words import StockView, balance_views, broken_words, goods_of, number_of
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.say import Say
from traceapp.web.public.stage_words import stage_name
from traceapp.web.words import gettext

MOST_SOURCES = 12
STAGES = (Stage.MIX, Stage.PROCESS, Stage.PACKHOUSE, Stage.FERMENT, Stage.DRAW, Stage.PACK)

MakeForm = PortalSchema.from_dict(
    {
        "product": text(most=200, missing=N_("Chọn sản phẩm.")),
        "number": text(most=20),
        "stage": choice([str(one) for one in STAGES]),
        "day": Day(past=True),
        "expires": Day(needed=False),
        "goods": text(most=120),
        "amount": Number(least=0.000001),
        "unit": text(most=30),
        "sure": text(most=5, needed=False),
        **{f"source{at}": text(most=400, needed=False) for at in range(MOST_SOURCES)},
        **{f"take{at}": Number(least=0.000001, needed=False) for at in range(MOST_SOURCES)},
    },
    name="MakeForm",
)
"""What is made, and `take0` of `source0` (a key of StockView), and so on."""


@lots.get("/portal/lots/make/<ai:key>/<raw:rest>")
@access(PRODUCER)
def make(key: str, rest: str) -> Response:
    """The form: goods of this lot, and of those in the address that are to go `with` it."""
    return _show(asked_lot("/portal/lots/make"), Form())


@lots.post("/portal/lots/make/<ai:key>/<raw:rest>")
@access(PRODUCER)
def make_now(key: str, rest: str) -> Response:
    """Make the lot; first shown again with what the mass balance says, where that is bad or only asked for."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/make")
    form, new = _asked()
    if new is None:
        return _show(lot, form, 422)
    by, is_look = member.declared_by, "look" in request.form
    try:
        with here.read() as connection:
            told = foresee(here, connection, [new], by)
        if is_look or (told[0].exceeded and not form.values["sure"]):
            return _show(lot, form, 200 if is_look else 409, told)
        with here.write() as connection:
            make_lots(here, connection, [new], by, member.notary(here.notary))
    except TraceappError as cause:
        return _show(lot, _refused(form, cause), 422)
    return see_other(lot_url("view", new.id))


def _refused(form: Form, cause: TraceappError) -> Form:
    """What went wrong beside its field; anything but a mistake of the form goes on."""
    match cause:
        case Conflict():
            return form.with_problem("number", gettext("Số lô này đã có: đặt số khác."))
        case RuleBroken():
            return form.with_problem(
                "form", gettext("Lô không thể làm từ chính nó, qua lô khác cũng vậy: ghi thành lô mới.")
            )
        case InvalidEvent():
            return form.refused(cause, gettext("Xem lại số lượng và ngày."))
        case _:
            raise cause


@lots.post("/portal/lots/balance/make/<ai:key>/<raw:rest>")
@access(PRODUCER)
def make_balance(key: str, rest: str) -> Response:
    """What the mass balance says of the form as it stands, for the part of the page that htmx fills in."""
    here, member = world(), session.member()
    new = _asked()[1]
    told: tuple[Foreseen, ...] = ()
    if new is not None:
        try:
            with here.read() as connection:
                told = foresee(here, connection, [new], member.declared_by)
        except (InvalidEvent, RuleBroken, Conflict):
            told = ()
    return portal_page("_lot_balance_alone", balance=balance_views(told, Say(choose_locale(), gettext)))


def _asked() -> tuple[Form, NewLot | None]:
    form, inputs = _taken(read(cast(type[PortalSchema], MakeForm), request.form))
    amount, unit = form.values.get("amount"), str(form.values.get("unit", ""))
    if amount is not None and unit and (words := broken_words(amount, unit)):
        form = form.with_problem("amount", words)
    if not inputs and not form.problems:
        form = form.with_problem("take0", gettext("Viết lấy bao nhiêu của ít nhất một lô."))
    if form.problems:
        return form, None
    values = form.values
    try:
        number = Lot(str(values["number"]))
    except InvalidIdentifier:
        return form.with_problem("number", gettext("Số lô chỉ gồm chữ không dấu, số và - . / _, không cách.")), None
    if values["expires"] and values["expires"] < values["day"]:
        return form.with_problem("expires", gettext("Hạn dùng đứng trước ngày làm: xem lại hai ngày.")), None
    return form, NewLot(
        product=str(values["product"]),
        number=number,
        stage=Stage(values["stage"]),
        day=values["day"],
        inputs=tuple(inputs),
        outputs=(Goods(str(values["goods"]), values["amount"], str(values["unit"])),),
        expires=values["expires"],
    )


def _taken(form: Form) -> tuple[Form, list[Goods]]:
    """What is taken of which lot: goods that it has, and whole ones where they are counted."""
    here, who, found = world(), session.member().declared_by, []
    with here.read() as connection:
        for at in range(MOST_SOURCES):
            key, amount = str(form.values.get(f"source{at}", "")), form.values.get(f"take{at}")
            if not key or amount is None:
                continue
            lot, name, unit = goods_of(key)
            if key not in {one.key for one in stock_shown(here, connection, lot, who)}:
                form = form.with_problem(f"take{at}", gettext("Chọn một trong các mục có sẵn."))
            elif words := broken_words(amount, unit):
                form = form.with_problem(f"take{at}", words)
            found.append(Goods(name, amount, unit, lot))
    return form, found


def _show(lot: str, form: Form, status: int = 200, told: tuple[Foreseen, ...] = ()) -> Response:
    here, member = world(), session.member()
    say, who = Say(choose_locale(), gettext), member.declared_by
    taken = list(dict.fromkeys((lot, *_added(), *_sources(form))))[:MOST_SOURCES]
    with here.read() as connection:
        keyring = here.keyring(connection)
        held = held_lots(connection, here.host, who, keyring)
        stock: list[StockView] = []
        for one in taken:
            stock += [line for line in stock_shown(here, connection, one, who) if line.left_number > 0 or one == lot]
        products = own_products(connection, here.host, who, keyring)
    return portal_page(
        "lot_make",
        status=status,
        form=form,
        path=path_of(lot),
        number=number_of(lot),
        stock=stock[:MOST_SOURCES],
        added=[path_of(one) for one in taken[1:]],
        others=[one for one in held if one.id not in taken] if len(taken) < MOST_SOURCES else [],
        products=[(one, name_in(say.lang, vi, en)) for one, vi, en in products],
        stages=list(_stages().items()),
        today=vietnamese_date(here.clock()).isoformat(),
        balance=balance_views(told, say),
        labels=_labels(),
    )


def _added() -> Iterator[str]:
    """The lots (ids) that somebody chose to take goods of as well; NotFound for an address of something else."""
    for path in request.args.getlist("with")[:MOST_SOURCES]:
        yield lot_at(path)


def _sources(form: Form) -> Iterator[str]:
    """The lots of a form that was sent."""
    for at in range(MOST_SOURCES):
        if key := str(form.typed.get(f"source{at}") or ""):
            yield lot_at(path_of(goods_of(key)[0]))


@said_once
def _stages() -> Mapping[str, str]:
    say = Say(choose_locale(), gettext)
    return {str(one): stage_name(one, say) for one in STAGES}


@said_once
def _labels() -> Mapping[str, str]:
    names = {
        "product": gettext("Sản phẩm"),
        "number": gettext("Số lô mới"),
        "stage": gettext("Công đoạn"),
        "day": gettext("Ngày làm"),
        "expires": gettext("Hạn dùng"),
        "goods": gettext("Làm ra cái gì"),
        "amount": gettext("Được bao nhiêu"),
        "unit": gettext("Đơn vị"),
    }
    return names | {f"take{at}": gettext("Lấy bao nhiêu") for at in range(MOST_SOURCES)}
