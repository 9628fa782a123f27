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
    wanted = None if is_long_query() else request.args.get("lang")
    return i18n.choose_language(wanted, request.headers.get("Accept-Language", ""))
