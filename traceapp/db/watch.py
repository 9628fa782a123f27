"""Whether anything was committed since the last look, for the price of a glance.

SQLite counts for each connection the commits of all others, in every process, in memory that they share. PostgreSQL
offers nothing of the kind: there the answer is always that nobody knows.
"""

from __future__ import annotations

import sqlite3
from threading import Lock

from sqlalchemy import Engine, event

Stamp = tuple[int, int]


class Watch:
    """Watches one database with a connection of its own, which never writes."""

    def __init__(self, engine: Engine) -> None:
        self._path = str(engine.url.database) if engine.dialect.name == "sqlite" else None
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        event.listen(engine, "engine_disposed", self._close)

    def stamp(self) -> Stamp | None:
        """Two equal stamps: nothing was committed between them. None where nobody knows."""
        if self._path is None:
            return None
        try:
            with self._lock:
                (found,) = self._open(self._path).execute("PRAGMA data_version").fetchone()
                return self._opened, found
        except sqlite3.Error:
            return None

    def _open(self, path: str) -> sqlite3.Connection:
        # Each connection counts for itself, so a new one makes a new stamp.
        if self._connection is None:
            self._opened += 1
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        return self._connection

    def _close(self, _engine: Engine) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
