"""What was read is noted where it passes, and told again only where every answer would be the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, select

from tests.services.cast import Cast
from traceapp.core.dates import vietnamese_date
from traceapp.db import driver, notes
from traceapp.db.notes import Notes, Read
from traceapp.db.tables import service
from traceapp.db.watch import Watch
from traceapp.services.scans.counting import scan_thing
from traceapp.services.scans.overview import scan_overview

ELSEWHERE = create_engine("sqlite://")


@pytest.fixture
def taken() -> Iterator[Notes]:
    yield notes.take()
    notes.leave()


def read_of(found: Notes, engine: Engine) -> list[Read]:
    return list(found.reads.get(engine, {}).values())


def test_reads_through_either_door_are_noted_and_answered_again(cast: Cast, taken: Notes) -> None:
    world = cast.world
    with world.read() as connection:
        driver.run(connection, "SELECT count(*) FROM records WHERE type <> ?", ("",))
        connection.execute(select(service.c.value).where(service.c.name == "identity")).scalar()
    notes.leave()
    found, watch = read_of(taken, world.engine), Watch(world.engine)
    assert [len(one.rows) for one in found] == [1, 1]
    records, identity = [[one] for one in found]
    assert watch.answers([records, identity]) == [True, True]
    cast.harvest()
    assert watch.answers([records, identity]) == [False, True]


def test_scans_are_noted_too(cast: Cast) -> None:
    world = cast.world
    scan_thing(world.scans, cast.lot, world.clock())
    taken = notes.take()
    scan_overview(world.scans, [cast.lot], vietnamese_date(world.clock()))
    notes.leave()
    engine = world.scans.watch.engine
    assert world.scans.watch.answers([read_of(taken, engine)]) == [True]
    scan_thing(world.scans, cast.lot, world.clock())
    assert world.scans.watch.answers([read_of(taken, engine)]) == [False]


def test_whoever_writes_or_goes_by_what_is_in_memory_spoils_the_notes(cast: Cast) -> None:
    def spoilt_by(act: str) -> str:
        found = notes.take()
        match act:
            case "write":
                with cast.world.write_aside() as connection:
                    driver.run(connection, "SELECT 1")
            case "scan":
                scan_thing(cast.world.scans, cast.lot, cast.world.clock())
            case "stamp":
                cast.world.watch.stamp()
        notes.leave()
        return found.spoilt

    assert spoilt_by("nothing") == ""
    assert all(spoilt_by(act) for act in ("write", "scan", "stamp"))


@pytest.mark.parametrize(
    ("before", "after"), [([(1,)], [(1.0,)]), ([(1,)], [(True,)]), ([("a",)], [(b"a",)]), ([(1,)], []), ([], [(1,)])]
)
def test_rows_that_python_calls_equal_are_not_the_same(before: list[tuple[object]], after: list[tuple[object]]) -> None:
    read = Read("SELECT 1", (), list(before))
    assert read.is_answered_by(list(before))
    assert not read.is_answered_by(list(after))


def test_the_same_statement_answered_in_two_ways_spoils_the_notes() -> None:
    found = Notes()
    found.add(ELSEWHERE, "SELECT 1", (), [(1,)])
    found.add(ELSEWHERE, "SELECT 1", (), [(1,)])
    assert not found.spoilt
    found.add(ELSEWHERE, "SELECT 1", (), [(2,)])
    assert found.spoilt


def test_whoever_reads_very_much_keeps_none_of_it() -> None:
    found = Notes()
    for number in range(4):
        assert not found.spoilt
        found.memo["shelf"] = number
        found.add(ELSEWHERE, f"SELECT {number}", (), [(b"x" * 100_000,)] * number * 4)
    assert found.spoilt
    assert not found.reads
    assert not found.memo


@pytest.mark.parametrize(
    "sql", ["INSERT INTO a VALUES (1) RETURNING b", "SELECT a FROM b FOR UPDATE", "SELECT nextval('a')", "PRAGMA a"]
)
def test_what_is_no_plain_read_is_never_asked_again(sql: str) -> None:
    found = Notes()
    found.add(ELSEWHERE, sql, (), [])
    assert found.spoilt
    assert not found.reads


def test_notes_hold_until_the_first_instant_at_which_time_changes_what_they_say(cast: Cast, taken: Notes) -> None:
    now = cast.world.clock()
    for instant in (now, None, now.replace(year=now.year + 1)):
        notes.hold_until(instant)
    assert taken.until == now


def test_what_was_asked_for_weighs_too(cast: Cast, taken: Notes) -> None:
    asked = [f"{number:0200}" for number in range(400)]
    with cast.world.read() as connection:
        assert driver.run_for(connection, "SELECT id FROM lots WHERE id IN ({})", asked) == []
    assert taken.weight > 2 * len("".join(asked)), "once as it was asked, once to know it by"


@pytest.mark.parametrize(
    ("sql", "is_ordered"),
    [
        ("SELECT a FROM t", False),
        ("SELECT a FROM t ORDER BY a", True),
        ("SELECT a FROM t ORDER BY lower(a)", True),
        ("SELECT a FROM t WHERE b IN (SELECT b FROM s ORDER BY b DESC LIMIT 3)", False),
        ("SELECT a, row_number() OVER (PARTITION BY (a) ORDER BY (b)) FROM t", False),
        ("SELECT a FROM (SELECT a FROM (SELECT a FROM t) s ORDER BY a) s ORDER BY a DESC LIMIT 2", True),
    ],
)
def test_rows_come_in_any_order_where_none_is_promised(sql: str, is_ordered: bool) -> None:
    read = Read(sql, (), [(1, "a"), (2, "b"), (2, "b")])
    assert read.is_answered_by([(2, "b"), (1, "a"), (2, "b")]) is not is_ordered
    for other in ([(2, "b"), (1, "a"), (1, "a")], [(2, "b"), (1, "a")], [(2, "b"), (1.0, "a"), (2, "b")]):
        assert not read.is_answered_by(other)
