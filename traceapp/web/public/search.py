"""Searching: the result page, and the suggestions that a page with JavaScript asks for while somebody types."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, request

from traceapp.core.negotiation import HTML, JSON, preferred
from traceapp.services.search.queries import FARTHEST, Asked, Found, facets, search, words_alone
from traceapp.services.world import World
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.headers import WITH_SCRIPT
from traceapp.web.language import choose_locale
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.known import known_things
from traceapp.web.public.results import Hit, hit_of, results_of, said, search_url
from traceapp.web.public.view import search_page

MOST_SUGGESTED = 8
_SECONDS_KEPT = 10
_VARY = "Accept, Accept-Language"

searching = Blueprint("searching", __name__)


@searching.get("/search")
@access(PUBLIC)
def results() -> Response:
    """The products that fit what was typed; a program gets what `suggestions` says."""
    if preferred(request.headers.get("Accept", ""), (HTML, JSON)) == JSON:
        return suggestions()
    here, now, lang, asked = world(), world().clock(), choose_locale(), _asked()
    with here.read() as connection:
        found = search(connection, asked, now, after=_after())
        narrower = facets(connection, asked, now)
        words = [] if found.total else words_alone(connection, asked, now)
    context = replace(plain_context(here, now), other_lang_url=search_url(asked, "en" if lang == "vi" else "vi"))
    page = search_page(results_of(asked, found, narrower, _hits(here, found, lang, now), lang, words), context)
    headers = {"Cache-Control": "private, no-cache", "Content-Security-Policy": WITH_SCRIPT, "Vary": _VARY}
    return Response(page, mimetype="text/html", headers=headers)


@searching.get("/search.json")
@access(PUBLIC)
def suggestions() -> Response:
    """A few products for a list under the field. Kept for seconds, by this reader only."""
    here, now, lang, asked = world(), world().clock(), choose_locale(), _asked()
    with here.read() as connection:
        found = search(connection, asked, now, most=MOST_SUGGESTED)
    hits = [_suggestion(one) for one in _hits(here, found, lang, now)]
    body = json.dumps({"said": said(found.total, lang), "hits": hits}, ensure_ascii=False)
    headers = {
        "Cache-Control": f"private, max-age={_SECONDS_KEPT}",
        "Vary": _VARY,
        "X-Robots-Tag": "noindex",
    }
    return Response(body, mimetype="application/json", headers=headers)


def _asked() -> Asked:
    return Asked.of(*(request.args.get(name, "") for name in ("q", "stars", "province")))


def _after() -> int:
    """How many products were seen; what is no such number begins at the beginning."""
    text = request.args.get("after", "")
    return min(int(text), FARTHEST) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _hits(here: World, found: Found, lang: str, now: datetime) -> list[Hit]:
    """Each product as verified now or a moment ago: the index only says which."""
    known = (known_things(here).get(here, identity, now) for identity in found.products)
    return [hit_of(one.facts, one.verdict, lang, is_demo=here.is_demo) for one in known]


def _suggestion(hit: Hit) -> dict[str, str]:
    about = ", ".join(filter(None, (hit.product.producer, hit.product.place)))
    return {"name": hit.product.name, "about": about, "url": hit.product.url}
