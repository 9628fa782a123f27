"""`/portal`: what to do today; `/portal/more`: everything else."""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from traceapp.web.access import PRODUCER, SIGNED_IN, access
from traceapp.web.auth import session
from traceapp.web.portal.diary.days import today as diary_today
from traceapp.web.portal.nav import more_ways
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.portal.waiting import tasks_of

home = Blueprint("portal", __name__)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(home)


@home.get("/portal")
@access(SIGNED_IN)
def today() -> Response:
    """Where one starts; whoever has nothing yet is led to set it up."""
    member = session.member()
    if member.organisation is None:
        return see_other("/portal/setup")
    if member.organisation_role == PRODUCER:
        return diary_today()
    return portal_page("today", standing=None, tasks=tasks_of(member), ways=more_ways(member))


@home.get("/portal/more")
@access(SIGNED_IN)
def more() -> Response:
    """Every way there is for this member."""
    return portal_page("more", ways=more_ways(session.member()))
