"""Statements at the driver, for what every capture and every page runs.

SQLAlchemy's execution costs ten times what such a statement does in SQLite. These run on the same connection, inside
its transaction, and fail with the same errors. Places are marked `?` for both databases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

CHUNK = 500

Row = tuple[Any, ...]


def run(connection: Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """The rows of one query."""
    with _errors(connection, sql, values):
        rows: list[Row] = _driver(connection).execute(_spelled(connection, sql), values).fetchall()
    return rows


def run_for(connection: Connection, sql: str, keys: Collection[str]) -> list[Row]:
    """The rows for any number of keys, whose list goes where `sql` says `{}`."""
    wanted = sorted(keys)
    chunks = (wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK))
    return [row for chunk in chunks for row in run(connection, sql.format(", ".join("?" * len(chunk))), chunk)]


def run_locking(connection: Connection, sql: str) -> list[Row]:
    """The rows of one query, locked until the transaction ends; SQLite's writers are alone anyway."""
    return run(connection, sql if connection.dialect.name == "sqlite" else f"{sql} FOR UPDATE")


def change(connection: Connection, sql: str, values: Sequence[Any]) -> None:
    """One statement that answers nothing."""
    with _errors(connection, sql, values):
        _driver(connection).execute(_spelled(connection, sql), values)


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, if there are any, whose values stand in the order of the table's columns."""
    if not rows:
        return
    sql, binders = _inserting(table, connection.dialect)
    for place, bind in binders:
        rows = [(*row[:place], bind(row[place]), *row[place + 1 :]) for row in rows]
    with _errors(connection, sql, rows):
        _driver(connection).cursor().executemany(sql, rows)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _spelled(connection: Connection, sql: str) -> str:
    return sql if connection.dialect.paramstyle == "qmark" else sql.replace("?", "%s")


@cache
def _inserting(table: Table, dialect: Dialect) -> tuple[str, list[tuple[int, Any]]]:
    """The statement, and what brings a value into the driver's form, by place. Both drivers take bytes as they are."""
    names = ", ".join(column.name for column in table.columns)
    places = ", ".join(["?" if dialect.paramstyle == "qmark" else "%s"] * len(table.columns))
    binders = (
        (place, column.type.dialect_impl(dialect).bind_processor(dialect))
        for place, column in enumerate(table.columns)
        if not isinstance(column.type, LargeBinary)
    )
    sql = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608
    return sql, [(place, bind) for place, bind in binders if bind]


@contextmanager
def _errors(connection: Connection, sql: str, values: Any) -> Iterator[None]:
    """The driver's errors as SQLAlchemy's own, which the callers know."""
    dialect = connection.dialect
    driver = dialect.loaded_dbapi
    try:
        yield
    except driver.Error as cause:
        raise DBAPIError.instance(sql, values, cause, driver.Error, dialect=dialect) from cause
