"""Lots: made of one another, packed, handed over, traced, recalled."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

lots = Blueprint("lots", __name__)
_SCREENS = ("lists", "splitting", "making", "handing_over", "receiving", "cases", "recalling")


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    for screen in _SCREENS:
        import_module(f"{__name__}.{screen}")
    app.register_blueprint(lots)
    import_module(f"{__name__}.trace").register(app)
