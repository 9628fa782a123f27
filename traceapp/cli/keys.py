"""`traceapp keys`."""

from __future__ import annotations

import click

from traceapp.cli.world import open_world, root_of
from traceapp.core.dates import instant, rfc3339
from traceapp.core.keys import PublicKey, Role
from traceapp.services.operating import keys as service


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
@click.argument("role", type=click.Choice([str(one) for one in (Role.RECORD, Role.LABEL, Role.SERIAL, Role.ROOT)]))
def rotate(role: str) -> None:
    """Put a new key of ROLE in use and retire the present one; what it signed stays good.

    For `root` both sign the new trust file: verifiers that pinned the old one follow.
    """
    world = open_world()
    with world.write() as connection:
        fresh = service.rotate(connection, Role(role), world.key_store, world.notary, root_of(world), world.clock())
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
        revoked = service.revoke(connection, name, lost, world.key_store, world.notary, root_of(world), world.clock())
    click.echo(_line(revoked))


@keys.command()
def seal() -> None:
    """Write every private key here anew, sealed with the passphrase that is set now (scrypt, AES-256).

    Keys that lie open, or were sealed by an earlier version, are read as they are.
    """
    world = open_world()
    count = world.key_store.seal()
    click.echo(f"{count} keys in {world.settings.keys_dir} are sealed.")


@keys.command(name="add-host")
@click.argument("host")
def add_host(host: str) -> None:
    """Let labels carry HOST too (the host of TRACEAPP_BASE_URL): issues a new trust file."""
    world = open_world()
    with world.write() as connection:
        trust = service.add_host(connection, host.lower(), root_of(world), world.clock())
    click.echo(f"Trust file version {trust.version}; hosts {', '.join(trust.hosts)}")
