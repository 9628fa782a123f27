"""A page of the portal around what an area's template says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from traceapp.services.accounts.people import Member
from traceapp.web.access import world
from traceapp.web.auth import session
from traceapp.web.headers import WITH_SCRIPT, WholePage
from traceapp.web.language import choose_locale
from traceapp.web.portal.nav import Way, main_ways
from traceapp.web.public.assets import asset_url, with_drawings
from traceapp.web.templates import render_template

_HEADERS = {"Content-Security-Policy": WITH_SCRIPT}
_KIND = "text/html; charset=utf-8"
THEN = "traceapp.then"
"""In the environ of a form that was taken: what `see_other` was told of it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of the portal is told: the reader's language, who is signed in, where the ways lead."""

    lang: str
    other_lang: str
    other_lang_url: str
    member: Member | None
    csrf: str
    ways: tuple[Way, ...]
    path: str
    is_demo: bool


def portal_page(template: str, *, status: int = 200, **values: Any) -> Response:
    """`templates/portal/{template}.html` as an answer; `values` are what it shows."""
    return page_of(f"portal/{template}.html", status=status, **values)


def page_of(template: str, *, status: int = 200, **values: Any) -> Response:
    """The same for any template that extends portal/frame.html."""
    page = with_drawings(render_template(template, frame=_frame(), asset_url=asset_url, **values))
    return WholePage(page.encode(), status, _HEADERS, content_type=_KIND)


def see_other(address: str, *, then: Sequence[str] = ()) -> Response:
    """Where to look after a form was taken; a page sent with htmx follows too.

    `then`: other pages that tell of it at length, to be made ahead (ahead.py).
    """
    request.environ[THEN] = then
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return Response(status=303, headers={"Location": address})


def _frame() -> Frame:
    lang, path, member = choose_locale(), request.path, session.current()
    other = "en" if lang == "vi" else "vi"
    return Frame(
        lang=lang,
        other_lang=other,
        other_lang_url=_with_lang(path, request.args if request.query_string else {}, other),
        member=member,
        csrf=session.csrf(),
        ways=main_ways(member, path),
        path=path,
        is_demo=world().is_demo,
    )


def _with_lang(path: str, args: Mapping[str, str], lang: str) -> str:
    """This page in the other language; a form that was sent has only its path."""
    return f"{path}?{urlencode({**args, 'lang': lang}) if args else f'lang={lang}'}"
