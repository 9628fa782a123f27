"""The diary: today, the form of each stage, what waits in the phone, the plan."""

from __future__ import annotations

from flask import Flask

from traceapp.web.portal.diary.arriving import arriving
from traceapp.web.portal.diary.book import book
from traceapp.web.portal.diary.correcting import corrections
from traceapp.web.portal.diary.days import days
from traceapp.web.portal.diary.entry import entries
from traceapp.web.portal.diary.plan import plan


def register(app: Flask) -> None:
    """Add the diary's addresses to `app`."""
    for area in (days, book, entries, corrections, plan, arriving):
        app.register_blueprint(area)
