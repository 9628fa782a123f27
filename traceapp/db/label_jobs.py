"""Label jobs: one row for each file of labels that is made in the background.

What is printed is in no column: a job names a lot and its items, and whoever renders it reads the signed runs again.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from traceapp.db.tables import Bytes, Instant, Whole, metadata

label_jobs = Table(
    "label_jobs",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("token_hash", Bytes, nullable=False, unique=True),
    # What the caller calls this request: the same words never issue twice.
    Column("request", Text, unique=True),
    Column("lot", Text, ForeignKey("lots.id"), nullable=False),
    Column("run", Text),
    Column("first", Whole, nullable=False),
    Column("count", Whole, nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("options", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Whole, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Who works on it, and when that was last heard of.
    Column("claim", Text),
    Column("beat", Instant),
    Column("bytes", Whole),
    Column("result", Text),
    Column("error_code", Text),
    Column("error", Text),
    Column("asked", Instant, nullable=False),
    Column("started", Instant),
    Column("ended", Instant),
)
Index("label_jobs_state", label_jobs.c.state)
Index("label_jobs_lot", label_jobs.c.lot)
