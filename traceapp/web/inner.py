"""Pages that the service itself asks for, as the browser would whose request is at hand."""

from __future__ import annotations

from contextvars import Context
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Response

Environ = dict[str, Any]

MADE_AHEAD = "traceapp.made-ahead"
"""In the environ of a page that nobody has asked for yet."""
_OF_BODY = ("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING")
_TARGETS = ("REQUEST_URI", "RAW_URI")


def browser_of(environ: Environ) -> Environ:
    """What the browser that sent a request will say again with a GET, whatever it asks for."""
    said = {name: value for name, value in environ.items() if name.isupper() or name.startswith("wsgi.")}
    for name in _OF_BODY:
        said.pop(name, None)
    return {**said, "REQUEST_METHOD": "GET", "wsgi.input": BytesIO()}


def asking_for(address: str, browser: Environ) -> Environ:
    """How that browser asks for a page by its path and query."""
    target = address.partition("#")[0]
    path, _, query = target.partition("?")
    named = {name: target for name in _TARGETS if name in browser}
    return {**browser, **named, "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query}


def ask(app: Flask, environ: Environ) -> Response:
    """What it is answered, in a context of its own: who may see it is decided there, as for everybody."""
    return Context().run(_ask, app, environ)


def _ask(app: Flask, environ: Environ) -> Response:
    with app.request_context(environ):
        try:
            return app.full_dispatch_request()
        except Exception as cause:  # noqa: BLE001
            # Told in the log, as it is of any page.
            return app.handle_exception(cause)
