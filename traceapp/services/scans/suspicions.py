"""Suspicions that a label was copied: opened by the scans, cleared by the producer, kept with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from traceapp.core.counted import Counted
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.core.facts import Suspicion
from traceapp.core.scans.copy_signs import Signs
from traceapp.core.scans.memory import Memory
from traceapp.db.parts import shared
from traceapp.services.scans.store import DAY, Cursor, Row, ScanStore

LONGEST_REASON = 300

_NEWEST = """
SELECT item, opened, scans, visitors, provinces, cleared, cleared_reason, week, turns, later, km, minutes
FROM scan_suspicions WHERE item = :item ORDER BY opened DESC LIMIT 1
"""
_OPEN = """
INSERT INTO scan_suspicions (item, opened, scans, visitors, provinces, week, turns, later, km, minutes)
VALUES (:item, :opened, :scans, :visitors, :provinces, :week, :turns, :later, :km, :minutes)
ON CONFLICT (item, opened) DO NOTHING
"""
_RAISE = """
UPDATE scan_suspicions SET scans = :scans, visitors = :visitors, provinces = :provinces, week = :week, turns = :turns,
later = :later, km = coalesce(:km, km), minutes = coalesce(:minutes, minutes)
WHERE item = :item AND cleared IS NULL
"""
_CLEAR = """
UPDATE scan_suspicions SET cleared = :now, cleared_reason = :reason
WHERE item = :item AND cleared IS NULL RETURNING item
"""
_LIST = """
SELECT item, opened, scans, visitors, provinces, cleared, cleared_reason, week, turns, later, km, minutes
FROM scan_suspicions WHERE substr(item, 1, :length) = :start ORDER BY opened, item
"""
_MEMORY = "SELECT memory FROM scan_items WHERE item = :item"
_EXPLAINED = "UPDATE scan_items SET memory = :memory WHERE item = :item"


@dataclass(frozen=True, slots=True)
class Suspected:
    """An item of a lot (its id) with its suspicion."""

    lot: str
    item: int
    suspicion: Suspicion


def read_suspicion(cursor: Cursor, key: str) -> Suspicion | None:
    """The newest suspicion of an item, open or cleared."""
    rows = cursor.run(_NEWEST, {"item": key})
    return _suspicion(rows[0]) if rows else None


def suspect(cursor: Cursor, key: str, now: datetime, signs: Signs) -> Suspicion | None:
    """Open a suspicion, or let an open one show the most that was counted."""
    known, values = read_suspicion(cursor, key), {"item": key, **_numbers(signs)}
    if known is None or _cleared_long_ago(known, now):
        cursor.run(_OPEN, {**values, "opened": rfc3339(now)})
    elif known.cleared is None and (signs.scans > known.scans or (signs.far and known.km is None)):
        cursor.run(_RAISE, values)
    else:
        return known
    return read_suspicion(cursor, key)


def clear_suspicion(store: ScanStore, lot: str, item: int, reason: str, now: datetime) -> None:
    """The producer explains; the reason shows on the page. InvalidEvent without one, NotFound without a suspicion."""
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidEvent("Say why: the reason is shown on the page.")
    if len(reason) > LONGEST_REASON:
        raise InvalidEvent(f"The reason has {Counted(len(reason)):character|characters}: say it in {LONGEST_REASON}.")
    with store.transaction() as cursor:
        rows = cursor.run(_CLEAR, {"item": f"{lot}#{item}", "now": rfc3339(now), "reason": reason})
        if not rows:
            raise NotFound(f"Item {item} has no open suspicion.")
        _forget_turns(cursor, f"{lot}#{item}")


def _forget_turns(cursor: Cursor, key: str) -> None:
    """What was explained is not counted for the rest of the week."""
    for (packed,) in cursor.run(_MEMORY + cursor.for_update, {"item": key}):
        memory = Memory.read(packed and bytes(packed))
        memory.suspected = True
        for day in memory.days:
            day.turns = 0
        cursor.run(_EXPLAINED, {"item": key, "memory": memory.packed()})


@shared
def list_suspicions(store: ScanStore, lot: str | None = None, *, cleared: bool = False) -> list[Suspected]:
    """Open suspicions of a lot (its id) or of all, the oldest first; `cleared` adds those that were explained."""
    start = f"{lot}#" if lot else ""
    with store.transaction() as cursor:
        rows = cursor.run(_LIST, {"start": start, "length": len(start)})
    found = [(str(row[0]).rpartition("#"), _suspicion(row)) for row in rows]
    return [
        Suspected(name[0], int(name[2]), suspicion) for name, suspicion in found if cleared or not suspicion.cleared
    ]


def _numbers(signs: Signs) -> Mapping[str, Any]:
    km, minutes = signs.far or (None, None)
    return {
        "scans": signs.scans,
        "visitors": signs.visitors,
        "provinces": signs.provinces,
        "week": signs.week,
        "turns": signs.turns,
        "later": signs.after,
        "km": km,
        "minutes": minutes,
    }


def _cleared_long_ago(suspicion: Suspicion, now: datetime) -> bool:
    """A cleared suspicion rests for a day: the scans that raised it are explained."""
    return suspicion.cleared is not None and (now - suspicion.cleared).total_seconds() > DAY


def _suspicion(row: Row) -> Suspicion:
    _, opened, counted, visitors, provinces, cleared, reason, week, turns, later, km, minutes = row
    return Suspicion(
        opened=instant(opened),
        scans=counted,
        hours=24,
        visitors=visitors,
        provinces=provinces,
        cleared=instant(cleared) if cleared else None,
        cleared_reason=reason,
        week=week or 0,
        turns=turns or 0,
        after=later or 0,
        km=km,
        minutes=minutes,
    )
