"""The page for whatever the static site does not hold: it checks a signed label by itself."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Flask, Response

from traceapp.web.access import PUBLIC, access, world
from traceapp.web.headers import WITH_SCRIPT
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.view import words_page

archive = Blueprint("archive", __name__)


def register(app: Flask) -> None:
    """Add this address to `app`."""
    app.register_blueprint(archive)


@archive.get("/archived")
@access(PUBLIC)
def archived() -> Response:
    """What becomes 404.html of the static site."""
    here = world()
    known = plain_context(here, here.clock())
    # It is answered under any address: the other language is the same address asked for otherwise.
    ctx = replace(known, other_lang_url=f"?lang={'en' if known.lang == 'vi' else 'vi'}")
    page = words_page("archived", ctx)
    headers = {"Content-Security-Policy": WITH_SCRIPT, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(page, headers=headers, content_type="text/html; charset=utf-8")
