"""Killed, full, read-only, locked, gone: what was acknowledged is there, the rest is not, and the message says why."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from tests.check_log import ProvedWorld, check_log, heads
from tests.services.cast import Cast
from tests.services.processes import workers
from traceapp.core.errors import LogAhead, Unavailable
from traceapp.core.statements import record_uuid
from traceapp.db import engine as engine_module
from traceapp.db.engine import make_engine
from traceapp.db.guards import guard_names
from traceapp.services.log.entries import place_of
from traceapp.services.log.heads import size_of
from traceapp.services.world import World

REFUSED = "The database refused, and nothing was written"


def kill_while_it_captures(cast: Cast, seconds: float) -> list[tuple[str, int]]:
    """The receipts that a process had acknowledged when it was killed."""
    with workers(cast, "captures", 0, 1) as (worker,):
        worker.go()
        assert worker.told.poll(60)
        time.sleep(seconds)
        worker.kill()
        return receipts_in(worker.lines())


def receipts_in(lines: list[str]) -> list[tuple[str, int]]:
    said = [line.split() for line in lines if line.startswith("recorded")]
    return [(record, int(leaf)) for _, record, leaf in said]


def require_stored(cast: Cast, receipts: list[tuple[str, int]]) -> None:
    with cast.world.read() as connection:
        for record, leaf in receipts:
            assert place_of(connection, record_uuid(record))[1] == leaf


def require_acknowledged(cast: Cast, receipts: list[tuple[str, int]]) -> None:
    """They are there, the log verifies, and it goes on."""
    require_stored(cast, receipts)
    check_log(cast.world)
    cast.capture(cast.event())


def kill_again_and_again(cast: Cast, rounds: int) -> None:
    """The whole log is re-proved every few rounds: it grows with every one of them."""
    chance = random.Random(20261121)
    acknowledged: list[tuple[str, int]] = []
    for number in range(rounds):
        receipts = kill_while_it_captures(cast, chance.uniform(0, 0.1))
        assert receipts
        acknowledged += receipts
        require_stored(cast, receipts)
        if number < 3 or number % 20 == 0:
            require_acknowledged(cast, receipts)
    require_acknowledged(cast, acknowledged)
    assert len({leaf for _, leaf in acknowledged}) == len(acknowledged)


@pytest.mark.slow
def test_killing_the_process_at_any_moment_loses_nothing_acknowledged(cast: Cast) -> None:
    kill_again_and_again(cast, 3)


@pytest.mark.soak
def test_a_hundred_kills_lose_nothing_acknowledged(cast: Cast) -> None:
    kill_again_and_again(cast, 100)


def refuses_and_keeps(cast: Cast, said: str, write: Callable[[], object] | None = None) -> None:
    """The write is refused with that message and nothing of it is kept."""
    before = heads(cast.world)
    with pytest.raises(Unavailable, match=said):
        (write or cast.harvest)()
    assert heads(cast.world) == before
    published = cast.world.published.read()
    assert published is not None
    assert published[0] == max(before)


def on_each_connection(cast: Cast, statement: str) -> None:
    """Every connection from now on is opened with this."""
    cast.world.engine.dispose()
    event.listen(cast.world.engine, "connect", lambda connection, _: connection.execute(statement))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_read_only_database_says_so(cast: Cast) -> None:
    settings = cast.world.settings
    path = settings.database_url.removeprefix("sqlite:///")
    cast.harvest()
    cast.world.engine.dispose()
    read_only = make_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    other = Cast(**{**vars(cast), "world": World(settings, clock=cast.world.clock)})
    other.world.__dict__["engine"] = read_only
    with pytest.raises(Unavailable, match="check the rights on the data folder"):
        other.harvest()
    assert other.facts().lot is not None, "what can still be read is read"
    read_only.dispose()
    check_log(cast.world)


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_read_only_server_says_so(cast: Cast) -> None:
    name = cast.world.settings.database_url.rpartition("/")[2]
    with cast.world.engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    cast.world.engine.dispose()
    refuses_and_keeps(cast, f"{REFUSED}.*read-only")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_full_disk_says_so_and_after_it_all_goes_on(cast: Cast) -> None:
    with cast.world.read() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    on_each_connection(cast, f"PRAGMA max_page_count = {pages}")
    many = [cast.event(note="x" * 400) for _ in range(200)]
    refuses_and_keeps(cast, f"{REFUSED}: database or disk is full .free some space", lambda: cast.capture(*many))
    cast.world.engine.dispose()
    roomy = Cast(**{**vars(cast), "world": ProvedWorld(cast.world.settings, clock=cast.world.clock)})
    roomy.capture(*many)
    roomy.world.engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_that_may_not_grow_says_so(cast: Cast) -> None:
    """The system refuses the write itself, as a quota does: in a process of its own, under a limit on file sizes."""
    size = max(path.stat().st_size for path in Path(cast.world.settings.data_dir).iterdir())
    before = heads(cast.world)
    cast.world.engine.dispose()
    with workers(cast, "captures", 0, 1, largest_file=size + 20_000) as (worker,):
        worker.go()
        said = worker.lines()
    assert said[-1].startswith(f"refused unavailable {REFUSED}: ")
    recorded = receipts_in(said)
    require_acknowledged(cast, recorded)
    assert max(heads(cast.world)) == max(before) + len(recorded) + 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment where a service waits ten seconds."""
    monkeypatch.setattr(engine_module, "BUSY_MS", 150)


def test_a_locked_database_is_waited_for_and_then_says_so(cast: Cast, impatient: None) -> None:
    holder = make_engine(cast.world.settings.database_url)
    before = heads(cast.world)
    cast.world.engine.dispose()
    waiting = Cast(**{**vars(cast), "world": World(cast.world.settings, clock=cast.world.clock)})
    with holder.connect() as other:
        if other.dialect.name == "sqlite":
            other.connection.driver_connection.execute("BEGIN IMMEDIATE")
        else:
            other.execute(text("SELECT id FROM log_lock FOR UPDATE"))
        began = time.perf_counter()
        with pytest.raises(Unavailable, match=f"{REFUSED}: .*another process holds it"):
            waiting.harvest()
        assert 0.1 < time.perf_counter() - began < 5
        other.connection.driver_connection.rollback()
    holder.dispose()
    assert heads(cast.world) == before
    waiting.harvest()
    check_log(cast.world)
    waiting.world.engine.dispose()


def test_who_reads_never_waits_for_who_writes(cast: Cast, impatient: None) -> None:
    reader = World(cast.world.settings, clock=cast.world.clock)
    with cast.world.write() as connection:
        connection.execute(text("UPDATE service SET value = value"))
        with reader.read() as other:
            assert size_of(other) > 0
    reader.engine.dispose()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_connection_that_the_server_ended_says_so_and_the_next_one_works(cast: Cast) -> None:
    ending = make_engine(cast.world.settings.database_url)

    def end() -> None:
        with cast.world.write() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            with ending.begin() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            connection.execute(text("SELECT 1"))

    refuses_and_keeps(cast, REFUSED, end)
    ending.dispose()
    cast.harvest()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_damaged_database_says_so(cast: Cast) -> None:
    cast.world.engine.dispose()
    file = Path(cast.world.settings.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(file.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    file.write_bytes(data)
    with pytest.raises(Unavailable, match=r"malformed|not a database"):
        cast.harvest()


def test_what_is_stored_but_could_not_be_published_says_so_and_is_published_with_the_next(cast: Cast) -> None:
    published_file = cast.world.settings.data_dir / "published" / "checkpoint"
    size = max(heads(cast.world))
    published_file.unlink()
    in_the_way = published_file.with_name(f"checkpoint.{os.getpid()}")
    in_the_way.mkdir()
    with pytest.raises(Unavailable, match=r"The record is stored; .* not published yet"):
        cast.harvest()
    assert max(heads(cast.world)) == size + 1
    in_the_way.rmdir()
    cast.harvest()
    published = cast.world.published.read()
    assert published is not None
    assert published[0] == size + 2


@pytest.mark.parametrize("damage", [b"", b"id.example.vn/log\n12\n", b"\xff" * 200])
def test_a_damaged_published_checkpoint_stops_captures_and_names_the_remedy(cast: Cast, damage: bytes) -> None:
    path = cast.world.settings.data_dir / "published" / "checkpoint"
    good = path.read_bytes()
    before = heads(cast.world)
    path.write_bytes(damage)
    stopped = World(cast.world.settings, clock=cast.world.clock)
    with pytest.raises(Unavailable, match=r"is damaged: .*run traceapp log check"):
        Cast(**{**vars(cast), "world": stopped}).harvest()
    stopped.engine.dispose()
    assert heads(cast.world) == before
    path.write_bytes(good)
    cast.harvest()


def test_a_lost_published_file_is_written_again_by_the_next_record(cast: Cast) -> None:
    (cast.world.settings.data_dir / "published" / "checkpoint").unlink()
    cast.harvest()
    published = cast.world.published.read()
    assert published is not None
    assert published[0] == max(heads(cast.world))


def test_the_last_checkpoint_taken_away_by_hand_forks_nothing(cast: Cast) -> None:
    """Somebody "repairs" the database: what is published tells; where that is gone too, the entries do."""
    cast.harvest()
    with cast.world.engine.begin() as connection:
        without_guards(connection, "checkpoints")
        connection.execute(text("DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)"))
    before = heads(cast.world)
    with pytest.raises(LogAhead, match=r"are published, .* traceapp log recover"):
        cast.harvest()
    (cast.world.settings.data_dir / "published" / "checkpoint").unlink()
    with pytest.raises(LogAhead, match=r"entries beyond its last checkpoint .* traceapp log check"):
        cast.harvest()
    assert heads(cast.world) == before


def test_a_leaf_altered_by_hand_stops_a_process_that_does_not_know_the_tree(two_worlds: tuple[Cast, Cast]) -> None:
    one, other = two_worlds
    with one.world.engine.begin() as connection:
        without_guards(connection, "log_entries")
        last = "(SELECT max(leaf_index) FROM log_entries)"
        connection.execute(
            text(f"UPDATE log_entries SET leaf_hash = :other WHERE leaf_index = {last}"), {"other": b"\1" * 32}
        )
    with pytest.raises(LogAhead, match=r"a tree with another root.* traceapp log check"):
        other.harvest()


def without_guards(connection: Connection, table: str) -> None:
    """Whoever owns the database can do this."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for name in guard_names(table, "sqlite"):
        connection.execute(text(f"DROP TRIGGER {name}"))


@pytest.fixture
def two_worlds(cast: Cast) -> Iterator[tuple[Cast, Cast]]:
    other = Cast(**{**vars(cast), "world": ProvedWorld(cast.world.settings, clock=cast.world.clock)})
    yield cast, other
    other.world.engine.dispose()


def test_a_transaction_given_up_leaves_the_lock_free(two_worlds: tuple[Cast, Cast], impatient: None) -> None:
    one, other = two_worlds
    with pytest.raises(KeyboardInterrupt), one.world.write():
        raise KeyboardInterrupt
    other.harvest()
    one.harvest()
