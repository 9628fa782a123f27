"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.datastructures import Headers

from traceapp.web.access import world

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing runs that could connect; a browser's own tools heed it when they read robots.txt for an audit."""
WITH_SCRIPT = f"{CONTENT_SECURITY_POLICY}; script-src 'self'"
"""For pages that a script of ours makes more convenient, and for those alone."""
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# Over plain http browsers ignore these, and complain of the second on every page.
_SECURE = {
    **_ALWAYS,
    "Strict-Transport-Security": "max-age=31536000",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class WholePage(Response):
    """A page whose bytes and headers are all there: nothing is left to find out when it is sent."""

    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """As it stands; werkzeug works out what a HEAD is answered, and whom to tell of the end."""
        if environ["REQUEST_METHOD"] != "GET" or self._on_close:
            return super().get_wsgi_response(environ)
        return [self.get_data()], self.status, list(self.headers)


def put(headers: Headers, values: Mapping[str, str]) -> None:
    """Set each of them; werkzeug's own way looks through all headers for each."""
    said = {name.lower() for name, _ in headers}
    for name, value in values.items():
        if name.lower() in said:
            headers[name] = value
        else:
            headers.add(name, value)


def register(app: Flask) -> None:
    """Put them on every answer of `app`."""

    @app.after_request
    def add(response: Response) -> Response:
        always = _SECURE if world().settings.base_url.startswith("https://") else _ALWAYS
        # One pass instead of a search for each: this is a fifth of what a page costs.
        said = {name.lower() for name, _ in response.headers}
        response.headers.extend([(name, value) for name, value in always.items() if name.lower() not in said])
        return response
