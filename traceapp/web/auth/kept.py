"""The form that waited while its sender signed in again."""

from __future__ import annotations

from flask import Response, request

from traceapp.services.accounts import kept_forms
from traceapp.web.access import SIGNED_IN, access, world
from traceapp.web.auth import session
from traceapp.web.auth.blueprint import auth
from traceapp.web.auth.guard import KEPT_FIELD, KEPT_PATH
from traceapp.web.portal.view import page_of, see_other

_HIDDEN = frozenset(
    {"version", "next", "key", "from", "copied", "kept", "do", "asked", "lot", "account", "stage", "for", "counted"}
)


@auth.get(KEPT_PATH)
@access(SIGNED_IN)
def kept_form() -> Response:
    """What was typed, to be sent again or thrown away; to the portal where nothing waits."""
    here, member = world(), session.member()
    with here.read() as connection:
        form = kept_forms.find(connection, request.cookies.get(session.KEPT_COOKIE, ""), member.account, here.clock())
    if form is None:
        return session.forget_form(see_other("/portal"))
    shown = [(name, value) for name, value in form.fields if _is_typed(name, value)]
    return page_of("auth/kept.html", form=form, shown=shown, kept_field=KEPT_FIELD)


@auth.post(KEPT_PATH)
@access(SIGNED_IN)
def kept_form_drop() -> Response:
    """Throw it away."""
    here = world()
    with here.write_aside() as connection:
        kept_forms.drop(connection, request.cookies.get(session.KEPT_COOKIE, ""), here.clock())
    return session.forget_form(see_other("/portal"))


def _is_typed(name: str, value: str) -> bool:
    """Whether somebody typed or chose it: ids, keys and places on a map mean nothing to who reads them."""
    hidden = _HIDDEN | {KEPT_FIELD}
    return bool(value) and name not in hidden and not name.endswith((".x", ".y")) and not value.startswith("https://")
