"""`traceapp demo`."""

from __future__ import annotations

import shutil
import time

import click

from traceapp.cli.world import new_world, open_world
from traceapp.core.errors import Conflict
from traceapp.db import migrate
from traceapp.demo.accounts import PEOPLE, load_people
from traceapp.demo.load import SIGNED_LOT, load_demo
from traceapp.render.outputs import Order
from traceapp.render.sheets import SHEETS
from traceapp.services.labels.output import Batch, words_of, write_batch
from traceapp.services.labels.runs import runs_of
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import count_organisations, lot_called
from traceapp.services.world import World

SHEET = "demo-labels.pdf"


@click.command()
@click.option("--reset", is_flag=True, help="Delete the demonstration and its log, and start a new one.")
@click.option("--if-empty", is_flag=True, help="Do nothing, and succeed, where there is something already.")
@click.option("--passphrase", is_flag=True, help="Only give its people a new passphrase, and say it.")
def demo(*, reset: bool, if_empty: bool, passphrase: bool) -> None:
    """Load the demonstration: eight fictional products with their records, labels, scans and people."""
    world = open_world() if passphrase else new_world()
    if passphrase:
        _require_demo(world)
        _show_people(world)
        return
    if reset:
        _delete_demo(world)
        world = new_world()
    initialise(world)
    with world.read() as connection:
        taken = count_organisations(connection) > 0
    if taken and if_empty:
        return
    if taken:
        raise Conflict("There are records here already. A demonstration can be started anew with --reset.")
    load_demo(world, lambda step: click.echo(f"  {step}", err=True))
    click.echo("The demonstration is loaded; its organisations and figures are fictional.")
    _write_sheet(world)
    _show_people(world)


def _show_people(world: World) -> None:
    """Who may sign in to look at the portal, and with what: it is kept nowhere, and said once."""
    words = load_people(world)
    click.echo(f"\nCổng của người sản xuất · the portal: {world.settings.base_url}/login")
    for one in PEOPLE:
        click.echo(f"  {one.login:<22} {one.name} ({one.role})")
    click.echo(f"Mật khẩu chung · one passphrase for all: {words}")
    click.echo("Quên thì · forgotten: traceapp demo --passphrase")


def _require_demo(world: World) -> None:
    with world.read() as connection:
        if world.fact(connection, "demo") is None:
            raise Conflict(
                "This is no demonstration: it has no people with one passphrase. One is loaded with traceapp demo."
            )


def _write_sheet(world: World) -> None:
    """The signed labels of the demonstration as a sheet to print, where `serve --links` points at it."""
    with world.read() as connection, (world.settings.data_dir / SHEET).open("wb") as file:
        lot = lot_called(connection, SIGNED_LOT)
        run = next(one for one in runs_of(connection, lot) if one.signed)
        batch = Batch(run.printed_path, (run,))
        write_batch(world, words_of(world, connection, lot), batch, Order(SHEETS["a4-24"]), file)


def _delete_demo(world: World) -> None:
    """Only what a demonstration made is ever deleted."""
    migrate.upgrade(world.engine)
    with world.read() as connection:
        if count_organisations(connection) and world.fact(connection, "demo") is None:
            raise Conflict(
                "The records here are no demonstration: they are not deleted. Set TRACEAPP_DATA_DIR to another folder."
            )
    migrate.downgrade(world.engine, "base")
    world.scans.clear()
    world.engine.dispose()
    shutil.rmtree(world.settings.data_dir / "published", ignore_errors=True)
    # A new log under new keys: an old log's name and key never sign a second tree.
    for path in [*world.settings.keys_dir.glob("*.pem"), world.settings.keys_dir / "serial"]:
        if path.exists():
            path.rename(path.with_name(f"{path.name}.demo-{time.time_ns()}.key"))
