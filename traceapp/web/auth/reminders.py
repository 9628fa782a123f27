"""`/letters/…`: no more reminders, by the address in a letter and without signing in."""

from __future__ import annotations

from flask import Response

from traceapp.services.accounts.reminder_wishes import account_of_stop, set_wish
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.auth.blueprint import auth
from traceapp.web.portal.view import page_of


@auth.get("/letters/<told>")
@access(PUBLIC)
def letters_stop(told: str) -> Response:
    """One button. Looking changes nothing: mail programs open addresses by themselves."""
    here = world()
    with here.read() as connection:
        account_of_stop(here, connection, told)
    return page_of("auth/letters.html", told=told, done=False)


@auth.post("/letters/<told>")
@access(PUBLIC)
def letters_stopped(told: str) -> Response:
    """End them. Mail programs send this from nowhere (RFC 8058): the address itself is the proof."""
    here = world()
    with here.write_aside() as connection:
        set_wish(connection, account_of_stop(here, connection, told), reminders=False)
    return page_of("auth/letters.html", told=told, done=True)
