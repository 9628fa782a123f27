"""What bodies with keys of their own are about to do: a key asked for and not bound yet, documents not signed yet.

Nothing here is believed: keys are bound by KeyRecords, and what counts of a document is the record that came back.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text, UniqueConstraint

from traceapp.db.tables import metadata
from traceapp.db.types import Bytes, Instant

# One request an organisation. `proof` is the holder's signature, empty until it came.
own_key_requests = Table(
    "own_key_requests",
    metadata,
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("method", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("asked", Instant, nullable=False),
)

# `body` is the unsigned document, to the byte; one for each act on a certificate.
own_documents = Table(
    "own_documents",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    Column("certificate", Text, ForeignKey("certificates.id"), nullable=False),
    Column("act", Text, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("made", Instant, nullable=False),
    UniqueConstraint("certificate", "act"),
)
