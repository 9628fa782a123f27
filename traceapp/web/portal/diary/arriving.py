"""What waited in a phone without signal arrives here: one entry at a time, in order, each once.

The queue is the service worker's (static/portal-worker.js). Who is asked to sign in again keeps what waits.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, PhotoRefused, RuleBroken, TraceappError
from traceapp.services.diary.entries import Kept
from traceapp.services.diary.signing import Judged
from traceapp.web.access import PRODUCER, PUBLIC, access
from traceapp.web.auth import session
from traceapp.web.errors import STATUS
from traceapp.web.portal.diary.saving import Diary, own_diary
from traceapp.web.portal.diary.sent import MOST_SENT, Arrival, read_arrival
from traceapp.web.portal.diary.words import unsent_words
from traceapp.web.portal.view import portal_page
from traceapp.web.static_files import static_file

arriving = Blueprint("diary_arriving", __name__)
MOST_ARRIVING = MOST_SENT * 4 // 3


@arriving.get("/portal/diary/session")
@access(PRODUCER)
def whose() -> Response:
    """Who is signed in, for whom, and the token of this session's forms: a page kept for hours holds an old one.

    `now` tells a phone how wrong its own clock is.
    """
    mine = own_diary()
    return _json({"account": mine.whose, "csrf": session.csrf(), "now": mine.now.isoformat()})


@arriving.post("/portal/diary/arrive")
@access(PRODUCER, most_bytes=MOST_ARRIVING)
def arrive() -> Response:
    """Keep one entry that waited. The same entry twice gets the same answer.

    Nothing that somebody wrote is lost: where a photo is no use, a lot unknown, or a draft was changed meanwhile, what
    came is kept as a draft of its own, to be looked at.
    """
    mine = own_diary()
    try:
        came = _read(request.get_json(silent=True))
        kept, judged = _arrived(mine, came)
    except (Conflict, InvalidEvent, RuleBroken) as cause:
        return _refused(cause)
    return _json({"entry": kept.id, "state": kept.state, "ready": judged.is_ready, "url": f"/portal/diary/{kept.id}"})


def _read(body: Any) -> Arrival:
    try:
        return read_arrival(body)
    except PhotoRefused:
        return _beside(read_arrival({**body, "photo": ""}))


def _arrived(mine: Diary, came: Arrival) -> tuple[Kept, Judged]:
    if came.entry and mine.is_overtaken(came.entry, came.form.version):
        if known := mine.known_change(came.entry, came.form):
            return known, mine.judged(known)
        came = _beside(came)
    try:
        return _save(mine, came)
    except Conflict:
        # Its key is that of another entry, or its draft was changed at this very moment.
        return _save(mine, _beside(came, anew=True))


def _beside(came: Arrival, *, anew: bool = False) -> Arrival:
    """The same as a draft of its own; `anew` under a key that follows from what it says, each time the same."""
    said = repr((came.form.key, sorted(came.form.typed.items()), came.form.lot))
    key = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest() if anew else came.form.key
    return replace(came, entry="", form=replace(came.form, do="draft", key=key))


def _save(mine: Diary, came: Arrival) -> tuple[Kept, Judged]:
    told: dict[str, Any] = {"made_at": came.made_at, "entry": came.entry, "corrects": came.corrects}
    try:
        return mine.save(came.stage, came.form, **told)
    except (NotFound, Forbidden):
        return mine.save(came.stage, replace(came.form, lot=None, do="draft"), **{**told, "corrects": None})


def _refused(cause: TraceappError) -> Response:
    status = next(STATUS[kind] for kind in type(cause).__mro__ if kind in STATUS)
    return _json({"code": cause.code, "detail": str(cause), "words": unsent_words()}, status)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


@arriving.get("/portal/diary/offline")
@access(PRODUCER)
def offline() -> Response:
    """What a phone shows without signal in place of a page that it does not keep."""
    return portal_page("diary_offline")


@arriving.get("/portal/worker.js")
@access(PUBLIC)
def worker() -> Response:
    """The service worker, for the portal and nothing else."""
    data, kind, _ = static_file("portal-worker.js")
    headers = {"Service-Worker-Allowed": "/portal", "Cache-Control": "no-cache"}
    return Response(data, content_type=kind, headers=headers)
