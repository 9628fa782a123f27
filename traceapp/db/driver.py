"""Statements at the driver, for what every capture and every page runs.

SQLAlchemy's execution costs ten times what such a statement does in SQLite. These run on the same connection, inside
its transaction, and fail with the same errors. Places are marked `?` for both databases.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, count
from typing import Any

import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from traceapp.db.notes import taken
from traceapp.db.tables import Bytes

CHUNK = 500

Row = tuple[Any, ...]
Binder = Callable[[Any], Any]


def run(connection: Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """The rows of one query."""
    try:
        spelled = _spelled(connection.dialect, sql)
        rows = fetch(_driver(connection), spelled, values)
    except _errors(connection) as cause:
        raise _known(connection, sql, values, cause) from cause
    if notes := taken():
        # A copy: what was answered stays as it was, whatever is done with the list.
        notes.add(connection.engine, spelled, values, rows.copy())
    return rows


def fetch(raw: Any, sql: str, values: Any) -> list[Any]:
    """The rows of one statement on a driver's own connection, where it answers any; its errors are the driver's."""
    cursor = asked(raw, sql, values)
    # psycopg has an error for who asks for rows where there are none to come.
    found: list[Any] = cursor.fetchall() if cursor.description else []
    return found


def asked(raw: Any, sql: str, values: Any) -> Any:
    """The driver's cursor of one query. PostgreSQL sends bytes as they are: spelled out they take thrice the time."""
    if type(raw) is sqlite3.Connection:
        return raw.execute(sql, values)
    # What SQLAlchemy spelled has named places.
    return (raw.cursor() if isinstance(values, Mapping) else _cursor(raw)).execute(sql, values, binary=True)


def _cursor(raw: Any) -> Any:
    """PostgreSQL's own places ($1, $2 …) spare psycopg reading each statement for its own."""
    return raw.cursor() if type(raw) is sqlite3.Connection else psycopg.RawCursor(raw)


def run_for(connection: Connection, sql: str, keys: Collection[Any]) -> list[Row]:
    """The rows for any number of keys, whose list goes where `sql` says `{}`."""
    wanted = sorted(keys)
    chunks = [wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK)]
    return [row for chunk in chunks for row in run(connection, _with_marks(sql, len(chunk)), chunk)]


def look_up(connection: Connection, queries: tuple[str, ...], keys: Sequence[Collection[str]]) -> list[dict[str, Any]]:
    """What each query, whose rows are a key and a value, finds for keys of its own; one statement for a few keys."""
    counts = tuple(map(len, keys))
    if sum(counts) > CHUNK:
        return [dict(run_for(connection, sql, wanted)) for sql, wanted in zip(queries, keys, strict=True)]
    found: list[dict[str, Any]] = [{} for _ in queries]
    for place, key, value in run(connection, _joined(queries, counts), tuple(chain.from_iterable(keys))):
        found[place][key] = value
    return found


def rows_of(connection: Connection, table: Table, where: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of a table by the names of its columns, each value as SQLAlchemy reads it."""
    sql, readers = _selecting(table, connection.dialect)
    rows = run(connection, f"{sql} WHERE {where}", values)
    return [
        {name: read(value) if read else value for (name, read), value in zip(readers, row, strict=True)} for row in rows
    ]


def run_locking(connection: Connection, sql: str, table: str) -> list[Row]:
    """The rows of one query, those of `table` locked until the transaction ends; SQLite's writers are alone anyway."""
    return run(connection, sql if connection.dialect.name == "sqlite" else f"{sql} FOR UPDATE OF {table}")


def change(connection: Connection, sql: str, values: Sequence[Any] = ()) -> None:
    """One statement that answers nothing."""
    try:
        _cursor(_driver(connection)).execute(_spelled(connection.dialect, sql), values)
    except _errors(connection) as cause:
        raise _known(connection, sql, values, cause) from cause


def begin(connection: Connection, sql: str) -> None:
    """What begins a transaction; on PostgreSQL it may be several statements, which go there at once."""
    try:
        _cursor(_driver(connection)).execute(sql)
    except _errors(connection) as cause:
        raise _known(connection, sql, (), cause) from cause


def is_in_transaction(connection: Connection) -> bool:
    """Whether the database has begun a transaction here and not ended it."""
    if is_lost(connection):
        return False
    raw = _driver(connection)
    return bool(raw.in_transaction if type(raw) is sqlite3.Connection else raw.pgconn.transaction_status)


def is_lost(connection: Connection) -> bool:
    """Whether the server went away, or was seen to have gone. A file does not."""
    return connection.dialect.name != "sqlite" and (connection.invalidated or _driver(connection).closed)


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, if there are any, whose values stand in the order of the table's columns."""
    if not rows:
        return
    sql, binders = _inserting(table, connection.dialect)
    for place, bind in binders:
        rows = [(*row[:place], bind(row[place]), *row[place + 1 :]) for row in rows]
    try:
        cursor = _cursor(_driver(connection))
        if len(rows) == 1:
            cursor.execute(sql, rows[0])
        else:
            cursor.executemany(sql, rows)
    except _errors(connection) as cause:
        raise _known(connection, sql, rows, cause) from cause


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


@lru_cache(maxsize=1000)
def _with_marks(sql: str, many: int) -> str:
    return sql.format(", ".join("?" * many))


@lru_cache(maxsize=1000)
def _joined(queries: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """One statement that says of each row which query it answers."""
    marked = [_with_marks(sql, many) if many else sql.format("NULL") for sql, many in zip(queries, counts, strict=True)]
    return " UNION ALL ".join(f"SELECT {place}, q{place}.* FROM ({sql}) q{place}" for place, sql in enumerate(marked))  # noqa: S608


@lru_cache(maxsize=1000)
def _spelled(dialect: Dialect, sql: str) -> str:
    if dialect.paramstyle == "qmark":
        return sql
    places = count(1)
    return re.sub(r"\?", lambda _: f"${next(places)}", sql)


@cache
def _selecting(table: Table, dialect: Dialect) -> tuple[str, list[tuple[str, Binder | None]]]:
    """The beginning of the statement, and what reads a value of the driver's, by name."""
    names = ", ".join(column.name for column in table.columns)
    readers: list[tuple[str, Binder | None]] = [
        (column.name, column.type.dialect_impl(dialect).result_processor(dialect, None)) for column in table.columns
    ]
    return f"SELECT {names} FROM {table.name}", readers  # noqa: S608


@cache
def _inserting(table: Table, dialect: Dialect) -> tuple[str, list[tuple[int, Binder]]]:
    """The statement, and what brings a value into the driver's form, by place. Both drivers take bytes as they are."""
    names = ", ".join(column.name for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    binders = (
        (place, column.type.dialect_impl(dialect).bind_processor(dialect))
        for place, column in enumerate(table.columns)
        if not isinstance(column.type, Bytes)
    )
    sql = _spelled(dialect, f"INSERT INTO {table.name} ({names}) VALUES ({marks})")  # noqa: S608
    # Rows of one call share their instants.
    return sql, [(place, lru_cache(maxsize=16)(bind)) for place, bind in binders if bind]


def _errors(connection: Connection) -> type[Exception]:
    found: type[Exception] = connection.dialect.loaded_dbapi.Error
    return found


def _known(connection: Connection, sql: str, values: Any, cause: Exception) -> BaseException:
    """The driver's error as the SQLAlchemy error that callers know."""
    return DBAPIError.instance(sql, values, cause, _errors(connection), dialect=connection.dialect)
