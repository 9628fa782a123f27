"""`traceapp keys`."""

from __future__ import annotations

import click

from traceapp.cli.world import open_world
from traceapp.core.credential import Signer
from traceapp.core.dates import instant, rfc3339
from traceapp.core.keys import PublicKey, Role
from traceapp.services import keys as service
from traceapp.services.world import World


@click.group()
def keys() -> None:
    """Show, rotate and revoke keys."""


@keys.command(name="list")
def list_keys() -> None:
    """Every public key with its role and life."""
    world = open_world()
    with world.read() as connection:
        trust = world.trust(connection)
    click.echo(
        f"Trust file version {trust.version}, valid until {rfc3339(trust.valid_until)}; hosts {', '.join(trust.hosts)}"
    )
    for key in trust.keys:
        click.echo(_line(key))


def _line(key: PublicKey) -> str:
    name = key.raw.hex() if key.role is Role.SERIAL else key.multikey
    state = f"from {rfc3339(key.valid_from)}"
    if key.compromised_since:
        state += f", compromised since {rfc3339(key.compromised_since)}"
    elif key.retired:
        state += f", retired {rfc3339(key.retired)}"
    return f"{key.role:7} {name}  {state}"


@keys.command()
@click.argument("role", type=click.Choice([Role.RECORD.value, Role.LABEL.value, Role.SERIAL.value]))
def rotate(role: str) -> None:
    """Put a new key of ROLE in use and retire the present one; what it signed stays good."""
    world = open_world()
    with world.write() as connection:
        fresh = service.rotate(connection, Role(role), world.key_store, world.notary, _root(world), world.clock())
    click.echo(_line(fresh))


@keys.command()
@click.argument("name")
@click.option("--since", required=True, help="When the key was lost: yyyy-mm-ddThh:mm:ssZ.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(name: str, since: str, *, yes: bool) -> None:
    """Declare the key whose text begins with NAME compromised since a time. Says first what falls."""
    world = open_world()
    lost = instant(since)
    with world.read() as connection:
        key = service.key_called(connection, name)
        falls = service.falling_records(connection, key, lost)
    click.echo(f"{_line(key)}\n{falls} records by this key were seen by no witness before {since}: they fall.")
    if not yes:
        click.confirm("Revoke the key?", abort=True)
    with world.write() as connection:
        revoked = service.revoke(connection, name, lost, world.key_store, world.notary, _root(world), world.clock())
    click.echo(_line(revoked))


@keys.command(name="add-host")
@click.argument("host")
def add_host(host: str) -> None:
    """Let labels carry HOST too (the host of TRACEAPP_BASE_URL): issues a new trust file."""
    world = open_world()
    with world.write() as connection:
        trust = service.add_host(connection, host.lower(), _root(world), world.clock())
    click.echo(f"Trust file version {trust.version}; hosts {', '.join(trust.hosts)}")


def _root(world: World) -> Signer:
    return Signer.of_host(world.host, world.key_store.load(Role.ROOT))
