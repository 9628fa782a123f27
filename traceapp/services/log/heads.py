"""The newest checkpoint, and those before it, as the database holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from traceapp.db import driver
from traceapp.db.tables import log_head

Published = tuple[int, bytes, bytes]
"""(size, root, note) of a checkpoint."""

_APPENDED = "traceapp_appended"
_NEWEST = "SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1"
_ROOT = "SELECT root FROM checkpoints WHERE size = ?"


def size_of(connection: Connection) -> int:
    """How many entries are committed."""
    return connection.execute(select(log_head.c.size)).scalar() or 0


def newest_checkpoint(connection: Connection) -> tuple[int, bytes] | None:
    """(size, note) of the newest committed checkpoint."""
    found = newest_head(connection)
    return (found[0], found[2]) if found else None


def newest_head(connection: Connection) -> Published | None:
    """(size, root, note) of the newest committed checkpoint."""
    rows = driver.run(connection, _NEWEST)
    return as_published(rows[0]) if rows else None


def as_published(row: Sequence[Any]) -> Published:
    """A row of size, root and note."""
    size, root, note = row
    return size, root, note


def checkpoint_root(connection: Connection, size: int) -> bytes | None:
    """The root this database signed for a tree of `size`, None if it signed none."""
    rows = driver.run(connection, _ROOT, (size,))
    return rows[0][0] if rows else None


def remember_appended(connection: Connection, appended: Published | None) -> None:
    """What the transaction that runs here has appended; None for nothing yet, or nothing that lasts."""
    if appended is None:
        connection.info.pop(_APPENDED, None)
    else:
        connection.info[_APPENDED] = appended


def appended(connection: Connection) -> Published | None:
    """The newest checkpoint: as it was remembered, else as it is stored."""
    found: Published | None = connection.info.pop(_APPENDED, None)
    return found or newest_head(connection)
