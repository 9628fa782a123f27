"""`traceapp log`."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.cli.world import open_world
from traceapp.core.errors import LogAhead
from traceapp.core.tiles import Tile, tree_tiles
from traceapp.services.log import checkpoint_root, newest_checkpoint, read_tile
from traceapp.services.log_check import check_log


@click.group()
def log() -> None:
    """Check, export and diagnose the log."""


@log.command()
def check() -> None:
    """Re-prove everything stored and name the first thing wrong."""
    world = open_world()
    # Before the view of the database begins: what is recorded meanwhile is published, and not in that view.
    published = world.published.read()
    with world.read() as connection:
        report = check_log(connection, world.host, world.keyring(connection), world.log_key, published)
    click.echo(
        f"All good: {report.entries} entries, {report.tiles} full tiles, {report.checkpoints} checkpoints, "
        f"{report.audit_lines} audit lines."
    )


@log.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def export(directory: Path) -> None:
    """Write the published log as static files: checkpoint, tile/…, vkey."""
    world = open_world()
    published = world.published.read()
    if published is None:
        raise click.ClickException("Nothing is published yet.")
    size, _, note = published
    with world.read() as connection:
        for tile in _tiles(size):
            path = directory / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(read_tile(connection, tile, size))
    (directory / "checkpoint").write_bytes(note)
    (directory / "vkey").write_text(world.log_key.format() + "\n", encoding="ascii")
    click.echo(f"{size} entries in {directory}")


def _tiles(size: int) -> list[Tile]:
    hashes = list(tree_tiles(size))
    return hashes + [Tile("entries", tile.index, tile.width) for tile in hashes if tile.level == 0]


@log.command()
def recover() -> None:
    """Say whether the database and the published log agree, and what to do where they do not. Changes nothing."""
    world = open_world()
    published = world.published.read()
    with world.read() as connection:
        newest = newest_checkpoint(connection)
        size = newest[0] if newest else 0
        root = checkpoint_root(connection, published[0]) if published else None
    if published is None or (published[0] <= size and root == published[1]):
        click.echo(f"The database ({size} entries) and the published log agree: nothing to recover.")
        return
    if published[0] > size:
        missing = published[0] - size
        raise LogAhead(
            f"{published[0]} entries are published, the database holds {size}: {missing} are missing. Stop "
            "the service, restore a backup that holds them (a newer one, or the standby), then run traceapp log check."
        )
    raise LogAhead(
        f"The database signs another tree than the one published at {published[0]} entries. Keep both, stop the "
        "service and restore the database whose traceapp log check agrees with the published checkpoint."
    )
