"""Engines and transactions.

Writers take the write lock when they begin (SQLite BEGIN IMMEDIATE), so that a capture waits instead of failing
half-way; on PostgreSQL the row of `log_lock` is the lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url

from traceapp.db import driver, notes
from traceapp.db.held import BY_HAND, ByHand, Spare
from traceapp.db.refusals import plain_errors

BUSY_MS = 10_000
STATEMENTS = 500
"""That a connection keeps prepared: of all pages together there are some four hundred."""
READERS = 8
"""Connections to SQLite kept for readers: where much is asked four read at once, and each may ask beside what it reads
whether something else still holds (db/watch.py)."""
POSTGRESQL_READERS = 2
"""The same, of those that the pool has: a writer must find one, too."""
_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""libpq's parameters; seconds, but for the last, which is milliseconds."""
_WRITER, _READER = "traceapp_writer", "traceapp_reader"
_VIEW = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ"}
"""What begins a transaction that reads all at one moment."""


def make_engine(url: str, page_bytes: int = 2048) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`.

    `page_bytes`: of a new SQLite file. A capture changes a dozen pages, each of which is written whole.
    """
    if not url.startswith("sqlite"):
        # The connection used last knows the most statements.
        reader = Spare(POSTGRESQL_READERS)
        engine = create_engine(
            _with_patience(url),
            pool_pre_ping=True,
            pool_use_lifo=True,
            isolation_level="READ COMMITTED",
            execution_options={_READER: reader},
        )
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "after_cursor_execute", _note)
        event.listen(engine, "engine_disposed", reader.close)
        return engine
    writer, reader = Spare(1), Spare(READERS)
    engine = create_engine(
        url,
        # Whoever reads may need another to ask with: were there so many and no more, all might wait for one for ever.
        max_overflow=-1,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False, "cached_statements": STATEMENTS},
        execution_options={_WRITER: writer, _READER: reader},
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, page_bytes))
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "after_cursor_execute", _note)
    event.listen(engine, "engine_disposed", writer.close)
    event.listen(engine, "engine_disposed", reader.close)
    return engine


def _with_patience(url: str) -> URL:
    """A server that vanished without a word is noticed within a minute, unless the address says otherwise."""
    named = make_url(url)
    return named.update_query_dict({name: text for name, text in _PATIENCE.items() if name not in named.query})


def beside(engine: Engine) -> Any:
    """One more connection to the same PostgreSQL database, the driver's own: of no pool, and nobody notes its reads.

    No transaction is begun on it; what is asked at once sees one moment. The driver's errors where it cannot be had.
    """
    found = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    event.listen(found, "connect", _prepare_postgresql)
    made = found.raw_connection()
    made.detach()
    raw: Any = made.dbapi_connection
    # Statements that are sent together are one transaction, though nobody says BEGIN.
    raw.execute("SET default_transaction_isolation = 'repeatable read'")
    return raw


def _prepare_sqlite(page_bytes: int, connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not open transactions of its own: `_begin_sqlite` and ByHand say when.
    connection.isolation_level = None
    # Text that is none, put there by another hand, must come out and fail to verify; not fail to come out.
    connection.text_factory = _text
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        f"page_size = {page_bytes}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",
        # What is erased is overwritten, not only forgotten.
        "secure_delete = ON",
        # A checkpoint waits for the disk twice more: every seven hundred captures, not every hundred.
        "wal_autocheckpoint = 8000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _text(stored: bytes) -> str:
    # Each text of each row comes by here: naming an error handler beforehand costs as much again as decoding.
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored.decode(errors="replace")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # As on SQLite: whoever waits for the log's lock is told so in the end.
    connection.execute(f"SET lock_timeout = {BUSY_MS}")
    connection.commit()
    connection.prepared_max = STATEMENTS


def _note(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
    """What SQLAlchemy reads is asked a second time, of the driver, where notes are taken: its own rows are its own."""
    taken = notes.taken()
    if taken and notes.is_read(statement):
        rows = driver.fetch(connection.connection.dbapi_connection, statement, parameters)
        taken.add(connection.engine, statement, parameters, rows)
    elif taken and not statement.startswith("SET "):
        notes.spoil("no plain SELECT")


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(BY_HAND):
        driver.change(connection, "BEGIN")


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """One write transaction: committed when the block ends well, rolled back otherwise.

    Unavailable when the disk is full or read-only, or the database is locked or gone: nothing was written.
    """
    notes.spoil("a write")
    spare: Spare | None = engine.get_execution_options().get(_WRITER)
    return _writing_postgresql(engine) if spare is None else ByHand(engine, spare, "BEGIN IMMEDIATE")


@contextmanager
def _writing_postgresql(engine: Engine) -> Iterator[Connection]:
    with plain_errors(), engine.begin() as connection:
        yield connection


def reading(engine: Engine, *, alone: bool = False) -> AbstractContextManager[Connection]:
    """One consistent view; one statement `alone` has it by itself. Unavailable when it cannot be had."""
    spare: Spare = engine.get_execution_options()[_READER]
    return ByHand(engine, spare, "" if alone else _VIEW[engine.dialect.name])
