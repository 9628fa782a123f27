"""`traceapp labels …` and `traceapp url`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import click

from traceapp.cli import label_jobs
from traceapp.cli.files import whole_file
from traceapp.cli.label_jobs import LONG, items_of, make_long_run, start_in_background
from traceapp.cli.label_options import format_of, offset_of, ranges_of, sheet_of
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.core.serials import LAST_ITEM
from traceapp.i18n import show_date
from traceapp.render.calibration import steps, write_calibration
from traceapp.render.layout import TEMPLATES, Template
from traceapp.render.outputs import FORMATS, PICTURES, Order, Written
from traceapp.render.print_setup import Ink, PrintSetup
from traceapp.render.sheets import ROLLS, SHEETS, Sheet, millimetres
from traceapp.services.labels.output import Batch, wanted_batch, words_of, write_batch
from traceapp.services.labels.runs import item_path, runs_of, void_labels
from traceapp.services.labels.stars import stars_end_on_pack
from traceapp.services.labels.work import Wish
from traceapp.services.registry.registers import lot_called, owner_of_lot
from traceapp.services.world import World


class _IssueUnlessNamed(click.Group):
    """`traceapp labels LOT …` is `traceapp labels issue LOT …`: what is done every day needs no word of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["issue", *args]
        return super().parse_args(ctx, args)


class _PreviewOnly(Exception):
    """Ends the transaction without keeping it."""


_FILE = click.Path(dir_okay=False, path_type=Path)
_SHEET = click.option(
    "--sheet", help="See `traceapp labels sheets`; also WxH of a roll, custom:…, or FILE.json with measures."
)
_DPI = click.option("--dpi", type=click.Choice(["203", "300", "600"]), help="Dots an inch of the printer.")
_OFFSET = click.option("--offset", default="0,0", metavar="X,Y", help="Shift to the right and down, in millimetres.")
_SCALE = click.option("--scale", default=1.0, help="Stretch, as measured on the calibration page.")


@click.group(cls=_IssueUnlessNamed)
def labels() -> None:
    """Issue labels of a lot (`traceapp labels LOT --count N -o FILE`), print them again, void them, set up printers."""


@labels.command()
@click.argument("lot")
@click.option("--count", type=int, required=True, help="How many labels.")
@click.option("--format", "kind", type=click.Choice([*FORMATS, "zip"]), help="Else what FILE is called.")
@_SHEET
@_DPI
@click.option("--template", type=click.Choice(TEMPLATES), default="full", help="What stands on each label.")
@click.option("--signed/--plain", default=None, help="A signature that works offline; signed wherever it fits.")
@click.option("--level", type=click.Choice(["L", "M", "Q"]), default="M", help="Error correction of the code.")
@click.option("--module", type=float, metavar="MM", help="Size of the code's modules; else the largest that fits.")
@click.option("--start-at", default=1, help="First free label of a sheet that was used before.")
@_OFFSET
@_SCALE
@click.option("--gap", default=2.0, metavar="MM", help="Backing paper between two labels of a roll (TSPL).")
@click.option("--ink", default="#000000", help="Colour of the ink (PDF, SVG).")
@click.option("--paper", default="#ffffff", help="Colour of the paper, to judge the contrast; it is not printed.")
@click.option("--from-item", type=int, help="Print issued items again, from this one on; no item is spent.")
@click.option("--background", is_flag=True, help="Issue them now and let a worker make the file: see `labels jobs`.")
@click.option("--request", metavar="NAME", help="With --background: asked again under NAME, nothing is issued twice.")
@click.option("--preview", is_flag=True, help="The first page only, and nothing is issued.")
@click.option("-o", "--output", type=_FILE, help="FILE.pdf, .zpl, .tspl, .svg, .png, .csv or .zip")
def issue(
    lot: str, count: int, *, output: Path | None, preview: bool, background: bool, request: str | None, **said: Any
) -> None:
    """Issue COUNT labels of LOT behind the gate and write them. The word `issue` may be left out."""
    _require_sensible(output, preview=preview, background=background, request=request)
    order = _order(output or Path("labels.pdf"), **said)
    world = open_world()
    if preview or (output and count <= LONG and not background):
        _write_now(world, lot, order, cast(Path, output), count, preview=preview, **said)
    else:
        with world.read() as connection:
            lot_id = lot_called(connection, lot)
        wish = Wish(lot_id, count, order, said["signed"], said["from_item"], request)
        if background:
            start_in_background(world, wish)
        else:
            job = make_long_run(world, wish, cast(Path, output))
            click.echo(f"{output}: {Counted(job.count):label|labels}, {items_of(job)}")
    _warn_of_stars(world, lot)
    if world.settings.is_local_only:
        click.echo(
            f"  They lead to {world.settings.base_url}, which no phone opens: "
            "set TRACEAPP_BASE_URL to the address that readers use, and print again.",
            err=True,
        )


def _warn_of_stars(world: World, lot: str) -> None:
    with world.read() as connection:
        found = stars_end_on_pack(world, connection, lot_called(connection, lot))
    if found:
        ends, lasts = map(show_date, found)
        click.echo(f"  Its OCOP stars end on {ends}, its goods last until {lasts}: print no stars on packs.", err=True)


def _require_sensible(output: Path | None, *, preview: bool, background: bool, request: str | None) -> None:
    if background and (output or preview):
        raise click.UsageError("With --background the file is made later: leave -o and --preview out, fetch it then.")
    if not background and not output:
        raise click.UsageError("Say where to write to: -o FILE, or --background.")
    if request and not background:
        raise click.UsageError("--request goes with --background: add that, or leave --request out.")


def _write_now(world: World, lot: str, order: Order, output: Path, count: int, *, preview: bool, **said: Any) -> None:
    wanted = min(count, _first_page(order)) if preview else count
    # Rendered, read back and closed before the run is committed: what does not fit or scan costs no serial.
    with (
        whole_file(output) as draft,
        suppress(_PreviewOnly),
        world.write() as connection,
        draft.open("wb") as file,
    ):
        lot_id = lot_called(connection, lot)
        text = words_of(world, connection, lot_id, case=order.template == "case")
        batch = wanted_batch(
            world, connection, lot_id, wanted, order, text, signed=said["signed"], from_item=said["from_item"]
        )
        written = write_batch(world, text, batch, order, file)
        if preview:
            raise _PreviewOnly
    _say(output, batch, order, written, preview=preview)


def _order(output: Path, **said: Any) -> Order:
    kind, packed = format_of(output, said["kind"])
    sheet = sheet_of(said["sheet"], kind, int(said["dpi"]) if said["dpi"] else None)
    ink = Ink(said["ink"], said["paper"])
    setup = PrintSetup(offset_of(said["offset"]), said["scale"], said["start_at"], ink)
    return Order(
        sheet, kind, cast(Template, said["template"]), said["level"], said["module"], setup, packed, said["gap"]
    )


def _first_page(order: Order) -> int:
    return 1 if order.format in PICTURES else order.sheet.count - order.setup.start_at + 1


def _say(output: Path, batch: Batch, order: Order, written: Written, *, preview: bool) -> None:
    """What was written, and on the second channel what was chosen."""
    items = f"items {batch.first} to {batch.last}" if batch.runs else "the code of the lot"
    preview_only = " (a preview: nothing was issued, do not stick these)" if preview else ""
    click.echo(f"{output}: {Counted(batch.count):label|labels}{preview_only}, {items}")
    if order.format == "csv":
        click.echo(f"  {'signed' if batch.signed else 'plain'} codes", err=True)
        return
    sheet, kind = order.sheet, "signed" if batch.signed else "plain"
    size = f"{millimetres(sheet.label_w_mm)} × {millimetres(sheet.label_h_mm)} mm"
    proved = f"{written.proved} read back" if written.proved else "none read back"
    click.echo(f"  {kind} codes on {sheet.name} ({size}), {sheet.dpi} dpi; {proved}", err=True)


@labels.command()
@click.argument("lot")
@click.option("--items", required=True, metavar="5-9,12", help="Which items.")
@click.option("--reason", required=True, help="Why: lost, damaged, misprinted …")
def void(lot: str, items: str, reason: str) -> None:
    """Say that labels of LOT are lost, damaged or misprinted: whoever scans one is told so. It cannot be undone."""
    ranges = ranges_of(items)
    world = open_world()
    with world.write() as connection:
        lot_id = lot_called(connection, lot)
        owner = owner_of_lot(connection, lot_id)[1]
        new = [
            part
            for first, last in ranges
            for part in void_labels(connection, lot_id, first, last, reason, owner, world.notary, world.clock())
        ]
    count, told = sum(last - first + 1 for first, last in new), ", ".join(f"{first}-{last}" for first, last in new)
    before = sum(last - first + 1 for first, last in ranges) - count
    click.echo(
        f"{Counted(count):label|labels} of lot {lot} made void: items {told}"
        + (f" ({before} were before)" if before else "")
    )


@labels.command()
@_SHEET
@_DPI
@_OFFSET
@_SCALE
@click.option("-o", "--output", type=_FILE, required=True, help="FILE.pdf")
def calibrate(sheet: str | None, dpi: str | None, offset: str, scale: float, output: Path) -> None:
    """Write a test page for a printer: what to measure on it, and what to type."""
    chosen = sheet_of(sheet, "pdf", int(dpi) if dpi else None)
    setup = PrintSetup(offset_of(offset), scale)
    with whole_file(output) as draft, draft.open("wb") as file:
        write_calibration(file, chosen, setup)
    click.echo(f"{output}: {chosen.name}")
    for number, step in enumerate(steps(chosen, setup), 1):
        click.echo(f"  {number}. {step}")


@labels.command()
def sheets() -> None:
    """List the sizes of labels that are known by name."""
    for one in (*SHEETS.values(), *ROLLS.values()):
        click.echo(f"{one.name:8} {_measures(one)}")


for _command in (label_jobs.jobs, label_jobs.progress, label_jobs.cancel, label_jobs.resume, label_jobs.fetch):
    labels.add_command(_command)


def _measures(sheet: Sheet) -> str:
    size = f"{millimetres(sheet.label_w_mm)} × {millimetres(sheet.label_h_mm)} mm"
    return f"{size}, cuộn" if sheet.is_roll else f"{size}, {sheet.columns} × {sheet.rows} = {sheet.count} tem trên A4"


@click.command()
@click.argument("lot")
@click.option("--item", type=int, help="Number of an issued item; without it the code of the whole lot.")
@click.option("--signed", is_flag=True, help="With the signature that works offline.")
def url(lot: str, *, item: int | None, signed: bool) -> None:
    """Print the address on the label of LOT or of one of its items."""
    world = open_world()
    with world.read() as connection:
        lot_id = lot_called(connection, lot)
        if item is None and signed:
            raise InvalidEvent("A signed label has a serial: add --item N.")
        if item is None:
            path = lot_id.removeprefix(f"https://{world.host}")
        else:
            runs = runs_of(connection, lot_id, item, item) if 0 < item <= LAST_ITEM else []
            if not runs:
                raise NotFound(
                    f"Item {item} of lot {lot} has not been issued: leave --item out, or issue it first with "
                    f"traceapp labels."
                )
            path = item_path(runs[0], item, world.serial_key)
    click.echo(world.label_maker.url(path, signed=signed))
