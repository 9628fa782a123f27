"""What organisations, facilities and products are called, as their own newest records say it.

For lists and headings of the portal, where people see what they said themselves: nothing here is verified.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from traceapp.core.canonical import JsonObject
from traceapp.core.quantities import name_key
from traceapp.core.statements import record_uuid
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.db.tables import organisations
from traceapp.services.records.signing import bodies_about, said_in

_REGISTERED = {"OrganisationRecord": "traceapp:Organisation", "FacilityRecord": "traceapp:Facility"}


def told_by(connection: Connection, thing: str, record_type: str) -> JsonObject:
    """What the newest record of `thing` says of it, personal values that were not erased included; empty for none."""
    kind = _REGISTERED.get(record_type)
    for body in bodies_about(connection, thing, record_type):
        record, details = said_in(body)
        if details.get("id") == thing and kind in (None, details.get("type")):
            return {**details, **_personal(connection, record)}
    return {}


def told_of(connection: Connection, things: Collection[str], record_types: Collection[str]) -> dict[str, JsonObject]:
    """`told_by` for many things at once, by their ids; what is told of none is missing.

    Of a thing that records of several types tell of, the one of the type named first counts.
    """
    said: dict[str, tuple[int, str, JsonObject]] = {}
    order = list(record_types)
    types = ", ".join(f"'{one}'" for one in order)
    for thing, record_type, body in driver.run_for(connection, _TOLD.format(types=types), things):
        record, details = said_in(body)
        rank = order.index(record_type)
        if details.get("id") != thing or _REGISTERED.get(record_type) not in (None, details.get("type")):
            continue
        if thing not in said or rank <= said[thing][0]:
            said[thing] = rank, record_uuid(record), details
    values: dict[str, dict[str, Any]] = {}
    for record_id, field, value in driver.run_for(connection, _PERSONAL, {one for _, one, _ in said.values()}):
        values.setdefault(record_id, {})[field] = json.loads(value)
    return {thing: {**details, **values.get(record_id, {})} for thing, (_, record_id, details) in said.items()}


_TOLD = (
    "SELECT s.subject, r.type, r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE s.subject IN ({{}}) AND r.type IN ({types}) "
    "ORDER BY s.leaf_index"
)
_PERSONAL = "SELECT record_id, field, value FROM personal WHERE record_id IN ({})"


def _personal(connection: Connection, record: str) -> dict[str, Any]:
    sql = "SELECT field, value FROM personal WHERE record_id = ?"
    return {field: json.loads(value) for field, value in driver.run(connection, sql, (record_uuid(record),))}


@shared
def name_of(connection: Connection, organisation: str) -> str:
    """An organisation's name; empty once it was erased."""
    return str(told_by(connection, organisation, "OrganisationRecord").get("name") or "")


def organisation_named(connection: Connection, name: str, role: str) -> str | None:
    """The id of an organisation of that name in that role; tones count, case does not."""
    found = connection.execute(select(organisations.c.id).where(organisations.c.role == role)).scalars()
    return next((one for one in found if name_key(name_of(connection, one)) == name_key(name)), None)
