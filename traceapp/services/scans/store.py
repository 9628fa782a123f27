"""Where scans are stored, and who a visitor is for a day: nothing here waits for anybody or keeps an address."""

from __future__ import annotations

import os
import re
import secrets
import socket
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from threading import local
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

from traceapp.core.errors import Unavailable
from traceapp.core.scans.memory import DAY, HOUR, Memory, Visitor
from traceapp.db import driver, notes
from traceapp.db import scans as tables
from traceapp.db.held import ByHand, Spare
from traceapp.db.watch import Watch

__all__ = ["DAY", "HOUR", "PERIOD", "Cursor", "Row", "ScanStore", "Visitor"]

PERIOD = DAY // 2
"""How long it is remembered of how many items a visitor is heard."""
LONGEST_WAIT_MS = 20
PAGE_BYTES = 2048
"""A scan changes two small rows far apart: of a page each, all of which is written."""
PAGES_A_CHECKPOINT = 16_000
HASH_BYTES = 8
NETWORK_BYTES = 4
FORGET_AFTER = DAY - HOUR
"""Forgetting runs by the hour: what is this old is not yet a day old when it runs again."""
FORGET_AT_ONCE = 50
KEPT = 2
"""Connections to PostgreSQL kept for scans, of those that the pool has."""
# As on SQLite: a scan survives a crash of the process, and a power cut may take the last moments.
_BEGIN = f"BEGIN; SET LOCAL lock_timeout = {LONGEST_WAIT_MS}; SET LOCAL synchronous_commit = off"
_IPV4_IN_IPV6 = bytes(10) + b"\xff\xff"

Row = Sequence[Any]


class Cursor(Protocol):
    """What both databases offer here: run one statement with named parameters, give its rows."""

    for_update: str
    """What a SELECT ends with that is to hold its row until the transaction ends."""

    def run(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """All rows of one statement."""


class ScanStore:
    """Scans in a file of their own on SQLite (a capture never waits for a page), in the same database on PostgreSQL."""

    errors = (sqlite3.Error, SQLAlchemyError, Unavailable)
    """What storing a scan may raise; a page goes on without it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = local()
        self._file = str(engine.url.database) if engine.dialect.name == "sqlite" else None
        self._hashers: dict[int, tuple[blake2b, blake2b]] = {}
        self._purged = -1
        self._spare = Spare(KEPT)
        event.listen(engine, "engine_disposed", self._spare.close)
        tables.prepare(engine)
        self.watch = Watch(engine)

    def transaction(self) -> AbstractContextManager[Cursor]:
        """One short write transaction, given up when somebody else holds the store for more than a moment."""
        return self._postgres() if self._file is None else self._sqlite()

    @contextmanager
    def _postgres(self) -> Iterator[Cursor]:
        with ByHand(self._engine, self._spare, _BEGIN) as connection:
            yield _PostgresCursor(connection)

    def _sqlite(self) -> _SqliteCursor:
        path = self._file or ""
        cursor: _SqliteCursor | None = getattr(self._local, "cursor", None)
        file = _file_at(path)
        if cursor is None or cursor.file != file:
            # The driver's own connection: SQLAlchemy's layers cost more than the statement on this path.
            connection = sqlite3.connect(path, timeout=LONGEST_WAIT_MS / 1000, isolation_level=None)
            # A scan survives a crash of the process; a power cut may take the last moments, which is enough here.
            connection.execute("PRAGMA synchronous = NORMAL")
            # A checkpoint waits for the disk: less often, of pages that were written many times by then.
            connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_A_CHECKPOINT}")
            # Who is forgotten is overwritten.
            connection.execute("PRAGMA secure_delete = FAST")
            cursor = self._local.cursor = _SqliteCursor(self._engine, connection, file)
        return cursor

    def visitor(self, address: str, now: datetime) -> Visitor:
        """The visitor behind an address (an IPv6 network of 64 bits counts as one), and their neighbourhood."""
        day, (name, network, cheap) = int(now.timestamp()) // DAY, _taken_apart(address)
        visitors, networks = self._hashers_of(day)
        visitors_before, networks_before = self._hashers_of(day - 1)
        return Visitor(
            _hash(visitors, name),
            _hash(visitors_before, name),
            _hash(networks, network),
            _hash(networks_before, network),
            cheap,
        )

    def _hashers_of(self, day: int) -> tuple[blake2b, blake2b]:
        """Hashes under a day's key, of visitors and of their neighbourhoods: to be copied, which costs half."""
        if day not in self._hashers:
            with self.transaction() as cursor:
                insert = "INSERT INTO scan_day_keys (day, key) VALUES (:day, :key) ON CONFLICT (day) DO NOTHING"
                cursor.run(insert, {"day": day, "key": secrets.token_bytes(32)})
                key = bytes(cursor.run("SELECT key FROM scan_day_keys WHERE day = :day", {"day": day})[0][0])
            self._hashers = {known: found for known, found in self._hashers.items() if abs(known - day) <= 1}
            self._hashers[day] = (
                blake2b(key=key, digest_size=HASH_BYTES),
                blake2b(key=key, digest_size=NETWORK_BYTES),
            )
        return self._hashers[day]

    def clear(self) -> None:
        """Forget every scan: for a demonstration that starts anew."""
        tables.metadata.drop_all(self._engine)
        tables.metadata.create_all(self._engine)

    def forget_things(self, prefix: str) -> None:
        """Forget every scan of things whose ids begin so, and all suspicions of them: what was made up."""
        values = {"prefix": prefix, "length": len(prefix)}
        with self.transaction() as cursor:
            for table, column in _THINGS:
                cursor.run(f"DELETE FROM {table} WHERE substr({column}, 1, :length) = :prefix", values)  # noqa: S608

    def purge(self, now: datetime, most: int | None = None) -> None:
        """Forget visitors and their keys before they are 24 hours old; does nothing twice in an hour.

        `most`: of so many items, and of others at the next call, so that nobody's page waits for all of them.
        """
        seconds = int(now.timestamp())
        if self._purged == seconds // HOUR:
            return
        while True:
            begun = time.perf_counter()
            if not self._forget(seconds, most or FORGET_AT_ONCE):
                break
            if most:
                return
            # As long again is left to those who scan: they wait for the store a moment only.
            time.sleep(time.perf_counter() - begun)
        self._purged = seconds // HOUR

    def _forget(self, seconds: int, most: int) -> bool:
        """Forget what is old of so many items; whether there may be more."""
        with self.transaction() as cursor:
            # What another worker holds it forgets, or counts just now.
            held = f"{cursor.for_update} SKIP LOCKED" if cursor.for_update else ""
            rows = cursor.run(_OLD + held, {"since": seconds - FORGET_AFTER, "most": most})
            for item, packed in rows:
                memory = Memory.read(bytes(packed))
                memory.forget(seconds, FORGET_AFTER)
                cursor.run(_YOUNGER, {"item": item, "memory": memory.packed(), "oldest": memory.oldest})
            if len(rows) < most:
                cursor.run("DELETE FROM scan_voices WHERE period < :period", {"period": seconds // PERIOD})
                cursor.run("DELETE FROM scan_day_keys WHERE day < :day", {"day": seconds // DAY - 1})
        return len(rows) == most


_THINGS = (("scan_items", "item"), ("scan_suspicions", "item"), ("scan_hours", "thing"), ("scan_voices", "thing"))
_OLD = "SELECT item, memory FROM scan_items WHERE oldest <= :since LIMIT :most"
_YOUNGER = "UPDATE scan_items SET memory = :memory, oldest = :oldest WHERE item = :item"


def _file_at(path: str) -> int:
    """Which file is there now. One that was deleted still takes what is written to it, and nobody ever sees that."""
    try:
        return os.stat(path).st_ino  # noqa: PTH116
    except OSError as cause:
        raise sqlite3.OperationalError(f"the file of scans cannot be found: {cause.strerror}") from cause


class _SqliteCursor:
    """A thread's own, and its transaction at once: a generator's would take as long as a statement."""

    for_update = ""

    def __init__(self, engine: Engine, connection: sqlite3.Connection, file: int) -> None:
        self.file = file
        self._engine = engine
        self._connection = connection
        self._cursor = connection.cursor()

    def __enter__(self) -> Cursor:
        self._cursor.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self._cursor.execute("COMMIT")
                return
            except sqlite3.Error:
                self._roll_back()
                raise
        self._roll_back()

    def run(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        rows = self._cursor.execute(sql, values).fetchall()
        if taken := notes.taken():
            taken.add(self._engine, sql, values, rows)
        return rows

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._cursor.execute("ROLLBACK")


class _PostgresCursor:
    for_update = " FOR UPDATE"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        marked, names = _placed(sql)
        return list(driver.run(self._connection, marked, [values[name] for name in names]))


@lru_cache(maxsize=200)
def _placed(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with its named places marked `?`, and their names in order."""
    return _NAMED.sub("?", sql), tuple(_NAMED.findall(sql))


_NAMED = re.compile(r"(?<!:):([a-z]\w*)")


def _taken_apart(address: str) -> tuple[bytes, bytes, bool]:
    """(address, neighbourhood, whether addresses cost nothing there).

    Whoever has one line of IPv6 has 2^16 networks of 64 bits: they are neighbours in one of 48 bits.
    """
    try:
        packed = socket.inet_pton(socket.AF_INET, address)
    except (OSError, ValueError):
        try:
            packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
        except (OSError, ValueError):
            odd = address.encode("utf-8", "replace")[:64]
            return odd, odd, False
        if not packed.startswith(_IPV4_IN_IPV6):
            return packed[:8], packed[:6], True
        packed = packed[12:]
    return packed, packed[:3], False


def _hash(keyed: blake2b, name: bytes) -> bytes:
    hasher = keyed.copy()
    hasher.update(name)
    return hasher.digest()
