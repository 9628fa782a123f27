"""Every page of the portal, as its own people ask for it, beside a bare Flask view under the same server.

Server time is the processor time that the server's processes take for an answer, its own work of taking requests in:
what else runs on the machine does not count, and nothing of the client's does. Pages are taken from the routes, so that
no new one is forgotten.

Each page is asked in the situations that people meet: again at once, after another organisation's record, after a scan,
after an entry that one's own organisation signed in the portal, or a moment after it recorded one by way of another
process, and again after ten seconds without any of that. Where nothing that a page was made from is answered otherwise,
the server shows it again; "made anew" is what it costs where it may not, of parts that hold still (ADR 0012). Whoever
is led to another process at once after signing meets one that has not looked yet: no limit is set there, but how many
pages are above it is told. The first page of a server that has verified nothing yet stands beside, and what signing an
entry takes with the pages that are made ahead.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter

from bench.figures import Figure, Rounds
from bench.line import Answer, Line
from bench.portal_cast import ROLES, Cast, load_cast
from bench.servers import LONGEST_START, hello_server, traceapp_server
from bench.worlds import environment, folder, made_world
from traceapp.app import make_pages
from traceapp.core.dates import vietnamese_date
from traceapp.core.events import Event, Stage
from traceapp.demo.load import demo_data
from traceapp.services.accounts.people import MemberRole, create_account, join
from traceapp.services.records.events import capture
from traceapp.services.records.names import organisation_named
from traceapp.services.registry.registers import lot_called, owner_of_lot
from traceapp.services.scans.counting import scan_thing
from traceapp.services.world import World
from traceapp.web.access import AUTHORITY, PRODUCER, PRODUCER_OWNER, PUBLIC, SIGNED_IN
from traceapp.web.portal.colleagues import EVERY

MOST = 5
MOST_KB = 150
TIMES = 20
ROUNDS = 7
IDLE_ROUNDS = 3
IDLE = 10.0
"""Seconds of nothing."""
PAUSE = 0.3
"""Seconds in which somebody's thumb moves on."""
QUIET = 0.005
"""Seconds of processor time in half a second of a server that nobody asks."""
SHOWN = 5
_FERTILISED = {"product_name": "Phân ủ", "dose": "500", "dose-unit": "kg/ha"}
FIRST = "/portal/today"
FIRST_OF_ALL = "/portal/account"
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
        "/portal/labels/jobs/<number>/file",
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


class Met(StrEnum):
    """What happened since the page was asked for last."""

    NOTHING = "at once"
    OTHERS = "after another's record"
    SCAN = "after a scan"
    OWN = "after one's own record"
    ELSEWHERE = "after one's own record in another process"
    AWAY = "at once after one's own record in another process"
    IDLE = "after ten seconds"
    ANEW = "made anew"


@dataclass(slots=True)
class Page:
    """A page as somebody of that role asks for it, as it was `met`. `weight` is bytes of its first load."""

    role: str
    rule: str
    path: str
    met: dict[Met, Rounds] = field(default_factory=lambda: {one: Rounds() for one in Met})
    weight: int = 0

    def figure(self, met: Met) -> Figure:
        """Its server time beside the bare view's."""
        most = None if met is Met.AWAY else MOST
        return self.met[met].figure(f"{met}: {self.role} {self.rule}", most, unit="µs", at_most=True)


def main(database: str = "") -> list[Figure]:
    """In each situation the slowest pages and the median one; the first page of all, and the heaviest.

    On SQLite, or on the `database` of that address.
    """
    pages, first, signing = measure(database)
    heaviest = max(pages, key=attrgetter("weight"))
    kilobytes = heaviest.weight / 1000
    return [
        *(figure for met in Met for figure in _told(met, [page.figure(met) for page in pages])),
        Figure(f"first of a fresh server: {FIRST}", first, None, first, None, "ms", at_most=True),
        Figure(
            "signing an entry and being shown it, with the pages made ahead",
            signing,
            None,
            signing,
            None,
            "ms",
            at_most=True,
        ),
        Figure(f"heaviest: {heaviest.role} {heaviest.rule}", kilobytes, None, kilobytes, MOST_KB, "kB", at_most=True),
    ]


def _told(met: Met, figures: list[Figure]) -> Iterator[Figure]:
    figures.sort(key=attrgetter("ratio"), reverse=True)
    missed = sum(not one.is_met for one in figures)
    above = sum(one.ratio > MOST for one in figures)
    middle = figures[len(figures) // 2]
    yield from figures[: max(SHOWN, missed)]
    name = f"{met}: the median of {len(figures)} pages, {above} of them above {MOST}"
    yield Figure(name, middle.ours, middle.floor, middle.ratio, middle.limit, "µs", at_most=True)


def measure(database: str = "") -> tuple[list[Page], float, float]:
    """Every page, and how many milliseconds the first of all took, and signing an entry in the median."""
    with folder() as where, made_world(where, database) as world:
        cast = load_cast(world)
        pages = list(pages_of(cast))
        both = hello_server(), traceapp_server(environment(where, database))
        with both[0] as bare, both[1] as served, Line(bare) as hello, Line(served) as ours:
            _settle(ours)
            first = _microseconds(ours, FIRST, cast.cookie(PRODUCER), 1) / 1000
            bench = _Bench(world, cast, ours, hello, [page for page in pages if _is_page(ours, page, cast)])
            for met in Met:
                bench.measure(met)
    return bench.pages, first, statistics.median(bench.signing)


@dataclass
class _Bench:
    """Everybody's pages, asked in rounds: what happened happens once before each, and is met by every page."""

    world: World
    cast: Cast
    ours: Line
    hello: Line
    pages: list[Page]
    signing: list[float] = field(default_factory=list)
    """Milliseconds."""

    def measure(self, met: Met) -> None:
        """Ask for every page in that situation."""
        for number in range(IDLE_ROUNDS if met is Met.IDLE else ROUNDS):
            self._ask_all()
            self._happens(met, number)
            self._wake()
            for page in self.pages:
                path = f"{page.path}{'&' if '?' in page.path else '?'}anew={number}" if met is Met.ANEW else page.path
                times = TIMES if met is Met.NOTHING else 1
                ours = _microseconds(self.ours, path, self.cast.cookie(page.role), times)
                # As often as ours: who is asked once meets a processor that was busy with something else.
                page.met[met].add(ours, _microseconds(self.hello, "/", "", times))

    def _wake(self) -> None:
        """Both servers slept while something happened: waking up is no page's work, and would be the first one's.

        Nor is what the machine took out of memory meanwhile: somebody else's page, none of those that are measured,
        has brought it back.
        """
        self.ours.ask(f"{FIRST_OF_ALL}?woken=1", self.cast.cookie(AUTHORITY))
        self.hello.ask("/")

    def _ask_all(self) -> None:
        for page in self.pages:
            self.ours.ask(page.path, self.cast.cookie(page.role))

    def _happens(self, met: Met, number: int) -> None:
        """In another process than the server's."""
        match met:
            case Met.OTHERS:
                _record(self.world, "VS2609A")
            case Met.SCAN:
                with self.world.read() as connection:
                    lot = lot_called(connection, "VS2609A")
                scan_thing(self.world.scans, lot, self.world.clock())
            case Met.OWN:
                self._take_in_others(f"{number}@bench.example", but=PRODUCER)
                self.signing.append(self._sign(f"bench-own-{number}"))
            case Met.ELSEWHERE:
                self._record_away(f"{number}@elsewhere.example")
                # Until the server has looked at what is new (portal/colleagues.py).
                time.sleep(EVERY + 2 * PAUSE)
            case Met.AWAY:
                self._record_away(f"{number}@away.example")
            case Met.IDLE:
                time.sleep(IDLE)

    def _record_away(self, login: str) -> None:
        _record(self.world, "DM2610B")
        self._take_in_others(login)

    def _take_in_others(self, login: str, but: str = "") -> None:
        for role in self.cast.tokens.keys() - {but}:
            _take_in(self.world, ROLES[role], f"{role}-{login}")

    def _sign(self, key: str) -> float:
        """The producer writes an entry and signs it, as a browser would; returns the milliseconds that signing took."""
        cookie, new = self.cast.cookie(PRODUCER), f"/portal/diary/new/{Stage.FERT}"
        csrf = _hidden(self.ours.ask(new, cookie), "csrf")
        with self.world.read() as connection:
            lot = lot_called(connection, "DM2610B")
        day = f"{vietnamese_date(self.world.clock()):%d/%m/%Y}"
        # An entry just like one of that day would be asked about.
        typed = {"start": day, "plots": "DM-05", "method": key, **_FERTILISED}
        kept = self.ours.send(new, cookie, {"csrf": csrf, "key": key, "lot": lot, "do": "check", **typed}).leads_to
        review = self.ours.ask(kept, cookie)
        time.sleep(PAUSE)
        before, entry = self.ours.server.cpu_seconds(), kept.partition("?")[0]
        signed = self.ours.send(f"{entry}/sign", cookie, {"csrf": csrf, "version": _hidden(review, "version")})
        time.sleep(PAUSE)
        assert self.ours.ask(signed.leads_to, cookie).status == 200
        time.sleep(PAUSE)
        return (self.ours.server.cpu_seconds() - before) * 1000


def _hidden(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    if found is None:
        raise RuntimeError(f"{page.status} has no {name}: {page.text[:500]}")
    return found[1]


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


def _microseconds(line: Line, path: str, cookie: str, times: int = TIMES) -> float:
    """Of the server's processor time, for each of so many answers."""
    before = line.server.cpu_seconds()
    for _ in range(times):
        line.ask(path, cookie)
    return (line.server.cpu_seconds() - before) / times * 1e6


def _record(world: World, lot: str) -> None:
    """The lot's producer records something."""
    with world.write() as connection:
        found, today = lot_called(connection, lot), vietnamese_date(world.clock())
        _, maker = owner_of_lot(connection, found)
        capture(connection, Event(found, Stage.FERT, today, today, maker), world.notary, world.clock())


def _take_in(world: World, called: str, login: str) -> None:
    """An organisation of the demonstration takes in one more of its people."""
    known = next(one for one in demo_data()["organisations"] if one["id"] == called)
    with world.write() as connection:
        organisation = organisation_named(connection, known["name"], known["role"])
        assert organisation is not None, called
        account = create_account(connection, login, "Anh Tư", None, "vi", world.clock())
        join(connection, account, organisation, MemberRole.STAFF, "bench", world.notary, world.clock())
