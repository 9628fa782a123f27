"""`traceapp simulate-scans`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from traceapp.adapters.scan_client import ScanClient
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.dates import midnight, vietnamese_date
from traceapp.core.errors import NotFound
from traceapp.core.scans.traffic import Kind, Story, Traffic
from traceapp.db.refusals import plain_errors
from traceapp.services.labels.runs import item_path, runs_of
from traceapp.services.registry.registers import lot_called
from traceapp.services.scans.trial import LASTS, Tally, Trial, try_copied, try_honest, try_poison, try_used_up
from traceapp.services.world import World


@click.command(name="simulate-scans")
@click.option(
    "--seed", default=1, type=click.IntRange(0, 2**32), show_default=True, help="The same seed makes the same scans."
)
@click.option("--honest", default=2_000, show_default=True, type=click.IntRange(1, 1_000_000), help="Honest packs.")
@click.option("--copied", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Copied labels.")
@click.option(
    "--poisoned", default=500, show_default=True, type=click.IntRange(0, 500), help="Packs aimed at; 0: none."
)
@click.option("--server", help="Play them over HTTP to http://127.0.0.1:PORT, on labels of --lot.")
@click.option("--lot", help="The lot whose labels are scanned over HTTP.")
def simulate_scans(seed: int, honest: int, copied: int, poisoned: int, server: str | None, lot: str | None) -> None:
    """Make up honest packs, copied labels and people who want honest packs suspected, and count what is noticed.

    They go through the service's own counting, as items of lots that do not exist, and are deleted afterwards.
    """
    world = open_world()
    with plain_errors():
        world.scans.forget_things(f"https://{world.host}/simulated/{seed}/")
    if server:
        _show(_over_http(world, server, lot, seed))
        return
    prefix = f"https://{world.host}/simulated/{seed}/"
    # In the past, so that nobody who scans now is forgotten early.
    start = int(midnight(vietnamese_date(world.clock())).timestamp()) - LASTS
    try:
        _show(try_honest(Trial(world.scans, f"{prefix}honest/"), seed, honest, start))
        _show(try_copied(Trial(world.scans, f"{prefix}copied/"), seed, copied, start))
        _show(try_copied(Trial(world.scans, f"{prefix}slow/"), seed, copied, start, Kind.CLONE_SLOW))
        if poisoned:
            _show(try_poison(Trial(world.scans, f"{prefix}poison/"), start, poisoned))
        _show([try_used_up(Trial(world.scans, f"{prefix}used-up/"), seed, honest, start)])
    finally:
        world.scans.forget_things(prefix)


def _show(tallies: Iterable[Tally]) -> None:
    for one in tallies:
        click.echo(f"{one.name:42} {one.found:>7} of {one.of:<7} {100 * one.share:8.3f} %")


def _over_http(world: World, server: str, lot: str | None, seed: int) -> Iterator[Tally]:
    """Half of the lot's labels scanned by families, half copied; all at once, from made-up addresses."""
    if not lot:
        raise click.UsageError("--server needs --lot: the lot whose labels are scanned.")
    paths = _paths(world, lot)
    half = len(paths) // 2
    traffic = Traffic(seed, 0)
    honest = [one for one in traffic.honest(1, half * 4) if one.kind is Kind.FAMILY][:half]
    copied = list(traffic.copied(1, len(paths) - len(honest), Kind.CLONE_FAST))
    with ScanClient(server) as client:
        yield Tally("honest packs suspected", len(honest), _play(client, honest, paths))
        yield Tally("copied labels noticed", len(copied), _play(client, copied, paths[len(honest) :]))
    click.echo("Without trusted proxies all these addresses are one visitor's: then nothing may be noticed.", err=True)


def _play(client: ScanClient, stories: list[Story], paths: list[str]) -> int:
    found = 0
    for story, path in zip(stories, paths, strict=False):
        for scan in story.scans:
            client.scan(path, scan.line.address)
        found += "copy-suspected" in client.codes(path)
    return found


def _paths(world: World, lot: str) -> list[str]:
    with world.read() as connection:
        runs = runs_of(connection, lot_called(connection, lot))
    paths = [item_path(run, item, world.serial_key) for run in runs for item in range(run.first, run.first + run.count)]
    if len(paths) < 2:
        raise NotFound(f"Lot {lot} has {Counted(len(paths)):label|labels}: issue at least two with traceapp labels.")
    return paths
