"""The pages that everybody sees."""

from __future__ import annotations

from flask import Flask

from traceapp.web.public.discovery import discovery
from traceapp.web.public.messages_view import consumers
from traceapp.web.public.resolver import resolver
from traceapp.web.public.scan_words import scan_words
from traceapp.web.public.search import searching
from traceapp.web.public.views import AiConverter, RawConverter, public


def register(app: Flask) -> None:
    """Add the public addresses to `app`."""
    app.url_map.converters["raw"] = RawConverter
    app.url_map.converters["ai"] = AiConverter
    app.register_blueprint(public)
    app.register_blueprint(resolver)
    app.register_blueprint(scan_words)
    app.register_blueprint(searching)
    app.register_blueprint(discovery)
    app.register_blueprint(consumers)
