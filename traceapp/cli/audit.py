"""`traceapp audit`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.dates import civil_date, instant
from traceapp.core.errors import InvalidEvent
from traceapp.services.log.check import check_log
from traceapp.services.operating.trail import search as search_trail
from traceapp.services.records.index_rows import IndexRows


@click.group(invoke_without_command=True)
@click.pass_context
def audit(ctx: click.Context) -> None:
    """Re-prove log, audit trail and every column of the index against its record; name the first thing wrong."""
    if ctx.invoked_subcommand is None:
        _audit()


def _audit() -> None:
    world = open_world()
    index = IndexRows()
    # Before the view of the database begins: what is recorded meanwhile is published, and not in that view.
    published = world.published.read()
    with world.read() as connection:
        report = check_log(connection, world.host, world.keyring(connection), published, index)
        rows = index.require_same(connection)
    click.echo(
        f"All good: {Counted(report.entries):entry|entries}, {Counted(report.tiles):full tile|full tiles}, "
        f"{Counted(report.checkpoints):checkpoint|checkpoints}, {Counted(report.audit_lines):audit line|audit lines}, "
        f"{Counted(rows):row|rows} of the index."
    )


@audit.command()
@click.argument("words", nargs=-1)
@click.option("--since", help="A day (yyyy-mm-dd, Vietnamese) or an instant (yyyy-mm-ddThh:mm:ssZ).")
def search(words: tuple[str, ...], since: str | None) -> None:
    """Lines of the audit trail that hold all WORDS, oldest first."""
    world = open_world()
    with world.read() as connection:
        for line in search_trail(connection, " ".join(words), _since(since)):
            click.echo(line.text())


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if "T" in text:
            return instant(text)
        return datetime.fromisoformat(f"{civil_date(text).isoformat()}T00:00:00+07:00").astimezone(UTC)
    except InvalidEvent as cause:
        raise click.ClickException(str(cause)) from cause
