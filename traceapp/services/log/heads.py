"""The newest checkpoint, and those before it, as the database holds them; and the lock under which there is a next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from traceapp.core.errors import Unavailable
from traceapp.db import driver

Published = tuple[int, bytes, bytes]
"""(size, root, note) of a checkpoint."""

_KNOWN = "traceapp_newest"
_NEWEST = "SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1"
_ROOT = "SELECT root FROM checkpoints WHERE size = ?"
_LOCK = "SELECT id FROM log_lock"
_BEGINNING = (
    "SELECT (SELECT max(version) FROM trust_lists), size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1"
)


def size_of(connection: Connection) -> int:
    """How many entries are committed."""
    found = newest_head(connection)
    return found[0] if found else 0


def newest_checkpoint(connection: Connection) -> tuple[int, bytes] | None:
    """(size, note) of the newest committed checkpoint."""
    found = newest_head(connection)
    return (found[0], found[2]) if found else None


def newest_head(connection: Connection) -> Published | None:
    """(size, root, note) of the newest committed checkpoint."""
    rows = driver.run(connection, _NEWEST)
    return _as_published(rows[0]) if rows else None


def _as_published(row: Sequence[Any]) -> Published:
    size, root, note = row
    return size, root, note


def checkpoint_root(connection: Connection, size: int) -> bytes | None:
    """The root this database signed for a tree of `size`, None if it signed none."""
    rows = driver.run(connection, _ROOT, (size,))
    return rows[0][0] if rows else None


def hold_lock(connection: Connection) -> bool:
    """Be the only writer until the transaction ends, as SQLite's are anyway. False before `init`: nothing to hold."""
    return connection.dialect.name == "sqlite" or bool(driver.run_locking(connection, _LOCK, "log_lock"))


def begin(connection: Connection) -> int:
    """Hold the lock, and know until `end` what it is followed by. The newest trust file's version, 0 for none."""
    rows = driver.run(connection, _BEGINNING) if hold_lock(connection) else []
    if not rows:
        return 0
    version, *newest = rows[0]
    connection.info[_KNOWN] = _as_published(newest)
    return version or 0


def end(connection: Connection) -> None:
    """Know it no longer."""
    if not connection.invalidated:
        connection.info.pop(_KNOWN, None)


def newest_of(connection: Connection) -> Published | None:
    """The newest checkpoint as this transaction leaves it: as it is known, else as it is stored."""
    info = connection.info
    known: Published | None = info[_KNOWN] if _KNOWN in info else newest_head(connection)
    return known


def newest_to_follow(connection: Connection) -> Published | None:
    """The same, for whoever appends: nobody else does until this transaction ends. Unavailable before `init`."""
    if _KNOWN not in connection.info:
        hold_lock(connection)
        require_begun(connection)
    return newest_of(connection)


def require_begun(connection: Connection) -> None:
    """Unavailable before `init`."""
    if not driver.run(connection, _LOCK):
        raise Unavailable("There is no log here yet: run traceapp init.")


def follow(connection: Connection, newest: Published) -> None:
    """What the transaction that runs here has appended."""
    if _KNOWN in connection.info:
        connection.info[_KNOWN] = newest
