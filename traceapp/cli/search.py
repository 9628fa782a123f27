"""`traceapp search`."""

from __future__ import annotations

import click

from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.services.search.queries import rebuild as rebuild_index


@click.group()
def search() -> None:
    """The index that products are found by."""


@search.command()
def rebuild() -> None:
    """Make the index anew from the records; nothing of what stood in it before remains."""
    world = open_world()
    with world.write() as connection:
        count = rebuild_index(connection)
    click.echo(f"{Counted(count):product|products} can be searched for.")
