"""The diary's first screen: what to write, what waits to be signed, which plots may be harvested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as N_

from traceapp.core.diary.fields import FORMS
from traceapp.core.diary.filling import plot_codes
from traceapp.core.errors import Conflict, NotReadable, RuleBroken
from traceapp.core.events import Event, Stage
from traceapp.core.facts import EventFact
from traceapp.core.list_subjects import WAITING
from traceapp.core.quantities import name_key
from traceapp.core.rules.preharvest import Wait, waits
from traceapp.core.typed import read_day
from traceapp.i18n import show_date, show_number, stage_name
from traceapp.services.diary.entries import Kept, State
from traceapp.services.diary.past import plots_of
from traceapp.services.diary.signing import Desk, late_corrections, sign
from traceapp.services.registry.setting_up import standing_of
from traceapp.web.access import PRODUCER, access
from traceapp.web.language import choose_locale
from traceapp.web.portal.diary.book import TELL_OF_IT
from traceapp.web.portal.diary.own_day import OwnDay
from traceapp.web.portal.diary.saving import lot_number, own_diary
from traceapp.web.portal.nav import more_ways
from traceapp.web.portal.paging import asked_count
from traceapp.web.portal.parts import spoken
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.journey import icon_of
from traceapp.web.words import gettext

days = Blueprint("diary", __name__)
_ON_FIRST_SCREEN = 5
_RECENT = 4
_OPEN = 4
"""Of each list that stands open; the rest is folded."""
_FREE_SHOWN = 12
"""Plots that wait for nothing, with their last spray; of the others only the codes."""
_SEASON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class StageTile:
    """One big button."""

    stage: Stage
    icon: str
    word: str
    small: str


@dataclass(frozen=True, slots=True)
class PlotLine:
    """One plot: whether it may be harvested, from when, and why not before."""

    code: str
    ready: bool
    left: int
    days: int
    passed: int
    day: str
    active: str
    sprayed: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry: where it leads, what it is, for which lot, when."""

    id: str
    version: int
    icon: str
    word: str
    lot: str
    day: str
    checked: bool
    yesterday: bool = False


@days.get("/portal/today")
@access(PRODUCER)
def today() -> Response:
    """What to do today."""
    mine, signed = own_diary(), asked_count(request.args.get("signed", ""))
    with mine.here.read() as connection:
        told = _told_today(connection, mine.day)
        standing = standing_of(connection, mine.day.organisation)
    return portal_page(
        "diary_today",
        standing=standing,
        ways=more_ways(mine.member),
        day=_day_words(mine.day.today),
        others=len(FORMS) - _ON_FIRST_SCREEN,
        signed=show_number(signed, choose_locale()) if signed else "",
        account=mine.whose,
        **told,
    )


@spoken
def _told_today(connection: Any, own: OwnDay) -> Mapping[str, Any]:
    """What the diary's first screen tells of that day."""
    desk, day, lang = own.desk(connection, registers=False), own.today, choose_locale()
    plots = _plots(desk, day)
    lines = [_entry_line(one, desk, lang) for one in desk.open]
    return {
        "again": _again(desk, day, lang),
        "tiles": _tiles(desk, day, lang, _ON_FIRST_SCREEN),
        "waiting": [one for one in plots if not one.ready],
        "free": [one for one in plots if one.ready],
        "most_open": _OPEN,
        "most_free": _FREE_SHOWN,
        "ready": [one for one in lines if one.checked],
        "drafts": [one for one in lines if not one.checked],
        "recent": [_signed_line(fact, desk, lang) for fact in _latest(desk)],
        "pages": _kept_pages(desk),
        "waits_for": WAITING,
    }


@days.get("/portal/diary/more")
@access(PRODUCER)
def more() -> Response:
    """Every stage."""
    mine = own_diary()
    with mine.here.read() as connection:
        tiles = _all_tiles(connection, mine.day)
    return portal_page("diary_more", tiles=tiles)


@spoken
def _all_tiles(connection: Any, own: OwnDay) -> list[StageTile]:
    return _tiles(own.desk(connection, registers=False), own.today, choose_locale(), len(FORMS))


@days.get("/portal/diary/repeat")
@access(PRODUCER)
def repeat() -> Response:
    """What was written on the last day before today, to be written again."""
    mine = own_diary()
    with mine.here.read() as connection:
        desk = mine.day.desk(connection, registers=False)
    found = _last_day(desk, mine.day.today)
    return portal_page("diary_repeat", lines=[_repeat_line(one, desk, choose_locale()) for one in found])


@days.post("/portal/diary/sign")
@access(PRODUCER)
def sign_all() -> Response:
    """Sign every entry that was ticked, as one append."""
    mine = own_diary()
    wanted = {}
    for one in request.form.getlist("entry"):
        entry, _, version = one.partition(":")
        wanted[entry] = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    if not wanted:
        return see_other("/portal/today")
    with mine.here.write() as connection:
        desk = mine.day.desk(connection)
        late = late_corrections(connection, mine.here.host, desk, wanted)
        try:
            signed = {entry: version for entry, version in wanted.items() if entry not in late}
            sign(connection, mine.writer, signed, desk, mine.notary, mine.now)
        except RuleBroken as cause:
            raise Conflict(str(cause)) from cause
    if late:
        # Its own page says what to do with it; what could be signed is.
        return see_other(f"/portal/diary/{late[0]}?lang={choose_locale()}", then=TELL_OF_IT)
    return see_other(f"/portal/today?signed={len(wanted)}&lang={choose_locale()}", then=TELL_OF_IT)


def _kept_pages(desk: Desk) -> list[str]:
    """What a phone keeps for when there is no signal: everything in which an entry is written."""
    points = [f"/portal/diary/new/CCP?ccp={quote(name)}" for name in desk.plan]
    return [*(f"/portal/diary/new/{stage}" for stage in FORMS), *points, "/portal/diary/repeat", "/portal/diary/more"]


_DAYS = (
    N_("Thứ Hai"),
    N_("Thứ Ba"),
    N_("Thứ Tư"),
    N_("Thứ Năm"),
    N_("Thứ Sáu"),
    N_("Thứ Bảy"),
    N_("Chủ Nhật"),
)


def _day_words(day: date) -> str:
    return f"{_DAYS[day.weekday()]}, {show_date(day)}"


def _tiles(desk: Desk, day: date, lang: str, most: int) -> list[StageTile]:
    """The first `most` of all stages: those written most, then those written once, the latest first, then others."""
    events: dict[Stage, list[Event]] = {stage: [] for stage in FORMS}
    for event in desk.events:
        events.setdefault(event.stage, []).append(event)
    written = {stage: sum(event.start >= day - _SEASON for event in events[stage]) for stage in FORMS}
    before = {stage: max((one.end for one in events[stage]), default=date.min) for stage in FORMS}
    order = sorted(FORMS, key=lambda stage: (-written[stage], 0 if written[stage] else -before[stage].toordinal()))
    return [
        StageTile(stage, icon_of(stage), stage_name(str(stage), lang), _last(events[stage], day))
        for stage in order[:most]
    ]


def _last(events: list[Event], day: date) -> str:
    if not events:
        return ""
    last = max(events, key=lambda event: event.end)
    ago = (day - last.end).days
    where = ", ".join(last.plots).replace("-", "\N{NON-BREAKING HYPHEN}")
    when = gettext("hôm nay") if ago == 0 else gettext("hôm qua") if ago == 1 else show_date(last.end)
    if last.end.year == day.year:
        when = when.removesuffix(f"/{day.year}")
    return f"{when}, {where}" if where else when


def _plots(desk: Desk, day: date) -> list[PlotLine]:
    """Every plot: those that wait, the first to be harvested first; then those that do not, sprayed ones first."""
    waiting = waits(desk.events)
    lines = [_plot_line(wait, day) for wait in waiting.values()]
    free = [code for code in plots_of(desk.events) if name_key(code) not in waiting]
    lines += [PlotLine(code, True, 0, 0, 0, "", "", "") for code in free]
    return sorted(lines, key=lambda line: (line.ready, line.left, not line.sprayed, line.code))


def _plot_line(wait: Wait, day: date) -> PlotLine:
    left = max((wait.allowed_from - day).days, 0)
    active = str(wait.spray.kde.get("trade") or wait.spray.kde.get("active") or "")
    passed = max((day - wait.spray.end).days, 0)
    shown = (show_date(wait.allowed_from), active, show_date(wait.spray.end))
    return PlotLine(wait.plot, left == 0, left, wait.days, passed, *shown)


def _entry_line(one: Kept, desk: Desk, lang: str) -> EntryLine:
    ready = one.state is State.CHECKED and desk.judge(one).is_ready
    plots = ", ".join(plot_codes(one.typed.get("plots", "")))
    word, about = stage_name(str(one.stage), lang), " · ".join(filter(None, (lot_number(desk.past, one.lot), plots)))
    return EntryLine(one.id, one.version, icon_of(one.stage), word, about, _day_as_read(one), ready)


def _day_as_read(one: Kept) -> str:
    """The day that will be signed, however it was typed; what is none as it was typed."""
    typed = one.typed.get("start", "")
    try:
        return show_date(read_day(typed))
    except NotReadable:
        return typed


def _latest(desk: Desk) -> list[EventFact]:
    """What was signed last."""
    known = [fact for fact in desk.past.facts if fact.stage in FORMS]
    return sorted(known, key=lambda fact: -fact.source.leaf_index)[:_RECENT]


def _signed_line(fact: EventFact, desk: Desk, lang: str) -> EntryLine:
    record_id = fact.source.record_id.rpartition("/")[2]
    word, lot = stage_name(str(fact.stage), lang), lot_number(desk.past, fact.event.lot)
    return EntryLine(record_id, 0, icon_of(fact.stage), word, lot, show_date(fact.event.end), True)


Past = tuple[str, Event]


def _last_day(desk: Desk, day: date) -> list[Past]:
    """What happened on the last day before today on which anything did, by the id of its record or draft."""
    known = [(fact.source.record_id.rpartition("/")[2], fact.event) for fact in desk.past.facts]
    known += desk.drafted
    before = [(name, event) for name, event in known if event.end < day and event.stage in FORMS]
    last = max((event.end for _, event in before), default=None)
    return [(name, event) for name, event in before if event.end == last]


def _again(desk: Desk, day: date, lang: str) -> EntryLine | None:
    """The button that repeats: to the one entry there is, or to the list of several."""
    found = _last_day(desk, day)
    if not found:
        return None
    yesterday = found[0][1].end == day - timedelta(days=1)
    if len(found) == 1:
        return replace(_repeat_line(found[0], desk, lang), yesterday=yesterday)
    words = ", ".join(stage_name(str(stage), lang) for stage in dict.fromkeys(event.stage for _, event in found))
    return EntryLine("", 0, "repeat", words, "", show_date(found[0][1].end), True, yesterday)


def _repeat_line(one: Past, desk: Desk, lang: str) -> EntryLine:
    name, event = one
    about = ", ".join(event.plots) or lot_number(desk.past, event.lot)
    word = stage_name(str(event.stage), lang)
    return EntryLine(f"{event.stage}?from={name}", 0, icon_of(event.stage), word, about, show_date(event.end), True)
