"""Splitting a lot: some of its goods become lots of their own, what is left stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from flask import Response, request

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, InvalidEvent, InvalidIdentifier, NotFound, RuleBroken
from traceapp.core.events import Goods, Stage
from traceapp.core.identifiers import Lot
from traceapp.i18n.names import name_in
from traceapp.services.accounts.own import own_lot_id
from traceapp.services.lots.lists import ListedLot, listed
from traceapp.services.lots.making import Foreseen, NewLot, foresee, make_lots
from traceapp.services.lots.readiness import facts_of
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, read, text
from traceapp.web.portal.lots import lots
from traceapp.web.portal.lots.request import asked_lot, lot_url, path_of
from traceapp.web.portal.lots.shown import stock_shown
from traceapp.web.portal.lots.words import balance_views, broken_words, goods_of, number_of
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

MOST_PARTS = 6


SplitForm = PortalSchema.from_dict(
    {
        "goods": text(most=400),
        "day": Day(past=True),
        "sure": text(most=5, needed=False),
        **{f"number{part}": text(most=20, needed=False) for part in range(1, MOST_PARTS + 1)},
        **{f"amount{part}": Number(least=0.000001, needed=False) for part in range(1, MOST_PARTS + 1)},
    },
    name="SplitForm",
)
"""Which goods, on which day, and into which parts: `number1` gets `amount1` of them, and so on."""


@lots.get("/portal/lots/split/<ai:key>/<raw:rest>")
@access(PRODUCER)
def split(key: str, rest: str) -> Response:
    """The form."""
    return _show(asked_lot("/portal/lots/split"), Form())


@lots.post("/portal/lots/split/<ai:key>/<raw:rest>")
@access(PRODUCER)
def split_now(key: str, rest: str) -> Response:
    """Make the parts; first shown again with what the mass balance says, where that is bad or only asked for."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/split")
    form, new = _asked(lot)
    if form.problems:
        return _show(lot, form, 422)
    by, is_look = member.declared_by, "look" in request.form
    try:
        with here.read() as connection:
            own_lot_id(connection, by, lot)
            told = foresee(here, connection, new, by)
        if is_look or (any(one.exceeded for one in told) and not form.values["sure"]):
            return _show(lot, form, 200 if is_look else 409, told)
        with here.write() as connection:
            make_lots(here, connection, new, by, member.notary(here.notary))
    except Conflict:
        return _show(lot, form.with_problem("number1", gettext("Số lô này đã có: đặt số khác.")), 422)
    except (InvalidEvent, RuleBroken) as cause:
        return _show(lot, form.refused(cause, gettext("Xem lại số lượng và ngày.")), 422)
    return see_other(lot_url("view", lot))


@lots.post("/portal/lots/balance/split/<ai:key>/<raw:rest>")
@access(PRODUCER)
def split_balance(key: str, rest: str) -> Response:
    """What the mass balance says of the form as it stands, for the part of the page that htmx fills in."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/balance/split")
    form, new = _asked(lot)
    told: tuple[Foreseen, ...] = ()
    if not form.problems:
        try:
            with here.read() as connection:
                own_lot_id(connection, member.organisation, lot)
                told = foresee(here, connection, new, member.declared_by)
        except (InvalidEvent, RuleBroken, Conflict):
            told = ()
    return portal_page("_lot_balance_alone", balance=balance_views(told, Say(choose_locale(), gettext)))


def _asked(lot: str) -> tuple[Form, list[NewLot]]:
    """The form, and the lots it asks for; problems stand beside the fields."""
    form, here = read(cast(type[PortalSchema], SplitForm), request.form), world()
    with here.read() as connection:
        own_lot_id(connection, session.member().organisation, lot)
        found = listed(connection, here.host, [lot], here.keyring(connection))
        offered = {one.key for one in stock_shown(here, connection, lot, session.member().declared_by)}
    if form.values.get("goods", "") not in {"", *offered}:
        form = form.with_problem("goods", gettext("Chọn một trong các mục có sẵn."))
    if not found:
        raise NotFound("The record of this lot does not verify.")
    new: list[NewLot] = []
    for part in range(1, MOST_PARTS + 1):
        number, amount = form.values.get(f"number{part}"), form.values.get(f"amount{part}")
        if bool(number) != (amount is not None):
            which = f"amount{part}" if number else f"number{part}"
            form = form.with_problem(which, gettext("Mỗi phần cần cả số lô và số lượng."))
        if amount is not None and (words := broken_words(amount, goods_of(str(form.values.get("goods", "")))[2])):
            form = form.with_problem(f"amount{part}", words)
        if not number or amount is None or form.problems:
            continue
        try:
            new.append(_part(found[0], str(number), amount, form))
        except InvalidIdentifier:
            form = form.with_problem(
                f"number{part}", gettext("Số lô chỉ gồm chữ không dấu, số và - . / _, không cách.")
            )
    if not new and not form.problems:
        form = form.with_problem("number1", gettext("Viết ít nhất một phần."))
    return form, new


def _part(whole: ListedLot, number: str, amount: float, form: Form) -> NewLot:
    _, name, unit = goods_of(str(form.values["goods"]))
    return NewLot(
        product=whole.id.rpartition("/10/")[0],
        number=Lot(number),
        stage=Stage.PACKHOUSE,
        day=form.values["day"],
        inputs=(Goods(name, amount, unit, whole.id),),
        outputs=(Goods(name, amount, unit),),
        made=whole.made,
        expires=whole.expires,
        label_vi=f"Tách từ lô {whole.number}",
        label_en=f"Split from lot {whole.number}",
    )


def _show(lot: str, form: Form, status: int = 200, told: tuple[Foreseen, ...] = ()) -> Response:
    here, member = world(), session.member()
    say = Say(choose_locale(), gettext)
    with here.read() as connection:
        own_lot_id(connection, member.organisation, lot)
        stock = stock_shown(here, connection, lot, member.declared_by)
        facts = facts_of(here, connection, lot)
    left = [one for one in stock if one.left_number > 0] or list(stock)
    return portal_page(
        "lot_split",
        status=status,
        form=form,
        path=path_of(lot),
        number=number_of(lot),
        product=name_in(say.lang, facts.product.name_vi, facts.product.name_en) if facts.product else "",
        stock=left,
        options=[(one.key, gettext("%(goods)s, còn %(left)s", goods=one.goods, left=one.left)) for one in left],
        # One unit beside the fields only where it is that of whichever goods are chosen.
        unit=left[0].unit if len({one.unit for one in left}) == 1 else "",
        parts=list(range(1, MOST_PARTS + 1)),
        today=vietnamese_date(here.clock()).isoformat(),
        balance=balance_views(told, say),
        labels=_labels(),
    )


@said_once
def _labels() -> Mapping[str, str]:
    parts = dict(_part_labels())
    return {"goods": gettext("Hàng"), "day": gettext("Ngày tách"), **parts}


def _part_labels() -> Iterator[tuple[str, str]]:
    for part in range(1, MOST_PARTS + 1):
        yield f"number{part}", gettext("Số lô của phần %(part)s", part=part)
        yield f"amount{part}", gettext("Số lượng của phần %(part)s", part=part)
