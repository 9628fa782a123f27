"""Many who ask while others write: nobody is shown a page from before a commit that they asked after."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

import pytest

from tests.conftest import ASOF
from tests.web.conftest import Site, make_world
from tests.web.signed_in import SignedIn, new_session
from tests.worlds import KINDS
from traceapp.core.diary.control_points import ControlPoint, Limit
from traceapp.core.identifiers import Lot
from traceapp.services.accounts.people import MemberRole
from traceapp.services.diary.signing import drop_point, set_point
from traceapp.services.registry.registers import owner_of_lot, register_lot
from traceapp.services.world import World

TEA = "DM2610B"
READERS = 6
SECONDS, MOST_SECONDS = 3, 90
"""So long, and longer where the machine is slow: until each page was asked for, and each kind written a few times."""
WRITTEN = 4
PAGES = {
    **dict.fromkeys(("/portal/lots", "/portal/labels", "/portal/diary/new/PPP", "/portal/lots?lang=en"), "lots"),
    **dict.fromkeys(("/portal/today", "/portal/diary/plan", "/portal/diary/new/CCP"), "points"),
}
"""Pages that show what was committed last, and what of it."""
NEWEST = re.compile(r"QQ(\d{4})")


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("at-once"), request.param)
    yield Site(world)
    world.engine.dispose()


@dataclass
class Crowd:
    """Those who write and those who ask, until it ends. `newest` is what was committed last, by what it shows in."""

    begun: float
    newest: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        lasted = time.monotonic() - self.begun
        return not self.odd and lasted < (SECONDS if self.has_seen_all else MOST_SECONDS)

    @property
    def has_seen_all(self) -> bool:
        kinds = set(PAGES.values())
        return len(self.shown) == len(PAGES) and all(self.newest.get(kind, 0) >= WRITTEN for kind in kinds)

    def write(self, world: World, kind: str, say: Callable[[World, int], None]) -> None:
        for number in range(1, 9999):
            if not self.goes_on:
                break
            say(world, number)
            self.newest[kind] = number
            time.sleep(number % 4 * 0.03)

    def ask(self, who: SignedIn, begin: int) -> None:
        for path, kind in islice(cycle(PAGES.items()), begin, None):
            if not self.goes_on:
                break
            known = self.newest.copy()
            page = who.ask(path)
            seen = max(map(int, NEWEST.findall(page.response.text)), default=0)
            self.shown[path] = self.shown.get(path, 0) + 1
            if page.status != 200 or seen < known.get(kind, 0):
                self.odd.append(f"{path}: {page.status}, {seen} after {known.get(kind)}")


@contextmanager
def switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_whoever_asks_after_a_commit_is_shown_it(site: Site) -> None:
    with site.world.read() as connection:
        product, organisation = owner_of_lot(connection, site.lot_id(TEA))

    def another_lot(world: World, number: int) -> None:
        with world.write() as connection:
            register_lot(connection, product, Lot(f"QQ{number:04}"), {"made": "2026-11-01"}, world.notary, ASOF)

    def another_point(world: World, number: int) -> None:
        point = ControlPoint(f"QQ{number:04}", "Sấy", "Mốc", (Limit("nhiệt độ", "°C", 90, 120),))
        with world.write() as connection:
            drop_point(connection, organisation, f"QQ{number - 1:04}")
            set_point(connection, organisation, point, ASOF)

    members = [
        SignedIn(site, organisation, *new_session(site.world, organisation, f"crowd{one}@example.vn", MemberRole.OWNER))
        for one in range(3)
    ]
    crowd, other = Crowd(time.monotonic()), site.worker().world
    asking = [
        threading.Thread(target=crowd.ask, args=(SignedIn(site, organisation, one.account, one.token), number))
        for number, one in enumerate(members * (READERS // 3))
    ]
    writing = [
        threading.Thread(target=crowd.write, args=(other, "lots", another_lot)),
        threading.Thread(target=crowd.write, args=(site.world, "points", another_point)),
    ]
    with switching_often():
        for one in (*asking, *writing):
            one.start()
        for one in (*asking, *writing):
            one.join()
    other.engine.dispose()
    assert crowd.odd == []
    assert crowd.has_seen_all
