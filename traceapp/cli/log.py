"""`traceapp log`."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.cli.files import whole_folder
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.errors import LogAhead
from traceapp.monitor.source import Source
from traceapp.services.log.check import check_log
from traceapp.services.log.export import export_log, require_earlier
from traceapp.services.log.heads import checkpoint_root, newest_checkpoint
from traceapp.services.log.restoring import recover as recover_log
from traceapp.services.operating import audit
from traceapp.services.world import World


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
        report = check_log(connection, world.host, world.keyring(connection), published)
    click.echo(
        f"All good: {Counted(report.entries):entry|entries}, {Counted(report.tiles):full tile|full tiles}, "
        f"{Counted(report.checkpoints):checkpoint|checkpoints}, {Counted(report.audit_lines):audit line|audit lines}."
    )


@log.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--all", "hidden", is_flag=True, help="With records that only their parties may read: keep it to yourself."
)
def export(directory: Path, *, hidden: bool) -> None:
    """Write the published log as static files: checkpoint, tile/…, records/…, trust/…, vkey.

    An earlier export in DIRECTORY is replaced whole, once the new one is complete.
    """
    world = open_world()
    published = world.published.read()
    if published is None:
        raise click.ClickException(
            "Nothing is published yet: start traceapp serve, or say traceapp witness ask, and try again."
        )
    require_earlier(directory, published, world.log_key)
    with whole_folder(directory, "checkpoint") as draft, world.read() as connection:
        export_log(connection, published, world.log_key, draft, hidden=hidden)
    if hidden:
        with world.write() as connection:
            audit.note(connection, "log-export-all", world.host, "cli", world.clock(), size=published[0])
    click.echo(f"{Counted(published[0]):entry|entries} in {directory}")


@log.command()
@click.option("--from", "places", multiple=True, help="Address or folder to fetch from; may be repeated.")
def recover(places: tuple[str, ...]) -> None:
    """Compare the database with what is published; with --from, fetch what it lacks, verify it and append exactly that.

    A place is another machine that serves this log, a mirror, a static site, or a folder that `log export` wrote. A
    witness may be one too: it holds no entries, but nothing less than it has seen is taken.
    """
    world = open_world()
    if not places:
        _diagnose(world)
        return
    found = recover_log(world, [Source(place) for place in places])
    for one in found.silent:
        click.echo(f"Not compared with the witness {one}", err=True)
    if found.seen_by:
        click.echo(f"No less than what was seen by {', '.join(found.seen_by)}.")
    if found.size == found.first:
        click.echo(
            f"The database ({Counted(found.size):entry|entries}) and the published log agree: nothing to recover."
        )
        return
    click.echo(
        f"{Counted(found.size - found.first):entry was|entries were} fetched from {found.place}, verified and "
        f"appended: {found.size} now, {Counted(found.rows):row|rows} of the index made or changed. Personal values, "
        "accounts, messages and audit lines since the backup are in no published file. Run traceapp audit."
    )


def _diagnose(world: World) -> None:
    """Say whether the database and the published log agree, and what to do where they do not."""
    published = world.published.read()
    with world.read() as connection:
        newest = newest_checkpoint(connection)
        size = newest[0] if newest else 0
        root = checkpoint_root(connection, published[0]) if published else None
    if published is not None and published[0] > size:
        missing = published[0] - size
        raise LogAhead(
            f"{Counted(published[0]):entry is|entries are} published, the database holds {size}: "
            f"{Counted(missing):is|are} missing. Stop the service and run traceapp log recover --from "
            "ADDRESS-OR-FOLDER with a mirror, a static site or an export that holds them; or restore a newer backup."
        )
    if published is not None and root != published[1]:
        raise LogAhead(
            f"The database signs another tree than the one published at {Counted(published[0]):entry|entries}. Keep "
            "both, stop the service and restore the database whose traceapp log check agrees with the published "
            "checkpoint."
        )
    world.alarm.require_quiet()
    click.echo(f"The database ({Counted(size):entry|entries}) and the published log agree: nothing to recover.")
