"""What somebody read of the databases, so that it can be asked again: equal answers, equal page.

Notes are taken where every statement passes, not by whoever reads: no table can be forgotten. What cannot be asked
again spoils them: a write, or something that was known in memory because nothing had been committed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, Protocol

from sqlalchemy import Engine

_READS = re.compile(r"\s*(SELECT|WITH)\b")
_INNER = re.compile(r"\([^()]*\)")
_ORDER = re.compile(r"\bORDER BY\b")
_CHANGES = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE|nextval)\b")
Row = Sequence[Any]
Values = Sequence[Any] | Mapping[str, Any]
_ROW_BYTES = 64
_OTHERWISE = "read twice, with other answers"
MOST_BYTES = 2 << 20
"""Of one page. Whoever reads more keeps none of it: an export may read everything there is."""


@dataclass(frozen=True)
class Read:
    """One statement as the driver ran it, and every row that it answered."""

    sql: str
    values: Values
    rows: list[Row]

    def is_answered_by(self, rows: list[Row]) -> bool:
        """Whether these are the same rows, down to the types: to Python 1, 1.0 and true are one.

        In whichever order, where the statement promises none: PostgreSQL answers as it has planned to on a connection.
        """
        if rows == self.rows:
            return _types(rows) == self._types
        return len(rows) == len(self.rows) and not is_ordered(self.sql) and _counted(rows) == _counted(self.rows)

    @cached_property
    def _types(self) -> list[type]:
        return _types(self.rows)


def _types(rows: list[Row]) -> list[type]:
    return list(map(type, chain.from_iterable(rows)))


def _counted(rows: list[Row]) -> Counter[tuple[Row, tuple[type, ...]]]:
    return Counter((row, tuple(map(type, row))) for row in rows)


class GivenUp(BaseException):
    """What is made to be kept, and for nothing else, would not be: no error of anybody who catches errors."""


class Rest(Protocol):
    """What others rest on, with notes of its own (db/parts.py)."""

    since: datetime
    until: datetime | None

    def weight(self) -> int:
        """About how many bytes they take."""

    def and_parts(self) -> Iterator[Any]:
        """It and all that it rests on."""


@dataclass(slots=True)
class Notes:
    """All that was read while they were taken, by database, each read once. `until`: when time changes what it says.

    `parts` are what was told again instead of being read, as of `glance`. `weight` is about how many bytes the reads
    take. `memo` is for those who read: nothing is read twice for one page. `is_ahead`: nobody waits for what is made,
    and so it is given up once it cannot be kept.
    """

    reads: dict[Engine, dict[tuple[str, str], Read]] = field(default_factory=dict)
    parts: dict[Rest, None] = field(default_factory=dict)
    memo: dict[object, Any] = field(default_factory=dict)
    spoilt: str = ""
    weight: int = 0
    until: datetime | None = None
    glance: Any = None
    is_ahead: bool = False

    def add(self, engine: Engine, sql: str, values: Values, rows: list[Row]) -> None:
        """One more read; what is no plain SELECT, was answered otherwise before, or is too much, spoils all."""
        if not is_read(sql):
            self.spoil(f"no plain SELECT: {sql[:40]}")
        if self.spoilt:
            return
        known, asked = self.reads.setdefault(engine, {}), repr(values)
        read = known.setdefault((sql, asked), Read(sql, values, rows))
        if read.rows is not rows and not read.is_answered_by(rows):
            self.spoil(_OTHERWISE)
        # What was asked for lies here twice: as values, and spelled out.
        self.weight += _weight(rows) + 2 * len(asked)
        if self.weight > MOST_BYTES:
            self.spoil("more than is kept")

    def spoil(self, why: str) -> None:
        """What is going on cannot be asked again: nothing of it is remembered. GivenUp where it `is_ahead`."""
        if self.is_ahead:
            raise GivenUp(why)
        self.spoilt = why
        self.reads.clear()
        self.parts.clear()
        self.memo.clear()

    def absorb(self, others: Notes) -> None:
        """What was read there was read here."""
        if others.spoilt:
            self.spoil(others.spoilt)
        if self.spoilt:
            return
        for engine, reads in others.reads.items():
            known = self.reads.setdefault(engine, {})
            if any(not known[key].is_answered_by(reads[key].rows) for key in known.keys() & reads.keys()):
                self.spoil(_OTHERWISE)
                return
            known.update(reads)
        self.parts.update(others.parts)
        self.weight += others.weight
        self.holds_until(others.until)

    def holds_until(self, instant: datetime | None) -> None:
        """From `instant` on the same records say something else."""
        if instant is not None:
            self.until = min(instant, self.until or instant)


def _weight(rows: list[Row]) -> int:
    """About how many bytes rows take, by some of them."""
    some = rows[:: 1 + len(rows) // 4]
    sizes = [len(one) for row in some for one in row if type(one) is str or type(one) is bytes]
    return (_ROW_BYTES * len(some) + sum(sizes)) * len(rows) // (len(some) or 1)


@lru_cache(maxsize=2000)
def is_read(sql: str) -> bool:
    """Whether a statement changes nothing and locks nothing, so that it may be run again."""
    return bool(_READS.match(sql)) and not _CHANGES.search(sql)


@lru_cache(maxsize=2000)
def is_ordered(sql: str) -> bool:
    """Whether a statement says in which order its rows come; what a part of it in brackets says is that part's."""
    while (outer := _INNER.sub("", sql)) != sql:
        sql = outer
    return bool(_ORDER.search(sql))


_TAKEN: ContextVar[Notes | None] = ContextVar("traceapp-notes", default=None)
taken = _TAKEN.get
"""The notes that are being taken in this thread, if any."""


def take(glance: Any = None, *, is_ahead: bool = False) -> Notes:
    """Begin to take notes of all that is read in this thread, until `leave`. Databases looked so at `glance`."""
    notes = Notes(glance=glance, is_ahead=is_ahead)
    _TAKEN.set(notes)
    return notes


@contextmanager
def taken_apart(outer: Notes) -> Iterator[Notes]:
    """Notes of what is read inside, beside those that are being taken; these have it too where nothing comes of it."""
    inner = Notes(glance=outer.glance, is_ahead=outer.is_ahead)
    before = _TAKEN.set(inner)
    try:
        yield inner
    except Exception:
        # Whoever catches it outside goes by what was read until then.
        outer.absorb(inner)
        raise
    finally:
        _TAKEN.reset(before)
    if inner.spoilt:
        outer.spoil(inner.spoilt)


@contextmanager
def taken_alone(glance: Any) -> Iterator[Notes]:
    """Notes of what is read inside, for whoever keeps it; those that are being taken, if any, have nothing of it."""
    inner = Notes(glance=glance)
    before = _TAKEN.set(inner)
    try:
        yield inner
    finally:
        _TAKEN.reset(before)
    inner.memo.clear()


def leave() -> None:
    """Take no more notes."""
    _TAKEN.set(None)


def spoil(why: str) -> None:
    """What is going on here cannot be asked again."""
    if notes := taken():
        notes.spoil(why)


def hold_until(instant: datetime | None) -> None:
    """What was read says something else from `instant` on, if at all."""
    if notes := taken():
        notes.holds_until(instant)
