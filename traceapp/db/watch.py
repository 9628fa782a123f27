"""Whether anything was committed since the last look, for the price of a glance.

SQLite counts for each connection the commits of all others, in every process, in memory that they share. PostgreSQL
offers nothing of the kind: there the answer is always that nobody knows.
"""

from __future__ import annotations

import sqlite3
from functools import cached_property
from threading import Lock

from sqlalchemy import Engine


class Watch:
    """Watches one database with a connection of its own, which never writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()

    def stamp(self) -> int | None:
        """Two equal stamps: nothing was committed between them. None where nobody knows."""
        if self._engine.dialect.name != "sqlite":
            return None
        try:
            with self._lock:
                (found,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return None
        return int(found)

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(str(self._engine.url.database), isolation_level=None, check_same_thread=False)
