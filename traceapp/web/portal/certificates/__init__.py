"""Certificates: the producer's, the certifier's desk, and its own key."""

from __future__ import annotations

from flask import Flask

from traceapp.web.portal.certificates import desk, own_documents, own_key, own_paper, papers


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    for area in (papers, own_paper, desk, own_key, own_documents):
        area.register(app)
