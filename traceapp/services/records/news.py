"""What was recorded lately, by whichever process: for whoever wants to know whom it concerns, before it is read."""

from __future__ import annotations

from sqlalchemy import Connection

from traceapp.db import driver

_NEWEST = "SELECT coalesce(max(leaf_index), -1) FROM log_entries"
_SINCE = (
    "SELECT e.leaf_index, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index > ? ORDER BY e.leaf_index DESC LIMIT ?"
)


def newest_leaf(connection: Connection) -> int:
    """The leaf index of the newest record; -1 where there is none."""
    ((newest,),) = driver.run(connection, _NEWEST)
    return int(newest)


def recorded_after(connection: Connection, leaf: int, most: int) -> list[driver.Row]:
    """Rows of (leaf index, body) of the newest `most` records after that one, the newest first."""
    return driver.run(connection, _SINCE, (leaf, most))
