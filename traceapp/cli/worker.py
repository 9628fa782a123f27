"""`traceapp worker`."""

from __future__ import annotations

import click

from traceapp.cli.world import open_world
from traceapp.worker import Worker, give_way


@click.command()
@click.option("--beside", type=int, hidden=True, help="End when this process, which started the worker, is gone.")
def worker(beside: int | None) -> None:
    """Make the label files that were asked for in the background, one after the other, until stopped.

    `serve` runs one already. Start more of them, on any machine that shares the data folder, for more at a time.
    """
    world = open_world()
    if beside is None:
        click.echo(f"Working for {world.host}. Stop with Ctrl+C: what is under way goes on with the next worker.")
    else:
        give_way()
    Worker(world).run(parent=beside)
