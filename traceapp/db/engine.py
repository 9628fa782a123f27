"""Engines and transactions.

Writers take the write lock when they begin (SQLite BEGIN IMMEDIATE), so that a capture waits instead of failing
half-way; on PostgreSQL the row of `log_lock` is the lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Lock
from typing import Any, NoReturn, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, TimeoutError

from traceapp.core.errors import Unavailable
from traceapp.db import driver, notes

BUSY_MS = 10_000
STATEMENTS = 500
"""That a connection keeps prepared: of all pages together there are some four hundred."""
READERS = 8
"""Connections to SQLite kept for readers: where much is asked four read at once, and each may ask beside what it reads
whether something else still holds (db/watch.py)."""
_WRITER, _READER = "traceapp_writer", "traceapp_reader"
_BY_HAND = "traceapp_by_hand"


def make_engine(url: str, page_bytes: int = 2048) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`.

    `page_bytes`: of a new SQLite file. A capture changes a dozen pages, each of which is written whole.
    """
    if not url.startswith("sqlite"):
        # The connection used last knows the most statements.
        engine = create_engine(url, pool_pre_ping=True, pool_use_lifo=True, isolation_level="READ COMMITTED")
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "after_cursor_execute", _note)
        return engine
    writer, reader = _Spare(1), _Spare(READERS)
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


def beside(engine: Engine, most: int) -> Engine:
    """Another engine for the same PostgreSQL database, of `most` connections, whose reads nobody notes.

    A statement alone needs no transaction there.
    """
    found = create_engine(
        engine.url, pool_pre_ping=True, pool_use_lifo=True, isolation_level="AUTOCOMMIT", pool_size=most, max_overflow=0
    )
    event.listen(found, "connect", _prepare_postgresql)
    return found


class _Spare:
    """Connections kept for the next who need one, `most` of them: a new one costs a fifth of a capture.

    For SQLAlchemy each is in one long transaction, which it need not begin and end for each of the real ones.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._held: list[Connection] = []

    def take(self, engine: Engine) -> Connection:
        """One that is kept, or a new one while others have them."""
        with self._lock:
            if self._held:
                return self._held.pop()
        made = engine.connect().execution_options(**{_BY_HAND: True})
        made.begin()
        return made

    def give_back(self, connection: Connection) -> None:
        """Keep it for the next."""
        with self._lock:
            if len(self._held) < self._most:
                self._held.append(connection)
                return
        connection.close()

    def close(self, _engine: Engine) -> None:
        """Let the file go, as the connections in the pool do."""
        with self._lock:
            held, self._held = self._held, []
        for connection in held:
            connection.detach()
            connection.close()


def _prepare_sqlite(page_bytes: int, connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not open transactions of its own: `_begin_sqlite` and `_ByHand` say when.
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
        rows = cast(Any, connection.connection.dbapi_connection).execute(statement, parameters).fetchall()
        taken.add(connection.engine, statement, parameters, rows)
    elif taken and not statement.startswith("SET "):
        notes.spoil("no plain SELECT")


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(_BY_HAND):
        driver.change(connection, "BEGIN")


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """One write transaction: committed when the block ends well, rolled back otherwise.

    Unavailable when the disk is full or read-only, or the database is locked or gone: nothing was written.
    """
    notes.spoil("a write")
    spare: _Spare | None = engine.get_execution_options().get(_WRITER)
    return _writing_postgresql(engine) if spare is None else _ByHand(engine, spare, "BEGIN IMMEDIATE")


@contextmanager
def _writing_postgresql(engine: Engine) -> Iterator[Connection]:
    with plain_errors(), engine.begin() as connection:
        yield connection


class _ByHand:
    """BEGIN to COMMIT at SQLite's driver: SQLAlchemy's own begin and commit cost as much as the disk."""

    def __init__(self, engine: Engine, spare: _Spare, begin: str) -> None:
        self._engine = engine
        self._spare = spare
        self._begin = begin

    def __enter__(self) -> Connection:
        connection: Connection | None = None
        try:
            connection = self._connection = self._spare.take(self._engine)
            driver.change(connection, self._begin)
        except DBAPIError as cause:
            if connection is not None:
                self._spare.give_back(connection)
            _raise_plainly(cause)
        return connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        try:
            if error is None:
                driver.change(self._connection, "COMMIT")
        except DBAPIError as cause:
            error = cause
        finally:
            self._roll_back()
            self._spare.give_back(self._connection)
        if isinstance(error, DBAPIError):
            _raise_plainly(error)

    def _roll_back(self) -> None:
        # A full disk ends the transaction by itself; after a commit there is none.
        if driver.is_in_transaction(self._connection):
            driver.change(self._connection, "ROLLBACK")


def reading(engine: Engine) -> AbstractContextManager[Connection]:
    """One consistent view of the database. Unavailable when it cannot be had."""
    spare: _Spare | None = engine.get_execution_options().get(_READER)
    return _reading_postgresql(engine) if spare is None else _ByHand(engine, spare, "BEGIN")


@contextmanager
def _reading_postgresql(engine: Engine) -> Iterator[Connection]:
    with plain_errors(), engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def plain_errors() -> Iterator[None]:
    """The database's refusals as Unavailable, with what to do; a broken constraint is the caller's to explain."""
    try:
        yield
    except DBAPIError as cause:
        _raise_plainly(cause)
    except TimeoutError as cause:
        raise Unavailable("Every connection to the database is in use: try again in a moment.") from cause


def _raise_plainly(cause: DBAPIError) -> NoReturn:
    if isinstance(cause, IntegrityError | ProgrammingError | DataError):
        raise cause
    raise Unavailable(f"The database refused, and nothing was written: {_reason(cause)}.") from cause


def _reason(cause: DBAPIError) -> str:
    said = str(cause.orig).strip().splitlines()[0] if str(cause.orig).strip() else "it gave no reason"
    busy = "another process holds it; try again, or stop the other process"
    advice = {
        "database is locked": busy,
        "lock timeout": busy,
        "database or disk is full": "free some space on the disk and try again",
        "disk I/O error": "check the disk, its space and its quota",
        "attempt to write a readonly database": "check the rights on the data folder and its disk",
        "read-only transaction": "this is a standby, or was made read-only: use the database that may be written",
        "file is not a database": "check TRACEAPP_DATABASE_URL and TRACEAPP_DATA_DIR, or restore a backup",
        "malformed": "restore a backup and run traceapp log check",
        "unable to open database file": "check that the data folder exists and may be written; run traceapp init",
    }
    return next((f"{said} ({hint})" for start, hint in advice.items() if start in said), said)
