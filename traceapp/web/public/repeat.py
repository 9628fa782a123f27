"""Scans answered as Flask answered the last one: pages with their slots filled anew, and redirects of the resolver.

Flask takes longer over a request than the page does. Only the usual case is repeated: a plain GET of a canonical
address, from somebody whose Host, Accept and Accept-Language were answered before, about things of which nothing was
recorded since. Whatever else comes goes to Flask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import ref

from flask import Flask
from markupsafe import Markup

from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import TraceappError
from traceapp.core.identifiers import Serial
from traceapp.core.linkset import wants_linkset
from traceapp.core.negotiation import HTML, JSON, named
from traceapp.i18n import choose_language, show_time
from traceapp.services.world import World
from traceapp.web.access import COUNTED, DESTINATION, PAGE, PURPOSES
from traceapp.web.public.answers import kept_answers
from traceapp.web.public.items import count_scan, facts_of_item, fill_item, is_usual
from traceapp.web.public.known import Known, known_things
from traceapp.web.public.packed import takes_gzip
from traceapp.web.public.slots import CHECKED_AT, SERIAL

MOST = 5000
LONGEST_ACCEPT = 300
# Nothing that percent-encoding or case could spell in another way.
_ADDRESS = re.compile(
    r"(/(?:01/[0-9]{14}|t/[0-9A-Z]{13})(?:/10/[A-Za-z0-9._-]{1,20}(?=/21/|\Z))?)(?:/21/([0-9A-HJKMNP-TV-Z]{13}))?"
)
_LINK_TYPE = re.compile(r"linkType=(?:gs1:)?[A-Za-z]{1,40}")
_ITEM, _LOT, _WAY = "item", "lot", "way"

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """How Flask answered from what was known: `headers` carry SERIAL in the serial's place, and no length."""

    known: ref[Known]
    identity: Identity
    lang: str
    status: str
    headers: Headers


class Repeat:
    """WSGI middleware between the proxies' headers and Flask."""

    def __init__(self, app: Flask, world: World) -> None:
        self._flask = app
        self._app = app.wsgi_app
        self._world = world
        self._answers: dict[Key, _Answer] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        target = environ.get("REQUEST_URI") or environ.get("RAW_URI")
        # A decoded path has no query: a question mark in it was `%3F`.
        asked = _ADDRESS.fullmatch(target.partition("?")[0] if target else environ.get("PATH_INFO", ""))
        kind = _kind(environ, asked[2]) if asked else None
        if asked is None or kind is None:
            return self._app(environ, start_response)
        serial = asked[2]
        key = (asked[1], kind, *[environ.get(name, "") for name in _VARIES])
        answer, gzip = self._answers.get(key), kind != _WAY and takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        try:
            body = self._fill(answer, kind, serial, environ, gzip=gzip) if answer else None
        except TraceappError:
            # What goes wrong is Flask's to explain.
            body = None
        if answer is None or body is None:
            return self._ask(key, kind, serial, environ, start_response)
        headers = _with_serial(answer.headers, serial)
        headers.append(("Content-Length", str(len(body))))
        if gzip:
            headers.append(("Content-Encoding", "gzip"))
        start_response(answer.status, headers)
        return [body]

    def _fill(self, answer: _Answer, kind: str, serial: str | None, environ: Environ, *, gzip: bool) -> bytes | None:
        """The page, its scan counted; None where the answer is too old or the scan too odd to be repeated."""
        known, now = answer.known(), self._world.clock()
        if known is None or not known.is_current(self._world, now):
            return None
        if kind == _WAY:
            return b""
        answered = kept_answers(known, answer.lang, now)
        if answered is None:
            return None
        if serial:
            return self._item(answer, known, answered, serial, environ, now, gzip=gzip)
        return self._lot(answer, known, answered, now, gzip=gzip)

    def _lot(self, answer: _Answer, known: Known, answered: Markup, now: datetime, *, gzip: bool) -> bytes | None:
        page, lot = known.pages.get((answer.lang, answer.identity.path, answered)), known.facts.lot
        if page is None or lot is None:
            return None
        count_scan(self._world, lot.id, now)
        return page.fill({CHECKED_AT: show_time(now)}, gzip=gzip)

    def _item(
        self,
        answer: _Answer,
        known: Known,
        answered: Markup,
        serial: str,
        environ: Environ,
        now: datetime,
        *,
        gzip: bool,
    ) -> bytes | None:
        address, of_lot = environ.get("REMOTE_ADDR", ""), answer.identity
        identity = Identity(of_lot.product, of_lot.variant, of_lot.lot, Serial(serial))
        facts = facts_of_item(self._world, known, identity, None, now, address=address, count=True)
        environ[COUNTED] = facts.scans
        usual = facts.code is not None and is_usual(facts)
        page = known.pages.get((answer.lang, facts.code.signature, answered)) if facts.code and usual else None
        if page is None:
            return None
        return fill_item(known, page, facts, None, answer.lang, now, gzip=gzip, context=self._flask.app_context)

    def _ask(
        self, key: Key, kind: str, serial: str | None, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Flask's answer, kept for those who ask alike if it may be repeated."""

        def start(status: str, headers: Headers, *more: Any) -> Any:
            if _may_be_repeated(kind, status, headers):
                self._keep(key, serial, environ, status, headers)
            return start_response(status, headers, *more)

        return self._app(environ, start)

    def _keep(self, key: Key, serial: str | None, environ: Environ, status: str, headers: Headers) -> None:
        identity = parse_path(key[0]).identity
        known = known_things(self._world).known(identity) if identity else None
        if identity is None or known is None:
            return
        kept = [(name, value) for name, value in headers if name.lower() not in _ANEW]
        if serial:
            kept = [(name, value.replace(serial, SERIAL)) for name, value in kept]
        if len(self._answers) >= MOST:
            self._answers.clear()
        lang = choose_language(None, environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        self._answers[key] = _Answer(ref(known), identity, lang, status, kept)


_ANEW = ("content-length", "content-encoding")
_VARIES = ("QUERY_STRING", "HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "wsgi.url_scheme")


def _kind(environ: Environ, serial: str | None) -> str | None:
    """What may be repeated of such a request: the page a browser asks for, or the way to a link; None for neither."""
    accept, query = environ.get("HTTP_ACCEPT", ""), environ.get("QUERY_STRING", "")
    if environ.get("REQUEST_METHOD") != "GET" or any([name in environ for name in PURPOSES]):
        return None
    if environ.get(DESTINATION, PAGE) != PAGE:
        return None
    if len(accept) + len(environ.get("HTTP_ACCEPT_LANGUAGE", "")) > LONGEST_ACCEPT:
        return None
    if not query and named(accept, (HTML, JSON)) == HTML:
        return None if wants_linkset(None, accept) else _ITEM if serial else _LOT
    return _WAY if not serial and (not query or _LINK_TYPE.fullmatch(query)) else None


def _may_be_repeated(kind: str, status: str, headers: Headers) -> bool:
    said = {name.lower(): value for name, value in headers}
    if "set-cookie" in said:
        return False
    if kind == _WAY:
        return status.startswith("307") and "location" in said
    return status.startswith("200") and said.get("content-type", "").startswith("text/html")


def _with_serial(headers: Headers, serial: str | None) -> Headers:
    if serial is None:
        return headers.copy()
    return [(name, value.replace(SERIAL, serial) if SERIAL in value else value) for name, value in headers]
