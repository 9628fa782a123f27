"""The audit trail of administrative acts: append-only, each line chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Table, insert, select, text

from traceapp.core.canonical import canonicalise
from traceapp.core.dates import rfc3339
from traceapp.core.errors import InconsistentLog
from traceapp.db.tables import account_trail, audit

START = b"\0" * 32


def note(connection: Connection, action: str, subject: str, actor: str, now: datetime, **details: str | int) -> None:
    """Add one line. `actor` is an organisation's id or the word for a process (`cli`); no personal data, no secrets."""
    _add(connection, audit, action, subject, actor, now, details)


def note_account(
    connection: Connection, action: str, account: str, actor: str, now: datetime, **details: str | int
) -> None:
    """Add one line to the trail of accounts: sign-ins, roles, keys. `actor` is an account's id or `cli`."""
    if connection.dialect.name == "postgresql":
        # Unlike an act on records, a sign-in does not hold the log's lock, which orders the other trail's lines.
        connection.execute(text("LOCK TABLE account_trail IN SHARE ROW EXCLUSIVE MODE"))
    _add(connection, account_trail, action, account, actor, now, details)


def _add(
    connection: Connection,
    trail: Table,
    action: str,
    subject: str,
    actor: str,
    now: datetime,
    details: Mapping[str, str | int],
) -> None:
    last = connection.execute(select(trail.c.seq, trail.c.hash).order_by(trail.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, START)
    line = canonicalise(
        {"seq": seq, "at": rfc3339(now), "action": action, "subject": subject, "actor": actor, "details": dict(details)}
    )
    connection.execute(insert(trail).values(seq=seq, at=now, line=line, hash=chain(previous, line)))


def chain(previous: bytes, line: bytes) -> bytes:
    """The hash of a line behind the hash of the line before."""
    return hashlib.sha256(previous + line).digest()


def require_intact(connection: Connection) -> int:
    """Walk both chains; InconsistentLog names the first line that breaks one. Returns how many lines there are."""
    return sum(_require_chained(connection, trail) for trail in (audit, account_trail))


def _require_chained(connection: Connection, trail: Table) -> int:
    previous, count = START, 0
    for row in connection.execute(select(trail).order_by(trail.c.seq)):
        count += 1
        previous = chain(previous, row.line)
        if row.seq != count or row.hash != previous or row.at is None or rfc3339(row.at) != _dated(row.line):
            name = "audit trail" if trail is audit else "trail of accounts"
            raise InconsistentLog(f"The {name} breaks at line {count}.")
    return count


def _dated(line: bytes) -> str:
    """What an authentic line says of its own time."""
    found: str = json.loads(line)["at"]
    return found
