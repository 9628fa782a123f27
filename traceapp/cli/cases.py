"""`traceapp cases`."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.cli.files import whole_file
from traceapp.cli.label_options import ranges_of
from traceapp.cli.world import open_world
from traceapp.core.cases import joined
from traceapp.core.counted import Counted
from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import parse_path, parse_url
from traceapp.core.facts import Content
from traceapp.core.identifiers import Sscc
from traceapp.services.labels.cases import case_label
from traceapp.services.lots.cases import cases_of, find_case, next_sscc, pack_case, unpack_case
from traceapp.services.registry.registers import lot_called, owner_of_lot
from traceapp.services.world import World

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def cases() -> None:
    """Pack numbered items into cases, see and open them, print their labels."""


@cases.command(name="list")
@click.argument("lot")
def list_cases(lot: str) -> None:
    """The cases of whoever makes LOT, newest first."""
    world = open_world()
    with world.read() as connection:
        found = cases_of(connection, owner_of_lot(connection, lot_called(connection, lot))[1])
    for one in found:
        lots = ", ".join(lot.rpartition("/")[2] for lot in one.lots)
        held = f"{Counted(one.items):item|items} of {lots}" if one.packed else "opened"
        click.echo(f"{one.id.removeprefix(f'https://{world.host}'):48} {held}")
    if not found:
        click.echo("No case was packed yet.")


@cases.command()
@click.argument("lot")
@click.option("--items", required=True, metavar="1-24", help="Which items.")
@click.option("--sscc", help="The 18 digits on the carton.")
@click.option("--prefix", help="A GS1 company prefix: the next SSCC under it.")
def pack(lot: str, *, items: str, sscc: str | None, prefix: str | None) -> None:
    """Pack items of LOT into a case; without an SSCC it gets the product's case GTIN and a serial."""
    if sscc and prefix:
        raise click.UsageError("Say --sscc or --prefix, not both.")
    world = open_world()
    with world.write() as connection:
        lot_id = lot_called(connection, lot)
        if prefix:
            sscc = next_sscc(connection, world.host, prefix)
        code = f"/00/{Sscc(sscc)}" if sscc else None
        held = [Content(lot_id, first, last) for first, last in ranges_of(items)]
        today, by = vietnamese_date(world.clock()), owner_of_lot(connection, lot_id)[1]
        case, receipt = pack_case(world, connection, held, by, today, world.notary, code=code)
    address = world.label_maker.url(_path(world, case), signed=False)
    click.echo(f"{Counted(sum(one.count for one in held)):item|items} of lot {lot} packed: {address}")
    click.echo(f"  {receipt.record_id}", err=True)


@cases.command()
@click.argument("case")
def show(case: str) -> None:
    """What lies in CASE (its address or path)."""
    world = open_world()
    with world.read() as connection:
        found = find_case(connection, world.host, _id(world, case), world.keyring(connection))
    state = f"opened {found.unpacked}" if found.unpacked else f"{Counted(found.count):item|items}"
    click.echo(f"{found.path}  packed {found.packed}, {state}")
    for one in joined(found.last):
        click.echo(f"  lot {one.lot.rpartition('/')[2]}, items {one.first} to {one.last}")


@cases.command()
@click.argument("case")
def unpack(case: str) -> None:
    """Say that everything was taken out of CASE."""
    world = open_world()
    with world.write() as connection:
        found = find_case(connection, world.host, _id(world, case), world.keyring(connection))
        today = vietnamese_date(world.clock())
        unpack_case(world, connection, found.id, found.owner, today, world.notary)
    click.echo(f"{found.path} is open: {Counted(found.count):item lies|items lie} loose again")


@cases.command()
@click.argument("case")
@click.option("-o", "--output", type=_FILE, required=True, help="FILE.pdf")
def label(case: str, output: Path) -> None:
    """Write the label of CASE, behind the gate of every lot in it."""
    world = open_world()
    with whole_file(output) as draft, world.read() as connection, draft.open("wb") as file:
        found = find_case(connection, world.host, _id(world, case), world.keyring(connection))
        case_label(world, connection, found, file)
    click.echo(f"{output}: the label of {found.path}")


def _id(world: World, case: str) -> str:
    """A case's id from its address or path."""
    link = parse_url(case)[1] if "://" in case else parse_path(case)
    return f"https://{world.host}{link.path}"


def _path(world: World, case: str) -> str:
    return case.removeprefix(f"https://{world.host}")
