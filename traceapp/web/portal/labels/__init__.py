"""Labels: ordered, previewed, printed again, voided."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

labels = Blueprint("portal_labels", __name__)
_SCREENS = ("orders", "runs", "again")


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    for screen in _SCREENS:
        import_module(f"{__name__}.{screen}")
    app.register_blueprint(labels)
