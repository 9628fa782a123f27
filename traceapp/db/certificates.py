"""Tables beside the certificates: their papers, what was asked of issuers, visits, and reminders that were seen."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

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

# One letter to one person about one certificate, `days` (90, 30, 7) before it ends. `state` is waiting, sent or
# dropped; while one waits, `next` is when it may be taken up, by whoever comes first.
certificate_reminders = Table(
    "certificate_reminders",
    metadata,
    Column("certificate", Text, ForeignKey("certificates.id"), primary_key=True),
    Column("days", Integer, primary_key=True, autoincrement=False),
    Column("account", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next", Instant, nullable=False),
)
Index("certificate_reminders_waiting", certificate_reminders.c.state, certificate_reminders.c.next)
