"""`traceapp bundle`."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.cli.files import write_whole
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.digital_link import parse_path, parse_url
from traceapp.core.errors import InvalidIdentifier
from traceapp.services.records.bundles import make_bundle
from traceapp.services.records.verdicts import gather


@click.command()
@click.argument("url")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
def bundle(url: str, output: Path) -> None:
    """Write everything needed to check the product, lot or label at URL offline."""
    world = open_world()
    link = parse_url(url)[1] if "://" in url else parse_path(url)
    if link.identity is None:
        raise InvalidIdentifier(f"{url[:120]} names no product or lot: copy the whole address from the label.")
    label = url if "://" in url else world.settings.base_url + link.path
    published = world.published.read()
    with world.read() as connection:
        evidence = gather(connection, world.host, link.identity, world.rulebook).evidence
        data = make_bundle(connection, evidence, label, published, world.host)
    write_whole(output, data)
    click.echo(f"{output}: {Counted(len(data)):byte|bytes}, {Counted(len(evidence.records)):record|records}")
