"""The form that waited while its sender signed in again."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from flask import Flask, Response, current_app, request

from traceapp.db import notes
from traceapp.services.accounts import kept_forms
from traceapp.services.accounts.kept_forms import KeptForm
from traceapp.web.access import SIGNED_IN, access, world
from traceapp.web.auth import session
from traceapp.web.auth.blueprint import auth
from traceapp.web.auth.guard import KEPT_FIELD, KEPT_PATH
from traceapp.web.inner import ask, asking_for, browser_of
from traceapp.web.language import choose_locale
from traceapp.web.portal.form_words import Asked, asked_on, told
from traceapp.web.portal.view import page_of, see_other

MOST_OPEN = 12
"""Answers that are shown at once; the others are folded."""
_FOR_WORDS = "kept.for-words"
"""In the environment of a request by which this page asks another for its words."""
_HIDDEN = frozenset(
    "version next key from copied kept do asked lot account stage for sure what waits counted".split()  # noqa: SIM905
)


@auth.get(KEPT_PATH)
@access(SIGNED_IN)
def kept_form() -> Response:
    """What was typed, to be sent again or thrown away; to the portal where nothing waits."""
    here, member = world(), session.member()
    if _FOR_WORDS in request.environ:
        # It has no words of its own, and would ask itself for ever.
        return see_other("/portal")
    with here.read() as connection:
        form = kept_forms.find(connection, request.cookies.get(session.KEPT_COOKIE, ""), member.account, here.clock())
    if form is None:
        return session.forget_form(see_other("/portal"))
    asked = _asked(form)
    typed = [(name, value) for name, value in form.fields if _is_chosen(name, value, asked) or _is_typed(name, value)]
    lines = told(typed, asked)
    return page_of("auth/kept.html", form=form, shown=lines[:MOST_OPEN], more=lines[MOST_OPEN:], kept_field=KEPT_FIELD)


@auth.post(KEPT_PATH)
@access(SIGNED_IN)
def kept_form_drop() -> Response:
    """Throw it away."""
    here = world()
    with here.write_aside() as connection:
        kept_forms.drop(connection, request.cookies.get(session.KEPT_COOKIE, ""), here.clock())
    return session.forget_form(see_other("/portal"))


def _is_chosen(name: str, value: str, asked: Mapping[str, Asked]) -> bool:
    """Whether the form has words for that choice; which copied fields were touched is no answer to anything."""
    return bool(value) and name != "kept" and value in asked.get(name, Asked()).choices


def _is_typed(name: str, value: str) -> bool:
    """Whether somebody typed or chose it: ids, keys and places on a map mean nothing to who reads them."""
    hidden = _HIDDEN | {KEPT_FIELD}
    return bool(value) and name not in hidden and not name.endswith((".x", ".y")) and not value.startswith("https://")


def _asked(form: KeptForm) -> dict[str, Asked]:
    """What the form asked, in the reader's language: the page where it stood is asked, or the one at its own address.

    Nothing where neither shows that form.
    """
    action = form.path.partition("?")[0]
    for page in filter(None, (form.page, quote(form.path, safe="/?&=%"))):
        if found := asked_on(_page(page), action):
            return found
    return {}


def _page(address: str) -> str:
    """Another page of the portal, as whoever asks for this one is shown it; empty where there is none.

    It is asked for as by the browser itself, and may be refused.
    """
    # What it was made from is not among the notes of this page.
    notes.spoil("another page was asked")
    path, _, query = address.partition("?")
    asked = asking_for(f"{path}?lang={choose_locale()}&{query}", browser_of(request.environ))
    asked.pop("HTTP_ACCEPT_ENCODING", None)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    answer = ask(app, {**asked, _FOR_WORDS: True})
    return answer.get_data(as_text=True) if answer.status_code == 200 and answer.mimetype == "text/html" else ""
