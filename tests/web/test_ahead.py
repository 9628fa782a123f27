"""Pages that are made before they are asked for: by whoever recorded something, for the one who asks next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Response

from tests.web.conftest import Page, Site, make_world
from tests.web.signed_in import SignedIn, new_session
from tests.web.test_diary import Producer, attribute
from traceapp.db import driver
from traceapp.services.diary.entries import Kept, open_entries
from traceapp.web.access import world
from traceapp.web.inner import asking_for, browser_of
from traceapp.web.portal.ahead import make
from traceapp.web.portal.view import see_other

TODAY = "21/11/2026"


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("ahead"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module")
def che(site: Site) -> Producer:
    return Producer(site, "DM2610B")


@pytest.fixture
def views(site: Site) -> Iterator[Callable[[str, Callable[..., Response]], None]]:
    """Puts another view in the place of an endpoint's, for the same people."""
    functions = site.client.application.view_functions
    before = dict(functions)

    def put(endpoint: str, do: Callable[..., Response]) -> None:
        do.__dict__.update(before[endpoint].__dict__)
        functions[endpoint] = do

    yield put
    functions.update(before)


def sent(page: Page) -> Page:
    """Once all of the answer is under way."""
    page.response.close()
    return page


def colours(site: Site) -> list[Any]:
    with site.world.read() as connection:
        return driver.run(connection, "SELECT value FROM service WHERE name = ?", ("colour",))


def written(che: Producer) -> tuple[str, str]:
    """Where an entry stands that is ready to be signed, and its version."""
    page = sent(che.write("FERT", start=TODAY, plots="DM-05", product_name=f"Phân {uuid4()}"))
    place = page.response.headers["Location"].partition("?")[0]
    review = che.ask(place)
    return place, attribute(review, "input", "version")


def test_whoever_signs_finds_the_pages_that_tell_of_it_made(che: Producer, made: list[str]) -> None:
    place, version = written(che)
    made.clear()
    signed = sent(che.send(f"{place}/sign", {"version": version}))
    assert signed.status == 303
    assert made == ["portal/diary_signed.html"]
    shown = sent(che.ask(signed.response.headers["Location"]))
    assert "Bón phân" in shown.words
    assert made == [f"portal/{one}.html" for one in ("diary_signed", "diary_today", "diary_written", "overview")]
    for address in (signed.response.headers["Location"], "/portal?lang=vi", "/portal/diary/written?lang=vi"):
        assert "Bón phân" in sent(che.ask(address)).words, address
    assert len(made) == 4


def test_a_page_that_is_kept_is_not_made_again_and_what_follows_it_waits(
    site: Site, che: Producer, made: list[str]
) -> None:
    place, version = written(che)
    made.clear()
    signed = sent(che.send(f"{place}/sign", {"version": version}))
    address = signed.response.headers["Location"]
    make(site.client.application, asking_for(address, browser_of(signed.response.request.environ)))
    assert made == ["portal/diary_signed.html"]
    assert "Bón phân" in sent(che.ask(address)).words
    assert made == [f"portal/{one}.html" for one in ("diary_signed", "diary_today", "diary_written", "overview")]


def test_they_are_made_for_nobody_else(site: Site, che: Producer, made: list[str]) -> None:
    other = SignedIn(site, che.organisation, *new_session(site.world, che.organisation, "other@example.vn"))
    place, version = written(che)
    sent(che.send(f"{place}/sign", {"version": version}))
    made.clear()
    assert other.ask(place).status == 200
    assert made == ["portal/diary_signed.html"]


def test_a_page_that_writes_is_given_up_before_it_does(site: Site, che: Producer, views: Any, made: list[str]) -> None:
    looks: list[str] = []

    def looked() -> Response:
        looks.append("begun")
        with world().write_aside() as connection:
            driver.change(connection, "INSERT INTO service (name, value) VALUES ('colour', 'green')")
        looks.append("done")
        return Response("seen", mimetype="text/html")

    views("portal.today", looked)
    kept = sent(che.write("FERT", start=TODAY, plots="DM-05", product_name="Phân khác"))
    sent(che.ask(kept.response.headers["Location"]))
    assert looks == ["begun"] and colours(site) == []
    assert "seen" in che.ask("/portal?lang=vi").response.text
    assert looks == ["begun", "begun", "done"] and len(colours(site)) == 1


def test_what_fails_ahead_fails_for_whoever_asks(che: Producer, views: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Response:
        raise RuntimeError("broken")

    views("portal.today", broken)
    with caplog.at_level(logging.ERROR):
        kept = sent(che.write("FERT", start=TODAY, plots="DM-05", product_name="Phân nữa"))
        assert sent(che.ask(kept.response.headers["Location"])).status == 200
    assert "RuntimeError: broken" in caplog.text


@pytest.mark.parametrize("address", ["/", "https://elsewhere.example/portal", "//elsewhere.example/portal"])
def test_only_pages_of_the_portal_are_made(che: Producer, views: Any, made: list[str], address: str) -> None:
    views("diary_entries.make", lambda stage: see_other(address))
    sent(che.write("FERT", start=TODAY))
    assert made == []


def test_a_new_session_is_for_its_owner_to_begin(che: Producer, views: Any, made: list[str]) -> None:
    def begins(stage: str) -> Response:
        answer = see_other("/portal/lots")
        answer.set_cookie("colour", "green")
        return answer

    views("diary_entries.make", begins)
    sent(che.write("FERT", start=TODAY))
    assert made == []


def test_whoever_signs_one_by_one_finds_the_next_one_made(che: Producer, made: list[str]) -> None:
    che.write("FERT", start=TODAY, plots="DM-05", product_name=f"Phân {uuid4()}", do="draft")
    place, version = written(che)
    waiting = [one.id for one in open_entries_of(che) if not place.endswith(one.id)]
    signed = sent(che.send(f"{place}/sign", {"version": version}))
    sent(che.ask(signed.response.headers["Location"]))
    made.clear()
    assert "Bón phân" in che.ask(f"/portal/diary/{waiting[0]}?lang=vi").words
    assert made == []


def open_entries_of(person: Producer) -> tuple[Kept, ...]:
    with person.site.world.read() as connection:
        return open_entries(connection, person.organisation)
