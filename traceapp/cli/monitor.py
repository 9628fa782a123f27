"""`traceapp monitor`: nothing of the service is needed, and none of it is imported."""

from __future__ import annotations

import shlex
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from traceapp.cli.files import trust_in
from traceapp.cli.refusals import plainly
from traceapp.core.counted import Counted
from traceapp.core.errors import TraceappError
from traceapp.monitor.look import Look, Status, look
from traceapp.monitor.source import Source
from traceapp.monitor.state import State, Store


class _NotChecked(click.ClickException):
    """1 would say that a record is unknown."""

    exit_code = Status.UNREADABLE


@click.command()
@click.argument("place")
@click.option("--for", "names", multiple=True, help="Id of the organisation whose records to watch; may be repeated.")
@click.option("--own-key", "own_keys", multiple=True, help="Public key z6Mk… of one's own, or its did:key; kept.")
@click.option("--trust", type=click.Path(dir_okay=False, path_type=Path), help="The trust file to pin, the first time.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), default="monitor", show_default=True)
@click.option("--accept", multiple=True, help="Id of a record that was made; `all` for those unknown by now.")
@click.option("--once", is_flag=True, help="Look once and exit.")
@click.option("--every", default=60, show_default=True, help="Seconds between looks.")
@click.option("--run", "command", help="Program to start on an alert, with the message as its input.")
@click.pass_context
def monitor(
    ctx: click.Context,
    place: str,
    names: tuple[str, ...],
    own_keys: tuple[str, ...],
    trust: Path | None,
    state: Path,
    accept: tuple[str, ...],
    once: bool,
    every: int,
    command: str | None,
) -> None:
    """Follow the log at PLACE (a service's address, or a folder with an export) and tell of records in one's name.

    Exit status with --once: 0 nothing new, 1 a record that was not accepted, 2 could not be checked, 3 too few
    witnesses, 4 the log was forked or rolled back.
    """
    store = Store(state)
    try:
        source, known = Source(place), _known(store, names, trust)
        known.add_own_keys(own_keys)
        known.accept(accept)
    except (OSError, TraceappError) as cause:
        raise _NotChecked(plainly(cause)) from cause
    told: list[str] = []
    while True:
        seen = look(known, source, store, datetime.now(UTC))
        lines = _lines(seen, known)
        if lines != told:
            click.echo("\n".join(lines))
            _alert(command, seen, lines)
        told = lines
        if once:
            ctx.exit(seen.status)
        source.close()
        time.sleep(max(every, 1))


def _known(store: Store, names: tuple[str, ...], trust: Path | None) -> State:
    known = store.read()
    if known is None:
        if trust is None or not names:
            raise _NotChecked("The first time, say --for ORGANISATION and --trust FILE, got from a place you trust.")
        return State(trust_in(trust), names)
    if trust is not None:
        known.trust = trust_in(trust, known.trust)
    if names and set(names) != set(known.names):
        raise _NotChecked(f"This monitor watches {', '.join(known.names)}: use another --state for others.")
    return known


def _lines(seen: Look, known: State) -> list[str]:
    lines = [text for _, text in seen.problems]
    if seen.evidence:
        lines.append(f"What shows it lies in {seen.evidence}: give it to others who watch this log.")
    hidden = (
        f"; {Counted(known.restricted):record|records} may be read by their parties only" if known.restricted else ""
    )
    return [*lines, f"{Counted(seen.size):entry|entries} of {known.trust.log_key.name} verified{hidden}."]


def _alert(command: str | None, seen: Look, lines: list[str]) -> None:
    if command and seen.status is not Status.GOOD:
        done = subprocess.run(shlex.split(command), input="\n".join(lines) + "\n", text=True, check=False)
        if done.returncode:
            click.echo(f"{command} ended with {done.returncode}.", err=True)
