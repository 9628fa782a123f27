"""Cases in the portal: packing numbered items, the label of a carton, opening one."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, request

from traceapp.core.cases import joined
from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import Conflict, InvalidEvent, InvalidIdentifier, NotFound, RuleBroken
from traceapp.core.facts import Content
from traceapp.core.identifiers import Sscc
from traceapp.services.accounts.own import own_lot_id
from traceapp.services.labels.cases import case_label
from traceapp.services.lots.cases import (
    cases_of,
    count_cases,
    find_case,
    loose_items,
    next_sscc,
    pack_case,
    unpack_case,
)
from traceapp.services.lots.handing_over import holds
from traceapp.web.access import PRODUCER, SHOP, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Day, Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.lots import lots
from traceapp.web.portal.lots.request import asked_lot, path_of
from traceapp.web.portal.lots.words import case_views, number_of
from traceapp.web.portal.paging import asked_page, paged
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.raw import raw_path
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

A_PAGE = 50
KINDS = ("gtin", "sscc", "prefix")


class PackForm(PortalSchema):
    """Which items, and which code the carton carries."""

    first = Number(least=1, most=1e12, whole=True)
    last = Number(least=1, most=1e12, whole=True)
    kind = choice(KINDS)
    code = text(most=24, needed=False)
    day = Day(past=True)


@lots.get("/portal/cases")
@access(PRODUCER)
def all_cases() -> Response:
    """The organisation's cases, newest first."""
    here, member = world(), session.member()
    with here.read() as connection:
        page = paged(asked_page(), count_cases(connection, member.declared_by), A_PAGE)
        found = cases_of(connection, member.declared_by, page.number, A_PAGE)
    return portal_page("cases", cases=case_views(found, here.host), page=page, say=Say(choose_locale(), gettext))


@lots.get("/portal/lots/pack/<ai:key>/<raw:rest>")
@access(PRODUCER)
def pack(key: str, rest: str) -> Response:
    """The form."""
    return _show_pack(asked_lot("/portal/lots/pack"), Form())


@lots.post("/portal/lots/pack/<ai:key>/<raw:rest>")
@access(PRODUCER)
def pack_now(key: str, rest: str) -> Response:
    """Pack the items."""
    here, member, lot = world(), session.member(), asked_lot("/portal/lots/pack")
    form = read(PackForm, request.form)
    if not form.problems and form.values["last"] < form.values["first"]:
        form = form.with_problem("last", gettext("Số cuối phải từ số đầu trở lên."))
    if form.problems:
        return _show_pack(lot, form, 422)
    held = [Content(lot, int(form.values["first"]), int(form.values["last"]))]
    try:
        with here.write() as connection:
            own_lot_id(connection, member.organisation, lot)
            code = _code(connection, form)
            notary = member.notary(here.notary)
            case, _ = pack_case(here, connection, held, member.declared_by, form.values["day"], notary, code=code)
    except InvalidIdentifier:
        return _show_pack(
            lot, form.with_problem("code", gettext("Mã chưa đúng: SSCC có 18 số, mã công ty GS1 có 7 đến 12 số.")), 422
        )
    except Conflict:
        return _show_pack(
            lot, form.with_problem("first", gettext("Có gói đã nằm trong thùng khác, hoặc mã thùng đã dùng.")), 409
        )
    except RuleBroken:
        return _show_pack(lot, form.with_problem("first", gettext("Chỉ đóng được gói đã có tem và tem chưa hủy.")), 422)
    except InvalidEvent as cause:
        return _show_pack(lot, form.refused(cause, gettext("Xem lại các số và ngày đóng.")), 422)
    return see_other(_case_url(case))


def _code(connection: Any, form: Form) -> str | None:
    """The path of the code that was asked for; None for one that is drawn."""
    digits = "".join(str(form.values["code"]).split())
    match form.values["kind"]:
        case "sscc":
            return f"/00/{Sscc(digits)}"
        case "prefix":
            return f"/00/{next_sscc(connection, world().host, digits)}"
        case _:
            return None


def _show_pack(lot: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        own_lot_id(connection, member.organisation, lot)
        loose = loose_items(here, connection, lot)
    return portal_page(
        "lot_pack",
        status=status,
        form=form,
        path=path_of(lot),
        number=number_of(lot),
        loose=loose,
        kinds=[
            ("gtin", gettext("Mã của sản phẩm kèm số riêng (tự cấp)")),
            ("prefix", gettext("SSCC kế tiếp theo mã công ty GS1")),
            ("sscc", gettext("SSCC in sẵn trên thùng")),
        ],
        today=vietnamese_date(here.clock()).isoformat(),
        labels={
            "first": gettext("Từ tem số"),
            "last": gettext("Đến tem số"),
            "kind": gettext("Mã trên thùng"),
            "code": gettext("Dãy số"),
            "day": gettext("Ngày đóng"),
        },
    )


@lots.get("/portal/cases/open/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP)
def one_case(key: str, rest: str) -> Response:
    """A case: what lies in it, its label, and opening it."""
    return _show_case(_asked_case("/portal/cases/open"))


@lots.post("/portal/cases/open/<ai:key>/<raw:rest>")
@access(PRODUCER, SHOP)
def unpack_now(key: str, rest: str) -> Response:
    """Take everything out."""
    here, member, case = world(), session.member(), _asked_case("/portal/cases/open")
    try:
        with here.write() as connection:
            today = vietnamese_date(here.clock())
            unpack_case(here, connection, case, member.declared_by, today, member.notary(here.notary))
    except Conflict:
        return _show_case(case, 409, gettext("Thùng này đã mở rồi."))
    return see_other(_case_url(case))


@lots.get("/portal/cases/label/<ai:key>/<raw:rest>")
@access(PRODUCER)
def label(key: str, rest: str) -> Response:
    """The carton's label as PDF, behind the gate of every lot in it."""
    here, member, case = world(), session.member(), _asked_case("/portal/cases/label")
    out = BytesIO()
    with here.read() as connection:
        found = find_case(connection, here.host, case, here.keyring(connection))
        if found.owner != member.declared_by:
            raise NotFound("There is no such case among yours.")
        case_label(here, connection, found, out)
    name = f"thung-{found.path.rpartition('/')[2]}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return Response(out.getvalue(), mimetype="application/pdf", headers=headers)


def _show_case(case: str, status: int = 200, problem: str = "") -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        found = find_case(connection, here.host, case, here.keyring(connection))
        if found.owner != member.declared_by and not _holds_any(connection, found.last):
            raise NotFound("There is no such case among yours.")
    held = [(number_of(one.lot), one.first, one.last, one.count) for one in joined(found.last)]
    is_own = found.owner == member.declared_by
    return portal_page("case", status=status, problem=problem, case=found, held=held, is_own=is_own)


def _holds_any(connection: Any, contents: tuple[Content, ...]) -> bool:
    return any(holds(connection, one.lot, session.member().declared_by) for one in contents)


def _asked_case(prefix: str) -> str:
    return f"https://{world().host}{parse_path(raw_path().removeprefix(prefix)).path}"


def _case_url(case: str) -> str:
    return f"/portal/cases/open{path_of(case)}?lang={choose_locale()}"
