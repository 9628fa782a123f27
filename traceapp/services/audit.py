"""The audit trail of administrative acts: append-only, each line chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import Connection, insert, select

from traceapp.core.canonical import canonicalise
from traceapp.core.dates import rfc3339
from traceapp.core.errors import InconsistentLog
from traceapp.db.tables import audit

START = b"\0" * 32


def note(connection: Connection, action: str, subject: str, actor: str, now: datetime, **details: str | int) -> None:
    """Add one line. `actor` is an organisation's id or the word for a process (`cli`); no personal data, no secrets."""
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, START)
    line = canonicalise(
        {"seq": seq, "at": rfc3339(now), "action": action, "subject": subject, "actor": actor, "details": details}
    )
    connection.execute(insert(audit).values(seq=seq, at=now, line=line, hash=chain(previous, line)))


def chain(previous: bytes, line: bytes) -> bytes:
    """The hash of a line behind the hash of the line before."""
    return hashlib.sha256(previous + line).digest()


def require_intact(connection: Connection) -> int:
    """Walk the chain; InconsistentLog names the first line that breaks it. Returns how many lines there are."""
    previous, count = START, 0
    for row in connection.execute(select(audit).order_by(audit.c.seq)):
        count += 1
        previous = chain(previous, row.line)
        if row.seq != count or row.hash != previous or row.at is None or rfc3339(row.at) != _dated(row.line):
            raise InconsistentLog(f"The audit trail breaks at line {count}.")
    return count


def _dated(line: bytes) -> str:
    """What an authentic line says of its own time."""
    found: str = json.loads(line)["at"]
    return found
