"""Facts about things, read from their records and verified, where a whole page is not wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection

from traceapp.core.evidence import StoredRecord
from traceapp.core.facts import OrganisationFact, RecordState
from traceapp.core.keys import Keyring
from traceapp.core.statements import record_url, record_uuid
from traceapp.db import driver
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.kept_records import line_of

_COLUMNS = "e.leaf_index, e.record_id, e.entry, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id"
_ABOUT = (
    "SELECT {columns} JOIN record_subjects s ON s.leaf_index = e.leaf_index "
    "WHERE r.type IN ({types}) AND s.subject IN ({{}})"
)
_JOINING = (
    "SELECT {columns} WHERE r.type IN ({types}) AND e.leaf_index IN "
    "(SELECT leaf_index FROM record_subjects WHERE subject IN ({{}}) GROUP BY leaf_index HAVING count(*) > 1)"
)
_NAMED = f"SELECT {_COLUMNS} WHERE e.record_id IN ({{}})"
_PERSONAL = "SELECT record_id, field, value, salt FROM personal WHERE record_id IN ({})"


def facts_about(
    connection: Connection, host: str, things: Collection[str], types: Iterable[str], keyring: Keyring
) -> list[object]:
    """What records of these types say of things (their ids), as far as it verifies, in the order of the log."""
    rows = driver.run_for(connection, _of_types(_ABOUT, types), things)
    return list(_read(connection, host, rows, keyring).values())


def facts_joining(
    connection: Connection, host: str, things: Collection[str], types: Iterable[str], keyring: Keyring
) -> list[object]:
    """What records say that are about two of the things or more; whatever is said of one alone is not read.

    ValueError for more than CHUNK things (db/driver.py): a pair would be overlooked that no one statement asks for.
    """
    if len(things) > driver.CHUNK:
        raise ValueError(f"Pairs are looked for among {driver.CHUNK} things at most, not {len(things)}.")
    rows = driver.run_for(connection, _of_types(_JOINING, types), things)
    return list(_read(connection, host, rows, keyring).values())


def _of_types(sql: str, types: Iterable[str]) -> str:
    return sql.format(columns=_COLUMNS, types=", ".join(f"'{one}'" for one in sorted(types)))


def facts_of_records(connection: Connection, host: str, records: Collection[str], keyring: Keyring) -> dict[str, Any]:
    """What records say, by their UUIDs; those that do not verify are missing."""
    return _read(connection, host, driver.run_for(connection, _NAMED, records), keyring)


def names_of(connection: Connection, host: str, organisations: Collection[str], keyring: Keyring) -> dict[str, str]:
    """Names of organisations by id; those that are erased or do not verify are missing."""
    said = facts_about(connection, host, organisations, ["OrganisationRecord"], keyring)
    return {one.id: one.name for one in said if isinstance(one, OrganisationFact) and one.name}


def _read(connection: Connection, host: str, rows: list[driver.Row], keyring: Keyring) -> dict[str, Any]:
    """The fact that each record states, by its UUID, in the order of the log."""
    found: dict[str, Any] = {}
    for stored in stored_of(connection, host, rows):
        check, fact = read_kept(stored, keyring)
        if fact is not None and check.state is RecordState.GOOD:
            found[record_uuid(stored.record_id)] = fact
    return found


def stored_about(
    connection: Connection, host: str, things: Collection[str], types: Iterable[str]
) -> list[StoredRecord]:
    """Records of these types about things (their ids) as they are stored, nothing believed, in the order of the log."""
    return stored_of(connection, host, driver.run_for(connection, _of_types(_ABOUT, types), things))


def stored_of(connection: Connection, host: str, rows: Iterable[driver.Row]) -> list[StoredRecord]:
    """Rows of (leaf index, record's UUID, entry, body) with their personal values, each once, in the log's order.

    A row that somebody changed into no row of a log is left out: the check of the log names it.
    """
    values: dict[str, list[tuple[str, str, bytes]]] = {}
    whole = (row for row in rows if isinstance(row[0], int) and all(isinstance(one, bytes) for one in row[2:]))
    rows = sorted({row[1]: row for row in whole}.values(), key=lambda row: row[0])
    having = [record_id for _, record_id, _, body in rows if b'"traceapp:personal"' in body]
    for record_id, field, value, salt in driver.run_for(connection, _PERSONAL, having):
        values.setdefault(record_id, []).append((field, value, salt))
    return [
        line_of(record_url(host, record_id), leaf_index, entry, body).with_personal(tuple(values.get(record_id, ())))
        for leaf_index, record_id, entry, body in rows
    ]
