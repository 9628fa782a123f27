"""`traceapp worker`."""

from __future__ import annotations

import click

from traceapp.cli.world import open_world
from traceapp.services.operating.setup import require_startable
from traceapp.worker import Worker, give_way


@click.command()
@click.option("--beside", type=int, hidden=True, help="End when this process, which started the worker, is gone.")
def worker(beside: int | None) -> None:
    """Make the label files that were asked for in the background, one after the other, until stopped.

    `serve` runs one already. Start more of them, on any machine that shares the data folder, for more at a time.
    """
    world = open_world()
    # With wrong keys or another address it would take jobs only to fail them.
    require_startable(world)
    if beside is None:
        click.echo(f"Working for {world.host}. Stop with Ctrl+C: what is under way goes on with the next worker.")
    else:
        give_way()
    Worker(world).run(parent=beside)
