"""`traceapp trace`."""

from __future__ import annotations

import click

from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.lanes import lanes_of
from traceapp.services.lots.trace import MOST_SHOWN, TracedLot, rebuild
from traceapp.services.lots.trace import trace as follow
from traceapp.services.registry.registers import lot_called


@click.command()
@click.argument("lot", required=False)
@click.option("--forward", is_flag=True, help="What was made of LOT, instead of what it came from.")
@click.option("--most", type=click.IntRange(1, 5000), default=MOST_SHOWN, show_default=True, help="Lots to show.")
@click.option("--rebuild", "anew", is_flag=True, help="Instead make the index of the chain anew from the records.")
def trace(lot: str | None, *, forward: bool, most: int, anew: bool) -> None:
    """Follow LOT back to what it was made of, or forward to what was made of it; each step from a verified record."""
    if anew is bool(lot):
        raise click.UsageError("Name a lot, or say --rebuild.")
    world = open_world()
    if lot is None:
        with world.write() as connection:
            click.echo(f"The chain was filed anew from {Counted(rebuild(connection)):record|records}.")
        return
    with world.read() as connection:
        root = lot_called(connection, lot)
        found = follow(connection, world.host, root, world.keyring(connection), forward=forward, most=most)
    lots = {one.id: one for one in found.lots}
    drawn = lanes_of(root, {one: [other for other in found.following.get(one, ()) if other in lots] for one in lots})
    for row in drawn.rows:
        click.echo(f"{'  ' * row.lane}o {_line(lots[row.node])}")
    way = "made of goods of this one" if forward else "whose goods are in this one"
    click.echo(
        f"{Counted(found.total - 1):other lot|other lots} {way}"
        + (f", {found.left_out} of them not shown" * bool(found.left_out))
    )


def _line(one: TracedLot) -> str:
    goods = "; ".join(f"{goods.quantity:g} {goods.unit} {goods.name}" for _, goods in one.goods)
    parts = [one.number, one.product, one.organisation, goods]
    return "  ".join(part for part in parts if part)
