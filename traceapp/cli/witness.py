"""`traceapp witness`: being a witness, and having the log witnessed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from traceapp.cli.files import passphrase_in
from traceapp.core.counted import Counted
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.witness.judge import Witness
from traceapp.witness.key_file import create_key, load_key
from traceapp.witness.memory import Memory
from traceapp.witness.server import WitnessServer

Command = Callable[..., Any]


@click.group()
def witness() -> None:
    """Be a witness of logs (init, follow, serve), or have this service's log witnessed (add, remove, list, ask)."""


def _folder(command: Command) -> Command:
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--state", type=kind, default="witness", show_default=True, help="Folder of the witness.")(
        command
    )


@witness.command()
@click.argument("name")
@_folder
def init(name: str, state: Path) -> None:
    """Make the key of a new witness called NAME (an address without https://, such as witness.example.vn/w1).

    TRACEAPP_KEY_PASSPHRASE_FILE names a file with the key's passphrase.
    """
    if "://" in name:
        raise click.UsageError(f"{name[:80]!r} is an address: leave https:// out.")
    key = create_key(state, name, _passphrase())
    if _passphrase() is None:
        click.echo("The key lies unencrypted: set TRACEAPP_KEY_PASSPHRASE_FILE first to seal it.", err=True)
    click.echo(key.format())


@witness.command()
@click.argument("vkey")
@_folder
def follow(vkey: str, state: Path) -> None:
    """Cosign the log whose key is VKEY: the words behind `log` in its trust file's traceapp:logPolicy."""
    key = Memory(state).follow(vkey)
    click.echo(f"{key.name} is followed.")


@witness.command()
@_folder
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; TLS ends in front of it.")
@click.option("--port", default=8100, type=click.IntRange(0, 65535), show_default=True)
def serve(state: Path, host: str, port: int) -> None:
    """Answer POST /add-checkpoint (C2SP tlog-witness)."""
    name, private = load_key(state, _passphrase())
    memory = Memory(state)
    with memory.alone():
        server = WitnessServer(Witness(name, private, memory, time.time), host, port)
        key = VerifierKey.of(name, Algorithm.COSIGNATURE_V1, private)
        click.echo(f"{key.format()} on http://{host}:{server.server_port}, {Counted(len(memory.logs())):log|logs}")
        server.serve_forever()


def _passphrase() -> str | None:
    file = os.environ.get("TRACEAPP_KEY_PASSPHRASE_FILE")
    return passphrase_in(Path(file)) if file else None


@witness.command()
@click.argument("url")
@click.argument("vkey")
@click.option(
    "--quorum", type=click.IntRange(0, 1000), help="How many of all witnesses must cosign.  [default: more than half]"
)
def add(url: str, vkey: str, quorum: int | None) -> None:
    """Show the log to the witness at URL whose key is VKEY. Issues a new trust file, so it needs the root key."""
    from traceapp.cli.world import open_world, root_of
    from traceapp.services.log.witnesses import add_witness

    world = open_world()
    loopback = world.settings.witness_loopback
    with world.write() as connection:
        trust = add_witness(connection, url, vkey, root_of(world), world.clock(), needed=quorum, loopback=loopback)
    click.echo(f"Trust file version {trust.version}\n{trust.witnessing}", nl=False)


@witness.command()
@click.argument("name")
@click.option(
    "--quorum",
    type=click.IntRange(0, 1000),
    help="How many of the remaining witnesses must cosign.  [default: more than half]",
)
def remove(name: str, quorum: int | None) -> None:
    """Show the log to the witness NAME no longer. Issues a new trust file, so it needs the root key."""
    from traceapp.cli.world import open_world, root_of
    from traceapp.services.log.witnesses import remove_witness

    world = open_world()
    with world.write() as connection:
        trust = remove_witness(connection, name, root_of(world), world.clock(), needed=quorum)
    world.alarm.drop(name)
    world.doubts.drop(name)
    click.echo(f"Trust file version {trust.version}\n{trust.witnessing}", nl=False)


@witness.command(name="list")
def list_witnesses() -> None:
    """The witnesses that the trust file names, and what each cosigned last."""
    from traceapp.cli.world import open_world
    from traceapp.services.log.witnessed import last_seen, policy_of

    world = open_world()
    shown = {name: f", has seen {size}, which is not here" for name, size in world.alarm.read().items()}
    said = {name: f", says it has seen {size} and does not show it" for name, size in world.doubts.read().items()}
    with world.read() as connection:
        policy = policy_of(world.trust(connection))
        for one in policy.witnesses:
            claim = {**said, **shown}.get(one.name, "")
            click.echo(
                f"{one.name}  {one.url}  cosigned {Counted(last_seen(connection, one.key)):entry|entries}{claim}"
            )
    click.echo(f"quorum: {_quorum(policy.groups, policy.quorum)}")


def _quorum(groups: Any, name: str) -> str:
    return f"{groups[name][0]} of {len(groups[name][1])}" if name in groups else name


@witness.command()
def ask() -> None:
    """Show the newest committed checkpoint to the witnesses once and publish it, as the running service does."""
    from traceapp.cli.world import open_world
    from traceapp.services.log.publishing import Publisher

    world = open_world()
    asked = Publisher(world).publish()
    for one in asked:
        click.echo(f"{one.witness.name}: {one.problem or f'cosigned {Counted(one.size):entry|entries}'}")
    published = world.published.read()
    click.echo(f"{Counted(published[0] if published else 0):entry is|entries are} published.")
    world.require_not_behind()
