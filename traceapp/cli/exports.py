"""`traceapp export`: everything of one organisation's own."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.cli.files import whole_file
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.tables.own_export import export_all


@click.command()
@click.argument("organisation", metavar="ORG")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="FILE.zip")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of the tables' titles.")
def export(organisation: str, output: Path, lang: str) -> None:
    """Write all that ORG (its id or name) recorded into one ZIP: records, tables, pictures, papers, bundles."""
    world = open_world()
    with whole_file(output) as draft, world.read() as connection:
        found = organisation_called(connection, organisation)
        with draft.open("wb") as out:
            count = export_all(world, connection, found, out, lang)
        size = draft.stat().st_size / 1e6
    click.echo(f"{output}: {Counted(count):file|files}, {size:.1f} MB. Personal data is among them.")
