"""`traceapp import`: tables from Excel and CSV, looked at first, then all of one or nothing."""

from __future__ import annotations

from pathlib import Path

import click

from traceapp.cli.files import write_whole
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.errors import RuleBroken, SheetRefused
from traceapp.core.sheets.layouts import LAYOUTS
from traceapp.i18n.sheets import fault_text, kind_name, refusal_text, same_text
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.tables.importing import Look, look, take
from traceapp.services.tables.templates import template as make_template

MOST_SHOWN = 40
_LANG = click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of what is told.")


@click.group()
def import_() -> None:
    """Import households, plots, products, certificates or a diary from .xlsx or .csv."""


@import_.command()
@click.argument("kind", type=click.Choice(list(LAYOUTS)))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help=".xlsx or .csv")
@_LANG
def template(kind: str, output: Path, lang: str) -> None:
    """Write the template of KIND: the titles to keep, and how each column is written."""
    suffix = output.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise click.UsageError(f"{output} is neither .xlsx nor .csv: call it so.")
    write_whole(output, make_template(kind, lang, as_csv=suffix == ".csv"))
    click.echo(f"{output} written.")


def _import_command(kind: str) -> click.Command:
    @click.command(kind, help=f"Import FILE: {kind_name(kind, 'en').lower()}.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--for", "organisation", required=True, metavar="ORG", help="Id or name of who imports it.")
    @click.option("--dry-run", is_flag=True, help="Only look: tell what would be recorded and what is wrong.")
    @_LANG
    def command(file: Path, organisation: str, *, dry_run: bool, lang: str) -> None:
        try:
            found, count = _run(kind, file, organisation, dry_run=dry_run)
        except SheetRefused as cause:
            raise RuleBroken(f"{file.name}: {refusal_text(cause, lang)}") from cause
        _tell(found, lang)
        if found.fault_count:
            raise RuleBroken(f"{file.name}: {Counted(found.fault_count):cell|cells} to correct, nothing was recorded.")
        click.echo(
            f"{Counted(count):row|rows} recorded."
            if count
            else f"{Counted(len(found.rows)):row|rows} would be recorded."
        )

    return command


def _run(kind: str, file: Path, organisation: str, *, dry_run: bool) -> tuple[Look, int]:
    """The table looked at, and how many rows were recorded; nothing is while anything is wrong."""
    world, data = open_world(), file.read_bytes()
    with world.read() as connection:
        by = organisation_called(connection, organisation)
        found = look(connection, kind, data, by, world.notary, world.clock())
    if dry_run or not found.is_ready:
        return found, 0
    with world.write() as connection:
        found, receipts = take(connection, kind, data, by, world.notary, world.clock(), name=file.name, actor="cli")
    return found, len(receipts)


def _tell(found: Look, lang: str) -> None:
    for fault in found.faults[:MOST_SHOWN]:
        click.echo(fault_text(fault, found.layout, lang))
    if found.fault_count > MOST_SHOWN:
        click.echo(f"… {found.fault_count - MOST_SHOWN} more")
    for same in found.same[:MOST_SHOWN]:
        click.echo(same_text(same, found.layout, lang))
    if len(found.same) > MOST_SHOWN:
        click.echo(f"… {len(found.same) - MOST_SHOWN} more")
    if found.unknown_titles:
        told = ", ".join(found.unknown_titles)
        click.echo(f"Cột không dùng: {told}." if lang == "vi" else f"Columns not used: {told}.")


for _kind in LAYOUTS:
    import_.add_command(_import_command(_kind))
