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
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, current_app, request

from traceapp.db.notes import GivenUp
from traceapp.web.access import PRODUCER
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.kept_pages import AFTER, MADE_AHEAD
from traceapp.web.portal.view import THEN

log = logging.getLogger("traceapp")
_START = "/portal"
_OF_BODY = ("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING")
_TARGETS = ("REQUEST_URI", "RAW_URI")

Environ = dict[str, Any]


def register(app: Flask) -> None:
    """Make ahead what `app` sends people to."""
    app.after_request(_make_next)


def _make_next(response: Response) -> Response:
    member, environ = session.admitted(request.environ), request.environ
    if member is None or environ["REQUEST_METHOD"] != "POST" or response.status_code != 303:
        return response
    address = response.headers.get("Location", "")
    # A new session is for its owner to begin.
    if not address.startswith(_START) or "Set-Cookie" in response.headers:
        return response
    # A producer's day tells of all that it does.
    start = [_START] if member.organisation_role == PRODUCER else []
    more = [f"{one}?lang={choose_locale()}" for one in (*start, *environ.get(THEN, ()))]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    browser = _browser(environ)
    response.call_on_close(partial(_make, app, browser, address, partial(_make_all, app, browser, more)))
    return response


def _make_all(app: Flask, browser: Environ, addresses: list[str]) -> None:
    for address in addresses:
        _make(app, browser, address)


def _make(app: Flask, browser: Environ, address: str, after: Callable[[], None] | None = None) -> None:
    """The page of an address, and what is to be done `after` it was shown."""
    try:
        with app.request_context({**browser, **_asking_for(address, browser), MADE_AHEAD: True, AFTER: after}):
            app.full_dispatch_request()
    except GivenUp as cause:
        log.debug("%s is not made ahead: %s", address, cause)
    except Exception:
        # Whoever asks for it is told.
        log.warning("%s could not be made ahead", address, exc_info=True)


def _browser(environ: Environ) -> Environ:
    """What the browser that sent a form will say again when it asks for a page."""
    said = {name: value for name, value in environ.items() if name.isupper() or name.startswith("wsgi.")}
    for name in _OF_BODY:
        said.pop(name, None)
    return {**said, "REQUEST_METHOD": "GET", "wsgi.input": BytesIO()}


def _asking_for(address: str, browser: Environ) -> Environ:
    """How it names the page."""
    target = address.partition("#")[0]
    path, _, query = target.partition("?")
    named = {name: target for name in _TARGETS if name in browser}
    return {**named, "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query}
