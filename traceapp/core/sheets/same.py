"""Which rows of a table are one thing, within it and with what is recorded already.

Two rows are one by their code, else by what people are known by: their tax code, or their name in their commune. Of
two people of one name in one commune a tax code or a telephone number tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from traceapp.core.folding import fold
from traceapp.core.sheets.rows import Layout, Reading, Row, Same, Values

Key = tuple[Any, ...]


def drop_repeated(reading: Reading, recorded: Iterable[Values] = ()) -> None:
    """Leave out rows that say again what is `recorded` or what an earlier row says, and note each.

    A row with the surest key of another one that says something else is a fault: nothing tells which of them is right.
    """
    seen = _Seen(reading.layout)
    for values in recorded:
        seen.put(seen.keys(values), values, None)
    kept: list[Row] = []
    for row in reading.rows:
        keys = seen.keys(row.values)
        found = seen.find(row.values, keys)
        if found is None:
            seen.put(keys, row.values, row)
            kept.append(row)
            continue
        by, values, known = found
        if by == reading.layout.same[0] and _differ(row.values, values):
            where = "other-values" if known else "other-values-recorded"
            reading.refuse(row.number, by[0], where, as_row=known.number if known else 0)
        else:
            what = str(row.values[reading.layout.columns[0].key])
            reading.same.append(Same(row.number, known.number if known else None, by, what))
    reading.rows[:] = kept


class _Seen:
    """What was met so far, by every key it has."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[tuple[int, Key], list[tuple[Values, Row | None]]] = {}

    def keys(self, values: Values) -> list[Key | None]:
        """Its key by each set of columns; None where the first column of the set is empty."""
        made = [tuple(_comparable(values.get(one)) for one in columns) for columns in self._layout.same]
        return [None if key[0] is None else key for key in made]

    def put(self, keys: list[Key | None], values: Values, row: Row | None) -> None:
        for place, key in enumerate(keys):
            if key is not None:
                self._known.setdefault((place, key), []).append((values, row))

    def find(self, values: Values, keys: list[Key | None]) -> tuple[tuple[str, ...], Values, Row | None] | None:
        """The columns by which it is known, and as what."""
        for place, key in enumerate(keys):
            for known, row in self._known.get((place, key), ()) if key is not None else ():
                if place == 0 or not _told_apart(self._layout.apart, values, known):
                    return self._layout.same[place], known, row
        return None


def _comparable(value: Any) -> Any:
    return (_folded(value) or None) if isinstance(value, str) else value


# Communes and provinces stand in every row.
_folded = lru_cache(maxsize=4096)(fold)


def _told_apart(columns: tuple[str, ...], one: Values, other: Values) -> bool:
    return any(one.get(name) and other.get(name) and one[name] != other[name] for name in columns)


def _differ(one: Values, other: Values) -> bool:
    """Whether two say different things of what both of them say."""
    shared = one.keys() & other.keys()
    return any(_comparable(one[name]) != _comparable(other[name]) for name in shared if one[name] and other[name])
