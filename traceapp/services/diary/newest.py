"""How the newest records under index keys are found, in as many steps as there are keys, whatever lies behind them."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection

from traceapp.core.list_subjects import measured_range
from traceapp.db import driver

_SOME = "SELECT * FROM (SELECT leaf_index FROM record_subjects WHERE subject = ? ORDER BY leaf_index DESC LIMIT ?) q{}"


@lru_cache(maxsize=100)
def some_of(subjects: int) -> str:
    """The newest about each of so many subjects: subject and limit, subject and limit …"""
    return " UNION ALL ".join(map(_SOME.format, range(subjects)))


_LAST = (
    "SELECT * FROM (SELECT leaf_index FROM record_subjects WHERE subject IN ({}) "
    "ORDER BY subject DESC, leaf_index DESC LIMIT 2) m{}"
)


@lru_cache(maxsize=100)
def last_of(things: int, months: int) -> str:
    """For each of so many things, by its keys of so many months, the last two of its last months."""
    marks = ", ".join("?" * months)
    return " UNION ALL ".join(_LAST.format(marks, thing) for thing in range(things))


MOST_POINTS = 50
"""As many as a plan holds."""

_NEXT = "SELECT MIN(subject) FROM record_subjects WHERE subject > {} AND subject < ?"
_WALK = (
    "WITH RECURSIVE points(subject, n) AS (SELECT ({first}), 1 UNION ALL "
    "SELECT ({next}), n + 1 FROM points WHERE subject IS NOT NULL AND n < {most}) "
    "SELECT subject FROM points WHERE subject IS NOT NULL"
)
_POINTS = _WALK.format(first=_NEXT.format("?"), next=_NEXT.format("points.subject"), most=MOST_POINTS)


def measured_points(connection: Connection, organisation: str) -> list[str]:
    """The index key of each control point at which it ever measured; under it stand the measurements there.

    The keys stand beside one another: from each the next one is one step in the index, whatever was measured.
    """
    first, last = measured_range(organisation)
    return [subject for (subject,) in driver.run(connection, _POINTS, (first, last, last))]
