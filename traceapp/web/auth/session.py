"""The session of the request at hand: who it is, its cookie, its form token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, abort, current_app, request

from traceapp.core.errors import Unavailable
from traceapp.db import notes
from traceapp.db.parts import Glance, Told
from traceapp.services.accounts import sessions
from traceapp.services.accounts.people import Member
from traceapp.services.accounts.tokens import LASTS, Kind, hashed
from traceapp.services.world import World
from traceapp.web.access import cookie_of, world
from traceapp.web.inner import MADE_AHEAD

FIELD = "csrf"
HEADER = "X-CSRF-Token"
KEPT_COOKIE = "traceapp-form"
KEPT = "traceapp.sessions"
MOST_KEPT = 2000
_MEMBER = "traceapp.member"
_SENT = "traceapp.session-cookie"
_GLANCE = "traceapp.glance"


def member() -> Member:
    """Who is signed in; a view that declares more than PUBLIC has one."""
    found = current()
    if found is None:
        abort(401, description="Sign in first.")
    return found


def current() -> Member | None:
    """Who is signed in, if anybody; asked once a request."""
    environ = request.environ
    if _MEMBER not in environ:
        environ[_MEMBER] = _find()
    found: Member | None = environ[_MEMBER]
    return found


def admitted(environ: Mapping[str, Any]) -> Member | None:
    """Who was found to be signed in when this request was let in; None where nobody asked."""
    found: Member | None = environ.get(_MEMBER)
    return found


def _find() -> Member | None:
    token = cookie()
    if not token:
        return None
    here = world()
    found = _known(here, token)
    if found is None:
        return None
    now = glance().now
    # Nobody is there who lives on by a page that nobody asked for.
    if now - found.seen >= sessions.TOUCHED_EVERY and MADE_AHEAD not in request.environ:
        # Otherwise it lasts as it is: nobody is sent away because a disk is full.
        with suppress(Unavailable), here.write_aside() as connection:
            sessions.touch(connection, found.who, now)
    return found.who


@dataclass(frozen=True, slots=True)
class _Kept:
    """Who a session is, when it was seen last, when it ends; and what of the databases told so."""

    who: Member
    seen: datetime
    ends: datetime
    told: Told


def glance() -> Glance:
    """How the databases look to this request: at one moment, whoever asks."""
    environ = request.environ
    if _GLANCE not in environ:
        here = world()
        environ[_GLANCE] = Glance(here.parts, here.clock())
    found: Glance = environ[_GLANCE]
    return found


def _known(here: World, token: str) -> _Kept | None:
    """The session, read anew only where what was read of it would be answered otherwise."""
    known, name, seen = _kept_sessions(), hashed(token), glance()
    kept = known.get(name)
    if kept and kept.ends >= seen.now and kept.told.holds(seen.now) and seen.knows(kept.told):
        return kept
    # Before anything is read: what is committed from here on must show on the next request.
    looks = list(seen.everything)
    with notes.taken_alone(seen) as taken, here.read() as connection:
        found = sessions.find(connection, token, seen.now)
    if found is None:
        return None
    kept = _Kept(*found, Told(taken, seen.now, looks))
    if not taken.spoilt:
        if len(known) >= MOST_KEPT:
            known.clear()
        known[name] = kept
    return kept


def _kept_sessions() -> dict[bytes, _Kept]:
    found: dict[bytes, _Kept] = current_app.extensions.setdefault(KEPT, {})
    return found


def cookie() -> str:
    """The token that the browser sent, whatever it is worth."""
    environ = request.environ
    token: str | None = environ.get(_SENT)
    if token is None:
        token = environ[_SENT] = cookie_of(environ, cookie_name())
    return token


def cookie_name() -> str:
    """Where the token is; only over https can a browser promise that no other host set it."""
    return "__Host-traceapp" if _is_https() else "traceapp"


def _is_https() -> bool:
    return world().settings.base_url.startswith("https://")


def csrf() -> str:
    """What this session's forms carry; empty for whoever is not signed in."""
    who = current()
    return sessions.csrf_token(cookie(), who.organisation) if who else ""


def is_own_form() -> bool:
    """Whether a form carries this session's token; one from before there was an organisation names none."""
    sent = (request.headers.get(HEADER) or request.form.get(FIELD, "")).encode("utf-8", "replace")
    good = (csrf(), sessions.csrf_token(cookie(), None))
    return any([hmac.compare_digest(sent, one.encode()) for one in good])


def begin(response: Response, token: str) -> Response:
    """Give the browser a session."""
    lasts = int(sessions.LASTS.total_seconds())
    response.set_cookie(
        cookie_name(), token, max_age=lasts, path="/", secure=_is_https(), httponly=True, samesite="Lax"
    )
    return response


def forget(response: Response) -> Response:
    """Take the browser's session away."""
    response.delete_cookie(cookie_name(), path="/", secure=_is_https(), httponly=True, samesite="Lax")
    return response


def keep_form(response: Response, token: str) -> Response:
    """Let the browser find a form again that waits for its sender."""
    lasts = int(LASTS[Kind.KEPT_FORM].total_seconds())
    response.set_cookie(KEPT_COOKIE, token, max_age=lasts, path="/", secure=_is_https(), httponly=True, samesite="Lax")
    return response


def forget_form(response: Response) -> Response:
    """The form was sent, or thrown away."""
    response.delete_cookie(KEPT_COOKIE, path="/", secure=_is_https(), httponly=True, samesite="Lax")
    return response
