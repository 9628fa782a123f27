"""Whether anything was committed since the last look, and whether what was read would be read again.

SQLite counts for each connection the commits of all others, in every process, in memory that they share: a glance.
PostgreSQL has no such count, but tells which transactions have ended, which is as good and costs a statement.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from traceapp.core.errors import Unavailable
from traceapp.db import driver
from traceapp.db.engine import BUSY_MS, STATEMENTS, beside, reading
from traceapp.db.notes import Read, spoil

Stamp = tuple[int, int]
Look = tuple[object, ...]
ASKING = 4
"""Connections to PostgreSQL for what is asked here, apart from those of pages: whoever asks may hold one of theirs, and
all of them together would wait for another for ever."""
_WHICH = "SELECT pg_current_snapshot()::text"
"""Which transactions have ended: where two are equal, none ended between them, and so nothing was committed."""


class Watch:
    """Watches one database, and never writes into it. SQLite's commits are counted on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._path = str(engine.url.database) if engine.dialect.name == "sqlite" else None
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        self._asking = _Asking(engine)
        event.listen(engine, "engine_disposed", self._close)

    def stamp(self) -> Stamp | None:
        """Two equal stamps: nothing was committed between them. None where nobody knows at a glance."""
        # Whoever asks goes by what is in memory.
        spoil("something known in memory")
        return None if self._path is None else self._stamp(self._path)

    def look(self) -> Look | None:
        """What the database looks like from outside: two equal looks mean that nothing was committed between them.

        Of SQLite also that nobody wrote into its files past it. None where that cannot be told now.
        """
        if self._path is None:
            return self._ended_transactions()
        stamp = self._stamp(self._path)
        return stamp and (stamp, *map(_file_marks, (self._path, f"{self._path}-wal")))

    def answers(self, groups: Sequence[Collection[Read]]) -> list[bool]:
        """Of each group of reads, whether all of it would be answered now, at one moment, as it was."""
        try:
            if self._path is None:
                with self._asking.one() as raw:
                    return _answers_at_once(raw, groups)
            with reading(self.engine) as connection:
                return _answers(connection.connection.dbapi_connection, groups)
        except (self.engine.dialect.loaded_dbapi.Error, DBAPIError, Unavailable):
            return [False] * len(groups)

    def _stamp(self, path: str) -> Stamp | None:
        try:
            with self._lock:
                (found,) = self._open(path).execute("PRAGMA data_version").fetchone()
                return self._opened, found
        except sqlite3.Error:
            return None

    def _ended_transactions(self) -> Look | None:
        try:
            with self._asking.one() as raw:
                return tuple(raw.execute(_WHICH).fetchone())
        except (self.engine.dialect.loaded_dbapi.Error, DBAPIError, Unavailable):
            return None

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
        self._asking.close()


class _Asking:
    """ASKING connections to PostgreSQL, each opened when it is needed: whoever finds none free waits for one.

    They are not asked beforehand whether the server is still there: where it is not, that is the answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._places: LifoQueue[Any] = LifoQueue()
        for _ in range(ASKING):
            self._places.put(None)

    @contextmanager
    def one(self) -> Iterator[Any]:
        """The driver's own connection; after any error nobody gets it any more. Unavailable when none comes free."""
        try:
            raw = self._places.get(timeout=BUSY_MS / 1000)
        except Empty as cause:
            raise Unavailable("Every connection to look at the database with is in use.") from cause
        try:
            raw = raw or beside(self._engine)
            yield raw
        except BaseException:
            if raw is not None:
                raw.close()
            raw = None
            raise
        finally:
            self._places.put(raw)

    def close(self) -> None:
        """Let go of those that nobody has at the moment."""
        free = []
        with suppress(Empty):
            while True:
                free.append(self._places.get_nowait())
        for raw in free:
            if raw is not None:
                raw.close()
            self._places.put(None)


def _answers(raw: Any, groups: Sequence[Collection[Read]]) -> list[bool]:
    """On the connection of readers: what it read to compare, whoever makes the page anew has in memory."""
    return [all(one.is_answered_by(driver.fetch(raw, one.sql, one.values)) for one in reads) for reads in groups]


def _answers_at_once(raw: Any, groups: Sequence[Collection[Read]]) -> list[bool]:
    """Over the network every question is asked before the first is answered: one transaction, and so one moment."""
    with raw.pipeline():
        asked = [[(one, driver.asked(raw, one.sql, one.values)) for one in reads] for reads in groups]
    return [all(one.is_answered_by(cursor.fetchall()) for one, cursor in reads) for reads in asked]


def _file_marks(path: str) -> tuple[int, ...]:
    """What changes when somebody writes into a file, or puts another in its place."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
