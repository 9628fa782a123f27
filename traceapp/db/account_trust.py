"""Which account made which record, what marks its records, and the keys people cosign with.

All of it is private and can be erased; what is public of it stands in records. A key's 32 bytes mark the records of one
account until it is in doubt: then they are published and `ended`, and the account gets new ones.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, Text

from traceapp.db import driver
from traceapp.db.tables import metadata
from traceapp.db.types import Bytes, Instant, Whole

KEY_BYTES = 32

account_keys = Table(
    "account_keys",
    metadata,
    Column("key", Bytes, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("ended", Instant),
)

account_records = Table(
    "account_records",
    metadata,
    Column("leaf_index", Whole, primary_key=True, autoincrement=False),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False),
)
Index("account_records_account", account_records.c.account, account_records.c.leaf_index)

# An index over records: `id` is the doubt's own name there, `record_id` its record.
account_doubts = Table(
    "account_doubts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("made", Instant, nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
    Column("lifted", Instant),
)

# Who asks for a passkey before an act that cannot be taken back, and takes no password for it.
passkey_rules = Table(
    "passkey_rules",
    metadata,
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("since", Instant, nullable=False),
)

# A passkey enrolled for cosigning what an organisation records; `id` is its name in records.
cosigning_keys = Table(
    "cosigning_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("passkey", Bytes, nullable=False),
    Column("account", Text, ForeignKey("accounts.id"), nullable=False),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=False),
    Column("record_id", Text, ForeignKey("records.record_id"), nullable=False),
    Column("made", Instant, nullable=False),
    Column("withdrawn", Instant),
)
Index("cosigning_keys_account", cosigning_keys.c.account, cosigning_keys.c.organisation)

cosigned_records = Table(
    "cosigned_records",
    metadata,
    Column("record_id", Text, ForeignKey("records.record_id"), primary_key=True),
    Column("cosignature", Text, ForeignKey("records.record_id"), nullable=False),
)


def current_key(connection: Connection, account: str, now: datetime) -> bytes:
    """The key that marks an account's records now, made where it has none. Call it under the log's lock."""
    rows = driver.run(connection, _CURRENT, (account,))
    if rows:
        return bytes(rows[0][0])
    key = secrets.token_bytes(KEY_BYTES)
    driver.insert(connection, account_keys, [(key, account, now, None)])
    return key


_CURRENT = "SELECT key FROM account_keys WHERE account = ? AND ended IS NULL"
