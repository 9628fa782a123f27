"""`/portal/overview`: what needs doing, what was scanned, what each product still lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, Response

from traceapp.core.dates import vietnamese_date
from traceapp.core.places import PROVINCES
from traceapp.db import notes
from traceapp.db.parts import shared
from traceapp.i18n import disclosed_item, show_date, show_number
from traceapp.i18n.names import name_in, told_name
from traceapp.services.certificates.lists import Listed, held_by, is_followed, is_replaced
from traceapp.services.diary.entries import State, open_entries
from traceapp.services.lots.completeness import Completeness, completeness_of
from traceapp.services.lots.handing_over import incoming
from traceapp.services.lots.recalls import notices_to
from traceapp.services.messages.inbox import Message
from traceapp.services.messages.own import suspicions_of, waiting_for
from traceapp.services.registry.setting_up import standing_of
from traceapp.services.scans.overview import ScanOverview, scan_overview
from traceapp.services.scans.suspicions import Suspected, list_suspicions
from traceapp.services.tables.known import Known
from traceapp.services.world import World
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal import charts
from traceapp.web.portal.certificates.words import state_word, title_of, when_words
from traceapp.web.portal.lots.words import number_of
from traceapp.web.portal.parts import spoken
from traceapp.web.portal.shops import count_links
from traceapp.web.portal.view import portal_page
from traceapp.web.public.message_page import took
from traceapp.web.words import gettext, ngettext

overview = Blueprint("overview", __name__)
MOST_PRODUCTS = 30
MOST_PROVINCES = 8
LATE_AFTER = 7
"""So many days after it left, a delivery should have come."""
MOST_ALIKE = 3
"""So many labels of a lot are told of one by one."""


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(overview)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: its colour, its words, and where it is done."""

    css: str
    strong: str
    rest: str
    url: str
    word: str


@dataclass(frozen=True, slots=True)
class Complete:
    """How much of what must be public one product tells."""

    name: str
    code: str
    have: int
    of: int
    missing: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody waits for; `claimed`: codes of theirs that somebody else claims; `denied`: an authority holds so.

    `deliveries` are the days on which those left that nobody counted, `entries` wait to be signed, `drafts` to be
    written on.
    """

    claimed: int
    denied: bool
    notices: int
    deliveries: tuple[date, ...]
    entries: int
    drafts: int
    suspicions: list[Suspected]
    messages: list[Message]


@overview.get("/portal/overview")
@access(PRODUCER)
def show() -> Response:
    """One look at everything."""
    here, organisation, now = world(), session.member().declared_by, world().clock()
    suspected = list_suspicions(here.scans)
    with here.read() as connection:
        waiting = _waiting(here, connection, organisation, suspected)
        papers = _paper_tasks(connection, organisation, vietnamese_date(now))
        complete = _completeness(here, connection, organisation)
        sellers, things = _products(connection, organisation)
    tasks = [*_tasks(waiting, now), *papers]
    return portal_page("overview", tasks=tasks, complete=complete, sellers=sellers, scans=_scans(here, things, now))


@shared
def _waiting(here: World, connection: Any, organisation: str, suspected: Collection[Suspected]) -> Waiting:
    coming = incoming(connection, here.host, organisation, here.keyring(connection))
    written = [one.state for one in open_entries(connection, organisation)]
    standing = standing_of(connection, organisation)
    return Waiting(
        standing.claimed,
        standing.identity == "disputed" and not standing.claimed,
        sum(one.seen is None for one in notices_to(connection, organisation)),
        tuple(one.sent.event.end for one in coming),
        written.count(State.CHECKED),
        written.count(State.DRAFT),
        suspicions_of(connection, suspected, organisation),
        waiting_for(connection, organisation)[0],
    )


@spoken
def _completeness(here: World, connection: Any, organisation: str) -> list[Complete]:
    return [_complete(one) for one in completeness_of(here, connection, organisation, MOST_PRODUCTS)]


@spoken
def _products(connection: Any, organisation: str) -> tuple[list[tuple[str, str, int, int]], frozenset[str]]:
    """Name, code and how many places to buy and to visit of each product; then what scans are of: products, lots."""
    known = Known(connection, organisation)
    sellers = [
        (told_name(told, choose_locale()), str(told.get("code")), count_links(told, "buy"), count_links(told, "visit"))
        for told in list(known.products.values())[:MOST_PRODUCTS]
    ]
    return sellers, frozenset({*known.products, *known.lots.values()})


def _tasks(waiting: Waiting, now: datetime) -> Iterator[Task]:
    yield from _daily_tasks(waiting, vietnamese_date(now))
    yield from copy_tasks(waiting.suspicions)
    for message in waiting.messages:
        asked = message.kind == "question"
        yield Task(
            "info" if asked else "warn",
            gettext("Câu hỏi của người mua.") if asked else gettext("Có người báo điều đáng ngờ."),
            gettext("Đã chờ %(time)s.", time=took(message.sent, now)),
            f"/portal/messages/{message.reference}",
            gettext("Trả lời"),
        )


@spoken
def _paper_tasks(connection: Any, organisation: str, today: date) -> list[Task]:
    papers = [one for one in held_by(connection, organisation) if not one.is_withdrawn]
    waiting = [one for one in papers if not is_followed(one, papers) and not is_replaced(one, papers)]
    return [task for paper in waiting for task in _paper_task(paper, today)]


def copy_tasks(suspicions: list[Suspected]) -> Iterator[Task]:
    """One task for each label, or for the lot where many labels of it are scanned too often."""
    for lot, found in groupby(sorted(suspicions, key=lambda one: (one.lot, one.item)), key=lambda one: one.lot):
        items = list(found)
        most = max(items, key=lambda one: one.suspicion.scans)
        words = [gettext("Tem số %(item)s có thể bị sao chép.", item=one.item) for one in items]
        if len(items) > MOST_ALIKE:
            words = [gettext("%(count)s tem của lô %(lot)s có thể bị sao chép.", count=len(items), lot=number_of(lot))]
        for strong, one in zip(words, items if len(words) > 1 else [most], strict=True):
            rest = gettext("%(count)s lượt quét trong 24 giờ.", count=one.suspicion.scans)
            if len(items) > MOST_ALIKE:
                rest = gettext("Nhiều nhất là tem số %(item)s: %(rest)s", item=one.item, rest=rest)
            yield Task("bad", strong, rest, "/portal/messages#suspicions", gettext("Giải thích"))


def _daily_tasks(waiting: Waiting, today: date) -> Iterator[Task]:
    """What holds labels, what others wait for, what was written and not signed, and what was begun."""
    if waiting.claimed:
        words = gettext("Xong tranh chấp mới in được tem. Gửi giấy cấp mã cho cơ quan quản lý.")
        yield Task("bad", gettext("Mã sản phẩm đang có tranh chấp."), words, "/portal/labels", gettext("Xem"))
    if waiting.denied:
        strong = gettext("Cơ quan quản lý chưa công nhận mã sản phẩm là của cơ sở này.")
        rest = gettext("Chưa in được tem. Mang giấy cấp mã của GS1 tới cơ quan quản lý để xem lại.")
        yield Task("bad", strong, rest, "/portal/claims/new", gettext("Xem"))
    if waiting.notices:
        words = gettext("%(count)s thông báo thu hồi chưa trả lời.", count=waiting.notices)
        yield Task("bad", words, gettext("Ngừng bán, cất riêng hàng đang giữ."), "/portal/notices", gettext("Xem"))
    if waiting.deliveries:
        words = gettext("%(count)s chuyến hàng đang đến.", count=len(waiting.deliveries))
        days = (today - min(waiting.deliveries)).days
        is_late = days > LATE_AFTER
        rest = gettext("Chuyến lâu nhất gửi đã %(days)s ngày, chưa ai đếm.", days=days) if is_late else ""
        yield Task("warn" if is_late else "info", words, rest, "/portal/deliveries", gettext("Đếm và ghi nhận"))
    if waiting.entries:
        words = gettext("%(count)s mục nhật ký chờ ký.", count=waiting.entries)
        yield Task("info", words, "", "/portal/today#ready", gettext("Ký"))
    if waiting.drafts:
        words = gettext("%(count)s mục nhật ký viết dở.", count=waiting.drafts)
        yield Task("info", words, "", "/portal/today#drafts", gettext("Viết tiếp"))


def _paper_task(paper: Listed, today: date) -> Iterator[Task]:
    due = when_words(paper, today)
    url = f"/portal/certificates/{paper.id.rpartition('/')[2]}"
    name = title_of(paper)
    if paper.asked == "refused" and paper.state == "declared":
        yield Task(
            "warn",
            gettext("%(name)s: nơi cấp chưa xác nhận.", name=name),
            paper.reason or "",
            url,
            gettext("Xem giấy này"),
        )
    elif due.reminder is not None and paper.is_standing:
        yield Task("bad" if due.reminder == 0 else "warn", f"{name}.", due.words, url, gettext("Xem giấy này"))
    elif due.reminder != 0 and not paper.is_standing:
        # Whoever scans is told at once: so is whoever prints the next labels.
        yield Task("bad", f"{name}: {state_word(paper)[1]}.", paper.reason or "", url, gettext("Xem giấy này"))


def _complete(one: Completeness) -> Complete:
    lang = choose_locale()
    missing = ", ".join(disclosed_item(key, lang) for key in one.missing)
    name = name_in(lang, one.name, one.name_en)
    return Complete(name, one.code, one.have, one.of, missing, f"/portal/checklist/{one.code}")


@dataclass(frozen=True, slots=True)
class ScanView:
    """Scans as drawn: a bar for each day, and one for each province."""

    total: str
    bars: tuple[charts.Bar, ...]
    first: str
    last: str
    highest: str
    provinces: tuple[tuple[str, str, int], ...]
    elsewhere: str
    sentence: str
    days: tuple[tuple[str, str], ...]


def _scans(here: World, things: Collection[str], now: datetime) -> ScanView:
    try:
        return _scans_until(here, things, vietnamese_date(now))
    except here.scans.errors:
        # Nobody waits for counts: the page is shown without them, once.
        notes.spoil("counts that could not be had")
        return _drawn(ScanOverview((), (), 0, 0))


@spoken
def _scans_until(here: World, things: Collection[str], today: date) -> ScanView:
    return _drawn(scan_overview(here.scans, things, today))


def _drawn(found: ScanOverview) -> ScanView:
    lang = choose_locale()
    days = tuple((show_date(day), show_number(count, lang)) for day, count in found.days)
    shown = found.provinces[:MOST_PROVINCES]
    most = max((count for _, count in shown), default=1)
    busiest = max((count for _, count in found.days), default=0)
    return ScanView(
        total=show_number(found.total, lang),
        bars=charts.bars([(f"{show_date(day)}: {show_number(count, lang)}", count) for day, count in found.days]),
        first=days[0][0] if days else "",
        last=days[-1][0] if days else "",
        highest=show_number(busiest, lang),
        provinces=tuple(
            (PROVINCES.get(code, code), show_number(count, lang), charts.share(count, most, 160))
            for code, count in shown
        ),
        elsewhere=show_number(found.elsewhere + sum(count for _, count in found.provinces[MOST_PROVINCES:]), lang),
        sentence=ngettext(
            "%(count)s lượt quét trong 30 ngày",
            "%(count)s lượt quét trong 30 ngày",
            found.total,
            count=show_number(found.total, lang),
        ),
        days=tuple(one for one, (_, count) in zip(days, found.days, strict=True) if count),
    )
