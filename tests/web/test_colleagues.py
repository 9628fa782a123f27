"""What a colleague records by way of another process: the pages that tell of it are made before anybody asks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread

import pytest

from tests.conftest import ASOF
from tests.web.conftest import Site, make_world
from tests.web.signed_in import SignedIn, new_session
from tests.web.test_diary import Producer
from tests.worlds import KINDS
from traceapp import app as composition
from traceapp.core.dates import vietnamese_date
from traceapp.core.events import Event, Stage
from traceapp.db import driver
from traceapp.services.records.events import capture
from traceapp.services.registry.registers import owner_of_lot
from traceapp.web.portal import colleagues
from traceapp.web.portal.colleagues import Colleagues, colleagues_of

TEA, ORANGE = "DM2610B", "DG1115"
DAY, BOOK = "/portal", "/portal/diary/written"


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("colleagues"), request.param)
    yield Site(world)
    world.engine.dispose()


def member_of(site: Site, lot: str, login: str) -> SignedIn:
    with site.world.read() as connection:
        organisation = owner_of_lot(connection, site.lot_id(lot))[1]
    return SignedIn(site, organisation, *new_session(site.world, organisation, login))


@pytest.fixture
def tea(site: Site) -> SignedIn:
    return member_of(site, TEA, "tea@example.vn")


@pytest.fixture
def watching(site: Site) -> Iterator[Colleagues]:
    """Who looks for the pages of this site, when told to."""
    app = site.client.application
    yield colleagues_of(app)
    del app.extensions["traceapp.colleagues"]


@pytest.fixture
def elsewhere(site: Site) -> Iterator[Callable[[str], None]]:
    """Records something of a lot, in another process's world."""
    other, day = site.worker().world, vietnamese_date(ASOF)

    def record(lot: str) -> None:
        with other.write() as connection:
            found = site.lot_id(lot)
            event = Event(found, Stage.FERT, day, day, owner_of_lot(connection, found)[1], label_vi="Bón thêm phân ủ")
            capture(connection, event, other.notary, other.clock())

    yield record
    other.engine.dispose()


def opened(who: SignedIn, watching: Colleagues, made: list[str], *paths: str) -> None:
    """These pages are shown, and it was looked at what is recorded by then."""
    for path in paths:
        assert who.ask(path).status == 200
    watching.look()
    made.clear()


def test_what_is_open_tells_of_it_before_anybody_asks(
    tea: SignedIn, watching: Colleagues, made: list[str], elsewhere: Callable[[str], None]
) -> None:
    before = [tea.ask(path).words.count("Bón phân") for path in (DAY, BOOK)]
    opened(tea, watching, made, DAY, BOOK)
    (reader,) = watching._readers.values()
    shown_at = reader.shown_at
    elsewhere(TEA)
    watching.look()
    assert reader.shown_at == shown_at, "nobody was there"
    assert made == ["portal/diary_today.html", "portal/diary_written.html"]
    after = [tea.ask(path).words.count("Bón phân") for path in (DAY, BOOK)]
    assert len(made) == 2
    assert all(now > then for now, then in zip(after, before, strict=True))
    watching.look()
    assert len(made) == 2


def test_an_entry_that_is_open_is_judged_by_it(
    site: Site, watching: Colleagues, made: list[str], elsewhere: Callable[[str], None]
) -> None:
    che = Producer(site, TEA)
    written = [
        che.write("FERT", start=f"{vietnamese_date(ASOF):%d/%m/%Y}", plots="DM-05", product_name=name)
        for name in ("Phân ủ", "Phân khác")
    ]
    entries = [one.response.headers["Location"].partition("?")[0] for one in written]
    opened(che, watching, made, *entries)
    elsewhere(TEA)
    watching.look()
    assert made == ["portal/diary_review.html"], "the one that is open is the last that was shown"
    assert che.ask(entries[1]).status == 200
    assert len(made) == 1


def test_what_others_record_makes_nothing(
    site: Site,
    tea: SignedIn,
    watching: Colleagues,
    made: list[str],
    elsewhere: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(colleagues, "make", lambda app, page: asked.append(page["PATH_INFO"]))
    opened(tea, watching, made, DAY)
    elsewhere(ORANGE)
    watching.look()
    assert asked == []
    oranges = member_of(site, ORANGE, "oranges@example.vn")
    opened(oranges, watching, made, DAY)
    elsewhere(ORANGE)
    watching.look()
    assert asked == [DAY]


def test_what_this_process_made_itself_is_not_made_twice(
    site: Site, tea: SignedIn, watching: Colleagues, made: list[str], elsewhere: Callable[[str], None]
) -> None:
    opened(tea, watching, made, DAY)
    elsewhere(TEA)
    tea.ask(DAY)
    assert made == ["portal/diary_today.html"]
    watching.look()
    assert made == ["portal/diary_today.html"]


def test_for_whoever_asked_for_nothing_lately_nothing_is_made(
    tea: SignedIn,
    watching: Colleagues,
    made: list[str],
    elsewhere: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened(tea, watching, made, DAY)
    elsewhere(TEA)
    monkeypatch.setattr(colleagues, "OPEN_FOR", 0.0)
    watching.look()
    assert made == []
    assert not watching._somebody.is_set()


def test_pages_are_made_for_so_many_and_the_last_come_first(
    site: Site,
    tea: SignedIn,
    watching: Colleagues,
    made: list[str],
    elsewhere: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second, third = (member_of(site, TEA, f"tea-{number}@example.vn") for number in (2, 3))
    monkeypatch.setattr(colleagues, "MOST_OPEN", 2)
    monkeypatch.setattr(colleagues, "MOST_MADE_FOR", 1)
    for one, path in ((tea, DAY), (second, DAY), (third, BOOK)):
        opened(one, watching, made, path)
    elsewhere(TEA)
    watching.look()
    assert made == ["portal/diary_written.html"]
    third.ask(BOOK)
    assert len(made) == 1
    assert tea.token not in str(watching._readers) and len(watching._readers) == 2


def test_a_session_that_ended_is_shown_nothing_and_one_that_lasts_is_not_prolonged(
    site: Site, tea: SignedIn, watching: Colleagues, made: list[str], elsewhere: Callable[[str], None]
) -> None:
    other = member_of(site, TEA, "other@example.vn")
    for one in (tea, other):
        opened(one, watching, made, DAY)
    with site.world.write_aside() as connection:
        driver.change(connection, "DELETE FROM sessions WHERE account = ?", (other.account,))
    site.clock.tick(seconds=timedelta(hours=2).total_seconds())
    before = seen(site)
    elsewhere(TEA)
    watching.look()
    assert made == ["portal/diary_today.html"]
    assert seen(site) == before
    tea.ask(DAY)
    assert seen(site) != before
    assert other.ask(DAY).response.status_code == 303


def seen(site: Site) -> list[driver.Row]:
    with site.world.read() as connection:
        return driver.run(connection, "SELECT seen FROM sessions ORDER BY token")


def test_only_pages_that_were_shown_are_noted(site: Site, tea: SignedIn, watching: Colleagues) -> None:
    assert site.page(DAY).status == 303
    assert tea.ask("/portal/lots").status == 200
    assert tea.ask(DAY, "POST").status == 405
    assert not watching._readers


def test_it_looks_while_somebody_has_a_page_open_whatever_goes_wrong(
    tea: SignedIn,
    watching: Colleagues,
    made: list[str],
    elsewhere: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(colleagues, "EVERY", 0.01)
    look, broken = watching.look, [True]

    def looked() -> None:
        if broken:
            broken.pop()
            raise RuntimeError("the database is gone")
        look()

    monkeypatch.setattr(watching, "look", looked)
    with caplog.at_level(logging.ERROR):
        Thread(target=watching.keep_looking, daemon=True).start()
        tea.ask(DAY)
        until(lambda: not broken and not watching._readers)
    assert "the database is gone" in caplog.text
    tea.ask(DAY)
    until(lambda: watching._newest >= 0)
    made.clear()
    elsewhere(TEA)
    until(lambda: made)
    assert made == ["portal/diary_today.html"]
    # Nobody is left for the thread to look after.
    watching._forget(before=time.monotonic())


def test_whatever_serves_looks(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Callable[[], object]] = []
    monkeypatch.setattr(composition, "go_aside", lambda: None)
    monkeypatch.setattr(composition, "keep_for_good", lambda: None)
    monkeypatch.setattr(composition.Settings, "from_env", lambda env: site.world.settings)
    monkeypatch.setattr(composition, "Thread", lambda target, **more: begun.append(target) or Thread(target=list))
    app = composition.create_app_from_env()
    assert colleagues_of(app).keep_looking in begun


def until(is_so: Callable[[], object]) -> None:
    limit = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.005)
