"""The lists that an inspector's phone keeps: made from verified facts, signed anew when asked, bounded in size.

Which lots to look at is an index over records (`lot_alarms`), caught up with the log a piece at a time whenever the
lists are asked for; what is said of a lot comes from its verified records, as on its page.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from traceapp.core.credential import secure
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import NotFound
from traceapp.core.facts import Facts, LabelRunFact
from traceapp.core.offline_lists import ListedLot, VoidLabels, listed, offline_lists, path_hash
from traceapp.core.verdict import Verdict
from traceapp.db import chain, driver
from traceapp.db.inspections import lot_alarms
from traceapp.services.labels.runs import item_path
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.world import World

MOST_LOTS = 2000
MOST_VOIDS_A_LOT = 2000
MOST_VOIDS = 20_000
RECORDS_A_TIME = 20_000
_READ = "alarms-read"
_KINDS = ("RecallRecord", "HoldRecord", "LabelVoidRecord", "TraceEvent")
_RECALL_STAGE = b'"traceapp:stage":"RECALL"'


@dataclass(frozen=True, slots=True)
class Lists:
    """What was found when the log had `size` entries."""

    size: int
    complete: bool
    lots: tuple[ListedLot, ...]
    voids: tuple[VoidLabels, ...]


def signed_lists(world: World, now: datetime) -> bytes:
    """The lists as of `now`, signed by the record key in use."""
    found = current_lists(world, now)
    unsigned = offline_lists(
        world.host, now, size=found.size, complete=found.complete, lots=found.lots, voids=found.voids
    )
    return secure(unsigned, world.notary.signer, now)


def current_lists(world: World, now: datetime) -> Lists:
    """The lists as of the newest entry of the log; kept in memory until the log grows."""
    with world.write_aside() as connection:
        size, caught_up = _follow_log(connection)
    known: Lists | None = world.__dict__.get("_offline_lists")
    if known is None or known.size != size or not caught_up:
        known = world.__dict__["_offline_lists"] = _look(world, size, now, caught_up=caught_up)
    return known


def _follow_log(connection: Connection) -> tuple[int, bool]:
    """Note the lots that new records say something against: up to which entry, and whether that was the last one."""
    last = driver.run(connection, "SELECT max(leaf_index) FROM log_entries")[0][0]
    told = driver.run(connection, "SELECT value FROM service WHERE name = ?", (_READ,))
    size, begin = (0 if last is None else last + 1), int(told[0][0]) if told else 0
    end = min(size, begin + RECORDS_A_TIME)
    if begin < end:
        for lot, leaf_index in _alarms(connection, begin, end):
            driver.change(connection, _NOTE, (lot, leaf_index))
        driver.change(connection, _ADVANCE, (_READ, str(end)))
    return end, end == size


_NOTE = (
    "INSERT INTO lot_alarms (lot, leaf_index) VALUES (?, ?) "
    "ON CONFLICT (lot) DO UPDATE SET leaf_index = excluded.leaf_index"
)
_ADVANCE = "INSERT INTO service (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
_NEW = (
    "SELECT e.leaf_index, r.type, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index >= ? AND e.leaf_index < ? AND r.type IN (?, ?, ?, ?) ORDER BY e.leaf_index"
)


def _alarms(connection: Connection, begin: int, end: int) -> Iterator[tuple[str, int]]:
    for leaf_index, kind, body in driver.run(connection, _NEW, (begin, end, *_KINDS)):
        data = bytes(body)
        if (kind != "TraceEvent" or _RECALL_STAGE in data) and (lot := _lot_of(data)):
            yield lot, leaf_index


def _lot_of(body: bytes) -> str | None:
    """The lot a record is about, whatever it is worth: what is then said of it comes from verified records."""
    try:
        found = json.loads(body)["credentialSubject"]["traceapp:lot"]["id"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _look(world: World, size: int, now: datetime, *, caught_up: bool) -> Lists:
    """Look at lots that records say something against, newest first, and at those made of recalled ones."""
    lots: list[ListedLot] = []
    voids: list[VoidLabels] = []
    left = MOST_VOIDS
    with world.read() as connection:
        newest = select(lot_alarms.c.lot).order_by(lot_alarms.c.leaf_index.desc()).limit(MOST_LOTS + 1)
        wanted = deque(str(lot) for lot in connection.execute(newest).scalars())
        seen: set[str] = set()
        while wanted and len(seen) < MOST_LOTS:
            lot = wanted.popleft()
            if lot in seen:
                continue
            seen.add(lot)
            facts, verdict = _assess(world, connection, lot, now)
            if findings := listed(verdict.findings):
                lots.append(ListedLot(lot, findings))
            if verdict.find("lot-recalled"):
                wanted.extend(chain.reached(connection, lot, forward=True))
            if facts.label_voids:
                voids.append(_voids(world, lot, facts, left))
                left -= len(voids[-1].labels)
    return Lists(size, caught_up and seen.issuperset(wanted), tuple(lots), tuple(voids))


def _assess(world: World, connection: Connection, lot: str, now: datetime) -> tuple[Facts, Verdict]:
    identity = parse_path(lot.removeprefix(f"https://{world.host}")).identity
    if identity is None:
        raise NotFound(f"A record is about {lot[:120]}, which is no lot.")
    evidence = gather(connection, world.host, identity, world.rulebook).evidence
    return assess(evidence, world.keyring(connection), now)


def _voids(world: World, lot: str, facts: Facts, left: int) -> VoidLabels:
    ranges = [(run, void.first, void.last) for run in facts.label_runs for void in facts.label_voids]
    count = sum(max(0, min(run.first + run.count - 1, last) - max(run.first, first) + 1) for run, first, last in ranges)
    if count > min(MOST_VOIDS_A_LOT, left):
        return VoidLabels(lot, frozenset(), many=True)
    hashes = (path_hash(path) for run, first, last in ranges for path in _paths(world, run, first, last))
    return VoidLabels(lot, frozenset(hashes))


def _paths(world: World, run: LabelRunFact, first: int, last: int) -> Iterator[str]:
    for item in range(max(run.first, first), min(run.first + run.count - 1, last) + 1):
        yield item_path(run, item, world.serial_key)
