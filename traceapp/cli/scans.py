"""`traceapp scans`."""

from __future__ import annotations

import click

from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.dates import rfc3339
from traceapp.core.facts import Suspicion
from traceapp.core.serials import LAST_ITEM
from traceapp.db.refusals import plain_errors
from traceapp.services.registry.registers import lot_called
from traceapp.services.scans.suspicions import Suspected, clear_suspicion, list_suspicions


@click.group()
def scans() -> None:
    """Show and clear suspicions that labels were copied."""


@scans.command(name="list")
@click.argument("lot", required=False)
@click.option("--all", "cleared", is_flag=True, help="Those that were cleared as well.")
def list_scans(lot: str | None, *, cleared: bool) -> None:
    """Every open suspicion, or those of LOT, with its numbers."""
    world = open_world()
    lot_id = None
    if lot:
        with world.read() as connection:
            lot_id = lot_called(connection, lot)
    with plain_errors():
        found = list_suspicions(world.scans, lot_id, cleared=cleared)
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("No label is suspected of having been copied.")


@scans.command()
@click.argument("lot")
@click.argument("item", type=click.IntRange(1, LAST_ITEM), required=False)
@click.option("--all", "every", is_flag=True, help="Every open suspicion of the lot.")
@click.option("--reason", required=True, help="Why there were so many scans; it shows on the page.")
def clear(lot: str, item: int | None, *, every: bool, reason: str) -> None:
    """Clear the suspicion of ITEM of LOT: it rests for a day, and comes back with new scans."""
    world = open_world()
    if (item is None) is not every:
        raise click.UsageError("Name the item, or --all of the lot.")
    with world.read() as connection:
        lot_id = lot_called(connection, lot)
    with plain_errors():
        items = [one.item for one in list_suspicions(world.scans, lot_id)] if every else [item or 0]
    for number in items:
        with plain_errors():
            clear_suspicion(world.scans, lot_id, number, reason, world.clock())
        click.echo(f"{lot} item {number}: cleared, “{' '.join(reason.split())}” shows on its page.")
    if not items:
        click.echo(f"{lot} has no open suspicion.")


def _line(one: Suspected) -> str:
    name = f"{one.lot.rpartition('/')[2]} item {one.item}"
    return f"{name:28} since {rfc3339(one.suspicion.opened)}  {_numbers(one.suspicion)}{_cleared(one.suspicion)}"


def _numbers(found: Suspicion) -> str:
    told = [
        f"{Counted(found.scans):scan|scans} in {found.hours} h",
        f"{Counted(found.visitors):visitor|visitors}",
        f"{Counted(found.provinces):province|provinces}",
    ]
    told += [f"{found.km} km in {found.minutes} min"] if found.km else []
    turns = f"{Counted(found.turns):change|changes} of province"
    told += [f"{Counted(found.week):scan|scans} and {turns} in 7 days"] if found.turns else []
    told += [f"{Counted(found.after):scan|scans} after it was used up"] if found.after else []
    return ", ".join(told)


def _cleared(found: Suspicion) -> str:
    return f"; cleared {rfc3339(found.cleared)}: {found.cleared_reason}" if found.cleared else ""
