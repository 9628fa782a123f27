"""One diary entry on its way: written, looked at again, signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, request

from traceapp.core.diary.control_points import ControlPoint
from traceapp.core.diary.fields import FORMS
from traceapp.core.errors import Conflict, NotFound, PhotoRefused
from traceapp.core.events import Stage
from traceapp.core.statements import record_uuid
from traceapp.core.typed import typed_day
from traceapp.services.diary.entries import Kept, State, drop, find, find_under, has_photo, photo_of
from traceapp.services.diary.signing import Desk, Judged, newer_than, sign
from traceapp.web.access import PRODUCER, access
from traceapp.web.language import choose_locale
from traceapp.web.portal.diary.book import TELL_OF_IT
from traceapp.web.portal.diary.own_day import OwnDay
from traceapp.web.portal.diary.page import (
    as_sent,
    filled_page,
    form_values,
    kept_form,
    kept_values,
    page_without_photo,
    review_page,
    signed_page,
    versions_page,
)
from traceapp.web.portal.diary.saving import Diary, offered_from, own_diary
from traceapp.web.portal.diary.sent import FROM, MOST_SENT, SentForm, read_sent
from traceapp.web.portal.kept_pages import drawn
from traceapp.web.portal.parts import spoken
from traceapp.web.portal.view import portal_page, see_other

entries = Blueprint("diary_entries", __name__)
_JUST_SENT = 2
"""The version of an entry that was kept and checked, and not changed since."""


def new_key() -> str:
    """What an entry is kept under, so that sending its form twice keeps it once."""
    return drawn(lambda: str(uuid4()))


def _stage(text: str) -> Stage:
    found = next((stage for stage in FORMS if stage == text), None)
    if found is None:
        raise NotFound(f"{text[:20]!r} is not written into a diary.")
    return found


@entries.get("/portal/diary/new/<stage>")
@access(PRODUCER)
def new(stage: str) -> Response:
    """An empty form, or one that offers what an earlier entry holds."""
    mine, kind = own_diary(), _stage(stage)
    source, point = request.args.get(FROM), request.args.get("ccp")
    with mine.here.read() as connection:
        points = _points(connection, mine.day) if kind is Stage.CCP and source is None and point is None else []
        if points:
            return portal_page("diary_points", points=points)
        told = _offered(connection, mine.day, kind, source, point)
    return filled_page(mine, told, new_key())


@spoken
def _points(connection: Any, own: OwnDay) -> list[ControlPoint]:
    """Where it is measured, of which one is chosen first."""
    return list(own.desk(connection, about=Stage.CCP).plan.values())


@spoken
def _offered(connection: Any, own: OwnDay, stage: Stage, asked: str | None, point: str | None) -> Mapping[str, Any]:
    """A stage's form with what the entry `asked` for holds, else the last one; or for a control point, without."""
    desk = own.desk(connection, about=stage, records=[asked or ""])
    source = asked or _last_source(desk, stage)
    given = offered_from(connection, desk.past, source, own.today) if point is None else {}
    fields = {name.partition("-")[0] for name in given}
    copied = tuple(one.name for one in FORMS[stage].fields if one.name in fields)
    chosen = {} if point is None else {"ccp": point}
    lot = _lot_offered(desk, source, is_asked=asked is not None)
    form = SentForm({**given, **chosen, "start": typed_day(own.today), FROM: source}, lot, copied, "", 0, None, "")
    action = f"/portal/diary/new/{stage}"
    return form_values(connection, own, desk, stage, form, action=action, judged=Judged(None))


@entries.post("/portal/diary/new/<stage>")
@access(PRODUCER, most_bytes=MOST_SENT)
def make(stage: str) -> Response:
    """Keep a new entry; what is wrong or worth asking comes back with everything typed."""
    mine, kind = own_diary(), _stage(stage)
    try:
        form = sent()
        return where_next(mine, *mine.save(kind, form), form)
    except PhotoRefused as cause:
        return page_without_photo(mine, kind, cause, f"/portal/diary/new/{kind}")
    except Conflict:
        return sent_again(mine, kind, form)


@entries.get("/portal/diary/<entry>")
@access(PRODUCER)
def show(entry: str) -> Response:
    """An entry as far as it is: its form, what is to be signed, or what was."""
    mine, is_edited = own_diary(), "edit" in request.args
    with mine.here.read() as connection:
        kept = find(connection, mine.day.organisation, entry)
        if kept.state is State.DRAFT:
            return filled_page(mine, _draft(connection, mine.day, entry, is_edited=is_edited), "")
        desk = mine.day.desk(connection, as_sent(kept), about=kept.stage, records=[kept.record_id or ""])
        photo = has_photo(connection, entry)
        judged = Judged(None) if kept.state is State.SIGNED else desk.judge(kept)
        newer = newer_than(connection, mine.here.host, kept)
    if kept.state is State.SIGNED:
        return signed_page(desk, kept)
    if is_edited or not judged.is_ready:
        return kept_form(mine, desk, kept, Judged(judged.entry) if is_edited else judged, 200)
    return review_page(mine, desk, kept, judged, photo=photo, newer=newer)


@spoken
def _draft(connection: Any, own: OwnDay, entry: str, *, is_edited: bool) -> Mapping[str, Any]:
    """The form of what was put aside; whoever came back to change it is told nothing yet."""
    kept = find(connection, own.organisation, entry)
    desk = own.desk(connection, as_sent(kept), about=kept.stage)
    judged = desk.judge(kept)
    return kept_values(connection, own, desk, kept, Judged(judged.entry) if is_edited else judged)


@entries.post("/portal/diary/<entry>")
@access(PRODUCER, most_bytes=MOST_SENT)
def save(entry: str) -> Response:
    """Change an entry that is not signed. Two tabs: both versions, side by side."""
    mine = own_diary()
    with mine.here.read() as connection:
        kept = find(connection, mine.member.declared_by, entry)
    try:
        form = sent()
        if form.version != kept.version:
            return versions_page(mine, kept, form)
        return where_next(mine, *mine.save(kept.stage, form, entry=entry), form)
    except PhotoRefused as cause:
        return page_without_photo(mine, kept.stage, cause, f"/portal/diary/{entry}")


@entries.post("/portal/diary/<entry>/sign")
@access(PRODUCER)
def sign_one(entry: str) -> Response:
    """Sign it. Once it is signed, pressing again leads to the same record."""
    mine, form = own_diary(), read_sent(request.form, b"")
    with mine.here.write() as connection:
        kept = find(connection, mine.member.declared_by, entry)
        desk = mine.day.desk(connection, as_sent(kept), about=kept.stage)
        judged = desk.judge(kept)
        if kept.state is not State.SIGNED and not judged.is_ready:
            return kept_form(mine, desk, kept, judged, 409)
        newer = newer_than(connection, mine.here.host, kept) if kept.state is not State.SIGNED else None
        if kept.state is not State.SIGNED and (kept.version != form.version or newer is not None):
            photo = has_photo(connection, entry)
            return review_page(mine, desk, kept, judged, photo=photo, moved=True, newer=newer)
        sign(connection, mine.writer, {entry: form.version}, desk, mine.notary, mine.now)
    # Whoever signs one by one goes on with the next that lies open.
    others = [f"/portal/diary/{one.id}" for one in desk.open if one.id != entry]
    return see_other(f"/portal/diary/{entry}?lang={choose_locale()}", then=[*TELL_OF_IT, *others[:1]])


@entries.post("/portal/diary/<entry>/drop")
@access(PRODUCER)
def throw_away(entry: str) -> Response:
    """Throw away what is not signed."""
    mine, form = own_diary(), read_sent(request.form, b"")
    with mine.here.write_aside() as connection:
        drop(connection, mine.writer, entry, form.version)
    return see_other(f"/portal/today?lang={choose_locale()}")


@entries.get("/portal/diary/<entry>/photo")
@access(PRODUCER)
def photo(entry: str) -> Response:
    """The photo of one's own entry."""
    mine = own_diary()
    with mine.here.read() as connection:
        return Response(photo_of(connection, mine.member.declared_by, entry), mimetype="image/webp")


def sent_again(mine: Diary, stage: Stage, form: SentForm) -> Response:
    """The page that made an entry sends another: whoever went back in the browser, to change it, means that entry."""
    with mine.here.read() as connection:
        known = find_under(connection, mine.day.organisation, form.key)
        if known.state is State.SIGNED:
            if known.corrects:
                raise Conflict("This correction is signed: correct it in turn, with the reason.")
            desk, action = mine.day.desk(connection, form, about=stage), f"/portal/diary/new/{stage}"
            told = form_values(connection, mine.day, desk, stage, form, action=action, judged=Judged(None))
            return filled_page(mine, {**told, "signed": known.id}, new_key(), 409)
    if known.version > _JUST_SENT:
        return versions_page(mine, known, form)
    return where_next(mine, *mine.save(stage, replace(form, version=known.version), entry=known.id), form)


def sent() -> SentForm:
    file = request.files.get("photo")
    return read_sent(request.form, file.read() if file else b"")


def where_next(mine: Diary, kept: Kept, judged: Judged, form: SentForm) -> Response:
    """Where an entry leads that was just kept: to what is asked, to be looked at again, or aside."""
    if form.do == "draft":
        return see_other(f"/portal/today?lang={choose_locale()}")
    if form.do == "more" or (kept.state is State.DRAFT and not judged.is_ready):
        with mine.here.read() as connection:
            desk = mine.day.desk(connection, form, about=kept.stage)
        asked = Judged(judged.entry) if form.do == "more" else judged
        return kept_form(mine, desk, kept, asked, 200 if form.do == "more" else 422, more=form.do == "more")
    return see_other(f"/portal/diary/{kept.id}?lang={choose_locale()}")


def _last_source(desk: Desk, stage: Stage) -> str:
    """The record of the stage's latest entry."""
    found = [fact for fact in desk.past.facts if fact.stage is stage]
    return record_uuid(max(found, key=lambda fact: fact.event.start).source.record_id) if found else ""


def _lot_offered(desk: Desk, source: str, *, is_asked: bool) -> str | None:
    """The one unfinished lot, or the one of the entry that is repeated."""
    unfinished = [one.id for one in desk.past.lots if not one.done]
    if len(unfinished) == 1:
        return unfinished[0]
    fact = desk.past.fact(source)
    draft = next((one for one in desk.open if one.id == source), None)
    lot = fact.event.lot if fact else draft.lot if draft else None
    return lot if lot in unfinished or is_asked else None
