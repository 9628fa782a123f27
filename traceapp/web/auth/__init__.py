"""Signing up, in and out; whom a request is from; what a route asks of it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from traceapp.web.auth import guard
from traceapp.web.auth.blueprint import auth

_PAGES = ("sign_in", "sign_up", "invitations", "recovery", "passkeys", "kept", "reminders")


def register(app: Flask) -> None:
    """Add these addresses to `app`, and the guard in front of every address."""
    guard.register(app)
    for name in _PAGES:
        import_module(f"traceapp.web.auth.{name}")
    app.register_blueprint(auth)
