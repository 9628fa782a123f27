"""Where scans are stored, and who a visitor is for a day: nothing here waits for anybody or keeps an address."""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from threading import local
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from traceapp.db import scans as tables

HOUR = 3600
DAY = 24 * HOUR
LONGEST_WAIT_MS = 20
HASH_BYTES = 8

Row = Sequence[Any]


class Cursor(Protocol):
    """What both databases offer here: run one statement with named parameters, give its rows."""

    def run(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """All rows of one statement."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """This day's keyed hash of an address, and the same under yesterday's key (empty when that is gone)."""

    today: bytes
    yesterday: bytes


class ScanStore:
    """Scans in a file of their own on SQLite (a capture never waits for a page), in the same database on PostgreSQL."""

    errors = (sqlite3.Error, SQLAlchemyError)
    """What storing a scan may raise; a page goes on without it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = local()
        self._keys: dict[int, bytes] = {}
        self._purged = -1
        tables.metadata.create_all(engine)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """One short write transaction, given up when somebody else holds the store for more than a moment."""
        if self._engine.dialect.name != "sqlite":
            with self._engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = {LONGEST_WAIT_MS}"))
                yield _PostgresCursor(connection)
            return
        cursor = self._sqlite()
        cursor.connection.execute("BEGIN IMMEDIATE")
        try:
            yield cursor
            cursor.connection.execute("COMMIT")
        except BaseException:
            if cursor.connection.in_transaction:
                cursor.connection.execute("ROLLBACK")
            raise

    def _sqlite(self) -> _SqliteCursor:
        path = str(self._engine.url.database)
        cursor: _SqliteCursor | None = getattr(self._local, "cursor", None)
        file = _file_at(path)
        if cursor is None or cursor.file != file:
            # The driver's own connection: SQLAlchemy's layers cost more than the statement on this path.
            connection = sqlite3.connect(path, timeout=LONGEST_WAIT_MS / 1000, isolation_level=None)
            # A scan survives a crash of the process; a power cut may take the last moments, which is enough here.
            connection.execute("PRAGMA synchronous = NORMAL")
            cursor = self._local.cursor = _SqliteCursor(connection, file)
        return cursor

    def visitor(self, address: str, now: datetime) -> Visitor:
        """The visitor behind an address (an IPv6 network of 64 bits counts as one)."""
        day = int(now.timestamp()) // DAY
        name = _network(address)
        return Visitor(_hash(self._key(day), name), _hash(self._key(day - 1), name))

    def _key(self, day: int) -> bytes:
        if day not in self._keys:
            with self.transaction() as cursor:
                insert = "INSERT INTO scan_day_keys (day, key) VALUES (:day, :key) ON CONFLICT (day) DO NOTHING"
                cursor.run(insert, {"day": day, "key": secrets.token_bytes(32)})
                rows = cursor.run("SELECT key FROM scan_day_keys WHERE day = :day", {"day": day})
            self._keys = {known: key for known, key in self._keys.items() if abs(known - day) <= 1}
            self._keys[day] = bytes(rows[0][0])
        return self._keys[day]

    def clear(self) -> None:
        """Forget every scan: for a demonstration that starts anew."""
        tables.metadata.drop_all(self._engine)
        tables.metadata.create_all(self._engine)

    def purge(self, now: datetime) -> None:
        """Delete visitors and their keys once they are 24 hours old; does nothing twice in an hour."""
        seconds = int(now.timestamp())
        if self._purged == seconds // HOUR:
            return
        with self.transaction() as cursor:
            cursor.run("DELETE FROM scan_visits WHERE hour <= :hour", {"hour": (seconds - DAY) // HOUR})
            cursor.run("DELETE FROM scan_day_keys WHERE day < :day", {"day": seconds // DAY - 1})
        self._purged = seconds // HOUR


def _file_at(path: str) -> int:
    """Which file is there now. One that was deleted still takes what is written to it, and nobody ever sees that."""
    try:
        return os.stat(path).st_ino  # noqa: PTH116
    except OSError as cause:
        raise sqlite3.OperationalError(f"the file of scans cannot be found: {cause.strerror}") from cause


class _SqliteCursor:
    def __init__(self, connection: sqlite3.Connection, file: int) -> None:
        self.connection = connection
        self.file = file

    def run(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        return self.connection.execute(sql, values).fetchall()


class _PostgresCursor:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        result = self._connection.execute(text(sql), values)
        return list(result.fetchall()) if result.returns_rows else []


def _network(address: str) -> bytes:
    try:
        found = ip_address(address)
    except ValueError:
        return address.encode("utf-8", "replace")[:64]
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return found.packed[:8] if found.version == 6 else found.packed


def _hash(key: bytes, name: bytes) -> bytes:
    return hmac.digest(key, name, "sha256")[:HASH_BYTES]
