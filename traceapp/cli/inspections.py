"""`traceapp inspections`: what inspectors saw, and an authority's orders, from the command line."""

from __future__ import annotations

from datetime import datetime
from http.client import OK
from pathlib import Path

import click

from traceapp.app import create_app
from traceapp.cli.files import write_whole
from traceapp.cli.world import open_world
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.core.facts import CheckedItem, InspectionFact, Measured
from traceapp.core.inspections import RESULTS, Seen
from traceapp.i18n import LANGUAGES
from traceapp.i18n.inspect import result_name
from traceapp.services.inspections.offline_lists import signed_lists
from traceapp.services.inspections.recording import inspect_thing
from traceapp.services.lots import acts as lot_acts
from traceapp.services.records.verified import facts_about
from traceapp.services.registry.registers import lot_called

_LOT = click.argument("lot")
_BY = click.option("--by", required=True, help="Id of the inspectorate or authority that says so.")
_REASON = click.option("--reason", required=True, help="Why; whoever scans a label reads it.")


@click.group()
def inspections() -> None:
    """Inspections of lots and facilities: list, add, print; an authority's hold, release and recall."""


@inspections.command("list")
@_LOT
def list_(lot: str) -> None:
    """Inspections of LOT (its number or id), the oldest first."""
    world = open_world()
    with world.read() as connection:
        found = lot_called(connection, lot)
        said = facts_about(connection, world.host, [found], ["InspectionRecord"], world.keyring(connection))
    seen = [one for one in said if isinstance(one, InspectionFact)]
    for one in seen:
        click.echo(f"{one.day}  {result_name(one.result, 'en')}  {one.source.record_id}  {one.note or ''}".rstrip())
    if not seen:
        click.echo("Nobody inspected this lot.")


@inspections.command()
@click.argument("about")
@_BY
@click.option("--result", type=click.Choice(RESULTS), required=True)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day it was seen; today without it.")
@click.option("--check", "checks", multiple=True, metavar="CODE=pass|fail|none", help="One question of a checklist.")
@click.option("--measured", multiple=True, metavar="WHAT=VALUE[=UNIT]", help="Something measured.")
@click.option("--checklist", help="Which checklist: pack, field, workshop, vietgap, ocop.")
@click.option("--seal", help="Number of the seal.")
@click.option("--sample", help="Number of the sample taken.")
@click.option("--note", help="In words.")
@click.option("--photo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Kept outside the record.")
def add(
    about: str, by: str, result: str, day: datetime | None, checks: tuple[str, ...], measured: tuple[str, ...],
    checklist: str | None, seal: str | None, sample: str | None, note: str | None, photo: Path | None,
) -> None:  # fmt: skip
    """Record an inspection of ABOUT: a lot's number or path, a label's path, or a facility's id."""
    world = open_world()
    now = world.clock()
    seen = Seen(
        day=day.date() if day else vietnamese_date(now),
        result=result,
        note=note,
        checklist=checklist,
        checks=tuple(CheckedItem(*_parts(one, 2, 2)) for one in checks),
        measured=tuple(Measured(*_parts(one, 2, 3)) for one in measured),
        seal=seal,
        sample=sample,
    )
    data = photo.read_bytes() if photo else None
    with world.write() as connection:
        path = about if about.startswith(("/", "https://")) else _path(world.host, lot_called(connection, about))
        record = inspect_thing(
            connection, path, seen, by, world.notary, now, serial_key=world.serial_key, photo=data
        )  # fmt: skip
    click.echo(f"Recorded as {record}: {world.settings.base_url}/inspections/{record}")


def _parts(text: str, least: int, most: int) -> list[str]:
    parts = text.split("=", most - 1)
    if len(parts) < least or not all(parts):
        raise InvalidEvent(f"{text[:60]!r} has too few parts: write them with = between them.")
    return parts


def _path(host: str, thing: str) -> str:
    return thing.removeprefix(f"https://{host}")


@inspections.command()
@click.argument("record")
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--lang", type=click.Choice(LANGUAGES), default="vi", show_default=True)
def report(record: str, output: Path, lang: str) -> None:
    """Write the printable report of RECORD (its UUID) as a PDF."""
    # Its words are the pages', so the pages make it.
    answer = create_app(open_world()).test_client().get(f"/inspections/{record}.pdf?lang={lang}")
    if answer.status_code != OK:
        raise NotFound(f"There is no report {record[:60]!r}: see traceapp inspections list LOT.")
    write_whole(output, answer.data)
    click.echo(f"{output} written.")


@inspections.command()
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), required=True)
def lists(output: Path) -> None:
    """Write the lists that inspectors' phones keep: recalled and held lots, void labels."""
    world = open_world()
    write_whole(output, signed_lists(world, world.clock()))
    click.echo(f"{output} written.")


@inspections.command()
@_LOT
@_BY
@_REASON
def hold(lot: str, by: str, reason: str) -> None:
    """Hold LOT back: its labels are refused until it is released."""
    world = open_world()
    with world.write() as connection:
        found = lot_called(connection, lot)
        receipt = lot_acts.hold(connection, found, reason, by, world.notary, world.clock())
    click.echo(f"{lot} is held: {receipt.record_id}")


@inspections.command()
@_LOT
@_BY
@_REASON
def release(lot: str, by: str, reason: str) -> None:
    """Release a held LOT."""
    world = open_world()
    with world.write() as connection:
        found = lot_called(connection, lot)
        receipt = lot_acts.release(connection, found, reason, by, world.notary, world.clock())
    click.echo(f"{lot} is released: {receipt.record_id}")


@inspections.command()
@_LOT
@_BY
@_REASON
@click.option("--action", help="What buyers should do.")
def recall(lot: str, by: str, reason: str, action: str | None) -> None:
    """Recall LOT from today on."""
    world = open_world()
    now = world.clock()
    with world.write() as connection:
        receipt = lot_acts.recall(
            connection, lot_called(connection, lot), by, world.notary, now,
            day=vietnamese_date(now), reason_vi=reason, action_vi=action,
        )  # fmt: skip
    click.echo(f"{lot} is recalled: {receipt.record_id}")
