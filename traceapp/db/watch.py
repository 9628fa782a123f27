"""Whether anything was committed since the last look, and whether what was read would be read again.

SQLite counts for each connection the commits of all others, in every process, in memory that they share: a glance.
PostgreSQL has no such count, but tells which transactions have ended, which is as good and costs a statement.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import Engine, event

from traceapp.core.errors import Unavailable
from traceapp.db.engine import STATEMENTS, reading
from traceapp.db.notes import Read, spoil

Stamp = tuple[int, int]
Look = tuple[object, ...]
_NOTHING: Look = ()
_WHICH = "SELECT pg_current_snapshot()::text"
"""Which transactions have ended: where two are equal, none ended between them, and so nothing was committed."""


class Watch:
    """Watches one database; SQLite with a connection of its own, which never writes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._path = str(engine.url.database) if engine.dialect.name == "sqlite" else None
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        event.listen(engine, "engine_disposed", self._close)

    def stamp(self) -> Stamp | None:
        """Two equal stamps: nothing was committed between them. None where nobody knows at a glance."""
        # Whoever asks goes by what is in memory.
        spoil("something known in memory")
        if self._path is None:
            return None
        try:
            with self._lock:
                (found,) = self._open(self._path).execute("PRAGMA data_version").fetchone()
                return self._opened, found
        except sqlite3.Error:
            return None

    def look(self) -> Look:
        """What the database looks like from outside. Of SQLite two equal looks mean that nothing was committed between
        them, and that nobody wrote into its files past it; PostgreSQL looks like nothing, and is asked (`still`).
        """
        return _NOTHING if self._path is None else (self.stamp(), *map(_file_marks, (self._path, f"{self._path}-wal")))

    def still(self, reads: Collection[Read], before: Look) -> Look | None:
        """How it looks now, if all of them would be answered as they were when it looked as it did `before`.

        None where not. Where nothing was committed since, they are not asked again.
        """
        try:
            if self._path is None:
                return self._still_on_postgresql(reads, before)
            # Before anything is read: what is committed from here on must show in the next look.
            now = self.look()
            if now == before and now[0] is not None:
                return now
            with self._lock, _transaction(self._open(self._path)) as connection:
                same = all(one.is_answered_by(connection.execute(one.sql, one.values).fetchall()) for one in reads)
        except (self.engine.dialect.loaded_dbapi.Error, Unavailable):
            return None
        return now if same else None

    def _still_on_postgresql(self, reads: Collection[Read], before: Look) -> Look | None:
        with reading(self.engine) as connection:
            driver: Any = connection.connection.dbapi_connection
            now = tuple(driver.execute(_WHICH).fetchone())
            if now == before:
                return now
            with driver.pipeline():
                cursors = [driver.execute(one.sql, one.values) for one in reads]
            same = all(one.is_answered_by(cursor.fetchall()) for one, cursor in zip(reads, cursors, strict=True))
        return now if same else None

    def _open(self, path: str) -> sqlite3.Connection:
        # Each connection counts for itself, so a new one makes a new stamp.
        if self._connection is None:
            self._opened += 1
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
            )
        return self._connection

    def _close(self, _engine: Engine) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.execute("COMMIT")


def _file_marks(path: str) -> tuple[int, ...]:
    """What changes when somebody writes into a file, or puts another in its place."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
