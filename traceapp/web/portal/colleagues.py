"""What colleagues record by way of other processes: pages that tell of it are made before whoever has them open asks.

A process that recorded something has verified it (ahead.py); every other would read and verify it while somebody waits
for its first page. So each process looks at the log for as long as it has shown such pages lately, and makes them anew
where a new record names the organisation whose they are. Nothing is made for whoever has asked for nothing in the last
minutes, nor for what others record, which costs a page little (ADR 0012).
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Event, Lock

from flask import Flask, Response, current_app, request

from traceapp.core.statements import is_uuid
from traceapp.services.records.news import newest_leaf, recorded_after
from traceapp.services.world import World
from traceapp.web.access import WORLD
from traceapp.web.auth import session
from traceapp.web.inner import MADE_AHEAD, Environ, browser_of
from traceapp.web.portal.ahead import START, make
from traceapp.web.portal.diary.book import TELL_OF_IT

log = logging.getLogger("traceapp")
EVERY = 0.1
"""Seconds between two looks: over the air, whoever is led to another page asks for it about as late."""
OPEN_FOR = 600.0
"""Seconds for which whoever was shown a page is taken to have it open."""
MOST_OPEN = 100
"""Sessions of one process: those that were shown nothing for longest are forgotten first."""
MOST_MADE_FOR = 10
"""Sessions for which pages are made at once, those that were shown something last: the others wait for theirs."""
MOST_READ = 200
"""Records of one look, the newest: of what was recorded before them pages are made when they are asked for."""
TELLING = (START, *TELL_OF_IT)
"""Paths of the pages that are made, beside that of an entry."""
ENTRY = "/portal/diary/"
"""What the path of an entry's page begins with: one that is not signed yet is judged by what was written by then."""
_COLLEAGUES = "traceapp.colleagues"


@dataclass(slots=True)
class _Reader:
    """A session of an organisation, and how its browser asked for the pages that tell; of entries, for the last."""

    organisation: str
    shown_at: float = 0.0
    asked: dict[str, Environ] = field(default_factory=dict)


class Colleagues:
    """Who has pages of the portal open, as far as this process has shown them, and what was recorded since."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._world: World = app.extensions[WORLD]
        self._readers: OrderedDict[bytes, _Reader] = OrderedDict()
        self._changing = Lock()
        self._somebody = Event()
        self._looked: object = None
        self._newest = -1

    def note(self, who: bytes, organisation: str, page: str, browser: Environ) -> None:
        """A session of that organisation is shown the `page` that its `browser` asks for."""
        with self._changing:
            reader = self._readers.pop(who, None)
            if reader is None or reader.organisation != organisation:
                reader = _Reader(organisation)
            reader.shown_at = time.monotonic()
            reader.asked[page] = browser
            self._readers[who] = reader
            if len(self._readers) > MOST_OPEN:
                self._readers.popitem(last=False)
        self._somebody.set()

    def keep_looking(self) -> None:
        """For ever; nothing is looked at while nobody has a page open."""
        while True:
            self._somebody.wait()
            try:
                self.look()
            except Exception:
                log.exception("what colleagues recorded is not made ahead")
                # Whoever asks next is noted anew.
                self._forget(before=time.monotonic())
            time.sleep(EVERY)

    def look(self) -> None:
        """Make what is to be made of what was recorded since the last look."""
        self._forget(before=time.monotonic() - OPEN_FOR)
        looked = self._world.watch.look()
        if looked is not None and looked == self._looked:
            return
        for page in self._concerned(self._recorded()):
            make(self._app, page)
        self._looked = looked

    def _forget(self, before: float) -> None:
        """Whoever was shown nothing since. With the last of them looking ends, and begins anew with the next."""
        with self._changing:
            while self._readers and next(iter(self._readers.values())).shown_at <= before:
                self._readers.popitem(last=False)
            if not self._readers:
                self._somebody.clear()
                self._looked, self._newest = None, -1

    def _recorded(self) -> list[bytes]:
        """The records since the last look; none at the first: what is shown by then tells of them."""
        with self._world.read() as connection:
            if self._newest < 0:
                self._newest = newest_leaf(connection)
                return []
            rows = recorded_after(connection, self._newest, MOST_READ)
        if rows:
            self._newest = rows[0][0]
        return [body for _, body in rows]

    def _concerned(self, bodies: list[bytes]) -> list[Environ]:
        """How those ask who have a page open and whose organisation a record names, whatever it says of it."""
        with self._changing:
            readers = [(one.organisation, list(one.asked.values())) for one in reversed(self._readers.values())]
        named = {one: any(f'"{one}"'.encode() in body for body in bodies) for one, _ in readers}
        pages = [asked for organisation, asked in readers if named[organisation]]
        return [page for asked in pages[:MOST_MADE_FOR] for page in asked]


def register(app: Flask) -> None:
    """Note who is shown pages of `app`, where somebody looks at what colleagues record."""
    app.after_request(_note)


def colleagues_of(app: Flask) -> Colleagues:
    """Those of an application: from here on pages are noted, and whoever keeps looking makes them anew."""
    found: Colleagues = app.extensions.setdefault(_COLLEAGUES, Colleagues(app))
    return found


def _note(response: Response) -> Response:
    environ = request.environ
    page = _telling(environ["PATH_INFO"])
    if not page or response.status_code != 200 or MADE_AHEAD in environ:
        return response
    colleagues: Colleagues | None = current_app.extensions.get(_COLLEAGUES)
    member = session.admitted(environ)
    if colleagues and member and member.organisation:
        colleagues.note(member.session, member.organisation, page, browser_of(environ))
    return response


def _telling(path: str) -> str:
    """Which of the pages that are made it is; empty for any other."""
    if path.startswith(ENTRY) and is_uuid(path.removeprefix(ENTRY)):
        return ENTRY
    return path if path in TELLING else ""
