"""`traceapp labels jobs|progress|cancel|resume|fetch`: long runs that are made in the background."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from traceapp.cli.files import whole_file
from traceapp.cli.world import open_world
from traceapp.core.counted import Counted
from traceapp.i18n import show_instant
from traceapp.services.labels import jobs as label_jobs
from traceapp.services.labels.jobs import OPEN, Job, State
from traceapp.services.labels.work import Told, Wish, result_of, start_job, work_on
from traceapp.services.world import World
from traceapp.worker import Worker

LONG = 20_000
"""More labels than this are issued first and made afterwards: nobody else waits for the log meanwhile."""
_WIDTH = 30
_EVERY = 0.5
_JOB = click.argument("job", type=click.IntRange(1, 2**63 - 1))


def start_in_background(world: World, wish: Wish) -> None:
    """Issue the labels, open their job and wake a worker."""
    with world.write() as connection:
        job, token = start_job(world, connection, wish)
    if job.state is State.WAITING:
        Worker(world).enqueue(job.id)
    stands = "are issued and being made" if job.state in OPEN else f"were issued before: {job.state}"
    click.echo(f"Job {job.id}: {Counted(job.count):label|labels}, {items_of(job)}, {stands} ({job.kind})")
    click.echo(f"  traceapp labels progress {job.id} --watch; then traceapp labels fetch {job.id} -o FILE", err=True)
    _say_address(world, token)


def make_long_run(world: World, wish: Wish, output: Path) -> Job:
    """Issue the labels, make their file here and now, and put it where it was asked for."""
    with whole_file(output) as draft:
        draft.touch()
        with world.write() as connection:
            job, _ = start_job(world, connection, wish, mine=True)
        try:
            with _drawn(job.count) as told:
                job = work_on(world, job, told=told)
        except KeyboardInterrupt:
            click.echo(f"\nJob {job.id} is left to a worker: traceapp labels progress|cancel {job.id}", err=True)
            raise
        _require_made(job)
        _copy(world, job, draft)
    return job


@contextmanager
def _drawn(total: int) -> Iterator[Told]:
    """A bar on the second channel, where that is a terminal."""
    shown = sys.stderr.isatty()
    began = said = time.monotonic()

    def tell(done: int) -> None:
        nonlocal said
        if shown and time.monotonic() - said > _EVERY / 2:
            said = time.monotonic()
            rate = done / max(said - began, 0.001)
            click.echo(f"\r{_bar(done, total)}{_pace(rate, total - done)}  ", nl=False, err=True)

    yield tell
    if shown:
        click.echo("\r" + " " * 90 + "\r", nl=False, err=True)


@click.command("jobs")
def jobs() -> None:
    """List what is or was made in the background, the newest first."""
    world = open_world()
    with world.read() as connection:
        found = label_jobs.list_jobs(connection)
    for job in found:
        lot = job.lot.rpartition("/")[2]
        click.echo(f"{job.id:>5}  {job.state:9}  {_bar(job.done, job.count)}  {job.kind} of {lot}, {_asked(job)}")
    if not found:
        click.echo("There are no label jobs.")


@click.command()
@_JOB
@click.option("--watch", is_flag=True, help="Stay until it has ended.")
@click.option("--address", is_flag=True, help="Make a new address for programs; the one before leads nowhere then.")
def progress(job: int, *, watch: bool, address: bool) -> None:
    """How far JOB is, and how long it still takes. Fails where the job did."""
    world = open_world()
    if address:
        with world.write_aside() as connection:
            label_jobs.find_job(connection, job)
            token = label_jobs.renew_token(connection, job)
        _say_address(world, token)
    found = _look(world, job)
    drawn = sys.stdout.isatty()
    while watch and found.state in OPEN:
        click.echo(f"\r{_line(world, found)}   " if drawn else _line(world, found), nl=not drawn)
        time.sleep(_EVERY)
        found = _look(world, job)
    click.echo(("\r" if watch and drawn else "") + _line(world, found))
    if found.state is State.FAILED:
        _require_made(found)


@click.command()
@_JOB
def cancel(job: int) -> None:
    """Stop JOB. Its items stay issued: resume it, print them with --from-item, or void them."""
    world = open_world()
    with world.write_aside() as connection:
        found = label_jobs.cancel_job(connection, job, world.clock())
    click.echo(f"Job {job} is cancelled; {items_of(found)} stay issued")


@click.command()
@_JOB
def resume(job: int) -> None:
    """Make a failed or cancelled JOB after all. No item is issued again."""
    world = open_world()
    with world.write_aside() as connection:
        label_jobs.resume_job(connection, job)
    Worker(world).enqueue(job)
    click.echo(f"Job {job} waits for a worker")


@click.command()
@_JOB
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="FILE")
def fetch(job: int, output: Path) -> None:
    """Copy what JOB made to FILE. Refused, as new labels would be, where the lot was recalled meanwhile."""
    world = open_world()
    found = _look(world, job)
    with whole_file(output) as draft:
        _copy(world, found, draft)
    click.echo(f"{output}: {Counted(found.count):label|labels}, {items_of(found)}")


def _copy(world: World, job: Job, draft: Path) -> None:
    with world.read() as connection:
        path = result_of(world, connection, job)
    shutil.copyfile(path, draft)


def _look(world: World, number: int) -> Job:
    with world.read() as connection:
        return label_jobs.find_job(connection, number)


def _require_made(job: Job) -> None:
    if job.state is not State.DONE:
        remedy = f"Its numbers stay issued: traceapp labels resume {job.id} makes it again."
        raise click.ClickException(" ".join(f"Label job {job.id} is {job.state}. {job.error or ''} {remedy}".split()))


def _line(world: World, job: Job) -> str:
    found = label_jobs.progress_of(job, world.clock())
    pace = _pace(found.rate, job.count - job.done) if found else ""
    size = f"  {job.bytes / 1e6:,.1f} MB" if job.bytes else ""
    return f"{job.state:9} {_bar(job.done, job.count)}{pace}{size}"


def _bar(done: int, total: int) -> str:
    filled = _WIDTH * done // total
    return f"{'█' * filled}{'░' * (_WIDTH - filled)} {100 * done // total:>3} %  {done:,} of {total:,}"


def _pace(rate: float, left: int) -> str:
    seconds = round(left / rate) if rate else 0
    return f"  {rate:,.0f}/s, {seconds // 60}:{seconds % 60:02} left" if rate else ""


def items_of(job: Job) -> str:
    """Which items a job prints, in words."""
    return "codes of the lot" if job.order.template == "case" else f"items {job.first} to {job.last}"


def _asked(job: Job) -> str:
    return f"asked {show_instant(job.asked, 'en')}"


def _say_address(world: World, token: str) -> None:
    click.echo(f"  for programs: {world.settings.base_url}/label-jobs/{token}", err=True)
