"""The one place where a request meets what its view declares: who may call it, from where, with which form token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, request

from traceapp.i18n import LANGUAGES
from traceapp.services.accounts import kept_forms, sessions
from traceapp.services.accounts.kept_forms import KeptForm
from traceapp.services.accounts.people import Member, MemberRole
from traceapp.web.access import (
    LONGEST_PATH,
    PRODUCER,
    PRODUCER_OFFICER,
    PRODUCER_OWNER,
    PUBLIC,
    SIGNED_IN,
    asked,
    require_same_origin,
    world,
)
from traceapp.web.auth import session
from traceapp.web.errors import problem, wants_json
from traceapp.web.headers import put
from traceapp.web.language import LANG_COOKIE

SAFE = ("GET", "HEAD", "OPTIONS")
KEPT_FIELD = "kept-form"
NUL = "\0"
KEPT_PATH = "/portal/kept-form"
WAITS = "waits"
"""What a form carries whose page keeps it in the phone until it was taken (static/portal-worker.js)."""
SET_UP_PATH = "/portal/setup"
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}

View = Callable[..., Any]


def register(app: Flask) -> None:
    """Guard every address of `app`."""
    app.before_request(_admit)
    app.after_request(_keep_private)
    app.after_request(_drop_sent_form)


def may(member: Member, who: tuple[str, ...]) -> bool:
    """Whether a member is among those whom a view declares."""
    if SIGNED_IN in who or member.organisation_role in who:
        return True
    named = {MemberRole.OWNER: PRODUCER_OWNER, MemberRole.OFFICER: PRODUCER_OFFICER}
    return member.organisation_role == PRODUCER and named.get(member.role or MemberRole.STAFF) in who


def _admit() -> Response | None:
    request = asked()
    view = current_app.view_functions.get(request.endpoint or "")
    who: tuple[str, ...] = view.__dict__["access"] if view else (PUBLIC,)
    if view is None or PUBLIC in who or request.method == "OPTIONS":
        return None
    if most := view.__dict__["most_bytes"]:
        request.max_content_length = most
    member = session.current()
    if member is None:
        return _sign_in_first()
    if not may(member, who):
        return _not_for(member, who)
    if NUL in request.path or (request.query_string and any(NUL in sent for sent in request.args.values())):
        # No id and no number has one, and not every database takes it.
        abort(404, description="There is nothing under that address.")
    if request.method not in SAFE:
        require_same_origin()
        return _opened_before(member)
    return None


def _opened_before(member: Member) -> Response | None:
    """A form of ours that an older session opened, or one for another organisation: looked at again, then sent.

    A page whose own worker keeps what was typed is told no, as programs are.
    """
    if session.is_own_form():
        return None
    if (
        wants_json()
        or request.headers.get("HX-Request")
        or not request.form.get(session.FIELD)
        or WAITS in request.form
    ):
        abort(403, description="This form is not of your session: open it here and send it again.")
    token = _keep_form(member.account)
    return session.keep_form(_led_to(KEPT_PATH), token)


def _not_for(member: Member, who: tuple[str, ...]) -> Response:
    """Whoever has no organisation yet is led to where one is set up; anybody else is told no."""
    is_new = member.organisation is None and PRODUCER in who
    if not is_new or request.method not in SAFE or wants_json():
        abort(403, description="Your account may not do this: it is for others in their role.")
    return _led_to(SET_UP_PATH)


def _sign_in_first() -> Response:
    if request.method in SAFE:
        return _asked_to_sign_in(request.full_path.rstrip("?"))
    require_same_origin()
    if wants_json() or not (request.form or request.files):
        return _asked_to_sign_in("/portal")
    with world().read() as connection:
        account = sessions.account_of_ended(connection, session.cookie())
    return session.keep_form(_asked_to_sign_in(KEPT_PATH), _keep_form(account))


def _keep_form(account: str | None) -> str:
    """Keep what was typed; returns the token by which it is found again."""
    here, now = world(), world().clock()
    files = [(name, one.filename) for name, one in request.files.items(multi=True) if one.filename]
    form = KeptForm(request.full_path.rstrip("?"), list(request.form.items(multi=True)), files, _page_it_stood_on())
    with here.write_aside() as connection:
        return kept_forms.keep(connection, form, account, now)


def _page_it_stood_on() -> str:
    """A page of the portal here, as the browser says; empty where it says nothing of the kind."""
    host, _, rest = request.headers.get("Referer", "").partition("://")[2].partition("/")
    is_ours = host == request.headers.get("Host") and f"/{rest}".startswith("/portal")
    return f"/{rest}" if is_ours and len(rest) < LONGEST_PATH else ""


def _asked_to_sign_in(next_path: str) -> Response:
    if wants_json():
        return problem(401, "unauthorized", "Sign in first: this address is for accounts.")
    return _led_to(f"/login?{urlencode({'next': next_path})}")


def _led_to(address: str) -> Response:
    """A redirect; htmx follows one only when it is told so in a header of its own."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return Response(status=303, headers={"Location": address})


def _keep_private(response: Response) -> Response:
    request = asked()
    view = current_app.view_functions.get(request.endpoint or "")
    if view is not None and (PUBLIC not in view.__dict__["access"] or request.blueprint == "auth"):
        put(response.headers, _PRIVATE)
        if request.query_string and (lang := request.args.get("lang", "")) in LANGUAGES:
            response.set_cookie(LANG_COOKIE, lang, max_age=31_536_000, httponly=True, samesite="Lax")
    return response


def _drop_sent_form(response: Response) -> Response:
    """A form that had waited was taken by its view: it waits no more."""
    if request.method != "POST" or response.status_code >= 400:
        return response
    token = request.cookies.get(session.KEPT_COOKIE)
    if token and request.form.get(KEPT_FIELD):
        with world().write_aside() as connection:
            kept_forms.drop(connection, token, world().clock())
        return session.forget_form(response)
    return response
