"""`traceapp keys`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import click

from traceapp.cli.refusals import require_yes
from traceapp.cli.world import open_world, root_of
from traceapp.config import label_host
from traceapp.core.counted import Counted
from traceapp.core.dates import instant, rfc3339
from traceapp.core.keys import PublicKey, Role
from traceapp.core.own.keys import OwnKey
from traceapp.core.trust import signs_at
from traceapp.services.certificates import own_keys as own
from traceapp.services.operating import keys as service
from traceapp.services.records.names import name_of
from traceapp.services.records.own_keys import every_own_key, own_keys_of
from traceapp.services.registry.organisations import organisation_called


@click.group()
def keys() -> None:
    """Show, rotate and revoke keys."""


@keys.command(name="list")
def list_keys() -> None:
    """Every public key with its role and life."""
    world = open_world()
    with world.read() as connection:
        trust = world.trust(connection)
    now = world.clock()
    click.echo(
        f"Trust file version {trust.version}, valid until {rfc3339(trust.valid_until)}; hosts {', '.join(trust.hosts)}"
    )
    for key in trust.keys:
        click.echo(_line(key) + (", signs beside the new one until then" if key.retired and signs_at(key, now) else ""))


def _line(key: PublicKey) -> str:
    name = key.raw.hex() if key.role is Role.SERIAL else key.multikey
    state = f"from {rfc3339(key.valid_from)}"
    if key.first_size is not None:
        state += f" and {Counted(key.first_size):entry|entries}"
    if key.compromised_since:
        state += f", compromised since {rfc3339(key.compromised_since)}"
    elif key.retired:
        state += f", retired {rfc3339(key.retired)}"
    return f"{key.role:7} {name}  {state}"


@keys.command()
@click.argument("role", type=click.Choice([str(one) for one in Role]))
@click.option(
    "--overlap", type=click.IntRange(0, 730), help="Days for which the log's old key signs too.  [default: 30]"
)
def rotate(role: str, overlap: int | None) -> None:
    """Put a new key of ROLE in use and retire the present one; what it signed stays good.

    For `root` both sign the new trust file: verifiers that pinned the old one follow. For `log` both sign each
    checkpoint during the overlap: witnesses and monitors that know only the old key go on meanwhile.
    """
    if overlap is not None and role != Role.LOG:
        raise click.UsageError("Only the log's keys overlap: leave --overlap out.")
    days = timedelta(days=30 if overlap is None else overlap) if role == Role.LOG else timedelta(0)
    world = open_world()
    with world.write() as connection:
        fresh = service.rotate(
            connection, Role(role), world.key_store, world.notary, root_of(world), world.clock(), days
        )
    click.echo(_line(fresh))
    if role == Role.LOG:
        click.echo(f"Witnesses follow it with: traceapp witness follow {world.log_key.format()}")


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
    click.echo(f"{_line(key)}\n{_falling(key, falls, since)}")
    if not yes:
        require_yes("Revoke the key?")
    with world.write() as connection:
        revoked = service.revoke(connection, name, lost, world.key_store, world.notary, root_of(world), world.clock())
    click.echo(_line(revoked))


def _falling(key: PublicKey, falls: int, since: str) -> str:
    if key.role is Role.LOG:
        return (
            "No record falls: the new log key signs the whole log. Bundles and proofs fall that were made before, lead "
            f"to a checkpoint that only this key signed, and were seen by no witness before {since}."
        )
    what = f"{Counted(falls):record by this key was|records by this key were} seen by no witness before {since}"
    return f"{what}: {'it falls' if falls == 1 else 'they fall'}."


@keys.command()
def seal() -> None:
    """Write every private key here anew, sealed with the passphrase that is set now (scrypt, AES-256).

    Keys that lie open, or were sealed by an earlier version, are read as they are.
    """
    world = open_world()
    count = world.key_store.seal()
    click.echo(f"{Counted(count):key is|keys are} sealed in {world.settings.keys_dir}.")


@keys.command(name="add-host")
@click.argument("host")
def add_host(host: str) -> None:
    """Let labels carry HOST too (the host of TRACEAPP_BASE_URL): issues a new trust file."""
    host = label_host(host)
    world = open_world()
    with world.write() as connection:
        trust = service.add_host(connection, host, root_of(world), world.clock())
    click.echo(f"Trust file version {trust.version}; hosts {', '.join(trust.hosts)}")


@keys.command(name="own")
def own_keys() -> None:
    """Keys of certification bodies: those in use and ended, and those that wait for `keys admit`."""
    world = open_world()
    with world.read() as connection:
        waiting = own.requests(connection, world.host)
        known = list(every_own_key(connection, world.host, world.keyring(connection)))
        named = {one: name_of(connection, one) for one in _holders(waiting, known)}
    if not named:
        click.echo("No certification body has a key of its own here, and none asks for one.")
    for key in known:
        state = f"ended at entry {key.ended}" if key.ended is not None else "in use"
        lost = f", compromised since {rfc3339(key.compromised_since)}" if key.compromised_since else ""
        click.echo(f"{state:8} {key.key.method}  {named[key.organisation]} ({key.organisation}){lost}")
    for one in waiting:
        asked = one.possession
        state = "waits for `keys admit`" if one.proved else "waits for its holder's signature"
        click.echo(f"{state}  {asked.key.method}  {named[asked.organisation]} ({asked.organisation})")


def _holders(waiting: Iterable[own.Request], known: Iterable[OwnKey]) -> set[str]:
    return {one.possession.organisation for one in waiting} | {one.organisation for one in known}


@keys.command()
@click.argument("organisation")
def admit(organisation: str) -> None:
    """Bind the key that ORGANISATION (its name or id) asks for, with the root key. Its former key ends.

    Look first whether the organisation is who it says, and for a did:web whether its host serves that key.
    """
    world = open_world()
    with world.write() as connection:
        found, root = organisation_called(connection, organisation), root_of(world)
        keyring, now = world.keyring(connection), world.clock()
        receipt = own.admit_own_key(connection, found, world.notary, root, keyring, now)
    click.echo(f"Bound by {receipt.record_id}, entry {receipt.leaf_index}.")


@keys.command()
@click.argument("organisation")
@click.option("--since", help="When the key was lost: yyyy-mm-ddThh:mm:ssZ. Without it the key only ends.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def end(organisation: str, since: str | None, *, yes: bool) -> None:
    """End the own key of ORGANISATION with the root key; with --since, say first what falls."""
    world, lost = open_world(), instant(since) if since else None
    with world.read() as connection:
        found = organisation_called(connection, organisation)
        known = own_keys_of(connection, world.host, found, world.keyring(connection)).of(found)
        falls = own.falling_words(connection, known[-1], world.trust(connection), lost) if known and lost else 0
    if known:
        click.echo(
            f"{known[-1].key.method}: {Counted(falls):record by this key falls|records by this key fall}."
            if lost
            else known[-1].key.method
        )
    if not yes:
        require_yes("End the key?")
    with world.write() as connection:
        root, keyring, now = root_of(world), world.keyring(connection), world.clock()
        receipt = own.revoke_own_key(connection, found, world.notary, root, keyring, now, lost)
    click.echo(f"Ended by {receipt.record_id}, entry {receipt.leaf_index}.")
