"""Pages as a phone asks for them, each scan counted, beside a bare Flask view under the same server."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, Rounds
from bench.load import ANYTHING, CONNECTIONS, PAGE, ask, ask_each
from bench.servers import serving_hello, serving_traceapp
from bench.worlds import environment, folder, great_harvest, label_paths, made_world, register_farm, season
from traceapp.services.records.events import capture_many
from traceapp.services.scans.counting import scan_item
from traceapp.services.world import World

LABELS = 1000
SECONDS = 1
TURNS = 15
"""Short rounds in turn: whatever else the machine does falls on both sides."""
MANY_LABELS = 10_000_000
MANY_SCANS = 1_000_000


def main() -> list[Figure]:
    """The lot's page, the item's page, the resolver's redirect; and the item's page of a service that is full."""
    with folder() as where, made_world(where) as world:
        lot, items = _issued(world)
        with serving_hello() as bare, serving_traceapp(environment(where)) as port:
            assert ask_each(port, items) == LABELS
            assert _item_scans(where) == LABELS, "each answered page counts its scan"
            lots, _ = _beside_bare(where, port, bare, [lot], PAGE)
            pages, slowest = _beside_bare(where, port, bare, items, PAGE)
            ways, _ = _beside_bare(where, port, bare, [f"{lot}?linkType=gs1:pip"], ANYTHING)
            full = _full(where, port, items)
    return [
        lots.figure("lot page, scan counted", 0.3),
        pages.figure("item page, scan counted", 0.45),
        slowest.figure("item page, 99 of 100 within", 3, unit="ms", at_most=True),
        full.figure("item page, 10 M labels, 1 M scans", round(1 / 1.2, 2)),
        ways.figure("redirect of the resolver", 0.7),
    ]


def _issued(world: World) -> tuple[str, list[str]]:
    farm = register_farm(world, 1)
    with world.write() as connection:
        capture_many(connection, season(farm, 12), world.notary, world.clock())
    return farm.lots[0].partition(world.host)[2], label_paths(world, farm, LABELS)


def _beside_bare(where: Path, port: int, bare: int, paths: Sequence[str], accept: str) -> tuple[Rounds, Rounds]:
    """Answers a second, and the time in which 99 of 100 came, each beside the bare view's."""
    rates, slowest = Rounds(), Rounds()
    ask(port, paths, 1, where, accept)
    ask(bare, ["/"], 1, where, accept)
    for _ in range(TURNS):
        before = _scans(where)
        ours = ask(port, paths, SECONDS, where, accept)
        _require_counted(_scans(where) - before, ours.count if accept == PAGE else 0)
        floor = ask(bare, ["/"], SECONDS, where, accept)
        rates.add(ours.rate, floor.rate)
        slowest.add(ours.p99_ms, floor.p99_ms)
    return rates, slowest


def _full(where: Path, port: int, items: Sequence[str]) -> Rounds:
    """The item's page of a service with many labels and stored scans, beside that of the small one."""
    rounds = Rounds()
    with folder() as much, made_world(much) as world:
        of_many = _fill(much, world)
        with serving_traceapp(environment(much)) as full:
            ask(full, of_many, 1, much)
            for _ in range(TURNS):
                rounds.add(ask(full, of_many, SECONDS, much).rate, ask(port, items, SECONDS, where).rate)
    return rounds


def _fill(where: Path, world: World) -> list[str]:
    farm = register_farm(world, 1)
    with world.write() as connection:
        capture_many(connection, great_harvest(farm, MANY_LABELS), world.notary, world.clock())
    paths = label_paths(world, farm, MANY_LABELS, LABELS)
    now = world.clock()
    scan_item(world.scans, farm.lots[0], 1, world.scans.visitor("203.0.113.1", now), now)
    _copy_scan(where, farm.lots[0])
    return paths


def _copy_scan(where: Path, lot: str) -> None:
    """As many rows as MANY_SCANS items would have after a scan each: like that of the one that was scanned."""
    database = sqlite3.connect(where / "data" / "scans.db")
    columns = ", ".join(row[1] for row in database.execute("PRAGMA table_info(scan_items)") if row[1] != "item")
    database.execute(
        f"INSERT INTO scan_items (item, {columns}) WITH RECURSIVE numbers (n) AS "
        f"(SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= {MANY_SCANS}) "
        f"SELECT ? || '#' || (n * {MANY_LABELS // MANY_SCANS}), {columns} FROM scan_items, numbers WHERE item = ?",
        (lot, f"{lot}#1"),
    )
    database.commit()
    database.close()


def _require_counted(counted: int, answered: int) -> None:
    # What was under way when the time was up is answered and counted, but not waited for.
    most = answered + CONNECTIONS if answered else 0
    assert answered <= counted <= most, f"{answered} pages, {counted} scans"


def _scans(where: Path) -> int:
    return _sum(where, "SELECT sum(count) FROM scan_hours")


def _item_scans(where: Path) -> int:
    return _sum(where, "SELECT sum(total) FROM scan_items")


def _sum(where: Path, sql: str) -> int:
    database = sqlite3.connect(where / "data" / "scans.db")
    try:
        return int(database.execute(sql).fetchone()[0] or 0)
    finally:
        database.close()
