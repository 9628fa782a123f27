"""Erasing personal data: the value and its salt go, the record and its proof stay and still verify."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from traceapp.core.errors import NotFound
from traceapp.core.statements import record_uuid
from traceapp.db.tables import facilities, log_entries, personal, record_subjects
from traceapp.services.diary import entries as diary
from traceapp.services.inspections import recording as inspections
from traceapp.services.operating import audit
from traceapp.services.search import queries as search


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
    search.forget(connection, record_uuid(record))
    diary.forget(connection, record_uuid(record), field)
    inspections.forget_photo(connection, record_uuid(record), field)
    audit.note(connection, "erase", record_uuid(record), actor, now, values=erased)
    return erased


def erase_organisation(connection: Connection, organisation: str, actor: str, now: datetime) -> int:
    """Erase all personal values in an organisation's own records and its facilities'; NotFound when none is held."""
    held = held_of(connection, organisation)
    if not held:
        raise NotFound(f"No personal data is held for {organisation[:120]}.")
    return sum(erase(connection, record, actor, now) for record in held)


def held_of(connection: Connection, organisation: str) -> dict[str, list[str]]:
    """Names of the personal values held for its own records and its facilities', by the records' UUIDs, in the log's
    order.
    """
    things = {
        organisation,
        *connection.execute(select(facilities.c.id).where(facilities.c.organisation == organisation)).scalars(),
    }
    rows = connection.execute(
        select(personal.c.record_id, personal.c.field, log_entries.c.leaf_index)
        .distinct()
        .join(log_entries, log_entries.c.record_id == personal.c.record_id)
        .join(record_subjects, record_subjects.c.leaf_index == log_entries.c.leaf_index)
        .where(record_subjects.c.subject.in_(sorted(things)))
        .order_by(log_entries.c.leaf_index, personal.c.field)
    )
    held: dict[str, list[str]] = {}
    for record, field, _ in rows:
        held.setdefault(record, []).append(field)
    return held
