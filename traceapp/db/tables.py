"""Tables. What is append-only is guarded in the database itself (guards.py); the rest is an index over records."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from traceapp.db.types import Bytes as Bytes
from traceapp.db.types import Instant as Instant
from traceapp.db.types import Whole as Whole

metadata = MetaData()

# --- append-only ---------------------------------------------------------------------------------------------------

records = Table(
    "records",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("record_time", Instant, nullable=False),
    Column("body", Bytes, nullable=False),
)

log_entries = Table(
    "log_entries",
    metadata,
    Column("leaf_index", Whole, primary_key=True, autoincrement=False),
    Column("record_id", Text, nullable=False, unique=True),
    Column("entry", Bytes, nullable=False),
    Column("leaf_hash", Bytes, nullable=False),
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
    Column("hashes", Bytes, nullable=False),
    Column("root", Bytes, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False),
    Column("root", Bytes, nullable=False),
    Column("note", Bytes, nullable=False),
)

cosignatures = Table(
    "cosignatures",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False),
    Column("witness", Text, primary_key=True),
    Column("time", Instant, nullable=False),
    Column("line", Bytes, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("line", Bytes, nullable=False),
    Column("hash", Bytes, nullable=False),
)

# Sign-ins and changes of who may sign in: beside the audit trail, since no page depends on them.
account_trail = audit.to_metadata(metadata, name="account_trail")

trust_lists = Table(
    "trust_lists",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Bytes, nullable=False),
)

APPEND_ONLY = (
    *(records, log_entries, record_subjects, log_tiles, checkpoints, cosignatures),
    *(audit, account_trail, trust_lists),
)

# --- current state: an index over records, each row pointing at the record that last published it ---------------------

# One row, which whoever appends holds on PostgreSQL. The tree's size and root are those of the newest checkpoint.
log_lock = Table("log_lock", metadata, Column("id", Integer, primary_key=True, autoincrement=False))

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
    Column("salt", Bytes, nullable=False),
    sqlite_with_rowid=False,
)

# --- questions and reports of consumers -------------------------------------------------------------------------------

messages = Table(
    "messages",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("form", Bytes, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("lot", Text),
    Column("lang", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("sent", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("held_for", Text),
    Column("reply", Text),
    Column("closed", Instant),
    Column("closed_by", Text),
    Column("public", Boolean, nullable=False),
)
Index("messages_product", messages.c.product, messages.c.state)

# Erasable, and never on any page.
message_private = Table(
    "message_private",
    metadata,
    Column("message", Whole, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("contact", Text),
    Column("photo", Bytes),
)

# How many messages a visitor sent in an hour, by the hash that scans use too; deleted after a day.
message_turns = Table(
    "message_turns",
    metadata,
    Column("visitor", Bytes, primary_key=True),
    Column("thing", Text, primary_key=True),
    Column("hour", Whole, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("message_turns_thing", message_turns.c.thing, message_turns.c.hour)

# --- what can be searched for: an index over records, which may be made anew at any time (db/search.py) ---------------
search_documents = Table(
    "search_documents",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("product", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("organisation", Text, nullable=False, index=True),
    Column("province", Text),
    Column("sort_name", Text, nullable=False),
    Column("lots", Text, nullable=False),
)

# The days on which a product shows stars, as ISO dates: `until` is the first day without.
search_stars = Table(
    "search_stars",
    metadata,
    Column("document", Whole, ForeignKey("search_documents.id", ondelete="CASCADE"), primary_key=True),
    Column("since", Text, primary_key=True),
    Column("until", Text, nullable=False),
    Column("stars", Integer, nullable=False),
)
