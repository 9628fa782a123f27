"""Parts of pages: worked out once, told again while nothing they were made of is answered otherwise."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.services.cast import Cast
from traceapp.core.errors import NotFound
from traceapp.db import driver, notes, parts
from traceapp.db.notes import Notes, hold_until
from traceapp.db.parts import Glance, Parts, Told
from traceapp.services.scans.counting import scan_thing
from traceapp.services.scans.overview import scan_overview

RECORDS = "SELECT count(*) FROM records"
PLACES = "SELECT count(*) FROM facilities"
MINUTE = timedelta(minutes=1)


class Page:
    """Pages of one world, each with notes and parts of its own. `made` says what was worked out."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.made: list[Hashable] = []

    def __call__(self, *wanted: tuple[Hashable, Callable[[Connection], Any]]) -> Told:
        """What one page was told, that asked for these."""
        world = self.cast.world
        glance = Glance(world.watches)
        looks, taken = glance.all(), notes.take(glance)
        try:
            with world.read() as connection:
                for key, make in wanted:
                    self.part(key, connection, make)
        finally:
            notes.leave()
        return Told(taken, world.clock(), looks)

    def part(self, key: Hashable, connection: Connection, make: Callable[[Connection], Any]) -> Any:
        def noted() -> Any:
            self.made.append(key)
            return make(connection)

        return self.cast.world.part(key, noted)

    def again(self, told: Told) -> bool:
        """Whether a page would be shown again."""
        world = self.cast.world
        return told.holds(world.clock()) and told.is_told(Glance(world.watches))


@pytest.fixture
def page(cast: Cast) -> Iterator[Page]:
    yield Page(cast)
    notes.leave()


def reading(sql: str) -> Callable[[Connection], int]:
    return lambda connection: int(driver.run(connection, sql)[0][0])


def test_a_part_is_worked_out_once_until_what_it_was_made_of_is_answered_otherwise(page: Page) -> None:
    records, places = ("records", reading(RECORDS)), ("places", reading(PLACES))
    page(records, places)
    told = page(records, places)
    assert page.made == ["records", "places"]
    assert page.again(told)
    page.cast.harvest()
    assert not page.again(told), "a page rests on its parts"
    page(records, places)
    assert page.made == ["records", "places", "records"]


def test_parts_rest_on_parts(page: Page) -> None:
    def outer(connection: Connection) -> int:
        return int(page.part("inner", connection, reading(RECORDS))) + 1

    told = page(("outer", outer))
    page(("outer", outer))
    assert page.made == ["outer", "inner"]
    page.cast.harvest()
    assert not page.again(told)
    page(("inner", reading(RECORDS)))
    page(("outer", outer))
    assert page.made == ["outer", "inner", "inner", "outer"], "nobody takes a new part for the one it was made of"
    assert page.again(page(("outer", outer)))


def test_scans_change_what_was_made_of_scans_alone(page: Page) -> None:
    world = page.cast.world

    def seen(_: Connection) -> Any:
        return scan_overview(world.scans, [page.cast.lot], world.clock())

    page(("scans", seen), ("records", reading(RECORDS)))
    scan_thing(world.scans, page.cast.lot, world.clock())
    page(("scans", seen), ("records", reading(RECORDS)))
    assert page.made == ["scans", "records", "scans"]


def test_what_time_changes_is_worked_out_anew_then(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    now = page.cast.world.clock()

    def until(_: Connection) -> None:
        hold_until(now + MINUTE)

    told = page(("until", until))
    for moment, is_told in ((now, True), (now + MINUTE, False), (now - MINUTE, False)):
        monkeypatch.setattr(page.cast.world, "clock", lambda moment=moment: moment)
        assert page.again(told) == is_told
        page(("until", until))
    assert page.made == ["until"] * 3


def test_what_went_by_something_in_memory_is_no_part_and_no_page_that_asked_for_it_is_kept(page: Page) -> None:
    for _ in range(2):
        assert page(("stamp", lambda _: page.cast.world.watch.stamp())).notes.spoilt
    assert page.made == ["stamp", "stamp"]


def test_outside_pages_everything_is_worked_out_each_time(page: Page) -> None:
    with page.cast.world.read() as connection:
        for _ in range(2):
            page.part("records", connection, reading(RECORDS))
    assert page.made == ["records", "records"]


def test_who_is_refused_has_read_it_all_the_same(page: Page) -> None:
    def refused(connection: Connection) -> None:
        reading(RECORDS)(connection)
        page.part("places", connection, reading(PLACES))
        raise NotFound("no")

    def forgiving(connection: Connection) -> None:
        with pytest.raises(NotFound):
            page.part("refused", connection, refused)

    told = page(("forgiving", forgiving))
    assert page.again(told)
    page.cast.harvest()
    assert not page.again(told)


def test_what_is_read_behind_a_refusal_that_cannot_be_asked_again_spoils_the_page(page: Page) -> None:
    def refused(_: Connection) -> None:
        page.cast.world.watch.stamp()
        raise NotFound("no")

    def forgiving(connection: Connection) -> None:
        with pytest.raises(NotFound):
            page.part("refused", connection, refused)

    assert page(("forgiving", forgiving)).notes.spoilt


def test_parts_take_so_much_memory_and_no_more(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_BYTES", 200)
    for key in ("a", "b", "c", "a", "d", "c", "b"):
        page((key, reading(RECORDS)))
    assert page.made == ["a", "b", "c", "d", "b"]
    page.cast.world.parts.forget()
    page(("b", reading(RECORDS)))
    assert page.made[-1] == "b"
    assert len(page.made) == 6


def test_a_part_weighs_what_it_rests_on() -> None:
    inner, outer = Notes(weight=7), Notes(weight=5)
    outer.parts[Told(inner, None, [])] = None  # type: ignore[arg-type]
    assert Told(outer, None, []).weight() == 12  # type: ignore[arg-type]
    assert Parts().part("key", lambda: 3, None) == 3  # type: ignore[arg-type]
