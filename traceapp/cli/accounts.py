"""`traceapp accounts`: accounts that only the operator makes, and all there are."""

from __future__ import annotations

import click
from sqlalchemy import Connection

from traceapp.adapters.mail import Letter
from traceapp.cli.world import open_world
from traceapp.core.errors import Unavailable
from traceapp.core.registers import ROLES
from traceapp.services.accounts import invitations
from traceapp.services.accounts.people import MemberRole, disable, erase, everybody, is_mail, login_of
from traceapp.services.records.names import name_of, organisation_named
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
