"""`traceapp accounts`: accounts that only the operator makes, and all there are."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy import Connection

from traceapp.adapters.mail import Letter
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.dates import VIETNAM
from traceapp.core.errors import InvalidEvent, NotFound, Unavailable
from traceapp.core.registers import ROLES
from traceapp.core.typed import tidy
from traceapp.services.accounts import doubts, invitations
from traceapp.services.accounts.people import MemberRole, account_called, disable, erase, everybody, is_mail, login_of
from traceapp.services.accounts.step_up import set_rule
from traceapp.services.records.names import name_of, organisation_named
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.registry.registers import register_organisation
from traceapp.services.world import World

OPERATOR = "cli"


@click.group()
def accounts() -> None:
    """Who may sign in."""


@accounts.command()
@click.option("--role", type=click.Choice(sorted(ROLES)), required=True, help="What the organisation is.")
@click.option("--name", required=True, help="What it is called; one of that name and role is used if there is one.")
@click.option("--to", default="", help="Mail address; without it the link is only printed.")
@click.option(
    "--as",
    "member",
    type=click.Choice([str(one) for one in MemberRole]),
    default="owner",
    show_default=True,
    help="In it.",
)
def invite(role: str, name: str, to: str, member: str) -> None:
    """Invite somebody into an organisation of any role; authorities are made in no other way."""
    name = tidy(name)
    if not name:
        raise click.UsageError("An organisation has a name: say it with --name.")
    world, to = open_world(), login_of(to) if to else ""
    with world.write() as connection:
        organisation = _organisation(world, connection, role, name)
        token = invitations.invite(connection, organisation, MemberRole(member), to, OPERATOR, world.clock())
    link = f"{world.settings.base_url}/invite/{token}"
    click.echo(f"{name} ({role}), to be {member}: open within seven days, once:\n{link}")
    if is_mail(to):
        _send(world, to, name, link)


def _organisation(world: World, connection: Connection, role: str, name: str) -> str:
    known = organisation_named(connection, name, role)
    if known is not None:
        return known
    made, _ = register_organisation(connection, {"name": name, "role": role}, world.notary, world.clock())
    return made


def _send(world: World, to: str, name: str, link: str) -> None:
    text = (
        f"{name} mời bạn vào traceapp. Mở đường dẫn này trong vòng bảy ngày / open this link within seven days:\n{link}"
    )
    try:
        world.mailer.send(Letter(to, f"{name}: traceapp", text))
    except Unavailable as cause:
        click.echo(f"{cause} Hand the link over yourself.", err=True)


@accounts.command()
@click.argument("login")
@click.option("--since", required=True, help="From when on: 2026-11-20, or 2026-11-20T14:30 (Vietnamese time).")
@click.option("--reason", required=True, help="Why; it is public, so name nobody.")
def flag(login: str, since: str, reason: str) -> None:
    """Put in doubt everything that LOGIN recorded since then, and end its sessions."""
    world = open_world()
    with world.write() as connection:
        account = account_called(connection, login_of(login))
        if account is None:
            raise NotFound(f"There is no account {login[:60]!r}: see traceapp accounts list.")
        sayer = doubts.operator(world.host)
        made = doubts.put_in_doubt(connection, account, _instant(since), reason, sayer, world.notary, world.clock())
        covered = doubts.records_in(connection, doubts.find(connection, made))
    click.echo(f"{made}: {Counted(len(covered)):record is|records are} in doubt, and {login} is signed out.")
    for one in covered:
        click.echo(f"{one.record_id}  {one.type}  {one.time:%Y-%m-%dT%H:%M:%SZ}")


def _instant(text: str) -> datetime:
    """A day or a minute in Vietnam; InvalidEvent for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as cause:
        raise InvalidEvent(f"{text[:40]!r} is no time: write 2026-11-20 or 2026-11-20T14:30.") from cause
    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)


@accounts.command()
@click.argument("doubt")
@click.option("--record", "records", multiple=True, help="UUID of a record that is right; none: all of them.")
@click.option("--reason", default="", help="Why; it is public.")
def clear(doubt: str, records: tuple[str, ...], reason: str) -> None:
    """Lift a DOUBT that `flag` told the name of, for some records or wholly."""
    world = open_world()
    with world.write() as connection:
        sayer = doubts.operator(world.host)
        doubts.lift(connection, doubt, records, reason, sayer, world.notary, world.clock())
    click.echo(f"{doubt} is lifted{f' for {Counted(len(records)):record|records}' if records else ''}.")


@accounts.command("allow-passwords")
@click.argument("organisation")
def allow_passwords(organisation: str) -> None:
    """Let an ORGANISATION (id or name) that asks for passkeys prove itself by password again: somebody lost theirs."""
    world = open_world()
    with world.write_aside() as connection:
        found = organisation_called(connection, organisation)
        set_rule(connection, found, OPERATOR, world.clock(), required=False)
    click.echo(f"{found} takes passwords again.")


@accounts.command("list")
def list_() -> None:
    """Every membership: login, role in it, organisation."""
    world = open_world()
    with world.read() as connection:
        found = everybody(connection)
        names = {one.organisation: name_of(connection, one.organisation) for one in found}
    for one in found:
        state = "  disabled" if one.disabled else ""
        click.echo(f"{one.login}  {one.role}  {names[one.organisation] or one.organisation}{state}")
    if not found:
        click.echo("There are no accounts.")


@accounts.command("disable")
@click.argument("login")
def disable_(login: str) -> None:
    """Nobody signs in with LOGIN any more; who is signed in is out."""
    world = open_world()
    with world.write_aside() as connection:
        disable(connection, login_of(login), OPERATOR, world.clock())
    click.echo(f"{login} is disabled.")


@accounts.command("erase")
@click.argument("login")
def erase_(login: str) -> None:
    """Forget the person behind LOGIN: name, login, password, passkeys, codes. Records stay as they are."""
    world = open_world()
    with world.write_aside() as connection:
        account = erase(connection, login_of(login), OPERATOR, world.clock())
    click.echo(f"{account} is erased.")
