"""`/portal/diary/written`: the signed diary itself, day by day, the newest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, Response, request

from traceapp.core.diary.fields import FORMS
from traceapp.core.errors import NotFound
from traceapp.core.events import Stage
from traceapp.core.statements import record_uuid
from traceapp.i18n import show_date, stage_name
from traceapp.i18n.names import name_in
from traceapp.services.diary.book import A_PAGE, Written, count_written, written
from traceapp.services.world import World
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.paging import asked_page, paged
from traceapp.web.portal.parts import spoken
from traceapp.web.portal.view import portal_page
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

BOOK = "/portal/diary/written"
TELL_OF_IT = (BOOK, "/portal/overview")
"""Pages that tell of an entry once it is signed, beside the day's."""
book = Blueprint("diary_book", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: what was done, where, for which lot; corrected at `id` unless it was taken back."""

    id: str
    word: str
    where: str
    lot: str
    product: str
    taken_back: bool


@book.get(BOOK)
@access(PRODUCER)
def whole() -> Response:
    """A page of all that was signed, or of one stage."""
    here, who = world(), session.member().declared_by
    stage, lang = _asked_stage(), choose_locale()
    stages = [stage] if stage else list(FORMS)
    with here.read() as connection:
        page = paged(asked_page(), count_written(connection, who, stages), A_PAGE)
        days = _days(here, connection, who, stages, page.number)
    return portal_page(
        "diary_written",
        days=days,
        page=page,
        stage=stage,
        stages=[(one, stage_name(str(one), lang)) for one in FORMS],
        say=Say(lang, gettext),
    )


@spoken
def _days(
    here: World, connection: Any, organisation: str, stages: Collection[Stage], page: int
) -> list[tuple[str, list[Line]]]:
    """A page of its signed entries by day, the newest first."""
    found = written(connection, here.host, organisation, here.keyring(connection), stages, page)
    found = sorted(found, key=_day, reverse=True)
    lang = choose_locale()
    return [(show_date(day), [_line(one, lang) for one in same]) for day, same in groupby(found, key=_day)]


def _asked_stage() -> Stage | None:
    """The stage that the address asks for, None for all; NotFound for what is none."""
    said = request.args.get("stage", "")
    found = next((one for one in FORMS if one == said), None)
    if said and found is None:
        raise NotFound(f"{said[:20]!r} is not written into a diary.")
    return found


def _day(one: Written) -> date:
    return one.fact.event.end


def _line(one: Written, lang: str) -> Line:
    event = one.fact.event
    return Line(
        record_uuid(one.fact.source.record_id),
        stage_name(str(event.stage), lang),
        ", ".join(event.plots),
        unquote(event.lot.rpartition("/10/")[2]),
        name_in(lang, one.product, one.product_en),
        one.taken_back,
    )
