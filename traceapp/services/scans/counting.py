"""Counting scans without following anybody, and noticing when one label is scanned like many.

All that is known of one item's scans is one row: it is read, one scan is added, the signs of copies are looked for
(core/scans/copy_signs.py), and it is written back. A suspicion stays until the producer clears it with a reason.
"""

from __future__ import annotations

from datetime import UTC, datetime

from traceapp.core.facts import ScanFact, Suspicion
from traceapp.core.scans.copy_signs import Signs, signs_of
from traceapp.core.scans.memory import Memory, Visit
from traceapp.services.scans.store import FORGET_AT_ONCE, HOUR, PERIOD, Cursor, ScanStore, Visitor
from traceapp.services.scans.suspicions import clear_suspicion, read_suspicion, suspect

__all__ = ["clear_suspicion", "item_key", "look_at_item", "say_place", "say_used_up", "scan_item", "scan_thing"]

MOST_ITEMS = 5
"""Of how many items of one lot a visitor is heard in half a day. Who scans more is a shop, an inspector, or up to
something: their scans are counted, and make no item suspect."""

_READ = "SELECT total, first, memory FROM scan_items WHERE item = :item"
# On PostgreSQL two first scans may meet here: both are counted, and the later one is remembered.
_FIRST = """
INSERT INTO scan_items (item, total, first, memory, oldest) VALUES (:item, 1, :now, :memory, :oldest)
ON CONFLICT (item) DO UPDATE SET total = scan_items.total + 1, memory = excluded.memory, oldest = excluded.oldest
"""
_AGAIN = "UPDATE scan_items SET total = total + 1, memory = :memory WHERE item = :item"
_SAID = "UPDATE scan_items SET memory = :memory WHERE item = :item"
_VOICE = """
INSERT INTO scan_voices (period, thing, visitor, items) VALUES (:period, :thing, :visitor, 1)
ON CONFLICT (period, thing, visitor) DO UPDATE SET items = scan_voices.items + 1 RETURNING items
"""
_HOUR = """
INSERT INTO scan_hours (thing, hour, province, count) VALUES (:thing, :hour, :province, 1)
ON CONFLICT (thing, hour, province) DO UPDATE SET count = scan_hours.count + 1
"""


def item_key(lot: str, item: int) -> str:
    """The name of one item among the scans."""
    return f"{lot}#{item}"


def scan_thing(store: ScanStore, thing: str, now: datetime, province: str | None = None) -> None:
    """Count a scan of a lot's or product's code. Such codes are printed many times: no visitor is looked at."""
    seconds = int(now.timestamp())
    with store.transaction() as cursor:
        cursor.run(_HOUR, {"thing": thing, "hour": seconds // HOUR, "province": province or ""})
    store.purge(now, FORGET_AT_ONCE)


def scan_item(
    store: ScanStore, lot: str, item: int, visitor: Visitor, now: datetime, province: str | None = None
) -> ScanFact:
    """Count a scan of one item and say what its scans look like now. `province` is where the network says it is."""
    key, seconds, place = item_key(lot, item), int(now.timestamp()), int(province) if province else 0
    with store.transaction() as cursor:
        total, first, memory = _read(cursor, key, seconds, hold=True)
        own, oldest = memory.visits_of(visitor), memory.oldest
        latest = memory.add(
            visitor, own, seconds, place, speaks=own[-1].speaks if own else _is_heard(cursor, lot, visitor, seconds)
        )
        signs, suspicion = _judge(cursor, key, memory, latest, now)
        # An index stands on `oldest`: it is written only where it changes.
        write = _AGAIN if oldest and oldest == memory.oldest else _FIRST
        cursor.run(write, {"item": key, "now": seconds, "memory": memory.packed(), "oldest": memory.oldest})
        cursor.run(_HOUR, {"thing": lot, "hour": seconds // HOUR, "province": province or ""})
    store.purge(now, FORGET_AT_ONCE)
    return _fact(memory, visitor, signs, suspicion, total=total + 1, first=first or seconds)


def look_at_item(store: ScanStore, lot: str, item: int, visitor: Visitor, now: datetime) -> ScanFact:
    """What an item's scans look like, without counting one."""
    key = item_key(lot, item)
    with store.transaction() as cursor:
        total, first, memory = _read(cursor, key, int(now.timestamp()))
        suspicion = read_suspicion(cursor, key) if memory.suspected else None
    return _fact(memory, visitor, signs_of(memory, None), suspicion, total=total, first=first)


def say_place(store: ScanStore, lot: str, item: int, visitor: Visitor, now: datetime, province: str) -> bool:
    """Let a visitor say in which province they scanned. False where they have not scanned this item within a day.

    What the network says goes before: they place only a scan of which nothing is known.
    """
    with store.transaction() as cursor:
        key = item_key(lot, item)
        memory = _read(cursor, key, int(now.timestamp()), hold=True)[2]
        own = memory.visits_of(visitor)
        if not own:
            return False
        if own[-1].chosen or not own[-1].province:
            own[-1].province, own[-1].chosen = int(province), True
            _judge(cursor, key, memory, own[-1], now)
        cursor.run(_SAID, {"item": key, "memory": memory.packed()})
    return True


def say_used_up(store: ScanStore, lot: str, item: int, visitor: Visitor, now: datetime) -> bool:
    """Let a visitor say that nothing is left of an item. False where they have not scanned it within a day.

    The first word stands, that of a visitor who is not heard does not. It makes nothing suspect by itself: later scans
    by others count double, of at least as many households as ever.
    """
    with store.transaction() as cursor:
        key, seconds = item_key(lot, item), int(now.timestamp())
        memory = _read(cursor, key, seconds, hold=True)[2]
        own = memory.visits_of(visitor)
        if own and own[-1].speaks and not memory.used_up:
            memory.used_up = seconds
            for visit in own:
                visit.used_up = True
            cursor.run(_SAID, {"item": key, "memory": memory.packed()})
    return bool(own)


def _read(cursor: Cursor, key: str, seconds: int, *, hold: bool = False) -> tuple[int, int | None, Memory]:
    rows = cursor.run(_READ + cursor.for_update if hold else _READ, {"item": key})
    if not rows:
        return 0, None, Memory()
    total, first, packed = rows[0]
    memory = Memory.read(packed and bytes(packed))
    # A row that was counted before there were memories may have a suspicion.
    memory.suspected = memory.suspected or not packed
    memory.forget(seconds)
    return total, first, memory


def _is_heard(cursor: Cursor, lot: str, visitor: Visitor, seconds: int) -> bool:
    values = {"period": seconds // PERIOD, "thing": lot, "visitor": visitor.today}
    return bool(cursor.run(_VOICE, values)[0][0] <= MOST_ITEMS)


def _judge(cursor: Cursor, key: str, memory: Memory, latest: Visit, now: datetime) -> tuple[Signs, Suspicion | None]:
    signs = signs_of(memory, latest)
    if signs.are_of_copies:
        memory.suspected = True
        return signs, suspect(cursor, key, now, signs)
    return signs, read_suspicion(cursor, key) if memory.suspected else None


def _fact(
    memory: Memory, visitor: Visitor, signs: Signs, suspicion: Suspicion | None, *, total: int, first: int | None
) -> ScanFact:
    own = sum(visit.count for visit in memory.visits_of(visitor))
    return ScanFact(
        total=total,
        by_others=max(total - own, 0),
        first=datetime.fromtimestamp(first, UTC) if first is not None else None,
        last_24h=signs.scans,
        visitors_24h=signs.visitors,
        provinces_24h=signs.named,
        suspicion=suspicion,
        last_7d=signs.week,
    )
