"""A signed entry said right by a new record, or taken back, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from traceapp.core.diary.fields import FORMS
from traceapp.core.diary.filling import Problem
from traceapp.core.errors import Conflict, NotFound
from traceapp.core.events import Stage
from traceapp.core.facts import EventFact
from traceapp.services.diary.signing import Desk, Judged
from traceapp.services.records.events import correct, said_since
from traceapp.services.records.verified import facts_of_records
from traceapp.web.access import PRODUCER, access
from traceapp.web.language import choose_locale
from traceapp.web.portal.diary.book import TELL_OF_IT
from traceapp.web.portal.diary.entry import new_key, sent, sent_again, where_next
from traceapp.web.portal.diary.own_day import OwnDay
from traceapp.web.portal.diary.page import filled_page, form_page, form_values
from traceapp.web.portal.diary.saving import Diary, as_typed, own_diary
from traceapp.web.portal.diary.sent import MOST_SENT, SentForm
from traceapp.web.portal.parts import spoken
from traceapp.web.portal.view import see_other

corrections = Blueprint("diary_corrections", __name__)


@corrections.get("/portal/diary/correct/<record_id>")
@access(PRODUCER)
def correction(record_id: str) -> Response:
    """A signed entry's form once more, for a new record that says it right."""
    mine = own_diary()
    with mine.here.read() as connection:
        told = _corrected(connection, mine.day, record_id)
    return filled_page(mine, told, new_key())


@spoken
def _corrected(connection: Any, own: OwnDay, record_id: str) -> Mapping[str, Any]:
    desk = own.desk(connection, records=[record_id])
    typed, lot, stage = as_typed(desk.past, record_id)
    form, action = SentForm(typed, lot, (), "", 0, None, ""), f"/portal/diary/correct/{record_id}"
    return form_values(connection, own, desk, stage, form, action=action, judged=Judged(None), corrects=record_id)


@corrections.post("/portal/diary/correct/<record_id>")
@access(PRODUCER, most_bytes=MOST_SENT)
def make_correction(record_id: str) -> Response:
    """Keep the correction as an entry of its own, to be looked at and signed."""
    mine, form = own_diary(), sent()
    with mine.here.read() as connection:
        if (newer := said_since(connection, mine.here.host, record_id)) is not None:
            return _corrected_before(connection, mine, record_id, newer, form)
        desk = mine.day.desk(connection, form, records=[record_id])
        _, _, stage = as_typed(desk.past, record_id)
    if form.do == "withdraw":
        return _withdraw(mine, desk, stage, record_id, form)
    try:
        return where_next(mine, *mine.save(stage, form, corrects=record_id), form)
    except Conflict:
        return sent_again(mine, stage, form)


def _corrected_before(connection: Any, mine: Diary, record_id: str, newer: str, form: SentForm) -> Response:
    """What was typed to correct an entry that was corrected meanwhile, or taken back: for the `newer` one, if any."""
    known = facts_of_records(connection, mine.here.host, [record_id], mine.here.keyring(connection)).get(record_id)
    is_own = isinstance(known, EventFact) and known.source.declared_by == mine.day.organisation
    if not is_own or known is None or known.stage not in FORMS:
        raise NotFound(f"There is no diary record {record_id[:60]} to correct.")
    stage, desk = known.stage, mine.day.desk(connection, form, about=known.stage)
    action = f"/portal/diary/correct/{newer}" if newer else f"/portal/diary/new/{stage}"
    told = form_values(
        connection, mine.day, desk, stage, form, action=action, judged=Judged(None), corrects=newer or None
    )
    return filled_page(mine, {**told, "late": True}, new_key(), 409)


def _withdraw(mine: Diary, desk: Desk, stage: Stage, record_id: str, form: SentForm) -> Response:
    """What never happened is taken back, with the reason, and nothing put in its place."""
    reason = form.typed.get("reason")
    if not reason:
        action, judged = f"/portal/diary/correct/{record_id}", Judged(None, (Problem("reason", "missing"),))
        return form_page(mine, desk, stage, form, action=action, status=422, judged=judged, corrects=record_id)
    with mine.here.write() as connection:
        correct(connection, record_id, None, mine.member.declared_by, mine.notary, mine.now, reason=reason)
    return see_other(f"/portal/today?signed=1&lang={choose_locale()}", then=TELL_OF_IT)
