"""Addresses of the inspector's phone that anybody may ask: the page, what keeps it, the lists, the verdict in words."""

from __future__ import annotations

import json
from datetime import datetime

from flask import Blueprint, Flask, Response, request

from traceapp.core.digital_link import parse_path
from traceapp.core.errors import NotFound
from traceapp.core.verdict import judge_all
from traceapp.i18n import LANGUAGES
from traceapp.services.inspections.offline_lists import signed_lists
from traceapp.services.world import World
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.inspector.page import (
    PERMISSIONS,
    POLICY,
    inspect_page,
    manifest_json,
    words_json,
    worker_js,
)
from traceapp.web.inspector.spoken import spoken_verdict
from traceapp.web.language import choose_locale
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.items import canonical_identity, facts_of_item
from traceapp.web.public.known import known_things
from traceapp.web.public.packed import takes_gzip, whole

__all__ = ["phone", "register"]

phone = Blueprint("phone", __name__)
LISTS_SECONDS = 60


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(phone)


@phone.get("/inspect")
@access(PUBLIC)
def inspect() -> Response:
    """The page."""
    gzip = takes_gzip(request.headers.get("Accept-Encoding", ""))
    page = inspect_page(plain_context(world(), world().clock(), path="/inspect"))
    response = Response(whole(page.encode(), gzip=gzip), mimetype="text/html")
    if gzip:
        response.content_encoding = "gzip"
    response.vary.update(["Accept-Encoding", "Accept-Language"])
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Permissions-Policy"] = PERMISSIONS
    return response


@phone.get("/inspect/manifest.webmanifest")
@access(PUBLIC)
def manifest() -> Response:
    """What makes it installable."""
    return _answer(manifest_json(choose_locale()), "application/manifest+json")


@phone.get("/inspect/sw.js")
@access(PUBLIC)
def worker() -> Response:
    """What keeps it on the phone."""
    here, now = world(), world().clock()
    pages = {lang: inspect_page(plain_context(here, now, path="/inspect")) for lang in LANGUAGES[:1]}
    response = _answer(worker_js(pages), "text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/inspect"
    return response


@phone.get("/inspect/words.json")
@access(PUBLIC)
def words() -> Response:
    """Its words."""
    return _answer(words_json(choose_locale()), "application/json")


@phone.get("/inspect/lists.json")
@access(PUBLIC)
def lists() -> Response:
    """Recalled and held lots and void labels, signed: what a phone keeps for places without a connection."""
    now = world().clock()
    kept: tuple[datetime, bytes] | None = world().__dict__.get("_signed_lists")
    if kept is None or not 0 <= (now - kept[0]).total_seconds() < LISTS_SECONDS or _has_grown(world()):
        kept = world().__dict__["_signed_lists"] = (now, signed_lists(world(), now))
        world().__dict__["_signed_lists_stamp"] = world().watch.stamp()
    return _answer(kept[1], "application/vc")


def _has_grown(here: World) -> bool:
    """Whether anything was committed since the lists were signed, as far as that can be told cheaply."""
    stamp = here.watch.stamp()
    return stamp is None or stamp != here.__dict__.get("_signed_lists_stamp")


@phone.get("/inspect/verdict.json")
@access(PUBLIC)
def verdict() -> Response:
    """The verdict page of a path in words, counted as no scan: `path`, and `S` where the label is signed."""
    here, now, lang = world(), world().clock(), choose_locale()
    link = parse_path(request.args.get("path", ""))
    if link.identity is None:
        raise NotFound(f"There is no verdict on {link.path[:120]}.")
    identity = canonical_identity(link.identity)
    known = known_things(here).get(here, identity, now)
    facts, found = known.facts, known.verdict
    if identity.serial is not None:
        signature = request.args.get("S")
        facts = facts_of_item(here, known, identity, signature, now, address=request.remote_addr or "", count=False)
        found = judge_all(facts, now)
    told = spoken_verdict(facts, found, lang, now, signature=request.args.get("S"), is_demo=here.is_demo)
    return _answer(json.dumps(told, ensure_ascii=False).encode(), "application/json", "private, no-store")


def _answer(data: bytes, kind: str, cache: str = "no-cache") -> Response:
    response = Response(data, content_type=kind, headers={"Cache-Control": cache})
    if cache != "private, no-store":
        response.add_etag()
        response.make_conditional(request)
    return response
