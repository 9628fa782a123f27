"""Whether anything was committed is known at a glance on SQLite, and never claimed elsewhere."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from tests import postgres
from tests.services.cast import Cast
from traceapp.db import driver
from traceapp.db.notes import Read
from traceapp.db.watch import ASKING, Watch


@pytest.mark.parametrize("kind", ["sqlite"])
def test_two_looks_with_nothing_between_them_are_equal(cast: Cast) -> None:
    watch = Watch(cast.world.engine)
    assert watch.stamp() == watch.stamp() is not None
    with cast.world.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM records")
    assert watch.stamp() == watch.stamp()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_anybody_committed_makes_another_stamp(cast: Cast) -> None:
    watch = Watch(cast.world.engine)
    stamps = [watch.stamp()]
    cast.harvest()
    stamps.append(watch.stamp())
    stranger = sqlite3.connect(str(cast.world.engine.url.database))
    stranger.execute("INSERT INTO service VALUES ('colour', 'green')")
    assert watch.stamp() == stamps[-1], "not committed yet"
    stranger.commit()
    stranger.close()
    stamps.append(watch.stamp())
    assert len(set(stamps)) == 3


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_connection_opened_anew_never_repeats_a_stamp(cast: Cast) -> None:
    watch = Watch(cast.world.engine)
    before = watch.stamp()
    cast.world.engine.dispose()
    assert watch.stamp() not in (before, None)


@pytest.mark.parametrize("kind", ["postgresql"])
def test_postgresql_does_not_say(cast: Cast) -> None:
    assert Watch(cast.world.engine).stamp() is None


@pytest.mark.parametrize("kind", ["postgresql"])
def test_postgresql_looks_otherwise_after_a_commit(cast: Cast) -> None:
    watch = Watch(cast.world.engine)
    before = watch.look()
    assert before
    cast.harvest()
    assert watch.look() != before


def test_a_database_that_is_away_looks_like_nothing_and_answers_nothing(cast: Cast, monkeypatch: Any) -> None:
    watch = Watch(cast.world.engine)

    def fail(*_: object) -> None:
        gone = cast.world.engine.dialect.loaded_dbapi.OperationalError("gone")
        raise gone if cast.world.engine.dialect.name == "sqlite" else OperationalError("SELECT 1", (), gone)

    for name in ("reading", "beside"):
        monkeypatch.setattr(f"traceapp.db.watch.{name}", fail)
    monkeypatch.setattr(watch, "_open", fail)
    assert watch.look() is None
    assert watch.answers([[Read("SELECT 1", (), [(1,)])]]) == [False]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_server_that_went_away_is_looked_at_again_once_it_is_back(cast: Cast) -> None:
    watch, count = Watch(cast.world.engine), Read("SELECT count(*) FROM service WHERE name = 'none'", (), [(0,)])
    assert watch.look() is not None
    assert watch.answers([[count]]) == [True]
    postgres.end_connections(cast.world.settings.database_url)
    assert watch.look() is None
    assert watch.look() is not None
    assert watch.answers([[count]]) == [True]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_what_is_asked_at_once_is_answered_as_of_one_moment(cast: Cast) -> None:
    watch, count = Watch(cast.world.engine), "SELECT count(*) FROM records"
    with cast.world.read() as connection:
        [before] = driver.run(connection, count)
    # It stands between two statements that are no repetition of each other, until it is let go on.
    waits = Read("SELECT 1 FROM pg_advisory_xact_lock(7)", (), [(1,)])
    reads = [Read(count, (), [before]), waits, Read(f"{count} WHERE true", (), [before])]
    held = psycopg.connect(cast.world.settings.database_url, autocommit=True)
    with held, ThreadPoolExecutor(1) as other:
        held.execute("SELECT pg_advisory_lock(7)")
        answered = other.submit(watch.answers, [reads])
        while not held.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchall():
            assert not answered.done()
        cast.harvest()
        held.execute("SELECT pg_advisory_unlock(7)")
        assert answered.result() == [True]
    assert watch.answers([reads]) == [False]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_more_may_ask_at_once_than_there_are_connections_for(cast: Cast) -> None:
    watch = Watch(cast.world.engine)
    with ThreadPoolExecutor(3 * ASKING) as hands:
        assert None not in set(hands.map(lambda _: watch.look(), range(20 * ASKING)))
    with psycopg.connect(cast.world.settings.database_url, autocommit=True) as other:
        theirs = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_current_snapshot%'"
        assert 1 <= len(other.execute(theirs).fetchall()) <= ASKING
        cast.world.engine.dispose()
        until = time.monotonic() + 60
        while other.execute(theirs).fetchall():
            assert time.monotonic() < until, "they are let go"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_bytes_written_past_sqlite_make_another_look(cast: Cast) -> None:
    watch = Watch(cast.world.engine)
    path = Path(str(cast.world.engine.url.database))
    before = watch.look()
    assert watch.look() == before
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(data[:100])
    assert watch.stamp() is not None
    assert watch.look() != before
