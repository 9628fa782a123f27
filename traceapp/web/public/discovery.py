"""How search engines find the public pages: what they may ask, the sitemap, and what stays out of their results."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

import traceapp
from traceapp.core.dates import rfc3339
from traceapp.core.digital_link import parse_path
from traceapp.i18n import LANGUAGES
from traceapp.services.search.sitemap import Entry, Kind, Part, cut, entries, newest
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.language import address_in, alternates
from traceapp.web.public.packed import takes_gzip, whole
from traceapp.web.public.raw import raw_path

PAGES = ("/", "/verify-help", "/privacy")
"""Pages about no product that are worth finding."""
KEPT_FOR = timedelta(hours=1)
DISALLOWED = ("/find", "/search", "/bundle/", "/ask/", "/report/", "/message/")
"""Searches, downloads and forms. Items are not here: only who may read their pages learns that they are not to be
listed."""

_ITEM = re.compile(r"/(?:01|t)/[^/]+(?:/(?:22|10)/[^/]+)*/(?:21|235)/")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_QUOTE = {'"': "&quot;"}
_CACHE = f"public, max-age={int(KEPT_FOR.total_seconds())}"

discovery = Blueprint("discovery", __name__)


@discovery.after_app_request
def hide_items(response: Response) -> Response:
    """Whatever is answered about one item is not for search: a page, its data, an error."""
    environ = request.environ
    path = environ.get("REQUEST_URI") or environ.get("RAW_URI") or environ.get("PATH_INFO", "")
    # Seen at a glance of most addresses, which need not be spelled as they came for that.
    if ("/21/" in path or "/235/" in path) and _ITEM.search(raw_path()):
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@discovery.get("/robots.txt")
@access(PUBLIC)
def robots() -> Response:
    """What search engines may ask, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in DISALLOWED)]
    lines += ["", f"Sitemap: {world().settings.base_url}/sitemap.xml", ""]
    return Response("\n".join(lines), mimetype="text/plain", headers={"Cache-Control": _CACHE})


@discovery.get("/sitemap.xml")
@access(PUBLIC)
def index() -> Response:
    """The sitemap of sitemaps."""
    return _kept(_index)


@discovery.get("/sitemap-pages.xml")
@access(PUBLIC)
def pages() -> Response:
    """The pages about no product; the first of them lists the newest."""
    return _kept(lambda changed: _urls(Entry(path, changed if path == "/" else None) for path in PAGES))


@discovery.get("/sitemap-<any(products, lots):kind>.xml")
@access(PUBLIC)
def part(kind: Kind) -> Response:
    """A part of the products or lots: those after one path, up to another."""
    wanted = Part(kind, _bound("after"), _bound("to"))
    return _kept(lambda _: _urls(entries(world(), wanted)))


def _bound(name: str) -> str | None:
    """A path between parts, InvalidIdentifier for what could be none."""
    value = request.args.get(name)
    return parse_path(value).path if value else None


def _kept(lines: Callable[[datetime | None], Iterable[str]]) -> Response:
    """XML that stays the same until something is recorded, made only for who does not have it.

    It goes out as one body. A stream would keep the worker for as long as its reader likes to take.
    """
    known, gzipped = newest(world()), takes_gzip(request.headers.get("Accept-Encoding", ""))
    response = Response(mimetype="application/xml", headers={"Cache-Control": _CACHE})
    response.vary.add("Accept-Encoding")
    state = (traceapp.__version__, world().settings.base_url, request.full_path, gzipped, known)
    response.set_etag(sha256(repr(state).encode()).hexdigest()[:16])
    changed = response.last_modified = known.record_time if known else None
    response.make_conditional(request)
    if response.status_code != 304:
        body = "".join(lines(changed)).encode()
        response.set_data(whole(body, gzip=gzipped))
        if gzipped:
            response.content_encoding = "gzip"
    return response


def _index(changed: datetime | None) -> Iterator[str]:
    base, when = world().settings.base_url, _lastmod(changed)
    yield f"{_HEAD}<sitemapindex {_NAMES}>\n"
    for path in ("/sitemap-pages.xml", *map(_path_of, cut(world()).parts)):
        yield f"<sitemap><loc>{escape(base + path)}</loc>{when}</sitemap>\n"
    yield "</sitemapindex>\n"


def _path_of(one: Part) -> str:
    bounds = urlencode({name: value for name, value in (("after", one.after), ("to", one.to)) if value})
    return f"/sitemap-{one.kind}.xml{'?' if bounds else ''}{bounds}"


def _urls(listed: Iterable[Entry]) -> Iterator[str]:
    """Each page once in each language, every time with all of them."""
    yield f'{_HEAD}<urlset {_NAMES} xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    base = world().settings.base_url
    yield from (_url(base + entry.path, entry.changed) for entry in listed)
    yield "</urlset>\n"


def _url(address: str, changed: datetime | None) -> str:
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{lang}" href="{escape(one, _QUOTE)}"/>'
        for lang, one in alternates(address)
    )
    locations = (escape(address_in(lang, address)) for lang in LANGUAGES)
    return "".join(f"<url><loc>{one}</loc>{_lastmod(changed)}{links}</url>\n" for one in locations)


def _lastmod(changed: datetime | None) -> str:
    return f"<lastmod>{rfc3339(changed.replace(microsecond=0))}</lastmod>" if changed else ""
