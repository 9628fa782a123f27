"""`traceapp labels` and `traceapp url`."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import Connection

from traceapp.cli.world import open_world
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.render.csv_codes import write_codes
from traceapp.render.pdf import write_sheet
from traceapp.render.sheets import SHEETS, Sheet
from traceapp.services.label_text import label_text
from traceapp.services.labels import LabelRun, issue_labels, item_path, runs_of
from traceapp.services.registers import lot_called, owner_of_lot
from traceapp.services.verdicts import assess, gather
from traceapp.services.world import World


@click.command()
@click.argument("lot")
@click.option("--count", type=int, required=True, help="How many labels to issue.")
@click.option("--signed/--plain", default=False, help="Whether each label carries a signature that works offline.")
@click.option("--sheet", type=click.Choice(sorted(SHEETS)), help="Label sheet; a4-24 for signed labels, else a4-40.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="FILE.pdf or FILE.csv"
)
def labels(lot: str, count: int, *, signed: bool, sheet: str | None, output: Path) -> None:
    """Issue COUNT labels of LOT and write them as a sheet (PDF) or one address a line (CSV)."""
    if output.suffix.lower() not in (".pdf", ".csv"):
        raise InvalidEvent(f"{output} is neither FILE.pdf nor FILE.csv.")
    world = open_world()
    draft = output.with_name(f".{output.name}.part")
    try:
        # Rendered and closed before the run is committed: a full disk or a text that does not fit costs no serial.
        with world.write() as connection, draft.open("wb") as file:
            run = _issue(world, connection, lot_called(connection, lot), count, signed=signed)
            chosen = SHEETS[sheet or ("a4-24" if signed else "a4-40")] if output.suffix.lower() == ".pdf" else None
            render_run(world, connection, run, chosen, file)
        draft.replace(output)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    click.echo(f"{output}: {count} labels, items {run.first} to {run.first + run.count - 1}")


def _issue(world: World, connection: Connection, lot: str, count: int, *, signed: bool) -> LabelRun:
    run, _ = issue_labels(
        connection,
        lot,
        count,
        owner_of_lot(connection, lot)[1],
        world.notary,
        world.keyring(connection),
        world.rulebook,
        world.clock(),
        signed=signed,
        serial_key=world.key_store.current_serial(),
    )
    return run


def render_run(world: World, connection: Connection, run: LabelRun, sheet: Sheet | None, file: BinaryIO) -> None:
    """Write an issued run to `file`: a sheet of labels, or without one its addresses line by line."""
    urls = world.label_maker.urls(run)
    if sheet is None:
        write_codes(file, urls)
        return
    identity = parse_path(run.printed_path).identity
    if identity is None:
        raise NotFound(f"{run.printed_path} names no lot.")
    gathered = gather(connection, world.host, identity, world.rulebook)
    facts, _ = assess(gathered.evidence, world.keyring(connection), world.clock())
    write_sheet(file, urls, label_text(facts, world.clock()), sheet)


@click.command()
@click.argument("lot")
@click.option("--item", type=int, help="Number of an issued item; without it the code of the whole lot.")
@click.option("--signed", is_flag=True, help="With the signature that works offline.")
def url(lot: str, *, item: int | None, signed: bool) -> None:
    """Print the address on the label of LOT or of one of its items."""
    world = open_world()
    with world.read() as connection:
        lot_id = lot_called(connection, lot)
        if item is None and signed:
            raise InvalidEvent("A signed label has a serial: add --item N.")
        if item is None:
            path = lot_id.removeprefix(f"https://{world.host}")
        else:
            runs = runs_of(connection, lot_id, item, item)
            if not runs:
                raise NotFound(f"Item {item} of lot {lot} has not been issued.")
            path = item_path(runs[0], item, world.serial_key)
    click.echo(world.label_maker.url(path, signed=signed))
