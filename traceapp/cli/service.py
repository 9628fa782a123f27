"""`traceapp init` and `traceapp serve`."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import click
import qrcode

from traceapp.cli.demo import SHEET
from traceapp.cli.world import new_world, open_world
from traceapp.services.operating.setup import initialise, require_startable
from traceapp.services.registry.examples import example_links
from traceapp.services.world import World
from traceapp.web.awake import IDLE_SECONDS
from traceapp.web.bodies import THREADS
from traceapp.worker import make_huey


@click.command()
def init() -> None:
    """Make the database, the keys and the empty log, where there are none yet."""
    world = new_world()
    first = initialise(world)
    done = "made" if first else "checked"
    click.echo(f"{world.host}: {done}, data in {world.settings.data_dir}, keys in {world.settings.keys_dir}.")
    if world.settings.passphrase is None:
        click.echo(
            "The keys lie unencrypted: set TRACEAPP_KEY_PASSPHRASE_FILE before `init` for anything but a trial.",
            err=True,
        )


@click.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option(
    "--workers",
    default=1,
    type=click.IntRange(1),
    show_default=True,
    help="Processes: 1 on SQLite, as many as cores on PostgreSQL.",
)
@click.option("--worker/--no-worker", default=True, help="Make label files in the background, in a process beside.")
@click.option(
    "--threads",
    default=THREADS,
    type=click.IntRange(1),
    show_default=True,
    help="Of each process: one takes requests, the others wait for bodies. With 1, pages wait for bodies, too.",
)
@click.option("--links/--no-links", default=False, help="Print example links with QR codes to scan.")
def serve(host: str, workers: int, worker: bool, threads: int, links: bool) -> None:
    """Serve the pages with granian."""
    world = open_world()
    # Its processes would tell it by a traceback each, again and again.
    require_startable(world)
    port = world.settings.port
    _require_free(host, port)
    if worker:
        make_huey(world.settings)
    if links:
        _show_links(world)
    click.echo(f"Serving {world.settings.base_url} on port {port}. Stop with Ctrl+C.")
    sys.stdout.flush()
    granian = Path(sys.executable).with_name("granian")
    os.execv(  # noqa: S606
        granian,
        [
            str(granian),
            "--interface=wsgi",
            f"--host={host}",
            f"--port={port}",
            f"--workers={workers}",
            f"--blocking-threads={threads}",
            f"--blocking-threads-idle-timeout={IDLE_SECONDS}",
            # A body that never ends must not keep a service from ending.
            "--workers-kill-timeout=10",
            "--no-ws",
            "--log-level=error",
            "--factory",
            f"traceapp.app:{'create_app_beside_worker' if worker else 'create_app_from_env'}",
        ],
    )


def _show_links(world: World) -> None:
    for title, address in example_links(world):
        click.echo(f"\n{title}\n{address}")
        code = qrcode.QRCode(border=2)
        code.add_data(address)
        code.print_ascii(invert=True)
    sheet = world.settings.data_dir / SHEET
    if sheet.exists():
        click.echo(f"\nTờ tem để in · a label sheet to print: {sheet}")
    click.echo(f"Trang đầu · start page: {world.settings.base_url}/")
    forgotten = " (traceapp demo --passphrase)" if world.is_demo else ""
    click.echo(f"Cổng của người sản xuất · the portal: {world.settings.base_url}/portal{forgotten}")
    click.echo(
        "Lệnh ở cửa sổ khác, để tem dẫn về đây · for commands in another window, so that labels lead here:\n"
        f"  export TRACEAPP_BASE_URL={world.settings.base_url}\n"
    )


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as cause:
            raise click.ClickException(
                f"Port {port} cannot be used at {host} ({cause.strerror}): set PORT to another, or --host to an "
                f"address "
                "of this machine."
            ) from cause
