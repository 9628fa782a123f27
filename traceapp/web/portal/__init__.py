"""The portal: what those who sign in see. Each area is a module with `register(app)`."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from traceapp.web.portal import kept_pages

_AREAS: tuple[str, ...] = (
    "home",
    "setup",
    "checklist",
    "people",
    "account",
    "doubts",
    "cosign",
    "claims",
    "diary",
    "overview",
    "certificates",
    "certifier",
    "own_key",
    "own_documents",
    "imports",
    "exports",
    "messages",
    "shops",
    "lots",
    "trace",
    "labels",
)


def register(app: Flask) -> None:
    """Add every area's addresses to `app`."""
    for name in _AREAS:
        import_module(f"traceapp.web.portal.{name}").register(app)
    kept_pages.register(app)
