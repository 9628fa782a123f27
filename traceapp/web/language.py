"""The reader's language: `?lang=`, else Accept-Language, else Vietnamese."""

from __future__ import annotations

from flask import has_request_context, request

from traceapp import i18n
from traceapp.web.access import is_long_query


def choose_locale() -> str:
    """`vi` or `en` for this request."""
    if not has_request_context():
        return "vi"
    # A query too long to be answered is not read for this either.
    wanted = request.args.get("lang") if request.query_string and not is_long_query() else None
    return i18n.choose_language(wanted, request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))
