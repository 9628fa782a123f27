"""Pages as a phone asks for them, each scan counted, beside a bare Flask view under the same server."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bench.figures import ROUNDS, Figure, Rounds
from bench.load import CONNECTIONS, ask, ask_each
from bench.servers import serving_hello, serving_traceapp
from bench.worlds import environment, folder, label_paths, made_world, register_farm, season
from traceapp.services.events import capture_many
from traceapp.services.world import World

LABELS = 1000
SECONDS = 3


def main() -> list[Figure]:
    """The lot's page and the item's page."""
    with folder() as where, made_world(where) as world:
        lot, items = _issued(world)
        with serving_hello() as bare, serving_traceapp(environment(where)) as port:
            assert ask_each(port, items) == LABELS
            assert _item_scans(where) == LABELS, "each answered page counts its scan"
            return [
                _compare("lot page, scan counted", where, port, bare, [lot]),
                _compare("item page, scan counted", where, port, bare, items),
            ]


def _issued(world: World) -> tuple[str, list[str]]:
    farm = register_farm(world, 1)
    with world.write() as connection:
        capture_many(connection, season(farm, 12), world.notary, world.clock())
    return farm.lots[0].partition(world.host)[2], label_paths(world, farm, LABELS)


def _compare(name: str, where: Path, port: int, bare: int, paths: list[str]) -> Figure:
    rounds = Rounds()
    ask(port, paths, 1, where)
    ask(bare, ["/"], 1, where)
    for _ in range(ROUNDS):
        before = _scans(where)
        rate, answered = ask(port, paths, SECONDS, where)
        counted = _scans(where) - before
        # What was under way when the time was up is answered and counted, but not waited for.
        assert answered <= counted <= answered + CONNECTIONS, f"{answered} pages, {counted} scans"
        rounds.add(rate, ask(bare, ["/"], SECONDS, where)[0])
    return rounds.figure(name, 0.3)


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
