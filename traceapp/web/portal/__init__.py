"""The portal: what those who sign in see. Each area is a module or a package with `register(app)`."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from traceapp.web.portal import ahead, colleagues, kept_pages

_AREAS = (
    "home",
    "setup",
    "checklist",
    "account",
    "diary",
    "overview",
    "certificates",
    "tables",
    "messages",
    "shops",
    "lots",
    "labels",
)


def register(app: Flask) -> None:
    """Add every area's addresses to `app`."""
    for name in _AREAS:
        import_module(f"traceapp.web.portal.{name}").register(app)
    kept_pages.register(app)
    ahead.register(app)
    colleagues.register(app)
