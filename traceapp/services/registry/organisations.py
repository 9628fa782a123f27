"""Finding an organisation by what people call it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection

from traceapp.core.errors import Conflict, NotFound
from traceapp.core.folding import fold
from traceapp.core.statements import details_of
from traceapp.db import driver
from traceapp.services.records.signing import parse_document

# Households on somebody's list are found on that list.
_NAMED = (
    "SELECT o.id, r.body, p.value FROM organisations o JOIN record_subjects s ON s.subject = o.id "
    "JOIN log_entries e ON e.leaf_index = s.leaf_index JOIN records r ON r.record_id = e.record_id "
    "LEFT JOIN personal p ON p.record_id = r.record_id AND p.field = 'name' "
    "LEFT JOIN households h ON h.id = o.id WHERE h.id IS NULL AND r.type = 'OrganisationRecord'"
)


def organisation_called(connection: Connection, text: str) -> str:
    """The id of the organisation of that id or name, tones aside; NotFound, Conflict where several have the name."""
    if driver.run(connection, "SELECT 1 FROM organisations WHERE id = ?", (text,)):
        return text
    wanted = fold(text)
    found = sorted({organisation for organisation, name in _names(connection) if fold(name) == wanted})
    if not found:
        raise NotFound(f"There is no organisation {text[:80]!r}: give its id, or its name as registered.")
    if len(found) > 1:
        raise Conflict(f"Several organisations are called {text[:80]!r}; say which: {', '.join(found)}.")
    return found[0]


def _names(connection: Connection) -> Iterator[tuple[str, str]]:
    for organisation, body, private in driver.run(connection, _NAMED):
        name = json.loads(private) if private else details_of(parse_document(body)).get("name")
        if isinstance(name, str):
            yield organisation, name
