"""Long label runs: issued at once, made in the background, handed over whole.

The run is issued and its job opened in one transaction, after some of its labels were drawn and read back. From then on
nothing can be issued twice: a job only renders items that signed runs hold, and rendering is pure, so a worker that was
killed leaves nothing but a draft, and the next one begins the file anew. The gate is asked before the first label,
again before the file is handed over, and each time it is fetched.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from sqlalchemy import Connection

from traceapp.adapters.job_files import JobFiles
from traceapp.core.errors import Conflict, InvalidEvent, NotFound, RuleBroken, TraceappError, Unavailable
from traceapp.render.outputs import PICTURES, Order
from traceapp.render.sheets import LabelText
from traceapp.services.labels import jobs as label_jobs
from traceapp.services.labels.jobs import LONGEST_REQUEST, Job, State
from traceapp.services.labels.output import Batch, case_batch, issued_batch, wanted_batch, words_of, write_batch
from traceapp.services.records.signing import Notary
from traceapp.services.world import World

log = logging.getLogger("traceapp")

BEAT = 2.0
"""Seconds between two signs of life. Each is a commit, after which pages of the same database are made anew."""
STEP = 512
"""Labels between two looks at the clock."""
TRIED = 12
"""Labels that are drawn before a run is issued."""

Told = Callable[[int], None]


class _GivenUp(Exception):
    """The job is not this worker's any more, or the worker has to stop."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for. `request` names it: asked again under that name, nothing is issued a second time."""

    lot: str
    count: int
    order: Order
    signed: bool | None = None
    from_item: int | None = None
    request: str | None = None


def files_of(world: World) -> JobFiles:
    """Where drafts and results lie."""
    return JobFiles(world.settings.data_dir / "jobs")


def start_job(
    world: World,
    connection: Connection,
    wish: Wish,
    *,
    mine: bool = False,
    notary: Notary | None = None,
    by: str = "cli",
) -> tuple[Job, str]:
    """Issue the labels and open their job, in the caller's transaction; with the token of the job's address.

    Some of the labels are drawn and read back first, so that what does not fit or scan costs no number. `mine`: the
    caller makes the file itself. `notary` is the one of a member who is named in the record beside the producer, `by`
    whom the audit trail names. GateRefused, RuleBroken, InvalidEvent, and Unavailable where the disk has no room.
    """
    request = wish.request
    if request is not None and not 1 <= len(request) <= LONGEST_REQUEST:
        raise InvalidEvent(f"A request is named by 1 to {LONGEST_REQUEST} characters.")
    if request and (known := label_jobs.job_of_request(connection, request, wish.lot, wish.count)):
        return known
    order = wish.order
    if order.format in PICTURES and not order.packed:
        raise RuleBroken("Trong nền chỉ in ra một tệp cho mọi tem: ghi hình vào -o TÊN.zip, hoặc in ra PDF.")
    text = words_of(world, connection, wish.lot, case=order.template == "case")
    batch = wanted_batch(
        world, connection, wish.lot, wish.count, order, text, signed=wish.signed, from_item=wish.from_item,
        notary=notary, by=by,
    )  # fmt: skip
    files_of(world).require_room(_try_out(world, text, batch, order))
    return label_jobs.open_job(connection, wish.lot, batch, order, request, world.clock(), mine=mine)


def _try_out(world: World, text: LabelText, batch: Batch, order: Order) -> float:
    """Draw the first labels and read some back; about how many bytes all of them will take."""
    few, more = (_written(world, text, batch, order, count) for count in (TRIED, 2 * TRIED))
    return max(few, few + (more - few) / TRIED * (batch.count - TRIED))


def _written(world: World, text: LabelText, batch: Batch, order: Order, count: int) -> int:
    out = BytesIO()
    write_batch(world, text, _first_of(batch, count), order, out)
    return len(out.getvalue())


def _first_of(batch: Batch, count: int) -> Batch:
    if batch.copies:
        return replace(batch, copies=min(batch.copies, count))
    run = batch.runs[0]
    return replace(batch, runs=(replace(run, count=min(run.count, count)),))


def claim(world: World, number: int) -> Job | None:
    """Take a job on; None where somebody else has it, or where it ended."""
    with world.write_aside() as connection:
        return label_jobs.claim_job(connection, number, world.clock())


def work_on(world: World, job: Job, *, stopping: Callable[[], bool] = lambda: False, told: Told | None = None) -> Job:
    """Make the file of a job that the caller has claimed, and say how the job stands afterwards.

    What goes wrong is written on the job. While `stopping` says so, it is left to the next worker.
    """
    watch = _Watch(world, job, stopping, told)
    try:
        _make(world, job, watch)
    except _GivenUp:
        _end(world, lambda connection: label_jobs.give_back(connection, job))
    except (TraceappError, OSError) as cause:
        code, words = _words(cause)
        # Without its words: they may name a label, and no log holds a serial.
        log.warning("label job %s failed: %s", job.id, code)
        _end(world, lambda connection: label_jobs.fail_job(connection, job, code, words, world.clock()))
    except Exception:
        log.exception("label job %s failed", job.id)
        words = "Something went wrong that nobody foresaw; the worker's log says what."
        _end(world, lambda connection: label_jobs.fail_job(connection, job, "error", words, world.clock()))
    except BaseException:
        _end(world, lambda connection: label_jobs.give_back(connection, job))
        raise
    with world.read() as connection:
        return label_jobs.find_job(connection, job.id)


def _make(world: World, job: Job, watch: _Watch) -> None:
    files = files_of(world)
    text, batch = _prepared(world, job)
    with files.draft(job.stem) as file:
        write_batch(world, text, batch, job.order, file, watch)
        # Once more: what was recalled, held or voided meanwhile is not handed over.
        _prepared(world, job)
        name, size = files.hand_over(job.stem, file, job.kind)
    with world.write_aside() as connection:
        kept = label_jobs.finish_job(connection, job, name, size, world.clock())
    if not kept:
        files.delete([name])


def _prepared(world: World, job: Job) -> tuple[LabelText, Batch]:
    """Words and labels of a job from verified facts. GateRefused where the lot may have no labels any more."""
    with world.read() as connection:
        return require_printable(world, connection, job)


def require_printable(world: World, connection: Connection, job: Job) -> tuple[LabelText, Batch]:
    """The same over the caller's connection. RuleBroken where one of the items was voided."""
    case = job.order.template == "case"
    text = words_of(world, connection, job.lot, case=case)
    if case:
        return text, case_batch(world, connection, job.lot, job.count)
    return text, issued_batch(world, connection, job.lot, job.first, job.count)


class _Watch:
    """Counts the addresses that pass by, and now and then says that the work goes on."""

    def __init__(self, world: World, job: Job, stopping: Callable[[], bool], told: Told | None) -> None:
        self._world, self._job, self._stopping, self._told = world, job, stopping, told
        self._done = 0
        self._said = time.monotonic()

    def __call__(self, urls: Iterator[str]) -> Iterator[str]:
        for number, url in enumerate(urls):
            if number % STEP == 0:
                self._look(number)
            yield url

    def _look(self, done: int) -> None:
        self._done = max(self._done, done)
        if self._told:
            self._told(self._done)
        if self._stopping():
            raise _GivenUp
        if time.monotonic() - self._said < BEAT:
            return
        self._said = time.monotonic()
        # A database that is busy for a moment stops no work: silence is noticed only after several beats.
        with suppress(Unavailable), self._world.write_aside() as connection:
            if not label_jobs.keep_claim(connection, self._job, self._done, self._world.clock()):
                raise _GivenUp


def _words(cause: Exception) -> tuple[str, str]:
    if isinstance(cause, TraceappError):
        return cause.code, str(cause)
    reason = getattr(cause, "strerror", None) or str(cause)
    return "unavailable", f"The file cannot be written ({reason}): free some space, then traceapp labels resume."


def _end(world: World, say: Callable[[Connection], object]) -> None:
    """Write how it ended; where even that fails, the claim runs out and a worker tries again."""
    try:
        with world.write_aside() as connection:
            say(connection)
    except Unavailable as cause:
        log.warning("the end of a label job could not be written: %s", cause)


def tidy_up(world: World) -> list[int]:
    """Delete what was kept long enough and what nobody knows of; return the jobs that wait for a worker."""
    now, files = world.clock(), files_of(world)
    # Listed before the rows are read: whatever is on the list was begun under a claim that the rows show.
    found = files.names()
    with world.write_aside() as connection:
        label_jobs.forget_results(connection, now)
        due = label_jobs.due_jobs(connection, now)
        kept, under_way = label_jobs.known_files(connection)
    files.delete(name for name in found if name not in kept and name.partition(".")[0] not in under_way)
    return due


def result_of(world: World, connection: Connection, job: Job) -> Path:
    """Where the file of a job lies. The gate is asked again: a lot that was recalled gives its file to nobody.

    Conflict while it is not done, NotFound when it is kept no longer.
    """
    if job.state is not State.DONE:
        raise Conflict(f"Label job {job.id} is {job.state}: there is no file to fetch.")
    if job.result is None:
        raise NotFound(f"The file of label job {job.id} is no longer kept: print its items again with --from-item.")
    require_printable(world, connection, job)
    return files_of(world).path(job.result)
