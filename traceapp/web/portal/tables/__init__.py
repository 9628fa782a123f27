"""Tables that come in and go out."""

from __future__ import annotations

from flask import Flask

from traceapp.web.portal.tables import exporting, importing


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    for area in (importing, exporting):
        area.register(app)
