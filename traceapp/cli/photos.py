"""`traceapp photos`."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.adapters.photos import LEAST_SHARPNESS, Photo, reencode
from traceapp.cli.world import open_world
from traceapp.services.registry.photos import set_photo
from traceapp.services.registry.products import product_called
from traceapp.services.registry.registers import producer_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def photos() -> None:
    """Photos of products: check one, put one on a product's page."""


@photos.command("check")
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """Say whether FILE will do as a product's photo, and if not, what to do. Nothing is stored."""
    _tell(reencode(file.read_bytes()))
    click.echo("It will do.")


@photos.command("set")
@click.argument("product")
@click.argument("file", type=_FILE)
def put(product: str, file: Path) -> None:
    """Put the photo FILE on the page of PRODUCT (its GTIN, trace code or id): a new version of its record."""
    world, data = open_world(), file.read_bytes()
    with world.write() as connection:
        found = product_called(connection, product)
        photo, receipt = set_photo(
            connection,
            found,
            data,
            producer_of(connection, found),
            notary=world.notary,
            keyring=world.keyring(connection),
            media_dir=world.media_dir,
            now=world.clock(),
        )
    _tell(photo)
    click.echo(f"{found} shows it now: {receipt.record_id}")


def _tell(photo: Photo) -> None:
    click.echo(f"{photo.width} × {photo.height} pixels, sharpness {photo.sharpness:.0f} ({LEAST_SHARPNESS} at least)")
    for one in photo.variants:
        click.echo(f"  {one.width} × {one.height}: {len(one.data) / 1000:.1f} kB")
    for warning in photo.warnings:
        click.echo(f"  {warning}")
