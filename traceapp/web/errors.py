"""From errors to statuses: the only place that knows both.

A reader gets a page in their language, a program an RFC 9457 problem document.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from traceapp.core import errors
from traceapp.core.negotiation import HTML, accepts, prefers_json
from traceapp.web.language import choose_locale
from traceapp.web.public.messages import error_response

log = logging.getLogger("traceapp")

STATUS: Mapping[type[errors.TraceappError], int] = {
    errors.TraceappError: 400,
    errors.InvalidIdentifier: 400,
    errors.InvalidEvent: 422,
    errors.NotReadable: 422,
    errors.RuleBroken: 422,
    errors.PhotoRefused: 422,
    errors.SheetRefused: 422,
    errors.CellRefused: 422,
    errors.VerificationError: 422,
    errors.Malformed: 400,
    errors.BadSignature: 422,
    errors.UnknownKey: 422,
    errors.KeyNotValid: 422,
    errors.KeyRevoked: 422,
    errors.NotInLog: 422,
    errors.InconsistentLog: 503,
    errors.CannotBeChecked: 422,
    errors.GateRefused: 409,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.Unavailable: 503,
    errors.LogAhead: 503,
    errors.BadSettings: 503,
}


def wants_json() -> bool:
    """Whether the caller is a program: it wants JSON more than a page, or names no page at a machine's address."""
    accept = request.headers.get("Accept", "")
    machines = ("/log/", "/records/", "/.well-known/", "/status/", "/vocab/", "/label-jobs/")
    return prefers_json(accept) or (request.path.startswith(machines) and not accepts(accept, HTML))


def problem(status: int, code: str, detail: str) -> Response:
    """An RFC 9457 problem document."""
    body = {"type": f"about:blank#{code}", "title": code, "status": status, "detail": detail}
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/problem+json")


def register(app: Flask) -> None:
    """Handle every error of `app`."""

    @app.errorhandler(errors.TraceappError)
    def known(cause: errors.TraceappError) -> Response:
        status = next(STATUS[kind] for kind in type(cause).__mro__ if kind in STATUS)
        if status >= 500:
            log.error("%s: %s", cause.code, cause)
        return answer(status, cause.code, str(cause))

    @app.errorhandler(MethodNotAllowed)
    def not_allowed(cause: MethodNotAllowed) -> Response:
        page = _page_above(request.path) if request.method == "GET" and not wants_json() else ""
        found = f"{page}?lang={choose_locale()}"
        return Response(status=303, headers={"Location": found}) if page else http(cause)

    @app.errorhandler(HTTPException)
    def http(cause: HTTPException) -> Response:
        response = answer(cause.code or 500, (cause.name or "error").lower().replace(" ", "-"), cause.description or "")
        for name, value in cause.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(500)
    def unforeseen(cause: Exception) -> Response:
        log.exception("unforeseen", exc_info=cause)
        return answer(500, "error", "Something went wrong here; it has been noted.")


def _page_above(path: str) -> str:
    """The nearest page above an address of the portal that takes forms only; empty elsewhere.

    A form that came back stands at such an address: opened in the other language, or by a phone that put the tab
    aside, it leads to where it was filled in.
    """
    pages = current_app.create_url_adapter(request)
    while pages and path.startswith("/portal/"):
        path = path.rpartition("/")[0]
        with suppress(HTTPException):
            pages.match(path, method="GET")
            return path
    return ""


def answer(status: int, code: str, detail: str) -> Response:
    """One error, as a problem document or a page."""
    response = problem(status, code, detail) if wants_json() else error_response(status, detail)
    response.headers["Cache-Control"] = "no-store"
    return response
