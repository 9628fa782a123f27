"""Setting up, one screen after the other: organisation, facility, product, first lot, labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from traceapp.services.registry.setting_up import progress_of
from traceapp.web.access import PRODUCER, SIGNED_IN, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, version_of
from traceapp.web.portal.setup import setup
from traceapp.web.portal.view import portal_page, see_other


@setup.get("/portal/setup")
@access(SIGNED_IN)
def start() -> Response:
    """The next thing that is missing; what there is already, once nothing is."""
    here, member = world(), session.member()
    if member.organisation is None:
        return see_other(step_url("organisation"))
    if member.organisation_role != PRODUCER:
        return see_other("/portal")
    with here.read() as connection:
        progress = progress_of(connection, member.organisation)
    if progress.next_step != "done":
        return see_other(step_url(progress.next_step))
    return portal_page("setup/done", progress=progress)


def step_url(step: str) -> str:
    """The address of a step, in the reader's language."""
    return f"/portal/setup/{step}?lang={choose_locale()}"


def opened_on(form: Form, state: Any) -> str:
    """The version that a form carries: of what there was when it was first opened, however often it came back."""
    return form.version or version_of(state)


def is_overtaken(form: Form, state: Any) -> bool:
    """Whether something was set up since the form was opened: by another tab, or by the same form sent twice."""
    return bool(form.version) and form.version != version_of(state)


def asked_again(form: Form, words: str) -> Form:
    """The form to look at once more: sent again, it is meant."""
    return replace(form.with_problem("form", words), version="")
