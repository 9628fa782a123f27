"""Scans answered as Flask answered the last one, with the slots filled anew.

Flask takes longer over a request than the page does. Only the usual case is repeated: a browser's plain GET of a
canonical address, from somebody whose Host, Accept and Accept-Language were answered before, about things of which
nothing was committed since. Whatever else comes goes to Flask, and so does everything where the database cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from weakref import ref

from flask import Flask

from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import TraceappError
from traceapp.core.identifiers import Serial
from traceapp.core.linkset import wants_linkset
from traceapp.i18n import choose_language, show_time
from traceapp.services.world import World
from traceapp.web.access import COUNTED, PURPOSES
from traceapp.web.public.items import count_scan, facts_of_item, fill_item, is_usual
from traceapp.web.public.known import Known, known_things
from traceapp.web.public.slots import CHECKED_AT, SERIAL

MOST = 5000
# Nothing that percent-encoding or case could spell in another way.
_ADDRESS = re.compile(r"(/(?:01/[0-9]{14}|t/[0-9A-Z]{13})/10/[A-Za-z0-9._-]{1,20})(?:/21/([0-9A-HJKMNP-TV-Z]{13}))?")

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
    headers: Headers


class Repeat:
    """WSGI middleware between the proxies' headers and Flask."""

    def __init__(self, app: Flask, world: World) -> None:
        self._flask = app
        self._app = app.wsgi_app
        self._world = world
        self._answers: dict[Key, _Answer] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = _ADDRESS.fullmatch(environ.get("REQUEST_URI") or environ.get("RAW_URI") or environ.get("PATH_INFO", ""))
        if asked is None or not _is_plain(environ):
            return self._app(environ, start_response)
        key = (asked[1], "item" if asked[2] else "lot", *(environ.get(name, "") for name in _VARIES))
        answer = self._answers.get(key)
        body = self._fill(answer, asked[2], environ) if answer else None
        if answer is None or body is None:
            return self._ask(key, asked[2], environ, start_response)
        start_response("200 OK", [*_with_serial(answer.headers, asked[2]), ("Content-Length", str(len(body)))])
        return [body]

    def _fill(self, answer: _Answer, serial: str | None, environ: Environ) -> bytes | None:
        """The page, its scan counted; None where the answer is too old or the scan too odd to be repeated."""
        known, now = answer.known(), self._world.clock()
        if known is None or not known.is_current(self._world.watch.stamp(), now):
            return None
        try:
            return self._item(answer, known, serial, environ, now) if serial else self._lot(answer, known, now)
        except TraceappError:
            # What goes wrong is Flask's to explain.
            return None

    def _lot(self, answer: _Answer, known: Known, now: datetime) -> bytes | None:
        page, lot = known.pages.get((answer.lang, answer.identity.path)), known.facts.lot
        if page is None or lot is None:
            return None
        count_scan(self._world, lot.id, now)
        return page.fill({CHECKED_AT: show_time(now)})

    def _item(self, answer: _Answer, known: Known, serial: str, environ: Environ, now: datetime) -> bytes | None:
        identity, address = replace(answer.identity, serial=Serial(serial)), environ.get("REMOTE_ADDR", "")
        facts = facts_of_item(self._world, known, identity, None, now, address=address, count=True)
        environ[COUNTED] = True
        page = known.pages.get((answer.lang, facts.code.signature)) if facts.code and is_usual(facts) else None
        if page is None:
            return None
        with self._flask.app_context():
            return fill_item(known, page, facts, None, answer.lang, now)

    def _ask(self, key: Key, serial: str | None, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Flask's answer, kept for those who ask alike if it may be repeated."""

        def start(status: str, headers: Headers, *more: Any) -> Any:
            self._keep(key, serial, environ, status, headers)
            return start_response(status, headers, *more)

        return self._app(environ, start)

    def _keep(self, key: Key, serial: str | None, environ: Environ, status: str, headers: Headers) -> None:
        said = {name.lower(): value for name, value in headers}
        is_page = status.startswith("200") and said.get("content-type", "").startswith("text/html")
        identity = parse_path(key[0]).identity if is_page and "set-cookie" not in said else None
        known = known_things(self._world).known(identity) if identity else None
        if identity is None or known is None:
            return
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        if serial:
            kept = [(name, value.replace(serial, SERIAL)) for name, value in kept]
        if len(self._answers) >= MOST:
            self._answers.clear()
        lang = choose_language(None, environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        self._answers[key] = _Answer(ref(known), identity, lang, kept)


_VARIES = ("HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "wsgi.url_scheme")


def _is_plain(environ: Environ) -> bool:
    """A person's browser that asks for a page and nothing besides."""
    accept = environ.get("HTTP_ACCEPT", "")
    return (
        environ.get("REQUEST_METHOD") == "GET"
        and not environ.get("QUERY_STRING")
        and "text/html" in accept
        and not wants_linkset(None, accept)
        and not any(name in environ for name in PURPOSES)
    )


def _with_serial(headers: Headers, serial: str | None) -> Headers:
    if serial is None:
        return headers
    return [(name, value.replace(SERIAL, serial) if SERIAL in value else value) for name, value in headers]
