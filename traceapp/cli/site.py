"""`traceapp export-site`."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.app import create_app
from traceapp.cli.files import whole_folder
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.services.log.export import require_earlier
from traceapp.services.operating import audit
from traceapp.web.archive.site import export_site as write_site
from traceapp.web.archive.site import published_of


@click.command(name="export-site")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def export_site(directory: Path) -> None:
    """Write product and lot pages, records, proofs, keys and the log as static files for any web server.

    What labels need to outlive this service: nginx.conf and Caddyfile are in the folder. An earlier export in DIRECTORY
    is replaced whole, once the new one is complete.
    """
    world = open_world()
    require_earlier(directory / "log", published_of(world), world.log_key)
    with whole_folder(directory, "nginx.conf") as draft:
        done = write_site(create_app(world), world, draft)
    with world.write() as connection:
        audit.note(connection, "export-site", world.host, "cli", world.clock(), pages=done.pages, records=done.records)
    click.echo(f"{Counted(done.pages):page|pages} and {Counted(done.records):record|records} are in {directory}.")
    for path in done.left_out:
        click.echo(f"{path} has no file: no web address can carry it.", err=True)
