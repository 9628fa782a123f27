"""`traceapp personal`: what is held of people beside their records, and that it is erased when they ask."""

from __future__ import annotations

import click
from sqlalchemy import Connection

from traceapp.cli.refusals import require_yes
from traceapp.cli.world import open_world
from traceapp.core.errors import NotFound
from traceapp.core.statements import record_url, record_uuid
from traceapp.services.records.erasure import erase as erase_values
from traceapp.services.records.erasure import held_of, personal_fields
from traceapp.services.registry.organisations import organisation_called

OPERATOR = "cli"
Held = dict[str, list[str]]
"""Names of personal values by the UUID of their record."""


@click.group()
def personal() -> None:
    """Names, phones, places and photos that records were signed over and do not show."""


@personal.command("list")
@click.argument("what", metavar="WHAT")
def list_(what: str) -> None:
    """What is held for a record (its id), or for an organisation's own records (its id or name); no value is shown."""
    world = open_world()
    with world.read() as connection:
        click.echo(_lines(world.host, _held(connection, what, None)))


@personal.command()
@click.argument("what", metavar="WHAT")
@click.option("--field", help="Only the value of that name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(what: str, field: str | None, *, yes: bool) -> None:
    """Erase what `list` lists, for good, with the salts. Records, signatures and proofs stay, and still verify."""
    world = open_world()
    with world.read() as connection:
        click.echo(_lines(world.host, _held(connection, what, field)))
    if not yes:
        require_yes("Erase these for good?")
    with world.write() as connection:
        found, now = _held(connection, what, field), world.clock()
        count = sum(erase_values(connection, record, OPERATOR, now, field=field) for record in found)
    click.echo(f"Values erased: {count}. The records still verify. Backups made before hold them yet.")


def _held(connection: Connection, what: str, field: str | None) -> Held:
    """What there is to erase; NotFound for nothing."""
    fields = personal_fields(connection, what)
    held = {record_uuid(what): fields} if fields else held_of(connection, _organisation(connection, what))
    wanted = {record: [field] if field else names for record, names in held.items() if field is None or field in names}
    if not wanted:
        raise NotFound(
            f"No personal data{f' called {field[:60]!r}' if field else ''} is held for {what[:120]}: there is "
            "nothing to erase."
        )
    return wanted


def _organisation(connection: Connection, what: str) -> str:
    try:
        return organisation_called(connection, what)
    except NotFound as cause:
        raise NotFound(
            f"No personal data is held for {what[:120]}: give the id of a record, or an organisation's id or name."
        ) from cause


def _lines(host: str, held: Held) -> str:
    return "\n".join(f"{record_url(host, record)}: {', '.join(names)}" for record, names in held.items())
