"""Every page of the portal, as its own people ask for it, beside a bare Flask view under the same server.

Server time is the processor time that the server's processes take for an answer, its own work of taking requests in:
what else runs on the machine does not count, and nothing of the client's does. Pages are taken from the routes, so that
no new one is forgotten.

The limit is for the usual request, about which nothing was committed since it was made last. What a page costs right
after somebody else recorded something, and the first page of a server that has verified nothing yet, stand beside it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from bench.figures import Figure, Rounds
from bench.line import Line
from bench.portal_cast import Cast, load_cast
from bench.servers import LONGEST_START, hello_server, traceapp_server
from bench.worlds import environment, folder, made_world
from traceapp.app import make_pages
from traceapp.core.dates import vietnamese_date
from traceapp.core.events import Event, Stage
from traceapp.services.records.events import capture
from traceapp.services.registry.registers import lot_called, owner_of_lot
from traceapp.services.world import World
from traceapp.web.access import PRODUCER, PRODUCER_OWNER, PUBLIC, SIGNED_IN

MOST = 5
MOST_KB = 150
TIMES = 30
TURNS = 5
CHANGES = 3
QUIET = 0.005
"""Seconds of processor time in half a second of a server that nobody asks."""
SHOWN = 5
FIRST = "/portal/today"
FILES = frozenset(
    {
        "/inspect/me.json",
        "/inspections/<record_id>/photo",
        "/portal/certifier/<name>/declaration.json",
        "/portal/certifier/<name>/documents/<record>.json",
        "/portal/diary/<entry>/photo",
        "/portal/export/all.zip",
        "/portal/export/sheet/<stage>.pdf",
        "/portal/import/<kind>.<form>",
        "/portal/messages/<reference>/photo",
        "/portal/papers/<name>",
        "/portal/setup/labels/<first>-<count>.pdf",
        "/portal/setup/map.svg",
    }
)
"""Addresses that answer something else than a page."""
_KIND = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_PARTS = re.compile(r'<(?:link[^>]*rel="stylesheet"[^>]*href|script[^>]*src)="([^"]+)"')
_IMPORTS = re.compile(r'(?:from|import) *"(/[^"]+)"')


@dataclass(slots=True)
class Page:
    """A page as somebody of that role asks for it. `changed` is a Figure's ratio, `weight` bytes of its first load."""

    role: str
    rule: str
    path: str
    usual: Rounds = field(default_factory=Rounds)
    changed: Rounds = field(default_factory=Rounds)
    weight: int = 0

    @property
    def figure(self) -> Figure:
        """Its server time beside the bare view's."""
        return self.usual.figure(f"{self.role} {self.rule}", MOST, unit="µs", at_most=True)

    @property
    def after_change(self) -> Figure:
        """The same right after somebody else's record."""
        return self.changed.figure(f"after a record: {self.role} {self.rule}", None, unit="µs", at_most=True)


def main() -> list[Figure]:
    """The slowest pages, what they cost after a change, and the heaviest one."""
    pages, first = measure()
    usual = sorted((page.figure for page in pages), key=attrgetter("ratio"), reverse=True)
    changed = sorted((page.after_change for page in pages), key=attrgetter("ratio"), reverse=True)
    heaviest = max(pages, key=attrgetter("weight"))
    kilobytes = heaviest.weight / 1000
    return [
        *usual[: max(SHOWN, sum(not one.is_met for one in usual))],
        _median(f"the median of {len(pages)} pages", usual),
        *changed[:SHOWN],
        _median("after a record: the median page", changed),
        Figure(f"first of a fresh server: {FIRST}", first, None, first, None, "ms", at_most=True),
        Figure(f"heaviest: {heaviest.role} {heaviest.rule}", kilobytes, None, kilobytes, MOST_KB, "kB", at_most=True),
    ]


def measure() -> tuple[list[Page], float]:
    """Every page, and how many milliseconds the first of all took."""
    with folder() as where, made_world(where) as world:
        cast = load_cast(world)
        pages = list(pages_of(cast))
        both = hello_server(), traceapp_server(environment(where))
        with both[0] as bare, both[1] as served, Line(bare) as hello, Line(served) as ours:
            _settle(ours)
            first = _microseconds(ours, FIRST, cast.cookie(PRODUCER), 1) / 1000
            found = [page for page in pages if _is_page(ours, page, cast)]
            for page in found:
                _measure(page, ours, hello, cast)
            for page in found:
                _measure_changed(page, ours, hello, cast, world)
    return found, first


def _settle(line: Line) -> None:
    """Until what starts beside the server has started: its work is no page's."""
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until:
        before = line.server.cpu_seconds()
        time.sleep(0.5)
        if line.server.cpu_seconds() - before < QUIET:
            return


def pages_of(cast: Cast) -> Iterator[Page]:
    """Every address that somebody who is signed in may ask for. RuntimeError for one that nobody can be sent to."""
    app = make_pages()
    for rule in sorted(app.url_map.iter_rules(), key=attrgetter("rule")):
        who = app.view_functions[rule.endpoint].__dict__["access"]
        plain = _KIND.sub(r"<\1>", rule.rule)
        if "GET" not in (rule.methods or ()) or PUBLIC in who or plain in FILES:
            continue
        asked = [Page(role, plain, path) for role in cast.tokens if _may(role, who) if (path := cast.path(role, plain))]
        if not asked:
            raise RuntimeError(f"bench/portal_cast.py does not say what stands in {plain}.")
        yield from asked


def _may(role: str, who: Sequence[str]) -> bool:
    return role in who or SIGNED_IN in who or (PRODUCER_OWNER in who and role == PRODUCER)


def _is_page(ours: Line, page: Page, cast: Cast) -> bool:
    """Whether it is one: some addresses only lead elsewhere. RuntimeError for one that is refused."""
    answer = ours.ask(page.path, cast.cookie(page.role))
    if answer.status not in (200, 303):
        raise RuntimeError(f"{page.role} gets {answer.status} at {page.path}.")
    page.weight = len(answer.body) + sum(_weights(ours, answer.text))
    return answer.status == 200 and b"content-type: text/html" in answer.head.lower()


def _weights(ours: Line, page: str) -> Iterator[int]:
    """Bytes of the style sheets and scripts of a page, and of what those import."""
    wanted, seen = _PARTS.findall(page), set[str]()
    while wanted:
        address = wanted.pop()
        if address not in seen:
            seen.add(address)
            part = ours.ask(address)
            assert part.status == 200, address
            wanted += _IMPORTS.findall(part.text)
            yield len(part.body)


def _measure(page: Page, ours: Line, hello: Line, cast: Cast) -> None:
    cookie = cast.cookie(page.role)
    ours.ask(page.path, cookie)
    for _ in range(TURNS):
        page.usual.add(_microseconds(ours, page.path, cookie), _microseconds(hello, "/", ""))


def _measure_changed(page: Page, ours: Line, hello: Line, cast: Cast, world: World) -> None:
    cookie = cast.cookie(page.role)
    for _ in range(CHANGES):
        _change(world)
        page.changed.add(_microseconds(ours, page.path, cookie, 1), _microseconds(hello, "/", ""))


def _microseconds(line: Line, path: str, cookie: str, times: int = TIMES) -> float:
    """Of the server's processor time, for each of so many answers."""
    before = line.server.cpu_seconds()
    for _ in range(times):
        line.ask(path, cookie)
    return (line.server.cpu_seconds() - before) / times * 1e6


def _change(world: World) -> None:
    """Another producer records something, in another process than the server's."""
    with world.write() as connection:
        lot, today = lot_called(connection, "VS2609A"), vietnamese_date(world.clock())
        _, maker = owner_of_lot(connection, lot)
        capture(connection, Event(lot, Stage.FERT, today, today, maker), world.notary, world.clock())


def _median(name: str, figures: Sequence[Figure]) -> Figure:
    middle = figures[len(figures) // 2]
    return Figure(name, middle.ours, middle.floor, middle.ratio, None, "µs", at_most=True)
