"""The published log as people leaf through it: a page of entries, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from traceapp.core.checkpoint import cosignature_times
from traceapp.core.policy import Policy
from traceapp.core.statements import is_restricted
from traceapp.db import driver
from traceapp.services.log.heads import Published
from traceapp.services.records.signing import parse_document

A_PAGE = 50
_ROWS = (
    "SELECT e.leaf_index, e.record_id, r.body FROM log_entries e LEFT JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index >= ? AND e.leaf_index < ? ORDER BY e.leaf_index DESC"
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry. `kind` and `time` (RFC 3339) are what its record says; empty where only its parties may read it."""

    leaf_index: int
    record_id: str
    kind: str
    time: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries below `before`. `older` and `newer` are where the next and the previous page begin, if there are such."""

    rows: tuple[LogRow, ...]
    size: int
    older: int | None
    newer: int | None


def leaf_through(connection: Connection, size: int, before: int) -> LogPage:
    """A page of the published log of `size` entries, those below `before`."""
    end = min(max(before, 1), size)
    start = max(end - A_PAGE, 0)
    rows = tuple(_row(*row) for row in driver.run(connection, _ROWS, (start, end)))
    return LogPage(rows, size, start if start > 0 else None, min(end + A_PAGE, size) if end < size else None)


def _row(leaf_index: int, record_id: str, body: bytes | None) -> LogRow:
    try:
        document = parse_document(body or b"{}")
        if not document or is_restricted(document):
            return LogRow(leaf_index, record_id, "", "")
        return LogRow(leaf_index, record_id, str(document["type"][-1]), str(document["validFrom"]))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        # Somebody wrote over it: the line stays, and its record's own page says what is wrong.
        return LogRow(leaf_index, record_id, "", "")


def witnesses_of(published: Published, policy: Policy) -> list[tuple[str, int]]:
    """Who cosigned the published checkpoint, and when in POSIX seconds, in the order of the policy."""
    times = cosignature_times(published[2], policy.witness_keys)
    return [(one.name, times[one.key]) for one in policy.witnesses if one.key in times]
