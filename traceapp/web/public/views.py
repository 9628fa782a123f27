"""The public addresses: what a label carries, its page, its bundle, the start page."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial

from flask import Blueprint, Response, request
from markupsafe import Markup
from werkzeug.routing import BaseConverter

from traceapp.core.digital_link import DigitalLink, Identity, Query, parse_path, parse_query
from traceapp.core.errors import NotFound
from traceapp.core.facts import Facts
from traceapp.core.linkset import wants_linkset
from traceapp.core.negotiation import HTML, JSON, named, preferred
from traceapp.core.verdict import Verdict, judge_all
from traceapp.i18n import LANGUAGES, show_time
from traceapp.services.records.bundles import bundle_name, make_bundle
from traceapp.services.records.verdicts import gather, lot_id, product_id
from traceapp.services.search.find import find, may_be_words, recent_products
from traceapp.services.search.queries import Asked
from traceapp.services.world import World
from traceapp.web.access import COUNTED, DESTINATION, PAGE, PUBLIC, PURPOSES, access, world
from traceapp.web.headers import WITH_SCRIPT
from traceapp.web.language import choose_locale
from traceapp.web.public.answers import answers
from traceapp.web.public.case_page import case_response
from traceapp.web.public.context_of import plain_context, recent_of, verdict_context
from traceapp.web.public.items import canonical_identity, code_of_item, count_scan, facts_of_item, item_page
from traceapp.web.public.known import Known, known_things
from traceapp.web.public.packed import takes_gzip, whole
from traceapp.web.public.page import UNKNOWN
from traceapp.web.public.place_page import place_response
from traceapp.web.public.raw import raw_path, raw_query
from traceapp.web.public.resolver import negotiated, redirect, resolve
from traceapp.web.public.results import search_url
from traceapp.web.public.slots import CHECKED_AT
from traceapp.web.public.verdict_json import verdict_json
from traceapp.web.public.view import privacy_page, start_page, verdict_page, verify_help_page

public = Blueprint("public", __name__)
EDGE_SECONDS = 60


class RawConverter(BaseConverter):
    """The rest of a path, whatever it holds: it is parsed from the raw address."""

    regex = "(?s:.*)"  # line breaks too
    part_isolating = False


class AiConverter(BaseConverter):
    """A numeric first segment: a GS1 application identifier, known or not."""

    regex = r"\d{2,4}|t"


@public.get("/<ai:key>/<raw:rest>")
@public.get("/<ai:key>")
@access(PUBLIC)
def scanned(key: str, rest: str = "") -> Response:
    """The address a label carries. A browser gets the page at once; a program the verdict or the links; others are led
    to the page."""
    link, query = parse_path(raw_path()), parse_query(raw_query())
    accept = request.headers.get("Accept", "")
    if query.link_type is None and not wants_linkset(None, accept):
        if (case := case_response(link, _judge)) is not None:
            return case
        wanted = named(accept, (HTML, JSON) if link.identity else (HTML,))
        if wanted == HTML:
            return _page(link, query) if link.identity else place_response(link, _judge)
        if wanted == JSON:
            return _verdict(link, query)
    return resolve(link, query, _judge)


@public.after_request
def _negotiate(response: Response) -> Response:
    """Whatever came of it, of any origin, and of OPTIONS too."""
    is_code = request.endpoint == "public.scanned"
    return negotiated(response) if is_code or _is_options_of_a_page() else response


def _is_options_of_a_page() -> bool:
    return request.method == "OPTIONS" and request.endpoint == "public.verify"


@public.get("/verify/<ai:key>/<raw:rest>")
@access(PUBLIC)
def verify(key: str, rest: str) -> Response:
    """The verdict page of exactly what was scanned."""
    link, query = parse_path(raw_path().removeprefix("/verify")), parse_query(raw_query())
    accept = request.headers.get("Accept", "")
    if (case := case_response(link, _judge)) is not None:
        return negotiated(case)
    if link.identity is None:
        return negotiated(place_response(link, _judge))
    fixed = request.args.get("lang") in LANGUAGES
    for_a_program = preferred(accept, (HTML, JSON)) == JSON and not fixed
    if query.value("format") == "json" or for_a_program:
        return negotiated(_verdict(link, query))
    return _page(link, query, fixed=True) if fixed else negotiated(_page(link, query))


@public.get("/bundle/<ai:key>/<raw:rest>")
@access(PUBLIC)
def bundle(key: str, rest: str) -> Response:
    """Everything needed to check the product or lot offline, as one file."""
    identity = _identity(parse_path(raw_path().removeprefix("/bundle"))).without_serial()
    here = world()
    with here.read() as connection:
        evidence = gather(connection, here.host, identity, here.rulebook).evidence
        label = here.settings.base_url + identity.path
        data = make_bundle(connection, evidence, label, here.published.read(), here.host)
    headers = {"Content-Disposition": f'attachment; filename="{bundle_name(identity)}"', "Cache-Control": "no-cache"}
    return Response(data, mimetype="application/zip", headers=headers)


@public.get("/")
@access(PUBLIC)
def start() -> Response:
    """What the service is, and a field for a code."""
    here, now = world(), world().clock()
    with here.read() as connection:
        newest = recent_products(connection)
    recent = tuple(recent_of(_known(here, identity, now).facts, choose_locale()) for identity in newest)
    response = _html(start_page(plain_context(here, now, path="/", recent=recent)))
    response.headers["Content-Security-Policy"] = WITH_SCRIPT
    return response


@public.get("/find")
@access(PUBLIC)
def find_code() -> Response:
    """Lead a typed or pasted code to its page, and a reader with any other words to what a search finds."""
    here, lang = world(), choose_locale()
    typed, within = request.args.get("code") or request.args.get("q") or "", request.args.get("within", "")
    try:
        with here.read() as connection:
            path = find(connection, typed, within, here.hosts(connection))
    except NotFound:
        if not may_be_words(typed, within) or named(request.headers.get("Accept", ""), (HTML, JSON)) != HTML:
            raise
        return redirect(search_url(Asked.of(typed, "", ""), lang), 303)
    # Not absolute: `form-action 'self'` lets a browser follow it under whichever of our hosts it came to.
    return redirect(f"{path}{'&' if '?' in path else '?'}lang={lang}", 303)


@public.get("/verify-help")
@access(PUBLIC)
def verify_help() -> Response:
    """How to check a record without trusting the service."""
    return _html(verify_help_page(plain_context(world(), world().clock(), path="/verify-help")))


@public.get("/privacy")
@access(PUBLIC)
def privacy() -> Response:
    """What is kept of a visit."""
    return _html(privacy_page(plain_context(world(), world().clock(), path="/privacy")))


def _identity(link: DigitalLink) -> Identity:
    if link.identity is None:
        raise NotFound(f"There is no page for {link.path[:120]}.")
    return canonical_identity(link.identity)


def _page(link: DigitalLink, query: Query, *, fixed: bool = False) -> Response:
    """The page of what was scanned. `fixed`: the address alone decides its bytes, so that an edge may keep it."""
    here, now, identity = world(), world().clock(), _identity(link)
    known = _known(here, identity, now)
    if identity.serial is not None:
        signature = query.sole_signature()
        facts = _facts_of_scan(here, known, identity, signature, now)
        made = item_page(here, known, facts, signature, now, gzip=_takes_gzip())
        return _packed(made, "private, no-store", _status(known, identity))
    if _is_scan() and known.verdict.headline not in UNKNOWN:
        count_scan(here, lot_id(here.host, identity) or product_id(here.host, identity), now)
    answered = answers(here, known, choose_locale(), now)
    key = (choose_locale(), identity.path, answered)
    context = partial(verdict_context, here, now, identity, checked_slot=Markup(CHECKED_AT), answers=answered)
    page = known.page(key, lambda: verdict_page(known.facts, known.verdict, context()))
    cache = _edge(known.verdict, now) if fixed else "private, no-cache"
    return _packed(page.fill({CHECKED_AT: show_time(now)}, gzip=_takes_gzip()), cache, _status(known, identity))


def _facts_of_scan(here: World, known: Known, identity: Identity, signature: str | None, now: datetime) -> Facts:
    """The facts of an item whose page somebody opened. The store is asked once: where it is held, each look waits."""
    if COUNTED not in request.environ:
        return facts_of_item(here, known, identity, signature, now, address=_address(), count=_is_scan())
    return known.facts.of_item(identity, code_of_item(here, known, identity, signature), request.environ[COUNTED])


def _verdict(link: DigitalLink, query: Query) -> Response:
    here, now, identity = world(), world().clock(), _identity(link)
    known = _known(here, identity, now)
    facts, verdict = known.facts, known.verdict
    if identity.serial is not None:
        facts = facts_of_item(here, known, identity, query.sole_signature(), now, address=_address(), count=False)
        verdict = judge_all(facts, now)
    body = json.dumps(verdict_json(facts, verdict, here), ensure_ascii=False)
    headers = {"Cache-Control": "private, no-cache"}
    return Response(body, _status(known, identity), headers, "application/json")


def _status(known: Known, identity: Identity) -> int:
    """404 for what nobody recorded here; a serial never issued of a product we know has a page of its own."""
    never_issued = identity.serial is not None and known.facts.product is not None
    return 404 if known.verdict.headline in UNKNOWN and not never_issued else 200


def _known(here: World, identity: Identity, now: datetime) -> Known:
    return known_things(here).get(here, identity, now)


def _judge(identity: Identity) -> tuple[Facts, Verdict]:
    known = _known(world(), identity, world().clock())
    return known.facts, known.verdict


def _address() -> str:
    return request.remote_addr or ""


def _is_scan() -> bool:
    """A person looking: not a HEAD, not a browser fetching ahead or for another page."""
    purpose = " ".join(request.environ.get(name, "") for name in PURPOSES).lower()
    ahead = "prefetch" in purpose or "preview" in purpose
    opened = request.environ.get(DESTINATION, PAGE) == PAGE
    return request.method == "GET" and opened and not ahead


def _edge(verdict: Verdict, now: datetime) -> str:
    """How long an edge may keep an address that fixes its bytes."""
    left = (verdict.changes_at - now).total_seconds() if verdict.changes_at else EDGE_SECONDS
    return f"public, max-age={max(0, min(EDGE_SECONDS, int(left)))}"


def _html(page: str, cache: str = "private, no-cache", status: int = 200) -> Response:
    return _packed(whole(page.encode(), gzip=_takes_gzip()), cache, status)


def _packed(page: bytes, cache: str, status: int) -> Response:
    response = Response(page, status, mimetype="text/html", headers={"Cache-Control": cache})
    response.vary.add("Accept-Encoding")
    if _takes_gzip():
        response.content_encoding = "gzip"
    return response


def _takes_gzip() -> bool:
    return takes_gzip(request.headers.get("Accept-Encoding", ""))
