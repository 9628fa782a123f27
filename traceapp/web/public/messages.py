"""Error pages."""

from __future__ import annotations

from flask import Response

from traceapp.web.access import world
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.view import error_page


def error_response(status: int, detail: str) -> Response:
    """The page of one error, in the reader's language."""
    context = plain_context(world(), world().clock())
    # Reasons are written in English; a Vietnamese page says in its own words what such an error means.
    page = error_page(status, None, detail if detail and context.lang == "en" else None, None, context)
    return Response(page, status, mimetype="text/html")
