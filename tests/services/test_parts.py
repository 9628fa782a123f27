"""Parts of pages: worked out once, told again while nothing they were made of is answered otherwise."""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, create_engine

from tests.conftest import ASOF
from tests.services.cast import Cast
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import NotFound
from traceapp.db import driver, notes, parts
from traceapp.db.notes import Notes, hold_until
from traceapp.db.parts import Glance, Part, Told, shared
from traceapp.db.watch import Watch
from traceapp.services.lots.readiness import facts_of
from traceapp.services.scans.counting import scan_thing
from traceapp.services.scans.overview import scan_overview

T = TypeVar("T")
MINUTE = timedelta(minutes=1)


class Page:
    """Pages of one world, each with notes of its own. `made` says what was worked out."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.made: list[str] = []

    def __call__(self, *wanted: Callable[[Connection], Any]) -> Told:
        """What one page was told, that asked for these."""
        world = self.cast.world
        glance = Glance(world.parts, world.clock())
        looks, taken = list(glance.everything), notes.take(glance)
        try:
            with world.read() as connection:
                for one in wanted:
                    one(connection)
        finally:
            notes.leave()
        return Told(taken, glance.now, looks)

    def part(self, name: str, make: Callable[[Connection], T]) -> Callable[[Connection], T]:
        @shared
        def noted(connection: Connection) -> T:
            self.made.append(name)
            return make(connection)

        return noted

    def reading(self, name: str, table: str) -> Callable[[Connection], int]:
        return self.part(name, lambda connection: int(driver.run(connection, f"SELECT count(*) FROM {table}")[0][0]))

    def again(self, told: Told) -> bool:
        """Whether a page would be shown again."""
        world = self.cast.world
        glance = Glance(world.parts, world.clock())
        return told.holds(glance.now) and glance.is_told(told)


@pytest.fixture
def page(cast: Cast) -> Iterator[Page]:
    yield Page(cast)
    notes.leave()


def test_a_part_is_worked_out_once_until_what_it_was_made_of_is_answered_otherwise(page: Page) -> None:
    records, places = page.reading("records", "records"), page.reading("places", "facilities")
    page(records, places)
    told = page(records, places)
    assert page.made == ["records", "places"]
    assert page.again(told)
    page.cast.harvest()
    assert not page.again(told), "a page rests on its parts"
    page(records, places)
    assert page.made == ["records", "places", "records"]


def test_what_is_gone_is_asked_once(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    records = page.reading("records", "records")
    told, other = page(records), page(records)
    page.cast.harvest()
    asked: list[object] = []
    answers = Watch.answers
    monkeypatch.setattr(Watch, "answers", lambda watch, groups: asked.append(groups) or answers(watch, groups))
    assert not page.again(told)
    assert not page.again(other)
    assert len(asked) == 1


def test_what_is_gone_stays_gone_whatever_a_slower_request_finds(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    world, answers = page.cast.world, Watch.answers
    told = page(page.reading("records", "records"))
    with world.write_aside() as connection:
        driver.change(connection, "INSERT INTO service (name, value) VALUES ('colour', 'green')")
    slow = Glance(world.parts, world.clock())

    def meanwhile(watch: Watch, groups: Any) -> list[bool]:
        monkeypatch.setattr(Watch, "answers", answers)
        found = watch.answers(groups)
        page.cast.harvest()
        assert not page.again(told)
        return found

    monkeypatch.setattr(Watch, "answers", meanwhile)
    assert slow.is_told(told), "so it was when it asked"
    assert all(typing.cast(Part, part).is_gone for part in told.notes.parts)
    assert not page.again(told)


def test_parts_are_told_apart_by_their_arguments(page: Page) -> None:
    @shared
    def places_of(connection: Connection, organisation: str, only: Collection[str] = (), *, most: int = 9) -> int:
        page.made.append(organisation)
        sql = "SELECT count(*) FROM facilities WHERE organisation = ?"
        return int(driver.run(connection, sql, (organisation,))[0][0]) + len(only) + most

    for asked in (
        lambda connection: places_of(connection, "a"),
        lambda connection: places_of(connection, "b"),
        lambda connection: places_of(connection, "a", ["x", "y"]),
        lambda connection: places_of(connection, "a", {"x", "y"}),
        lambda connection: places_of(connection, "a", {"x": 1, "y": 2}.keys()),
        lambda connection: places_of(connection, "a", most=3),
    ):
        page(asked)
        page(asked)
    assert page.made == ["a", "b", "a", "a", "a"], "a set of the same is the same"


def test_parts_rest_on_parts(page: Page) -> None:
    inner = page.reading("inner", "records")
    outer = page.part("outer", lambda connection: inner(connection) + 1)
    told = page(outer)
    page(outer)
    assert page.made == ["outer", "inner"]
    page.cast.harvest()
    assert not page.again(told)
    page(inner)
    page(outer)
    assert page.made == ["outer", "inner", "inner", "outer"], "nobody takes a new part for the one it was made of"
    assert page.again(page(outer))


def test_scans_change_what_was_made_of_scans_alone(page: Page) -> None:
    world = page.cast.world
    seen = page.part("scans", lambda _: scan_overview(world.scans, [page.cast.lot], vietnamese_date(world.clock())))
    records = page.reading("records", "records")
    page(seen, records)
    scan_thing(world.scans, page.cast.lot, world.clock())
    page(seen, records)
    assert page.made == ["scans", "records", "scans"]


def test_what_time_changes_is_worked_out_anew_then(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    now = page.cast.world.clock()
    until = page.part("until", lambda _: hold_until(now + MINUTE))
    outer = page.part("outer", until)
    told = page(outer)
    for moment, is_told in ((now, True), (now + MINUTE, False), (now - MINUTE, False)):
        monkeypatch.setattr(page.cast.world, "clock", lambda moment=moment: moment)
        assert page.again(told) == is_told
        page(outer)
    assert page.made == ["outer", "until"] * 3


def test_what_went_by_something_in_memory_is_no_part_and_no_page_that_asked_for_it_is_kept(page: Page) -> None:
    stamp = page.part("stamp", lambda _: page.cast.world.watch.stamp())
    assert page(stamp).notes.spoilt
    assert page(stamp).notes.spoilt
    assert page.made == ["stamp", "stamp"]


def test_outside_pages_everything_is_worked_out_each_time(page: Page) -> None:
    records = page.reading("records", "records")
    with page.cast.world.read() as connection:
        records(connection)
        records(connection)
    assert page.made == ["records", "records"]


def refusing(page: Page, read: Callable[[Connection], object]) -> Callable[[Connection], None]:
    """A page that goes on where a part of it was refused, which had read something before."""

    @shared
    def refused(connection: Connection) -> None:
        read(connection)
        raise NotFound("no")

    def forgiving(connection: Connection) -> None:
        with pytest.raises(NotFound):
            refused(connection)

    return page.part("forgiving", forgiving)


def test_who_is_refused_has_read_it_all_the_same(page: Page) -> None:
    sql, places = "SELECT count(*) FROM records", page.reading("places", "facilities")
    told = page(refusing(page, lambda connection: (driver.run(connection, sql), places(connection))))
    assert page.again(told)
    page.cast.harvest()
    assert not page.again(told)


def test_what_is_read_behind_a_refusal_that_cannot_be_asked_again_spoils_the_page(page: Page) -> None:
    assert page(refusing(page, lambda _: page.cast.world.watch.stamp())).notes.spoilt


def test_parts_take_so_much_memory_and_no_more(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_BYTES", 3 * (parts.AT_LEAST + 100))
    known = {name: page.reading(name, "records") for name in "abcd"}
    for name in ("a", "b", "c", "a", "d", "c", "b"):
        page(known[name])
    assert page.made == ["a", "b", "c", "d", "b"]
    page.cast.world.parts.forget()
    page(known["b"])
    assert page.made == ["a", "b", "c", "d", "b", "b"]


def test_a_part_weighs_what_it_rests_on() -> None:
    inner, outer = Notes(weight=7), Notes(weight=5)
    outer.parts[Part(inner, ASOF, [], value=None)] = None
    assert Told(outer, ASOF, []).weight() == parts.AT_LEAST + 12


def test_a_part_keeps_nothing_that_was_known_only_while_it_was_made(page: Page) -> None:
    world, lot = page.cast.world, page.cast.lot
    told = page(lambda connection: facts_of(world, connection, lot))
    parts_of = list(told.and_parts())
    assert len(parts_of) > 2
    assert [one for one in parts_of[1:] if one.notes.memo] == []


def test_what_was_read_twice_with_other_answers_before_a_refusal_is_not_told_again(page: Page) -> None:
    sql = "SELECT count(*) FROM records"

    @shared
    def refused(connection: Connection) -> None:
        driver.run(connection, sql)
        raise NotFound("no")

    def differing(connection: Connection) -> None:
        driver.run(connection, sql)
        other = Thread(target=page.cast.harvest)
        other.start()
        other.join()
        with page.cast.world.read() as later, pytest.raises(NotFound):
            refused(later)

    assert page(differing).notes.spoilt


def test_what_was_read_elsewhere_is_no_part(page: Page) -> None:
    elsewhere = create_engine("sqlite://")

    def read(_: Connection) -> int:
        with elsewhere.connect() as connection:
            return int(driver.run(connection, "SELECT 1")[0][0])

    told = page(page.part("elsewhere", read))
    assert told.notes.spoilt
    page(page.part("elsewhere", read))
    assert page.made == ["elsewhere", "elsewhere"]


def test_whoever_reads_need_not_wait_for_others_that_read_to_know_whether_a_part_holds(page: Page) -> None:
    world, records = page.cast.world, page.reading("records", "records")
    page(records)
    page.cast.harvest()
    # As many as may read at once: were another connection of these needed, each would wait for the others' for ever.
    pool: Any = world.engine.pool
    pool._timeout, readers = 2, pool.size() + max(pool._max_overflow, 10)
    waiting, told = Barrier(readers, timeout=20), []

    def ask(connection: Connection) -> None:
        waiting.wait()
        told.append(records(connection))

    threads = [Thread(target=page, args=(ask,)) for _ in range(readers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(told) == readers
