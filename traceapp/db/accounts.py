"""Who may sign in, for whom, and since when. Nothing here is in a record: it can be changed and erased."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, true

from traceapp.db.tables import Bytes, Instant, Whole, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("password", Text),
    # The person as records name them who typed for somebody else: an organisation of its own, its name erasable.
    Column("party", Text, ForeignKey("organisations.id")),
    Column("created", Instant, nullable=False),
    Column("disabled", Instant),
    # Whether letters may remind this person of certificates that end.
    Column("reminders", Boolean, nullable=False, server_default=true()),
)

memberships = Table(
    "memberships",
    metadata,
    Column("account", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("since", Instant, nullable=False),
)
Index("memberships_organisation", memberships.c.organisation)

# `token` is the SHA-256 of what the cookie holds: whoever reads the table can sign in as nobody.
sessions = Table(
    "sessions",
    metadata,
    Column("token", Bytes, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("organisation", Text, ForeignKey("organisations.id")),
    Column("agent", Text, nullable=False),
    Column("started", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Bytes, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("public_key", Bytes, nullable=False),
    Column("sign_count", Whole, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("used", Instant),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("code", Bytes, primary_key=True),
    Column("used", Instant),
)

# Links and codes that were sent, challenges, and forms that wait for somebody to sign in again. `about` is JSON.
account_tokens = Table(
    "account_tokens",
    metadata,
    Column("token", Bytes, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("account", Text),
    Column("about", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Column("expires", Instant, nullable=False, index=True),
)

# How often somebody failed to sign in within a quarter of an hour, by keyed hash; deleted after a day.
sign_in_turns = Table(
    "sign_in_turns",
    metadata,
    Column("who", Bytes, primary_key=True),
    Column("quarter", Whole, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Somebody says that a product code which another registered is theirs.
claims = Table(
    "claims",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, index=True),
    Column("holder", Text, ForeignKey("organisations.id"), nullable=False),
    Column("claimant", Text, ForeignKey("organisations.id"), nullable=False),
    Column("words", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided", Instant),
    Column("decided_by", Text),
)

# What the holder of the code says to a claim: each as it was sent, never changed.
claim_answers = Table(
    "claim_answers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("claim", Text, ForeignKey("claims.id"), nullable=False, index=True),
    Column("words", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
