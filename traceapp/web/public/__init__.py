"""The pages that everybody sees."""

from __future__ import annotations

from flask import Flask

from traceapp.web.public.resolver import resolver
from traceapp.web.public.views import AiConverter, RawConverter, public


def register(app: Flask) -> None:
    """Add the public addresses to `app`."""
    app.url_map.converters["raw"] = RawConverter
    app.url_map.converters["ai"] = AiConverter
    app.register_blueprint(public)
    app.register_blueprint(resolver)
