"""Recalls in the portal: how far one would go, the real one, the notice on paper, and what others recalled."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import Identity, parse_url
from traceapp.core.errors import Conflict, InvalidEvent, InvalidIdentifier, NotFound
from traceapp.i18n import show_date, show_instant
from traceapp.i18n.names import name_in
from traceapp.services.lots.lists import listed
from traceapp.services.lots.recall_letters import unsent_letters
from traceapp.services.lots.recalls import (
    Notice,
    Reach,
    goods_of_recalled,
    mark_seen,
    notice_to,
    notices_of,
    notices_to,
    reach_of,
    recall_with_notices,
)
from traceapp.services.lots.recalls import recalled as recalled_lot
from traceapp.services.records.verified import names_of
from traceapp.services.registry.registers import lot_called
from traceapp.web.access import AUTHORITY, PRODUCER, SHOP, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.forms import Day, Form, PortalSchema, choice, read, text
from traceapp.web.portal.lots import lots
from traceapp.web.portal.lots.letters import send_unsent
from traceapp.web.portal.lots.request import asked_lot, lot_url, path_of
from traceapp.web.portal.lots.words import number_of
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

MOST_NAMED = 60


class RecallForm(PortalSchema):
    """Why, what buyers should do, from which day; `sure` is ticked by hand."""

    reason = text(most=500, least=5)
    reason_en = text(most=500, needed=False)
    action = text(most=500, needed=False)
    day = Day(past=True)
    sure = choice(("yes",))


@lots.get("/portal/recall")
@access(AUTHORITY)
def which_lot() -> Response:
    """For an authority: a lot by its number or by the address on its label."""
    here, code = world(), request.args.get("code", "").strip()[:300]
    form, path = Form({"code": code}), ""
    if code:
        try:
            with here.read() as connection:
                path = path_of(lot_called(connection, _as_lot(code)))
        except Conflict:
            form = form.with_problem("code", gettext("Nhiều sản phẩm có lô số này: dán địa chỉ trên tem của lô."))
        except (NotFound, InvalidIdentifier):
            form = form.with_problem("code", gettext("Không có lô nào như vậy: xem lại số lô in trên gói."))
    if path:
        return see_other(f"/portal/lots/recall{path}?lang={choose_locale()}")
    return portal_page(
        "recall_which", status=422 if form.problems else 200, form=form, labels={"code": gettext("Số lô")}
    )


def _as_lot(code: str) -> str:
    """A lot's number as it was typed, or its id where its label's address was pasted."""
    if "://" not in code:
        return code
    identity = parse_url(code)[1].identity
    if identity is None or identity.lot is None:
        raise NotFound("That address names no lot.")
    return f"https://{world().host}{Identity(identity.product, None, identity.lot).path}"


@lots.get("/portal/lots/recall/<ai:key>/<raw:rest>")
@access(PRODUCER, AUTHORITY)
def recall(key: str, rest: str) -> Response:
    """How far a recall would go, with the form of the real one."""
    return _show_recall(asked_lot("/portal/lots/recall"), Form())


@lots.post("/portal/lots/recall/<ai:key>/<raw:rest>")
@access(PRODUCER, AUTHORITY)
def recall_now(key: str, rest: str) -> Response:
    """Recall the lot and tell everybody who holds goods of it."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/recall")
    form = read(RecallForm, request.form)
    if not form.problems and form.values["day"] > vietnamese_date(here.clock()):
        form = form.with_problem("day", gettext("Ngày thu hồi không thể ở sau hôm nay."))
    if form.problems:
        return _show_recall(lot, form, 422)
    with here.read() as connection:
        # Whoever may not recall it is told so, and asked for no password.
        reach_of(connection, lot, member.declared_by)
    if asked := step_up("recall", gettext("Thu hồi thật lô %(lot)s", lot=number_of(lot)), labels=_labels()):
        return asked
    values = form.values
    try:
        with here.write() as connection:
            recall_with_notices(
                here,
                connection,
                lot,
                member.declared_by,
                member.notary(here.notary),
                day=values["day"],
                reason_vi=str(values["reason"]),
                reason_en=values["reason_en"] or None,
                action_vi=values["action"] or None,
            )
    except InvalidEvent as cause:
        return _show_recall(lot, form.refused(cause, gettext("Viết lý do và ngày thu hồi.")), 422)
    except Conflict:
        # Sent twice: nobody is told twice.
        return see_other(lot_url("recalled", lot))
    # After the commit: a letter must not tell of a recall that never was, nor a slow post hold up the log.
    send_unsent(here, lot)
    return see_other(lot_url("recalled", lot))


@lots.post("/portal/lots/recalled/<ai:key>/<raw:rest>")
@access(PRODUCER, AUTHORITY)
def send_letters(key: str, rest: str) -> Response:
    """Send the letters of the lot's recalls that did not go, and no other."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/recalled")
    with here.read() as connection:
        reach_of(connection, lot, member.declared_by)
    send_unsent(here, lot)
    return see_other(f"{lot_url('recalled', lot)}&tried=1")


def _show_recall(lot: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        reach = reach_of(connection, lot, member.declared_by)
        keyring = here.keyring(connection)
        named = listed(connection, here.host, reach.lots[:MOST_NAMED], keyring)
        names = names_of(connection, here.host, reach.direct, keyring)
    return portal_page(
        "lot_recall",
        status=status,
        form=form,
        path=path_of(lot),
        number=number_of(lot),
        reach=reach,
        named=named,
        left_out=len(reach.lots) - len(named),
        receivers=sorted(names.values(), key=str.casefold),
        further=len(reach.receivers - reach.direct),
        say=Say(choose_locale(), gettext),
        today=vietnamese_date(here.clock()).isoformat(),
        labels={**_labels(), "sure": gettext("Xác nhận")},
    )


@said_once
def _labels() -> Mapping[str, str]:
    return {
        "reason": gettext("Vì sao thu hồi?"),
        "action": gettext("Người mua cần làm gì?"),
        "reason_en": gettext("Lý do bằng tiếng Anh"),
        "day": gettext("Ngày thu hồi"),
    }


@lots.get("/portal/lots/recalled/<ai:key>/<raw:rest>")
@access(PRODUCER, AUTHORITY)
def recalled(key: str, rest: str) -> Response:
    """The notice of a recall as it goes to holders, on a page to print, with who has answered."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/recalled")
    with here.read() as connection:
        reach = reach_of(connection, lot, member.declared_by)
        told = notices_of(connection, lot)
        # Who makes lots of these goods is public; whom others sent them to is not.
        named = {one.holder for one in told} & (reach.direct | reach.makers)
        names = names_of(connection, here.host, named, here.keyring(connection))
        unsent = len(unsent_letters(connection, lot))
    rows = [(names.get(one.holder, gettext("nơi nhận tiếp theo")), one) for one in told]
    return _notice_page(lot, reach=reach, rows=rows, notice=None, unsent=unsent)


@lots.get("/portal/notices")
@access(PRODUCER, SHOP)
def notices() -> Response:
    """What others recalled that this organisation holds goods of."""
    here, member = world(), session.member()
    with here.read() as connection:
        found = notices_to(connection, member.declared_by)
    rows = [(number_of(one.lot), show_instant(one.sent, choose_locale()), one) for one in found]
    return portal_page("notices", rows=rows)


@lots.get("/portal/notices/<int:number>")
@access(PRODUCER, SHOP)
def notice(number: int) -> Response:
    """One notice, to read and to print."""
    here, member = world(), session.member()
    with here.read() as connection:
        found = notice_to(connection, number, member.declared_by)
        held = listed(connection, here.host, goods_of_recalled(connection, found), here.keyring(connection))
    return _notice_page(found.lot, reach=None, rows=[], notice=found, held=held)


@lots.post("/portal/notices/<int:number>")
@access(PRODUCER, SHOP)
def notice_seen(number: int) -> Response:
    """Say that the goods were set aside."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        if notice_to(connection, number, member.declared_by).seen is None:
            mark_seen(connection, number, member.declared_by, here.clock())
    return see_other(f"/portal/notices/{number}?lang={choose_locale()}")


def _notice_page(
    lot: str,
    *,
    reach: Reach | None,
    rows: list[tuple[str, Notice]],
    notice: Notice | None,
    held: object = (),
    unsent: int = 0,
) -> Response:
    here = world()
    with here.read() as connection:
        said = recalled_lot(connection, here.host, lot, here.keyring(connection))
    last, about = said.recall, said.lot
    return portal_page(
        "recall_notice",
        path=path_of(lot),
        number=number_of(lot),
        product=name_in(choose_locale(), about.product, about.product_en) if about else "",
        maker=(said.maker.name if said.maker else None) or "",
        phone=(said.maker.phone if said.maker else None) or "",
        by=(said.by.name if said.by else None) or "",
        reason=last.reason_vi if last else "",
        action=(last.action_vi or "") if last else "",
        day=show_date(last.day) if last else "",
        made=show_date(about.made) if about and about.made else "",
        expires=show_date(about.expires) if about and about.expires else "",
        reach=reach,
        rows=rows,
        seen=sum(one.seen is not None for _, one in rows),
        notice=notice,
        held=held,
        unsent=unsent,
        is_tried="tried" in request.args,
        page_url=f"{here.settings.base_url}{path_of(lot)}",
    )
