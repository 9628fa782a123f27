"""Questions in the two databases' query languages, and their answers in one order.

Whoever typed marks meets them first: (0) all words whole in the name, as spelled; (1) the same with a last word that
goes on; (2) anywhere, as spelled; (3) in the name, tones aside; (4) anywhere, tones aside. Within one rank by name.
A word without marks is spelled in any way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from traceapp.core.folding import Word, joined
from traceapp.core.searchable import Question
from traceapp.db import driver
from traceapp.db.search import WEIGHTS, is_sqlite

Statement = tuple[str, tuple[Any, ...]]
_SHORTEST_NUMBER = 4
"""Digits from which a number may go on: every bar code here begins with 08, which is also Tuyên Quang's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question on a day, and what its answers are narrowed to. No stars: any, or none."""

    question: Question
    today: date
    stars: frozenset[int] = frozenset()
    province: str | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to match: in the name only or anywhere, as spelled or folded, the last word whole or going on."""

    in_name: bool
    spelled: bool
    is_open: bool


_RANKS = (_Way(True, True, False), _Way(True, True, True), _Way(False, True, True), _Way(True, False, True))
_ANY = _Way(False, False, True)


def matches(connection: Connection, wanted: Wanted, limit: int, offset: int) -> tuple[int, list[str]]:
    """How many products there are in all, and the codes of `limit` of them; (0, []) also where `offset` is beyond."""
    rows = driver.run(connection, *matching(connection, wanted, limit, offset))
    return (rows[0][1] if rows else 0), [code for code, _ in rows]


def matching(connection: Connection, wanted: Wanted, limit: int, offset: int) -> Statement:
    """The statement that `matches` runs."""
    source, values = _source(connection, wanted)
    rank, ranked = _rank(connection, wanted.question)
    order = 'd.sort_name COLLATE "C"' if not is_sqlite(connection) else "d.sort_name"
    sql = f"SELECT d.code, count(*) OVER () {source} ORDER BY {rank}{order}, d.id LIMIT ? OFFSET ?"
    return sql, (*values, *ranked, limit, offset)


def count_by_stars(connection: Connection, wanted: Wanted) -> list[tuple[int, int]]:
    """How many products have how many stars on that day, most stars first."""
    source, values = _source(connection, wanted, "JOIN search_stars t ON t.document = d.id")
    day = wanted.today.isoformat()
    sql = f"SELECT t.stars, count(*) {source} AND t.since <= ? AND t.until > ? GROUP BY t.stars ORDER BY t.stars DESC"
    return [(stars, count) for stars, count in driver.run(connection, sql, (*values, day, day))]


def count_by_province(connection: Connection, wanted: Wanted, most: int) -> list[tuple[str, int]]:
    """How many products there are by province, most products first."""
    source, values = _source(connection, wanted)
    sql = (
        f"SELECT d.province, count(*) {source} AND d.province IS NOT NULL "
        "GROUP BY d.province ORDER BY count(*) DESC, d.province LIMIT ?"
    )
    return [(province, count) for province, count in driver.run(connection, sql, (*values, most))]


def _source(connection: Connection, wanted: Wanted, join: str = "") -> Statement:
    """FROM and WHERE: the documents that answer."""
    conditions: list[str] = ["1 = 1"]
    values: list[Any] = []
    index = ""
    if wanted.question.words:
        index = f"JOIN search_index i ON {'i.rowid' if is_sqlite(connection) else 'i.document'} = d.id"
        conditions.append("search_index MATCH ?" if is_sqlite(connection) else "i.words @@ CAST(? AS tsquery)")
        values.append(_spelling(connection, wanted.question, _ANY))
    if stars := wanted.stars or wanted.question.stars:
        marks, day = ", ".join("?" * len(stars)), wanted.today.isoformat()
        conditions.append(f"d.id IN ({_WITH_STARS} AND s.stars IN ({marks}))")
        values += [day, day, *sorted(stars)]
    if wanted.province is not None:
        conditions.append("d.province = ?")
        values.append(wanted.province)
    return f"FROM search_documents d {index} {join} WHERE {' AND '.join(conditions)}", tuple(values)


_WITH_STARS = "SELECT s.document FROM search_stars s WHERE s.since <= ? AND s.until > ?"


def _rank(connection: Connection, question: Question) -> Statement:
    """The first keys of the order: better matches first. Ways that say the same are asked once."""
    every = _spelling(connection, question, _ANY) if question.words else ""
    ways = dict.fromkeys(_spelling(connection, question, way) for way in _RANKS) if question.words else {}
    asked = tuple(one for one in ways if one != every)
    if is_sqlite(connection):
        one = "d.id IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)"
    else:
        one = "i.words @@ CAST(? AS tsquery)"
    return "".join(f"CASE WHEN {one} THEN 0 ELSE 1 END, " for _ in asked), asked


def _spelling(connection: Connection, question: Question, way: _Way) -> str:
    language = _FTS5 if is_sqlite(connection) else _TSQUERY
    is_open = question.is_open and way.is_open
    *before, last = question.words
    found = [_word(word, way, language, is_open=False) for word in before]
    found.append(_word(last, way, language, is_open=is_open))
    return language.both.join(found)


def _word(word: Word, way: _Way, language: _Language, *, is_open: bool) -> str:
    """A word as one, or in its parts."""
    is_spelled = way.spelled and word.is_marked
    parts = word.spelled if is_spelled else word.folded
    columns = [name for name in WEIGHTS if name.endswith("_spelled") == is_spelled]
    columns = columns[:1] if way.in_name else columns
    whole = language.term(joined(parts), columns, _goes_on(joined(parts)) and is_open)
    if len(parts) == 1:
        return whole
    *before, last = (joined((part,)) for part in parts)
    apart = [*(language.term(part, columns, False) for part in before)]
    apart.append(language.term(last, columns, _goes_on(last) and is_open))
    return f"({whole}{language.either}({language.both.join(apart)}))"


def _goes_on(term: str) -> bool:
    return not term.isdigit() or len(term) >= _SHORTEST_NUMBER


@dataclass(frozen=True, slots=True)
class _Language:
    """A query language: one term in some columns, exact or as a beginning, and what stands between terms."""

    term: Callable[[str, list[str], bool], str]
    both: str
    either: str


def _fts5(term: str, columns: list[str], is_open: bool) -> str:
    return f'{{{" ".join(columns)}}} : "{term}"{" *" if is_open else ""}'


def _tsquery(term: str, columns: list[str], is_open: bool) -> str:
    return f"'{term}':{'*' if is_open else ''}{''.join(WEIGHTS[name] for name in columns)}"


_FTS5 = _Language(_fts5, " AND ", " OR ")
_TSQUERY = _Language(_tsquery, " & ", " | ")
