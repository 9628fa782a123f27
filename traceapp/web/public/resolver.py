"""The resolver (GS1-Conformant Resolver Standard 1.2): linksets, redirects, and the headers that go with them.

A plain request goes to the default link, one for a link type to the link that fits the reader best, several equal ones
are offered (300). Addresses come from settings; only the anchor of a linkset repeats the host that was asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, unquote

from flask import Blueprint, Response, request

from traceapp.core.canonical import JsonObject
from traceapp.core.digital_link import DigitalLink, Identity, Query, parse_path
from traceapp.core.errors import InvalidIdentifier, NotFound
from traceapp.core.facts import Facts
from traceapp.core.linkset import LINKSET_TYPE, VOCABULARY, Chosen, Link, forward, link_context, linkset, wants_linkset
from traceapp.services.labels.runs import identify
from traceapp.services.lots.cases import case_of_link, may_be_case
from traceapp.services.records.epcis_export import epcis_document
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.registry.links import (
    Judge,
    Level,
    Words,
    choose_among,
    level_of_case,
    levels_of_code,
    levels_of_place,
)
from traceapp.services.registry.places import Place, find_place
from traceapp.services.world import World
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.language import choose_locale
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.raw import raw_path, raw_query
from traceapp.web.public.view import links_page

JSON = "application/json"
JSON_LD = "application/ld+json"
LINKSET_CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
METHODS = "GET, HEAD, OPTIONS"
PRIMARY_KEYS = ["00", "01", "414", "417"]
_HTML = "text/html"

resolver = Blueprint("resolver", __name__)


def resolve(link: DigitalLink, query: Query, judge: Judge) -> Response:
    """The linkset, where that is asked for; else the way to the link that fits best. NotFound where there is none."""
    accept = request.headers.get("Accept", "")
    levels = _levels(link, judge)
    if wants_linkset(query.link_type, accept):
        return _negotiated_linkset(levels)
    chosen = choose_among(
        levels,
        link_type=query.link_type,
        accept_language=query.lang or request.headers.get("Accept-Language", ""),
        accept=accept,
        context=query.value("context"),
    )
    if chosen.is_ambiguous:
        return _offer(levels[0], chosen)
    return redirect(forward(chosen.link, _passed_on(chosen.link, query)), 307)


def _levels(link: DigitalLink, judge: Judge) -> tuple[Level, ...]:
    here, asked = world(), raw_path().removesuffix("/")
    words = Words(choose_locale(), here.settings.base_url)
    with here.read() as connection:
        case = case_of_link(connection, here.host, link, here.keyring(connection)) if may_be_case(link) else None
    if case is not None:
        return (level_of_case(asked, case.path, words),)
    if link.identity is None:
        return levels_of_place(asked, place_of_link(here, link), words)
    return levels_of_code(asked, link.identity, judge, lambda facts: _is_issued(here, facts, link.identity), words)


def place_of_link(here: World, link: DigitalLink) -> Place:
    """The facility or organisation that a link names; NotFound."""
    with here.read() as connection:
        return find_place(connection, here.host, link, here.keyring(connection))


def _is_issued(here: World, facts: Facts, identity: Identity | None) -> bool:
    host = here.settings.base_host
    code = identity and identify(
        facts, identity, None, host=host, label_keys={}, serial_key=here.serial_key, exposed=frozenset()
    )
    return bool(code and code.run)


def _passed_on(link: Link, query: Query) -> str:
    """What of the query goes along: to our own pages all but the link type, elsewhere neither signature nor serial."""
    if not link.href.startswith(world().settings.base_url + "/"):
        return query.forwardable
    pairs = (pair for pair in raw_query().split("&") if pair)
    return "&".join(pair for pair in pairs if unquote(pair.partition("=")[0]) != "linkType")


def redirect(location: str, status: int) -> Response:
    """A redirect whose Location stays as it is, to the byte."""
    response = Response(status=status)
    response.headers["Location"] = location
    response.autocorrect_location_header = False
    return response


def _negotiated_linkset(levels: Sequence[Level]) -> Response:
    own, *above = levels
    contexts = [link_context(_anchor(one), one.description, one.links, one.default) for one in above]
    found = linkset(_anchor(own), own.description, own.links, own.default, contexts)
    return _links_page(levels, found, 200) if _wanted_form() == _HTML else _linkset(found, 200)


def _offer(level: Level, chosen: Chosen) -> Response:
    """300: links that fit equally well, for the reader or the program to choose from."""
    found: JsonObject = {"linkset": [link_context(_anchor(level), level.description, chosen.links)]}
    if _wanted_form() == _HTML:
        return _links_page([replace(level, links=chosen.links)], found, 300)
    return _linkset(found, 300)


def _wanted_form() -> str:
    """How a linkset is to be written. Who does not say, or says it oddly, gets the linkset's own media type."""
    offered = (LINKSET_TYPE, JSON, JSON_LD, _HTML)
    return request.accept_mimetypes.best_match(offered, LINKSET_TYPE)


def _linkset(found: JsonObject, status: int) -> Response:
    form = _wanted_form()
    if form == JSON_LD:
        found = _as_json_ld(found)
    response = Response(json.dumps(found, ensure_ascii=False), status, content_type=form)
    # In one header with the linkset's own address: of two headers of a name some readers see the last only.
    response.headers["Link"] = f'<{LINKSET_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="{JSON_LD}"'
    return response


def _as_json_ld(found: JsonObject) -> JsonObject:
    return {"@context": LINKSET_CONTEXT, **found}


def _links_page(levels: Sequence[Level], found: JsonObject, status: int) -> Response:
    here, link = world(), parse_path(raw_path())
    context = plain_context(here, here.clock())
    other = "en" if context.lang == "vi" else "vi"
    asked = "&".join(pair for pair in raw_query().split("&") if pair and not pair.startswith("lang="))
    context = replace(context, other_lang_url=f"{link.path}?{asked}&lang={other}")
    hidden = link.identity is not None and link.identity.serial is not None
    page = links_page(levels, context, _as_json_ld(found), is_choice=status == 300, is_hidden=hidden)
    return Response(page, status, mimetype=_HTML)


def _anchor(level: Level) -> str:
    """The address asked for: also where this machine is asked by another name than labels carry."""
    settings = world().settings
    host = request.environ.get("HTTP_HOST", "").lower()
    scheme = request.scheme
    if host in (settings.base_host, settings.identity):
        scheme = settings.base_url.partition("://")[0]
    return f"{scheme}://{host}{level.path}"


def negotiated(response: Response) -> Response:
    """What depends on who asks: caches must keep the answers apart, and every program must be able to read them."""
    response.vary.update(("Accept", "Accept-Language"))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Expose-Headers"] = "Link, Location"
    if response.status_code < 400:
        known = response.headers.get("Link")
        own = _linkset_link(raw_path().removeprefix("/verify"))
        response.headers["Link"] = f"{known}, {own}" if known else own
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _linkset_link(path: str) -> str:
    try:
        path = parse_path(path).path
    except InvalidIdentifier:
        # OPTIONS tells what may be asked before anybody asks whether the address is right.
        path = quote(path, safe="/%!$&'()*+,;=:@-._~")
    return f'<{world().settings.base_url}{path}?linkType=linkset>; rel="linkset"; type="{LINKSET_TYPE}"'


@resolver.get("/.well-known/gs1resolver")
@access(PUBLIC)
def description() -> Response:
    """The resolver description file."""
    told = {
        "name": "traceapp",
        "resolverRoot": world().settings.base_url,
        "supportedPrimaryKeys": PRIMARY_KEYS,
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": LINKSET_CONTEXT,
    }
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}
    return Response(json.dumps(told), content_type=JSON, headers=headers)


@resolver.get("/epcis/<ai:key>/<raw:rest>")
@access(PUBLIC)
def epcis(key: str, rest: str) -> Response:
    """A lot's public events as an EPCIS 2.0 document."""
    here, now, link = world(), world().clock(), parse_path(raw_path().removeprefix("/epcis"))
    if link.identity is None:
        raise NotFound(f"There are no events of {link.path[:120]}: ask for a lot.")
    with here.read() as connection:
        evidence = gather(connection, here.host, link.identity.without_serial(), here.rulebook).evidence
        keyring = here.keyring(connection)
    found = epcis_document(evidence, assess(evidence, keyring, now)[0], here.host, now)
    form = request.accept_mimetypes.best_match((JSON_LD, JSON), JSON_LD)
    response = Response(json.dumps(found, ensure_ascii=False), content_type=form)
    response.vary.add("Accept")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response
