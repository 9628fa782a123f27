"""What organisations, facilities and products are called, as their own newest records say it.

For lists and headings of the portal, where people see what they said themselves: nothing here is verified.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from traceapp.core.canonical import JsonObject
from traceapp.core.quantities import name_key
from traceapp.core.statements import details_of, record_uuid
from traceapp.db import driver
from traceapp.db.tables import organisations
from traceapp.services.records.signing import documents_about

_REGISTERED = {"OrganisationRecord": "traceapp:Organisation", "FacilityRecord": "traceapp:Facility"}


def told_by(connection: Connection, thing: str, record_type: str) -> JsonObject:
    """What the newest record of `thing` says of it, personal values that were not erased included; empty for none."""
    kind = _REGISTERED.get(record_type)
    for document in documents_about(connection, thing, record_type):
        details = details_of(document)
        if details.get("id") == thing and kind in (None, details.get("type")):
            return {**details, **_personal(connection, document["id"])}
    return {}


def _personal(connection: Connection, record: str) -> dict[str, Any]:
    sql = "SELECT field, value FROM personal WHERE record_id = ?"
    return {field: json.loads(value) for field, value in driver.run(connection, sql, (record_uuid(record),))}


def name_of(connection: Connection, organisation: str) -> str:
    """An organisation's name; empty once it was erased."""
    return str(told_by(connection, organisation, "OrganisationRecord").get("name") or "")


def organisation_named(connection: Connection, name: str, role: str) -> str | None:
    """The id of an organisation of that name in that role; tones count, case does not."""
    found = connection.execute(select(organisations.c.id).where(organisations.c.role == role)).scalars()
    return next((one for one in found if name_key(name_of(connection, one)) == name_key(name)), None)
