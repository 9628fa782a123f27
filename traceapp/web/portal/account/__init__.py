"""Accounts: one's own, colleagues', what one of them did; a passkey touched before what cannot be taken back."""

from __future__ import annotations

from flask import Flask

from traceapp.web.portal.account import claims, cosign, doubts, own, people


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    for area in (people, own, doubts, cosign, claims):
        area.register(app)
