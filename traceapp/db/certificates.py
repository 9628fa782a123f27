"""Tables beside the certificates: their papers, what was asked of issuers, visits, and reminders that were seen."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from traceapp.db.tables import Instant, metadata

# The paper itself lies in a file of its own; its record carries a keyed hash of `sha256`. Erasable with it.
certificate_papers = Table(
    "certificate_papers",
    metadata,
    Column("certificate", Text, ForeignKey("certificates.id"), primary_key=True),
    Column("file", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)

# A holder asks the issuer to confirm. `state` is waiting, confirmed or refused; a refusal has its reason.
certificate_requests = Table(
    "certificate_requests",
    metadata,
    Column("certificate", Text, ForeignKey("certificates.id"), primary_key=True),
    Column("issuer", Text, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("reason", Text),
    Column("decided", Instant),
)
