"""Pages of the portal that are made before they are asked for: where somebody is sent who has just recorded something.

They read and verify what is new, which takes several times as long as showing it again. Whoever recorded it asks for
them next, so that they are made while an answer is under way, and kept (kept_pages.py) for that very request: the page
that the answer leads to, and once that is shown, those that tell of the record too. A page that would not be kept,
since it writes or goes by more than what was read, is given up before it does: nobody has looked at it yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from flask import Flask, Response, current_app, request

from traceapp.db.notes import GivenUp
from traceapp.web.access import PRODUCER
from traceapp.web.auth import session
from traceapp.web.inner import MADE_AHEAD, Environ, ask, asking_for, browser_of
from traceapp.web.language import choose_locale
from traceapp.web.portal.kept_pages import AFTER
from traceapp.web.portal.view import THEN

log = logging.getLogger("traceapp")
START = "/portal"


def register(app: Flask) -> None:
    """Make ahead what `app` sends people to."""
    app.after_request(_make_next)


def _make_next(response: Response) -> Response:
    member, environ = session.admitted(request.environ), request.environ
    if member is None or environ["REQUEST_METHOD"] != "POST" or response.status_code != 303:
        return response
    address = response.headers.get("Location", "")
    # A new session is for its owner to begin.
    if not address.startswith(START) or "Set-Cookie" in response.headers:
        return response
    # A producer's day tells of all that it does.
    start = [START] if member.organisation_role == PRODUCER else []
    more = [f"{one}?lang={choose_locale()}" for one in (*start, *environ.get(THEN, ()))]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    browser = browser_of(environ)
    response.call_on_close(partial(_make, app, browser, address, partial(_make_all, app, browser, more)))
    return response


def _make_all(app: Flask, browser: Environ, addresses: list[str]) -> None:
    for address in addresses:
        _make(app, browser, address)


def _make(app: Flask, browser: Environ, address: str, after: Callable[[], None] | None = None) -> None:
    """The page of an address, and what is to be done `after` it was shown."""
    make(app, {**asking_for(address, browser), AFTER: after})


def make(app: Flask, asked: Environ) -> None:
    """Make the page that a browser is about to ask for so, and keep it, unless it is kept and holds."""
    try:
        ask(app, {**asked, MADE_AHEAD: True})
    except GivenUp as cause:
        log.debug("%s is not made ahead: %s", asked["PATH_INFO"], cause)
