"""The reader's language: `?lang=`, else Accept-Language, else Vietnamese."""

from __future__ import annotations

from flask import has_request_context, request

from traceapp import i18n


def choose_locale() -> str:
    """`vi` or `en` for this request."""
    if not has_request_context():
        return "vi"
    return i18n.choose_language(request.args.get("lang"), request.headers.get("Accept-Language", ""))
