"""Pages as a phone asks for them, each scan counted, beside a bare Flask view under the same server."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, Rounds
from bench.load import ANYTHING, CONNECTIONS, PAGE, ask, ask_each
from bench.servers import serving_hello, serving_traceapp
from bench.worlds import environment, folder, great_harvest, label_paths, made_world, register_farm, season
from traceapp.db import driver
from traceapp.services.records.events import capture_many
from traceapp.services.scans.counting import scan_item
from traceapp.services.world import World

LABELS = 1000
SECONDS = 1
TURNS = 15
"""Short rounds in turn: whatever else the machine does falls on both sides."""
MANY_LABELS = 10_000_000
MANY_SCANS = 1_000_000


@dataclass(frozen=True, slots=True)
class Usual:
    """What is asked for all day, each beside the bare view: answers a second; of items also the ms for 99 of 100."""

    lots: Rounds
    items: Rounds
    slowest: Rounds
    ways: Rounds


def main() -> list[Figure]:
    """The lot's page, the item's page, the resolver's redirect; and the item's page of a service that is full."""
    with folder() as where, made_world(where) as world:
        lot, items = _issued(world)
        with serving_hello() as bare, serving_traceapp(environment(where)) as port:
            usual = _usual(_Asked(world, where, port, bare), lot, items)
            full = _full(where, port, items)
    return [
        usual.lots.figure("lot page, scan counted", 0.3),
        usual.items.figure("item page, scan counted", 0.45),
        usual.slowest.figure("item page, 99 of 100 within", 3, unit="ms", at_most=True),
        full.figure("item page, 10 M labels, 1 M scans", round(1 / 1.2, 2)),
        usual.ways.figure("redirect of the resolver", 0.7),
    ]


def on_database(database: str) -> list[Figure]:
    """The usual ones of a service on the database of that address; no limits are set there."""
    with folder() as where, made_world(where, database) as world:
        lot, items = _issued(world)
        with serving_hello() as bare, serving_traceapp(environment(where, database)) as port:
            usual = _usual(_Asked(world, where, port, bare), lot, items)
    return [
        usual.lots.figure("lot page, scan counted", None),
        usual.items.figure("item page, scan counted", None),
        usual.slowest.figure("item page, 99 of 100 within", None, unit="ms", at_most=True),
        usual.ways.figure("redirect of the resolver", None),
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A service at `port`, in its folder, and the bare view at the other."""

    world: World
    where: Path
    port: int
    bare: int

    def beside_bare(self, paths: Sequence[str], accept: str) -> tuple[Rounds, Rounds]:
        """Answers a second, and the time in which 99 of 100 came, each beside the bare view's."""
        rates, slowest = Rounds(), Rounds()
        ask(self.port, paths, 1, self.where, accept)
        ask(self.bare, ["/"], 1, self.where, accept)
        for _ in range(TURNS):
            before = self.scans()
            ours = ask(self.port, paths, SECONDS, self.where, accept)
            _require_counted(self.scans() - before, ours.count if accept == PAGE else 0)
            floor = ask(self.bare, ["/"], SECONDS, self.where, accept)
            rates.add(ours.rate, floor.rate)
            slowest.add(ours.p99_ms, floor.p99_ms)
        return rates, slowest

    def scans(self) -> int:
        """How many were counted of anything."""
        return self._sum("SELECT sum(count) FROM scan_hours")

    def item_scans(self) -> int:
        """How many of items."""
        return self._sum("SELECT sum(total) FROM scan_items")

    def _sum(self, sql: str) -> int:
        if self.world.engine.dialect.name != "sqlite":
            with self.world.read() as connection:
                return int(driver.run(connection, sql)[0][0] or 0)
        with closing(sqlite3.connect(self.where / "data" / "scans.db")) as database:
            return int(database.execute(sql).fetchone()[0] or 0)


def _usual(asked: _Asked, lot: str, items: list[str]) -> Usual:
    assert ask_each(asked.port, items) == LABELS
    assert asked.item_scans() == LABELS, "each answered page counts its scan"
    lots, _ = asked.beside_bare([lot], PAGE)
    pages, slowest = asked.beside_bare(items, PAGE)
    ways, _ = asked.beside_bare([f"{lot}?linkType=gs1:pip"], ANYTHING)
    return Usual(lots, pages, slowest, ways)


def _issued(world: World) -> tuple[str, list[str]]:
    farm = register_farm(world, 1)
    with world.write() as connection:
        capture_many(connection, season(farm, 12), world.notary, world.clock())
    return farm.lots[0].partition(world.host)[2], label_paths(world, farm, LABELS)


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
