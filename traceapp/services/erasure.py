"""Erasing personal data: the value and its salt go, the record and its proof stay and still verify."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from traceapp.core.errors import NotFound
from traceapp.core.statements import record_uuid
from traceapp.db.tables import personal
from traceapp.services import audit


def personal_fields(connection: Connection, record: str) -> list[str]:
    """Names of the personal values still held for a record."""
    found = connection.execute(select(personal.c.field).where(personal.c.record_id == record_uuid(record)))
    return sorted(found.scalars())


def erase(connection: Connection, record: str, actor: str, now: datetime, *, field: str | None = None) -> int:
    """Erase the personal values of a record (URL or UUID), or one of them. Returns how many; NotFound when none."""
    chosen = personal.c.record_id == record_uuid(record)
    if field is not None:
        chosen &= personal.c.field == field
    erased = connection.execute(delete(personal).where(chosen)).rowcount
    if not erased:
        raise NotFound(f"No personal data is held for {record[:120]}.")
    audit.note(connection, "erase", record_uuid(record), actor, now, values=erased)
    return erased
