"""Scans: counts by hour, and for a day the visitors of each item, under a hash whose key is thrown away.

No address is kept. A visitor is 8 bytes of a keyed hash of address and browser; the key is made anew each day, and rows
and keys older than 24 hours are deleted. So that midnight does not make two visitors of one, a row also carries the
hash under yesterday's key while that key lives.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

from traceapp.db.tables import Whole

metadata = MetaData()

# One row per item, visitor and hour: ten thousand scans by one visitor are one row.
visits = Table(
    "scan_visits",
    metadata,
    Column("item", Text, primary_key=True),
    Column("hour", Whole, primary_key=True, autoincrement=False),
    Column("visitor", LargeBinary, primary_key=True),
    Column("province", Text, primary_key=True),
    Column("before", LargeBinary, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first", Whole, nullable=False),
    Column("last", Whole, nullable=False),
    sqlite_with_rowid=False,
)

Index("scan_visits_hour", visits.c.hour)

items = Table(
    "scan_items",
    metadata,
    Column("item", Text, primary_key=True),
    Column("total", Whole, nullable=False),
    Column("first", Whole, nullable=False),
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
)
