"""The page of a case: what lies in it, lot by lot, each with what its own page says in one line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Response, request
from flask_babel import force_locale

from traceapp.core.canonical import JsonObject
from traceapp.core.cases import joined
from traceapp.core.digital_link import DigitalLink
from traceapp.core.facts import Content, Facts
from traceapp.core.findings import Severity
from traceapp.core.negotiation import HTML, JSON, preferred
from traceapp.core.verdict import Verdict
from traceapp.i18n import headline, show_date
from traceapp.services.lots.cases import Case, case_of_link, may_be_case
from traceapp.services.lots.making import identity_of
from traceapp.services.records.verified import names_of
from traceapp.services.registry.links import Judge
from traceapp.web.access import world
from traceapp.web.language import choose_locale
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.lines import CSS, shape_of
from traceapp.web.public.page import plain
from traceapp.web.public.product import product_name
from traceapp.web.public.say import Say
from traceapp.web.public.view import case_page
from traceapp.web.words import gettext

_WORST = (Severity.GOOD, Severity.INFO, Severity.WARNING, Severity.BAD)


@dataclass(frozen=True, slots=True)
class HeldLot:
    """What lies in a case of one lot, and that lot's headline."""

    number: str
    product: str
    count: int
    items: str
    url: str
    title: str
    lead: str
    code: str
    css: str
    shape: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the page of a case shows."""

    code: str
    tone: str
    shape: str
    title: str
    lead: str
    count: int
    packed: str
    packer: str
    unpacked: str
    lots: tuple[HeldLot, ...]


def case_response(link: DigitalLink, judge: Judge) -> Response | None:
    """The page of the case that a path names, or what a program reads of it; None for a path of something else.

    NotFound for an SSCC that nobody packed here.
    """
    if not may_be_case(link):
        return None
    here = world()
    with here.read() as connection:
        keyring = here.keyring(connection)
        case = case_of_link(connection, here.host, link, keyring)
        if case is None:
            return None
        packer = names_of(connection, here.host, {case.owner}, keyring).get(case.owner, "")
    lang = choose_locale()
    with force_locale(lang):
        view = _view(case, plain(packer) if here.is_demo else packer, judge, Say(lang, gettext))
    headers = {"Cache-Control": "private, no-cache"}
    if preferred(request.headers.get("Accept", ""), (HTML, JSON)) == JSON:
        return Response(json.dumps(_told(case, view), ensure_ascii=False), 200, headers, "application/json")
    page = case_page(view, plain_context(here, here.clock(), path=f"/verify{case.path}"))
    return Response(page, 200, headers, mimetype="text/html")


def _told(case: Case, view: CaseView) -> JsonObject:
    held = [{"lot": one.lot, "first": one.first, "last": one.last} for one in case.contents]
    return {
        "case": case.id,
        "packed": case.packed.isoformat(),
        "unpacked": case.unpacked.isoformat() if case.unpacked else None,
        "contents": held,
        "headlines": {one.url.partition("?")[0].removeprefix("/verify"): one.code for one in view.lots},
    }


def _view(case: Case, packer: str, judge: Judge, say: Say) -> CaseView:
    lots = tuple(_lots(case.last, judge, say))
    worst = max(lots, key=lambda one: _WORST.index(one.severity))
    count = sum(one.count for one in case.last)
    title, lead = _headline(case, worst, count, packer, say)
    is_wrong = worst.severity in (Severity.WARNING, Severity.BAD)
    tone = worst.css if is_wrong else ("info" if case.unpacked else "good")
    return CaseView(
        code=case.path.rpartition("/")[2],
        tone=tone,
        shape=worst.shape if is_wrong else tone,
        title=title,
        lead=lead,
        count=count,
        packed=show_date(case.packed),
        packer=packer,
        unpacked=show_date(case.unpacked) if case.unpacked else "",
        lots=lots,
    )


def _headline(case: Case, worst: HeldLot, count: int, packer: str, say: Say) -> tuple[str, str]:
    if worst.severity in (Severity.WARNING, Severity.BAD):
        return worst.title, say.gettext("Trong thùng này có lô %(lot)s. %(lead)s", lot=worst.number, lead=worst.lead)
    if case.unpacked:
        when = say.gettext("Hàng bên trong đã lấy ra ngày %(day)s.", day=show_date(case.unpacked))
        return say.gettext("Thùng này đã mở"), when
    what = say.gettext("Thùng có %(count)s sản phẩm", count=say.number(count))
    return what, say.gettext(
        "%(name)s đóng ngày %(day)s.", name=packer or say.gettext("Cơ sở"), day=show_date(case.packed)
    )


def _lots(contents: Iterable[Content], judge: Judge, say: Say) -> Iterator[HeldLot]:
    by_lot: dict[str, list[Content]] = {}
    for one in contents:
        by_lot.setdefault(one.lot, []).append(one)
    for lot, held in by_lot.items():
        identity = identity_of(world(), lot)
        facts, verdict = judge(identity)
        yield _lot(identity.lot or "", f"/verify{identity.path}?lang={say.lang}", held, facts, verdict, say)


def _lot(number: str, url: str, held: list[Content], facts: Facts, verdict: Verdict, say: Say) -> HeldLot:
    words = headline(verdict, facts, say.lang)
    css = CSS[verdict.severity]
    return HeldLot(
        number=number,
        product=product_name(facts.product, say) if facts.product else "",
        count=sum(one.count for one in held),
        items=", ".join(str(one.first) if one.first == one.last else f"{one.first}–{one.last}" for one in joined(held)),
        url=url,
        title=words.title,
        lead=words.lead,
        code=verdict.headline,
        css=css,
        shape=shape_of(verdict.headline, css),
        severity=verdict.severity,
    )
