"""Tables. What is append-only is guarded in the database itself (guards.py); the rest is an index over records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An instant in UTC. SQLite forgets time zones: what goes in must have one, what comes out gets UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


# Integer keys: SQLite gives a rowid only to INTEGER.
Whole = BigInteger().with_variant(Integer, "sqlite")

# --- append-only ---------------------------------------------------------------------------------------------------

records = Table(
    "records",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("record_time", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

log_entries = Table(
    "log_entries",
    metadata,
    Column("leaf_index", Whole, primary_key=True, autoincrement=False),
    Column("record_id", Text, nullable=False, unique=True),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
)

# Which records concern which thing: derived from the record when it is captured, and again by the log check.
record_subjects = Table(
    "record_subjects",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("leaf_index", Whole, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

log_tiles = Table(
    "log_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile", Whole, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
)

cosignatures = Table(
    "cosignatures",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False),
    Column("witness", Text, primary_key=True),
    Column("time", Instant, nullable=False),
    Column("line", LargeBinary, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

trust_lists = Table(
    "trust_lists",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

APPEND_ONLY = (records, log_entries, record_subjects, log_tiles, checkpoints, cosignatures, audit, trust_lists)

# --- current state: an index over records, each row pointing at the record that last published it ---------------------

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Whole, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)

service = Table("service", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("identity_state", Text, nullable=False, default="unconfirmed"),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
)

facilities = Table(
    "facilities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
)

lots = Table(
    "lots",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, ForeignKey("products.id"), nullable=False),
    Column("lot", Text, nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
    UniqueConstraint("product", "lot"),
)
Index("lots_lot", lots.c.lot)

lot_edges = Table(
    "lot_edges",
    metadata,
    Column("output_lot", Text, primary_key=True),
    Column("input_lot", Text, primary_key=True),
    sqlite_with_rowid=False,
)
Index("lot_edges_input", lot_edges.c.input_lot, lot_edges.c.output_lot)

certificates = Table(
    "certificates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("about", Text, nullable=False, index=True),
    Column("issuer", Text, ForeignKey("organisations.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("status_index", Integer, nullable=False, unique=True),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
)

label_runs = Table(
    "label_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lot", Text, ForeignKey("lots.id"), nullable=False),
    Column("first", Whole, nullable=False),
    Column("count", Whole, nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("serial_key", Text, nullable=False),
    Column("printed_path", Text, nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
    UniqueConstraint("lot", "first"),
)

# Erasable: outside signed bytes, with the salts of the keyed hashes that the records carry.
personal = Table(
    "personal",
    metadata,
    Column("record_id", Text, ForeignKey("records.record_id"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
)
