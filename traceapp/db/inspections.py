"""Tables of inspections: what was sent from a phone and is not to be recorded twice, and photos, which can be erased.

`lot_alarms` is an index over records, which may be made anew at any time: lots that some record says something against.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text

from traceapp.db.tables import metadata
from traceapp.db.types import Bytes, Instant, Whole

inspection_sends = Table(
    "inspection_sends",
    metadata,
    Column("key", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    Column("said", Bytes, nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
    Column("at", Instant, nullable=False),
)

inspection_photos = Table(
    "inspection_photos",
    metadata,
    Column("record_id", Text, ForeignKey("records.record_id"), primary_key=True),
    Column("photo", Bytes, nullable=False),
)

lot_alarms = Table(
    "lot_alarms",
    metadata,
    Column("lot", Text, primary_key=True),
    Column("leaf_index", Whole, nullable=False, index=True),
)
