"""`traceapp backup` and `traceapp restore`."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.cli.world import new_world, open_world
from traceapp.core.counted import Counted
from traceapp.core.errors import LogAhead
from traceapp.services.operating import backup as service

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
def backup(file: Path) -> None:
    """Write database, sealed keys, pictures and published checkpoint into FILE; the service may go on meanwhile.

    The root key is not in it: keep that apart, twice.
    """
    world = open_world()
    size = service.back_up(world, file)
    click.echo(
        f"{file}: {Counted(size):entry|entries} with all that belongs to them. Try it: traceapp restore on another "
        "machine."
    )


@click.command()
@click.argument("file", type=_FILE)
@click.option("--replace", "replace_database", is_flag=True, help="Put it in the place of the database that is here.")
def restore(file: Path, *, replace_database: bool) -> None:
    """Verify everything in FILE and put it in its place. Stop the service first."""
    world = new_world()
    found = service.restore(world, file, replace_database=replace_database)
    click.echo(f"Restored {Counted(found.report.entries):entry|entries} as of {found.made}, every one re-proved.")
    if service.lacks_root(world):
        click.echo("The root key is not here; fetch it from where it is kept before keys are rotated.", err=True)
    try:
        world.require_not_behind()
    except LogAhead as cause:
        missing = found.published - found.report.entries
        click.echo(f"{Counted(found.published):entry is|entries are} published: {Counted(missing):is|are} missing.")
        raise click.ClickException(
            "Nothing can be recorded yet. Run traceapp log recover --from ADDRESS-OR-FOLDER with a place that holds "
            "what is missing."
        ) from cause
    click.echo(
        "Whatever was recorded later is not here, and nothing on this machine knows of it: run traceapp log recover "
        "--from ADDRESS-OR-FOLDER before anything is recorded, or the log is forked.",
        err=True,
    )
