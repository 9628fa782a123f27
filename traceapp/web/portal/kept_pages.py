"""Pages of the portal as they were made a moment ago, for whoever asks for the same one again.

A page is shown again only to the same session of the same member in the same role, to the same request word for word,
on the same day in Vietnam, while every statement that was run to make it would be answered as it was. Where nothing at
all was committed since, that is known at a glance; where anything was, they are asked again. What time alone changes
shows in a minute at the latest, and what it changes at a known instant, then. Who asks is admitted anew each time,
before anything is looked up here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import blake2b
from operator import attrgetter

from flask import Flask, Response, current_app, request

from traceapp.core.dates import vietnamese_date
from traceapp.db import notes
from traceapp.db.parts import Told
from traceapp.db.recently_used import RecentlyUsed
from traceapp.services.accounts.people import Member
from traceapp.web.access import world
from traceapp.web.auth import session
from traceapp.web.headers import WholePage
from traceapp.web.inner import MADE_AHEAD

MOST_BYTES = 32 << 20
SHOWN_FOR = timedelta(minutes=1)
_KEPT = "traceapp.portal-pages"
_DRAWN = "traceapp.drawn"
_TO_KEEP = "traceapp.to-keep"
AFTER = "traceapp.after"
"""In the environ of a page that is made ahead: what is to be done once it was shown."""
_VARIES = (
    "HTTP_COOKIE",
    "HTTP_HOST",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_HX_REQUEST",
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_URI",
    "RAW_URI",
)
"""All that a view may read of a GET request."""
_WHO = attrgetter(*(one.name for one in fields(Member)))
"""All that a view may read of who asks."""

Draw = Callable[[], str]


@dataclass(slots=True)
class Kept:
    """A page as it was `told`. `drawn` are the names made for it alone; `after` is to be done once it was shown."""

    told: Told
    body: bytes
    headers: tuple[tuple[str, str], ...]
    drawn: tuple[tuple[str, Draw], ...]
    after: Callable[[], None] | None = None

    def weight(self) -> int:
        """About how many bytes it takes."""
        return len(self.body) + self.told.weight()

    def holds(self, now: datetime) -> bool:
        """Whether time alone has not changed it."""
        return now < self.told.since + SHOWN_FOR and self.told.holds(now)

    def shown(self) -> bytes:
        """Its bytes, with new names in the place of those it was made with."""
        body = self.body
        for name, draw in self.drawn:
            body = body.replace(name.encode(), draw().encode())
        return body


KeptPages = RecentlyUsed[bytes, Kept]
"""Those of all sessions, up to MOST_BYTES together, each by the request that it answers."""


def register(app: Flask) -> None:
    """Show kept pages of `app`, once who asks is admitted; what the views answer is kept as they left it."""
    app.extensions[_KEPT] = KeptPages(MOST_BYTES)
    app.before_request(_again)
    app.after_request(_keep)
    app.teardown_request(lambda _: notes.leave())


def drawn(draw: Draw) -> str:
    """A name for this showing of the page alone, such as a form is sent under: shown again, the page gets another."""
    name = draw()
    request.environ.setdefault(_DRAWN, []).append((name, draw))
    return name


def kept_pages(app: Flask) -> KeptPages:
    """Those of an application."""
    found: KeptPages = app.extensions[_KEPT]
    return found


def _again() -> Response | None:
    """The page that was made for the same request a moment ago."""
    environ = request.environ
    member = session.admitted(environ)
    if member is None or environ["REQUEST_METHOD"] != "GET":
        return None
    glance = session.glance()
    now = glance.now
    asked = (*_WHO(member), vietnamese_date(now), *[environ.get(name, "") for name in _VARIES])
    key = blake2b(repr(asked).encode("utf-8", "replace"), digest_size=32).digest()
    kept = kept_pages(current_app).find(key)
    is_ahead = MADE_AHEAD in environ
    if kept and kept.holds(now) and glance.is_told(kept.told):
        return Response(status=204) if is_ahead else _shown(kept)
    # Before anything is read: what is committed from here on must show on the next request.
    looks = list(glance.everything)
    environ[_TO_KEEP] = (key, now, looks, notes.take(glance, is_ahead=is_ahead))
    return None


def _shown(kept: Kept) -> Response:
    page, after, kept.after = WholePage(kept.shown(), headers=list(kept.headers)), kept.after, None
    if after is not None:
        page.call_on_close(after)
    return page


def _keep(response: Response) -> Response:
    environ = request.environ
    to_keep = environ.pop(_TO_KEEP, None)
    notes.leave()
    if to_keep is None:
        return response
    key, since, looks, taken = to_keep
    taken.memo.clear()
    # A view that wrote is asked again.
    if taken.spoilt or not _may_be_kept(response):
        return response
    if taken.reads.keys() <= {watch.engine for watch in world().parts.watches}:
        body, headers, names = response.get_data(), tuple(response.headers), tuple(environ.get(_DRAWN, ()))
        kept = Kept(Told(taken, since, looks), body, headers, names, environ.get(AFTER))
        kept_pages(current_app).keep(key, kept)
    return response


def _may_be_kept(response: Response) -> bool:
    is_page = response.status_code == 200 and response.mimetype == "text/html"
    return is_page and not response.is_streamed and "Set-Cookie" not in response.headers
