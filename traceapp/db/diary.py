"""The diary before it is signed: entries, their photos, and the plan of control points.

Nothing here is in a record. Once an entry is signed its row keeps the record's id and what tells a repeated sending
from another; what was typed is emptied, since people may stand in it.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from traceapp.db.tables import Bytes, Instant, metadata

diary_entries = Table(
    "diary_entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    # What the phone calls this entry: the same key twice is the same entry.
    Column("key", Text, nullable=False),
    # A keyed hash of what came with the key; the salt goes when what was said of people is erased.
    Column("digest", Bytes, nullable=False),
    Column("salt", Bytes),
    Column("stage", Text, nullable=False),
    Column("lot", Text, ForeignKey("lots.id")),
    # JSON: what was typed by the name of its input; the names of fields taken over from an earlier entry.
    Column("typed", Text, nullable=False),
    Column("copied", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("made_by", Text),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # The record that this one says right, if any, and the record that it became.
    Column("corrects", Text, ForeignKey("records.record_id")),
    Column("record_id", Text, ForeignKey("records.record_id")),
    UniqueConstraint("organisation", "key"),
)
Index("diary_entries_state", diary_entries.c.organisation, diary_entries.c.state)

# Erasable: a photo is known to its record by a keyed hash alone.
diary_photos = Table(
    "diary_photos",
    metadata,
    Column("entry", Text, ForeignKey("diary_entries.id", ondelete="CASCADE"), primary_key=True),
    Column("data", Bytes, nullable=False),
)

control_points = Table(
    "control_points",
    metadata,
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("ccp", Text, primary_key=True),
    Column("point", Text, nullable=False),
    Column("changed", Instant, nullable=False),
)
