"""The inspector's phone, and inspections: recorded in the office or sent from the phone, printed as reports."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

_AREAS = ("phone", "sending", "reports", "office")


def register(app: Flask) -> None:
    """Add every area's addresses to `app`."""
    for name in _AREAS:
        import_module(f"traceapp.web.inspector.{name}").register(app)
