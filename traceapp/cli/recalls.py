"""`traceapp recall`."""

from __future__ import annotations

from time import perf_counter

import click
from sqlalchemy import Connection

from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.dates import vietnamese_date
from traceapp.services.lots.recalls import Reach, reach_of, recall_with_notices
from traceapp.services.records.verified import names_of
from traceapp.services.registry.registers import lot_called, owner_of_lot
from traceapp.services.world import World


@click.command()
@click.argument("lot")
@click.option("--mock", is_flag=True, help="Only count how far it would go; nothing is recorded and nobody is told.")
@click.option("--reason", help="Why, in Vietnamese; buyers read it as it stands.")
@click.option("--reason-en", help="Why, in English.")
@click.option("--action", help="What buyers should do, in Vietnamese.")
def recall(lot: str, *, mock: bool, reason: str | None, reason_en: str | None, action: str | None) -> None:
    """Recall LOT for its producer and tell everybody who holds goods of it; --mock only counts. It cannot be undone."""
    if mock == bool(reason):
        raise click.UsageError("Say --mock to rehearse, or --reason WHY to recall.")
    world = open_world()
    begun = perf_counter()
    if mock:
        with world.read() as connection:
            lot_id = lot_called(connection, lot)
            reach = reach_of(connection, lot_id, owner_of_lot(connection, lot_id)[1])
            click.echo(_counted(reach))
            click.echo(f"  counted in {perf_counter() - begun:.2f} s; nothing was recorded, nobody was told")
            _say_holders(world, connection, reach)
        return
    with world.write() as connection:
        lot_id = lot_called(connection, lot)
        by, day = owner_of_lot(connection, lot_id)[1], vietnamese_date(world.clock())
        words = {"reason_en": reason_en, "action_vi": action}
        reach, receipt = recall_with_notices(
            world, connection, lot_id, by, world.notary, day=day, reason_vi=reason or "", **words
        )
    click.echo(f"Lot {lot} is recalled: {receipt.record_id}")
    click.echo(f"  {_counted(reach)}; {Counted(len(reach.holders)):holder was|holders were} told")


def _counted(reach: Reach) -> str:
    lots, outlets, items = Counted(len(reach.lots)), Counted(len(reach.receivers)), Counted(reach.items)
    return f"{lots:lot|lots}, {outlets:outlet|outlets}, {items:item|items}"


def _say_holders(world: World, connection: Connection, reach: Reach) -> None:
    names = names_of(connection, world.host, reach.holders, world.keyring(connection))
    for holder in sorted(reach.holders):
        click.echo(f"  {names.get(holder) or holder}")
