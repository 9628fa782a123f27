"""Files that were looked at and wait for a yes: kept for a day, one for each kind and organisation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from traceapp.core.errors import NotFound
from traceapp.db.imports import import_drafts

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it was sent."""

    id: str
    kind: str
    name: str
    data: bytes


def keep(connection: Connection, organisation: str, kind: str, name: str, data: bytes, now: datetime) -> str:
    """Keep a file, in place of the one of that kind that waited before. Returns what it is asked for by."""
    table = import_drafts.c
    connection.execute(delete(import_drafts).where(table.organisation == organisation, table.kind == kind))
    draft = secrets.token_urlsafe(16)
    values = {"id": draft, "organisation": organisation, "kind": kind, "name": name[:120], "data": data, "at": now}
    connection.execute(insert(import_drafts).values(values))
    return draft


def find(connection: Connection, draft: str, organisation: str, now: datetime) -> Draft:
    """A file of that organisation; NotFound once it was taken, or after a day."""
    table = import_drafts.c
    row = connection.execute(
        select(table.id, table.kind, table.name, table.data).where(
            table.id == draft, table.organisation == organisation, table.at > now - KEPT
        )
    ).first()
    if row is None:
        raise NotFound("This file waits here no more: it was taken, or a day has passed. Send it again.")
    return Draft(row.id, row.kind, row.name, bytes(row.data))


def drop(connection: Connection, draft: str) -> None:
    """Forget a file."""
    connection.execute(delete(import_drafts).where(import_drafts.c.id == draft))


def forget(connection: Connection, now: datetime) -> int:
    """Forget files that waited for longer than a day. Returns how many."""
    return connection.execute(delete(import_drafts).where(import_drafts.c.at <= now - KEPT)).rowcount
