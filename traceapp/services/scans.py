"""Counting scans without following anybody, and noticing when one label is scanned like many.

Suspected: at least 20 scans of an item in 24 hours by several visitors, or two provinces within two hours by different
visitors. One visitor alone never raises it. A suspicion stays until the producer clears it with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.core.facts import ScanFact, Suspicion
from traceapp.services.scan_store import DAY, HOUR, Cursor, Row, ScanStore, Visitor

MANY_SCANS = 20
SEVERAL = 3
FAR_APART = 2 * HOUR
MOST_ROWS = 2000

_VISIT = """
INSERT INTO scan_visits (item, hour, visitor, province, before, count, first, last)
VALUES (:item, :hour, :visitor, :province, :before, 1, :now, :now)
ON CONFLICT (item, hour, visitor, province) DO UPDATE SET count = scan_visits.count + 1, last = excluded.last
"""
_ITEM = """
INSERT INTO scan_items (item, total, first) VALUES (:item, 1, :now)
ON CONFLICT (item) DO UPDATE SET total = scan_items.total + 1 RETURNING total, first
"""
_HOUR = """
INSERT INTO scan_hours (thing, hour, province, count) VALUES (:thing, :hour, :province, 1)
ON CONFLICT (thing, hour, province) DO UPDATE SET count = scan_hours.count + 1
"""
_RECENT = """
SELECT visitor, before, province, count, first, last FROM scan_visits
WHERE item = :item AND first >= :since ORDER BY first LIMIT :most
"""
_SUSPICION = """
SELECT opened, scans, visitors, provinces, cleared, cleared_reason FROM scan_suspicions
WHERE item = :item ORDER BY opened DESC LIMIT 1
"""
_OPEN = """
INSERT INTO scan_suspicions (item, opened, scans, visitors, provinces)
VALUES (:item, :opened, :scans, :visitors, :provinces) ON CONFLICT (item, opened) DO NOTHING
"""
_RAISE = """
UPDATE scan_suspicions SET scans = :scans, visitors = :visitors, provinces = :provinces
WHERE item = :item AND cleared IS NULL
"""


def item_key(lot: str, item: int) -> str:
    """The name of one item among the scans."""
    return f"{lot}#{item}"


def scan_thing(store: ScanStore, thing: str, now: datetime, province: str | None = None) -> None:
    """Count a scan of a lot's or product's code. Such codes are printed many times: no visitor is looked at."""
    seconds = int(now.timestamp())
    with store.transaction() as cursor:
        cursor.run(_HOUR, {"thing": thing, "hour": seconds // HOUR, "province": province or ""})
    store.purge(now)


def scan_item(
    store: ScanStore, lot: str, item: int, visitor: Visitor, now: datetime, province: str | None = None
) -> ScanFact:
    """Count a scan of one item and say what its scans look like now."""
    key, seconds = item_key(lot, item), int(now.timestamp())
    values = {"item": key, "hour": seconds // HOUR, "now": seconds, "province": province or ""}
    with store.transaction() as cursor:
        cursor.run(_VISIT, {**values, "visitor": visitor.today, "before": visitor.yesterday})
        total, first = cursor.run(_ITEM, values)[0]
        cursor.run(_HOUR, {**values, "thing": lot})
        fact = _judge(cursor, key, visitor, now, total=total, first=first)
    store.purge(now)
    return fact


def look_at_item(store: ScanStore, lot: str, item: int, visitor: Visitor, now: datetime) -> ScanFact:
    """What an item's scans look like, without counting one."""
    key = item_key(lot, item)
    with store.transaction() as cursor:
        rows = cursor.run("SELECT total, first FROM scan_items WHERE item = :item", {"item": key})
        total, first = rows[0] if rows else (0, None)
        return _judge(cursor, key, visitor, now, total=total, first=first)


def clear_suspicion(store: ScanStore, lot: str, item: int, reason: str, now: datetime) -> None:
    """The producer explains; the reason shows on the page. InvalidEvent without one, NotFound without a suspicion."""
    if not reason.strip():
        raise InvalidEvent("Say why: the reason is shown on the page.")
    with store.transaction() as cursor:
        rows = cursor.run(
            "UPDATE scan_suspicions SET cleared = :now, cleared_reason = :reason "
            "WHERE item = :item AND cleared IS NULL RETURNING item",
            {"item": item_key(lot, item), "now": rfc3339(now), "reason": reason.strip()},
        )
    if not rows:
        raise NotFound(f"Item {item} has no open suspicion.")


def _judge(cursor: Cursor, key: str, visitor: Visitor, now: datetime, *, total: int, first: int | None) -> ScanFact:
    seconds = int(now.timestamp())
    recent = cursor.run(_RECENT, {"item": key, "since": seconds - DAY, "most": MOST_ROWS})
    counted = sum(row[3] for row in recent)
    own = sum(row[3] for row in recent if _same(row, visitor))
    visitors = _distinct_visitors(recent)
    provinces = tuple(sorted({row[2] for row in recent if row[2]}))
    looks_copied = (counted >= MANY_SCANS and visitors >= SEVERAL) or (len(provinces) > 1 and _far_apart(recent))
    numbers = {"scans": counted, "visitors": visitors, "provinces": len(provinces)}
    suspicion = _suspect(cursor, key, now, numbers) if looks_copied else _read_suspicion(cursor, key)
    return ScanFact(
        total=total,
        by_others=max(total - own, 0),
        first=datetime.fromtimestamp(first, UTC) if first is not None else None,
        last_24h=counted,
        visitors_24h=visitors,
        provinces_24h=provinces,
        suspicion=suspicion,
    )


def _suspect(cursor: Cursor, key: str, now: datetime, numbers: Mapping[str, int]) -> Suspicion | None:
    """Open a suspicion, or let an open one show the most that was counted in 24 hours."""
    known = _read_suspicion(cursor, key)
    if known is None or _cleared_long_ago(known, now):
        cursor.run(_OPEN, {"item": key, "opened": rfc3339(now), **numbers})
    elif known.cleared is None and numbers["scans"] > known.scans:
        cursor.run(_RAISE, {"item": key, **numbers})
    else:
        return known
    return _read_suspicion(cursor, key)


def _same(row: Row, visitor: Visitor) -> bool:
    return bytes(row[0]) in (visitor.today, visitor.yesterday)


def _distinct_visitors(rows: Iterable[Row]) -> int:
    """How many visitors there were, one who came before and after midnight counted once."""
    todays, before = set(), {}
    for row in rows:
        todays.add(bytes(row[0]))
        before[bytes(row[0])] = bytes(row[1])
    return sum(1 for one in todays if before[one] not in todays or before[one] == one)


def _far_apart(rows: Iterable[Row]) -> bool:
    """Whether two visitors scanned in two provinces within two hours."""
    points = sorted(
        (moment, row[2], bytes(row[0]), bytes(row[1])) for row in rows if row[2] for moment in (row[4], row[5])
    )
    # The last two visitors of each province: the last may be the one who is here now, the one before is not.
    latest: dict[str, list[tuple[int, bytes, bytes]]] = {}
    for moment, province, today, before in points:
        for other, seen in latest.items():
            for then, visitor, visitor_before in seen if other != province else ():
                if moment - then <= FAR_APART and not {today, before} & {visitor, visitor_before}:
                    return True
        others = [one for one in latest.get(province, []) if today not in one and before not in one]
        latest[province] = [*others[-1:], (moment, today, before)]
    return False


def _cleared_long_ago(suspicion: Suspicion, now: datetime) -> bool:
    """A cleared suspicion rests for a day: the scans that raised it are explained."""
    return suspicion.cleared is not None and (now - suspicion.cleared).total_seconds() > DAY


def _read_suspicion(cursor: Cursor, key: str) -> Suspicion | None:
    rows = cursor.run(_SUSPICION, {"item": key})
    if not rows:
        return None
    opened, counted, visitors, provinces, cleared, reason = rows[0]
    return Suspicion(
        opened=instant(opened),
        scans=counted,
        hours=24,
        visitors=visitors,
        provinces=provinces,
        cleared=instant(cleared) if cleared else None,
        cleared_reason=reason,
    )
