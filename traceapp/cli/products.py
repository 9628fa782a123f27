"""`traceapp products`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidEvent
from traceapp.services.registry.products import change_product, product_called, what_is_told
from traceapp.services.registry.registers import producer_of

LARGEST = 200_000


@click.group()
def products() -> None:
    """Show and say anew what a product's page tells."""


@products.command()
@click.argument("code")
def show(code: str) -> None:
    """Print what CODE's page tells, as JSON that `set` takes back."""
    world = open_world()
    with world.read() as connection:
        product = product_called(connection, code)
        told = what_is_told(connection, product, world.host, world.keyring(connection))
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


@products.command(name="set")
@click.argument("code")
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="JSON object of what changes: story, links, name_en, warning_vi …; null takes one away.",
)
def set_product(code: str, file: Path) -> None:
    """Record the story, the shops and the texts of the product CODE (GTIN or trace code) as its producer says them."""
    changes = _read(file)
    world = open_world()
    with world.write() as connection:
        product = product_called(connection, code)
        receipt = change_product(
            connection,
            product,
            changes,
            producer_of(connection, product),
            world.notary,
            world.keyring(connection),
            world.clock(),
        )
    click.echo(f"{product}: {', '.join(sorted(changes))} recorded, line {receipt.leaf_index} of the log")


def _read(file: Path) -> dict[str, Any]:
    data = file.read_bytes()
    if len(data) > LARGEST:
        raise InvalidEvent(f"{file} has {Counted(len(data)):byte|bytes}: {LARGEST} at most: make its texts shorter.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as cause:
        raise InvalidEvent(f"{file} is not JSON: {cause}. Start from what traceapp products show prints.") from cause
    if not isinstance(found, dict):
        raise InvalidEvent(f"{file} holds {str(found)[:40]!r}: write an object with story and links.")
    return found
