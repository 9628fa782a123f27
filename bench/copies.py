"""Copied labels: how many are noticed, how many honest packs are suspected wrongly, and what poisoners can do.

The scans are made up (core/scans/traffic.py); their truth is known, and they go through the counting as real ones do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bench.figures import Figure
from bench.servers import serving_traceapp
from bench.worlds import environment, folder, label_paths, made_world, register_farm, season
from traceapp.adapters.scan_client import ScanClient
from traceapp.core.dates import midnight
from traceapp.core.scans.traffic import Kind
from traceapp.services.records.events import capture_many
from traceapp.services.scans.store import ScanStore
from traceapp.services.scans.trial import Tally, Trial, try_copied, try_honest, try_poison, try_used_up
from traceapp.services.world import World

SEED, HONEST, COPIED, USED_UP = 1, 10_000, 500, 2_000
START = int(midnight(date(2026, 1, 1)).timestamp())
LEAST_NOTICED, MOST_WRONG = 95.0, 0.1
FORGED = 40


def main() -> list[Figure]:
    """Detection, false alarms, poisoning."""
    with folder() as where, made_world(where) as world:
        figures = [*_honest(world.scans), *_copied(world.scans), *_poison(world.scans)]
        paths = _labels(world)
        figures += [
            _forged("forged X-Forwarded-For, suspected", environment(where), paths[0], at_most=True),
            _forged("  the same, named by a trusted proxy", _behind_a_proxy(environment(where)), paths[1]),
        ]
    return figures


def _labels(world: World) -> list[str]:
    farm = register_farm(world, 1)
    with world.write() as connection:
        capture_many(connection, season(farm, 12), world.notary, world.clock())
    return label_paths(world, farm, 2)


def _honest(store: ScanStore) -> Iterator[Figure]:
    every, *kinds = try_honest(Trial(store, "honest/"), SEED, HONEST, START)
    yield _figure(every, MOST_WRONG)
    yield from (_figure(one) for one in kinds)


def _copied(store: ScanStore) -> Iterator[Figure]:
    every, *kinds = try_copied(Trial(store, "copied/"), SEED, COPIED, START)
    yield _figure(every, LEAST_NOTICED, at_most=False)
    yield from (_figure(one) for one in kinds)
    slow = try_copied(Trial(store, "slow/"), SEED, COPIED, START, Kind.CLONE_SLOW)
    yield from (_figure(one) for one in slow)
    for one in try_copied(Trial(store, "placeless/", knows_places=False), SEED, COPIED // 2, START):
        yield _figure(Tally(f"{one.name}, no table".replace("copied labels", "copies"), one.of, one.found))


def _poison(store: ScanStore) -> Iterator[Figure]:
    for one in try_poison(Trial(store, "poison/"), START):
        yield _figure(one, 0 if one.name.startswith("1 address") else None)
    yield _figure(try_used_up(Trial(store, "used-up/"), SEED, USED_UP, START), MOST_WRONG)


def _forged(name: str, settings: dict[str, str], path: str, *, at_most: bool = False) -> Figure:
    """One pack scanned 40 times with as many addresses in a header: believed only of a proxy of ours."""
    with serving_traceapp(settings) as port, ScanClient(f"http://127.0.0.1:{port}") as client:
        for number in range(FORGED):
            client.scan(path, f"118.69.{number}.7")
        found = float("copy-suspected" in client.codes(path))
    return Figure(name, found, None, found, 0.0 if at_most else 1.0, "of 1", at_most)


def _behind_a_proxy(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "TRACEAPP_TRUSTED_PROXIES": "1"}


def _figure(tally: Tally, limit: float | None = None, *, at_most: bool = True) -> Figure:
    share = 100 * tally.share
    return Figure(tally.name, share, None, share, limit, "%", at_most, (f"{tally.found} of {tally.of}",))
