"""Set-up: from an organisation to its first labels, a step a screen."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

setup = Blueprint("setup", __name__)
_SCREENS = ("steps", "organisation", "facility", "product", "lot", "labels", "own", "own_facility")


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    for screen in _SCREENS:
        import_module(f"{__name__}.{screen}")
    app.register_blueprint(setup)
