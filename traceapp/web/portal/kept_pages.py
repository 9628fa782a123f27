"""Pages of the portal as they were made a moment ago, for whoever asks for the same one again.

A page is shown again only to the same session of the same member in the same role, to the same request word for word,
on the same day in Vietnam, while nothing at all was committed since it was begun (no record, no form, no session, no
scan, by any process), and for a few seconds: then its records are read and verified again, so that tampering shows
even where nothing was added. Where the database cannot tell whether anything was committed, every page is made anew.
Who asks is admitted anew each time, before anything is looked up here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from threading import Lock

from flask import Flask, Response, current_app, g, request

from traceapp.core.dates import vietnamese_date
from traceapp.services.world import World
from traceapp.web.access import world
from traceapp.web.public.known import TRUSTED_FOR

MOST_BYTES = 16 << 20
LARGEST = 1 << 18
_KEPT = "traceapp.portal-pages"
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

Draw = Callable[[], str]
Stamps = tuple[tuple[int, int], tuple[int, int]]
"""Of the main database and of the scans."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A page begun at `since`, when the stores' stamps were `stamps`. `drawn` are the names made for it alone."""

    stamps: Stamps
    since: datetime
    body: bytes
    headers: tuple[tuple[str, str], ...]
    drawn: tuple[tuple[str, Draw], ...]

    def shown(self) -> bytes:
        """Its bytes, with new names in the place of those it was made with."""
        body = self.body
        for name, draw in self.drawn:
            body = body.replace(name.encode(), draw().encode())
        return body


class KeptPages:
    """Of all sessions, up to MOST_BYTES together: those shown longest ago are forgotten first."""

    def __init__(self) -> None:
        self._pages: OrderedDict[bytes, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def find(self, key: bytes, stamps: Stamps, now: datetime) -> Kept | None:
        """The page, if it may be shown again."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is None or kept.stamps != stamps or not kept.since <= now < kept.since + TRUSTED_FOR:
                return None
            self._pages.move_to_end(key)
            return kept

    def keep(self, key: bytes, page: Kept) -> None:
        """Keep it in the place of the one before."""
        with self._lock:
            before = self._pages.pop(key, None)
            self._pages[key] = page
            self._bytes += len(page.body) - (len(before.body) if before else 0)
            while self._bytes > MOST_BYTES:
                self._bytes -= len(self._pages.popitem(last=False)[1].body)


def register(app: Flask) -> None:
    """Show kept pages of `app`, once who asks is admitted; what the views answer is kept as they left it."""
    app.extensions[_KEPT] = KeptPages()
    app.before_request(_again)
    app.after_request(_keep)


def drawn(draw: Draw) -> str:
    """A name for this showing of the page alone, such as a form is sent under: shown again, the page gets another."""
    name = draw()
    g.setdefault("drawn", []).append((name, draw))
    return name


def stamps_of(here: World) -> Stamps | None:
    """Equal stamps: nothing was committed between them, no scan either. None where nobody knows."""
    ours, scans = here.watch.stamp(), here.scans.watch.stamp()
    return None if ours is None or scans is None else (ours, scans)


def _pages() -> KeptPages:
    found: KeptPages = current_app.extensions[_KEPT]
    return found


def _again() -> Response | None:
    """The page that was made for the same request a moment ago."""
    here, member = world(), g.get("member")
    if member is None or request.method != "GET":
        return None
    # Before anything is read: what is committed from here on must show on the next request.
    stamps = stamps_of(here)
    if stamps is None:
        return None
    now, environ = here.clock(), request.environ
    asked = (member, vietnamese_date(now), *(environ.get(name, "") for name in _VARIES))
    key = blake2b(repr(asked).encode("utf-8", "replace"), digest_size=32).digest()
    kept = _pages().find(key, stamps, now)
    if kept is None:
        g.to_keep = (key, stamps, now)
        return None
    return Response(kept.shown(), headers=list(kept.headers))


def _keep(response: Response) -> Response:
    to_keep = g.pop("to_keep", None)
    if to_keep is None or not _may_be_kept(response):
        return response
    key, stamps, since = to_keep
    body = response.get_data()
    # A view that wrote, or was overtaken by somebody who did, is asked again.
    if len(body) <= LARGEST and stamps_of(world()) == stamps:
        _pages().keep(key, Kept(stamps, since, body, tuple(response.headers), tuple(g.get("drawn", ()))))
    return response


def _may_be_kept(response: Response) -> bool:
    is_page = response.status_code == 200 and response.mimetype == "text/html"
    return is_page and not response.is_streamed and "Set-Cookie" not in response.headers
