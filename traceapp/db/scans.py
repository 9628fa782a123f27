"""Scans: one row an item, counts by hour, and for a day the visitors of each item, under a hash that is thrown away.

No address is kept. A visitor is 8 bytes of a keyed hash of the address, inside the item's `memory`
(core/scans/memory.py) and, as a count of the items they scanned, in `voices`; the key is made anew each day.
`oldest` is when the oldest visit in the memory began, so that those that are to be forgotten are found.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Engine, Index, Integer, LargeBinary, MetaData, Table, Text, inspect, text

from traceapp.db.engine import writing
from traceapp.db.tables import Whole

metadata = MetaData()
_OLD_VISITS = "scan_visits"
"""Where visitors stood, each with a row of their own, before they stood in their item's memory."""

items = Table(
    "scan_items",
    metadata,
    Column("item", Text, primary_key=True),
    Column("total", Whole, nullable=False),
    Column("first", Whole, nullable=False),
    Column("memory", LargeBinary),
    Column("oldest", Whole),
    sqlite_with_rowid=False,
)

Index("scan_items_oldest", items.c.oldest)

voices = Table(
    "scan_voices",
    metadata,
    Column("period", Whole, primary_key=True, autoincrement=False),
    Column("thing", Text, primary_key=True),
    Column("visitor", LargeBinary, primary_key=True),
    Column("items", Integer, nullable=False),
    sqlite_with_rowid=False,
)

hours = Table(
    "scan_hours",
    metadata,
    Column("thing", Text, primary_key=True),
    Column("hour", Whole, primary_key=True, autoincrement=False),
    Column("province", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

day_keys = Table(
    "scan_day_keys",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)

suspicions = Table(
    "scan_suspicions",
    metadata,
    Column("item", Text, primary_key=True),
    Column("opened", Text, primary_key=True),
    Column("scans", Integer, nullable=False),
    Column("visitors", Integer, nullable=False),
    Column("provinces", Integer, nullable=False),
    Column("cleared", Text),
    Column("cleared_reason", Text),
    Column("week", Integer),
    Column("turns", Integer),
    Column("later", Integer),
    Column("km", Integer),
    Column("minutes", Integer),
)


def prepare(engine: Engine) -> None:
    """Make what is not there yet: every table, and in those of an older version their newer columns."""
    metadata.create_all(engine)
    with engine.connect() as connection:
        is_new = not _missing(connection) and not inspect(connection).has_table(_OLD_VISITS)
    if not is_new:
        with writing(engine) as connection:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    unless = "" if connection.dialect.name == "sqlite" else "IF NOT EXISTS "
    # Asked again: another process may have been here since.
    for table, column in _missing(connection):
        kind = column.type.compile(connection.dialect)
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {unless}{column.name} {kind}"))
    connection.execute(text("CREATE INDEX IF NOT EXISTS scan_items_oldest ON scan_items (oldest)"))
    connection.execute(text(f"DROP TABLE IF EXISTS {_OLD_VISITS}"))


def _missing(connection: Connection) -> list[tuple[Table, Column[Any]]]:
    found = inspect(connection)
    known = {table.name: {one["name"] for one in found.get_columns(table.name)} for table in metadata.sorted_tables}
    return [
        (table, column)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name not in known[table.name]
    ]
