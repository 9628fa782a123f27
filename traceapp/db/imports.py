"""Tables of importing: files that wait for a yes, what was imported, and whose list a household is on."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from traceapp.db.tables import Bytes, Instant, metadata

# A file that was looked at and not yet taken. It may hold personal data: it is gone when it is taken, or in a day.
import_drafts = Table(
    "import_drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", Bytes, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("same", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)
Index("imports_organisation", imports.c.organisation, imports.c.at)

# An index over records: `record_id` is the one that describes the household.
households = Table(
    "households",
    metadata,
    Column("id", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("listed_by", Text, ForeignKey("organisations.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
    UniqueConstraint("listed_by", "code"),
)
