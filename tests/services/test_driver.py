"""Statements at the driver behave as SQLAlchemy's do: same transaction, same errors, on either database."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Connection, QueuePool, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from tests import postgres
from tests.services.cast import Cast
from traceapp.core.errors import Unavailable
from traceapp.db import driver
from traceapp.db.engine import POSTGRESQL_READERS, READERS, make_engine, reading
from traceapp.db.tables import audit, checkpoints, log_entries, records, service, trust_lists
from traceapp.services.world import World


def test_rows_go_in_and_come_out_in_the_order_of_the_columns(cast: Cast) -> None:
    with cast.world.write() as connection:
        driver.insert(connection, service, [("colour", "green"), ("shape", "round")])
        driver.insert(connection, service, [])
        driver.change(connection, "UPDATE service SET value = ? WHERE name = ?", ("red", "colour"))
        assert driver.run(connection, "SELECT value FROM service WHERE name = ?", ("colour",)) == [("red",)]
    with cast.world.read() as connection:
        assert cast.world.fact(connection, "shape") == "round"


def test_a_thousand_keys_are_looked_up_in_pieces(cast: Cast) -> None:
    names = [f"n{number:04}" for number in range(1200)]
    with cast.world.write() as connection:
        driver.insert(connection, service, [(name, "") for name in names])
        found = driver.run_for(connection, "SELECT name FROM service WHERE name IN ({})", set(names))
        assert sorted(name for (name,) in found) == names
        assert driver.run_for(connection, "SELECT name FROM service WHERE name IN ({})", set()) == []


@pytest.mark.parametrize("count", [1, 1200])
def test_several_queries_are_answered_apart_whether_asked_together_or_not(cast: Cast, count: int) -> None:
    names = [f"n{number:04}" for number in range(count)]
    by_name = "SELECT name, value FROM service WHERE name IN ({})"
    by_value = "SELECT value, name FROM service WHERE value IN ({})"
    with cast.world.write() as connection:
        driver.insert(connection, service, [(name, f"v{name}") for name in names])
        first, second, third = driver.look_up(
            connection, (by_name, by_value, by_name), (set(names), ["vn0000", "v"], ())
        )
    assert first == {name: f"v{name}" for name in names}
    assert second == {"vn0000": "n0000"}
    assert third == {}


def test_what_is_rolled_back_was_never_there(cast: Cast) -> None:
    with pytest.raises(KeyError), cast.world.write() as connection:
        driver.insert(connection, service, [("gone", "")])
        raise KeyError
    with cast.world.read() as connection:
        assert cast.world.fact(connection, "gone") is None


def test_errors_are_those_that_callers_know(cast: Cast) -> None:
    with pytest.raises(IntegrityError), cast.world.write() as connection:
        driver.insert(connection, service, [("twice", ""), ("twice", "")])
    with pytest.raises((ProgrammingError, OperationalError)), cast.world.engine.connect() as connection:
        driver.run(connection, "SELECT nothing FROM nowhere")
    with pytest.raises((ProgrammingError, OperationalError)), cast.world.engine.connect() as connection:
        driver.change(connection, "UPDATE nowhere SET nothing = ?", (1,))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_writer_inside_a_writer_has_a_connection_of_its_own(cast: Cast) -> None:
    with cast.world.write() as first:
        raw = first.connection.dbapi_connection
    with cast.world.write() as second, cast.world.engine.connect() as other:
        assert second.connection.dbapi_connection is raw, "kept for the next writer"
        assert other.connection.dbapi_connection is not raw
        assert other.execute(text("SELECT count(*) FROM service")).scalar()


def test_each_reading_sees_what_was_committed_before_it_and_nothing_after(world: World) -> None:
    with world.read() as first:
        before = labels_of(first)
        note_label(world, "one")
        assert labels_of(first) == before
        with world.read() as second:
            assert labels_of(second) == {*before, "one"}
    with world.read() as third:
        assert labels_of(third) == {*before, "one"}


def test_a_reading_that_fails_holds_nothing_back_from_the_next(world: World) -> None:
    for number, broken in enumerate(("SELECT nothing FROM nowhere", "SELECT 1")):
        with pytest.raises((DBAPIError, Unavailable, ZeroDivisionError)), world.read() as connection:
            driver.run(connection, broken)
            raise ZeroDivisionError
        note_label(world, f"after {number}")
        with world.read() as connection:
            assert f"after {number}" in labels_of(connection)


def test_more_may_read_at_once_than_connections_are_kept_for(world: World) -> None:
    with ExitStack() as open_ones:
        readers = [open_ones.enter_context(world.read()) for _ in range(READERS + 2)]
        assert len({id(driver_of(one)) for one in readers}) == len(readers)
        assert len({frozenset(labels_of(one)) for one in readers}) == 1
        note_label(world, "meanwhile")
        assert not any("meanwhile" in labels_of(one) for one in readers)
    with world.read() as connection:
        assert "meanwhile" in labels_of(connection)
    world.engine.dispose()
    with world.read() as connection:
        assert "meanwhile" in labels_of(connection)


def test_a_connection_that_readers_had_writes_all_or_nothing(world: World) -> None:
    with ExitStack() as open_ones:
        for _ in range(READERS + 2):
            open_ones.enter_context(world.read())
    for _ in range(3):
        with pytest.raises(KeyError), world.write_aside() as connection:
            driver.change(connection, "INSERT INTO service (name, value) VALUES (?, ?)", ("half", ""))
            raise KeyError
    with world.read() as connection:
        assert "half" not in labels_of(connection)


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_a_server_that_vanished_is_noticed_as_the_address_says_or_within_a_minute(world: World) -> None:
    plain = world.settings.database_url
    for url, waits in ((plain, "30000"), (f"{plain}?tcp_user_timeout=7000", "7000")):
        engine = make_engine(url)
        with reading(engine) as connection:
            told = driver_of(connection).info.get_parameters()
        assert (told["tcp_user_timeout"], told["keepalives_idle"]) == (waits, "20")
        engine.dispose()


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_who_reads_does_not_notice_that_the_server_was_started_anew_meanwhile(world: World) -> None:
    with world.read() as first, world.read() as second:
        before = labels_of(first)
        assert labels_of(second) == before
    postgres.end_connections(world.settings.database_url)
    for _ in range(POSTGRESQL_READERS + 1):
        with world.read() as connection:
            assert labels_of(connection) == before


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_whoever_reads_while_the_server_goes_away_is_told_and_the_next_one_reads(world: World) -> None:
    with pytest.raises(Unavailable), world.read() as connection:
        labels_of(connection)
        postgres.end_connections(world.settings.database_url)
        labels_of(connection)
    with world.read() as connection:
        assert labels_of(connection)
    # Nothing was asked since: it ends ill all the same, and nobody gets that connection.
    with pytest.raises(Unavailable), world.read() as connection:
        postgres.end_connections(world.settings.database_url)
    with world.read() as connection:
        assert labels_of(connection)


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_a_writer_finds_a_connection_whatever_readers_keep(world: World) -> None:
    pool = world.engine.pool
    assert isinstance(pool, QueuePool)
    most = pool.size() + pool._max_overflow
    with ExitStack() as open_ones:
        for _ in range(most):
            open_ones.enter_context(world.read())
    with ExitStack() as open_ones:
        writers = [open_ones.enter_context(world.engine.connect()) for _ in range(most - POSTGRESQL_READERS)]
        assert len({id(driver_of(one)) for one in writers}) == len(writers)


def labels_of(connection: Connection) -> set[str]:
    return {name for (name,) in driver.run(connection, "SELECT name FROM service")}


def note_label(world: World, name: str) -> None:
    with world.write_aside() as connection:
        driver.change(connection, "INSERT INTO service (name, value) VALUES (?, ?)", (name, "noted"))


def driver_of(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def test_rows_by_name_are_read_as_sqlalchemy_reads_them(cast: Cast) -> None:
    with cast.world.read() as connection:
        for table in (records, log_entries, checkpoints, audit, trust_lists):
            key = table.columns.values()[0]
            told = [dict(row) for row in connection.execute(select(table).order_by(key)).mappings()]
            assert told or table not in (records, log_entries)
            found = driver.rows_of(connection, table, f"{key.name} IS NOT NULL ORDER BY {key.name}", ())
            assert [{name: (type(one), one) for name, one in row.items()} for row in found] == [
                {name: (type(one), one) for name, one in row.items()} for row in told
            ]
