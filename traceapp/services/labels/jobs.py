"""The row of a label job: who works on it, how far it is, what came of it.

A job waits, runs, and is done, failed or cancelled. The row decides, never the queue: whoever works on a job has
claimed it here and says again and again that it goes on. Silence longer than LEASE means that the worker was killed,
and another one may claim the job.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from traceapp.core.errors import Conflict, NotFound
from traceapp.db import driver
from traceapp.db.label_jobs import label_jobs
from traceapp.render.outputs import Order
from traceapp.services.labels.orders import order_in_words, read_order
from traceapp.services.labels.output import Batch

LEASE = timedelta(seconds=15)
KEPT = timedelta(days=7)
MOST_ATTEMPTS = 30
"""A job that so many workers did not survive would kill the next one too."""
TOKEN_BYTES = 24
LONGEST_REQUEST = 200


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """One file of labels: items `first` … of a lot, or copies of the lot's own code (`order.template` is `case`)."""

    id: int
    lot: str
    run: str | None
    first: int
    count: int
    signed: bool
    order: Order
    state: State
    done: int
    attempts: int
    claim: str | None
    bytes: int | None
    result: str | None
    error_code: str | None
    error: str | None
    asked: datetime
    started: datetime | None
    ended: datetime | None

    @property
    def last(self) -> int:
        """The last item."""
        return self.first + self.count - 1

    @property
    def kind(self) -> str:
        """What its file is called after the dot."""
        return "zip" if self.order.packed else self.order.format

    @property
    def stem(self) -> str:
        """What its files are called while this claim holds."""
        return f"{self.id}-{self.claim}"

    @property
    def kept_until(self) -> datetime | None:
        """When the result is deleted."""
        return self.ended + KEPT if self.ended and self.result else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How fast a running job goes: labels a second, and the seconds it still takes."""

    rate: float
    seconds_left: int


def progress_of(job: Job, now: datetime) -> Progress | None:
    """None unless the job runs and has come far enough to tell."""
    if job.state is not State.RUNNING or not job.started or not job.done:
        return None
    rate = job.done / max((now - job.started).total_seconds(), 0.001)
    return Progress(rate, round((job.count - job.done) / rate))


def open_job(
    connection: Connection, lot: str, batch: Batch, order: Order, request: str | None, now: datetime, *, mine: bool
) -> tuple[Job, str]:
    """The row of a new job, and the token of its address, which is kept nowhere. `mine`: the caller works on it now."""
    token = _new_token()
    values = {
        "token_hash": _hash(token),
        "request": request,
        "lot": lot,
        "run": batch.runs[0].id if len(batch.runs) == 1 else None,
        "first": batch.first,
        "count": batch.count,
        "signed": batch.signed,
        "options": order_in_words(order),
        "state": State.RUNNING if mine else State.WAITING,
        "done": 0,
        "attempts": 1 if mine else 0,
        "claim": _new_claim() if mine else None,
        "beat": now if mine else None,
        "asked": now,
        "started": now if mine else None,
    }
    (number,) = connection.execute(insert(label_jobs).values(**values)).inserted_primary_key or (0,)
    return find_job(connection, number), token


def find_job(connection: Connection, number: int) -> Job:
    """A job by its number. NotFound where there is none."""
    rows = driver.rows_of(connection, label_jobs, "id = ?", (number,))
    if not rows:
        raise NotFound(f"There is no label job {number}: traceapp labels jobs lists them.")
    return _job(rows[0])


def job_of_token(connection: Connection, token: str) -> Job:
    """A job by the token of its address. NotFound for any other."""
    hashed = _hash(token)
    rows = driver.rows_of(connection, label_jobs, "token_hash = ?", (hashed,))
    if not rows or not hmac.compare_digest(bytes(rows[0]["token_hash"]), hashed):
        raise NotFound("There is no label job at this address.")
    return _job(rows[0])


def job_of_request(connection: Connection, request: str, lot: str, count: int) -> tuple[Job, str] | None:
    """What this request made before, with a new token. Conflict where it asked for something else then."""
    row = connection.execute(select(label_jobs).where(label_jobs.c.request == request)).mappings().first()
    if row is None:
        return None
    if (row["lot"], row["count"]) != (lot, count):
        raise Conflict(
            f"The request {request[:60]!r} made job {row['id']} for other labels: choose another word for this one."
        )
    return _job(row), renew_token(connection, row["id"])


def renew_token(connection: Connection, number: int) -> str:
    """A new token for a job's address; the one before leads nowhere any more."""
    token = _new_token()
    _change(connection, number, token_hash=_hash(token))
    return token


def list_jobs(connection: Connection, most: int = 50) -> list[Job]:
    """The newest jobs, the newest first."""
    query = select(label_jobs).order_by(label_jobs.c.id.desc()).limit(most)
    return [_job(row) for row in connection.execute(query).mappings()]


def jobs_of(connection: Connection, lot: str) -> tuple[list[Job], dict[tuple[int, int], Job]]:
    """The jobs of a lot that wait or run, the oldest first, and those whose file is kept, the newest by the first and
    the last item in it.
    """
    where = "lot = ? AND (state IN (?, ?) OR result IS NOT NULL) ORDER BY id"
    jobs = [_job(row) for row in driver.rows_of(connection, label_jobs, where, (lot, *OPEN))]
    kept = {(one.first, one.last): one for one in jobs if one.result and one.order.template != "case"}
    return [one for one in jobs if one.state in OPEN], kept


def due_jobs(connection: Connection, now: datetime) -> list[int]:
    """Jobs that wait for a worker, and those whose worker fell silent, the oldest first."""
    query = select(label_jobs.c.id).where(_is_free(now)).order_by(label_jobs.c.id)
    return list(connection.execute(query).scalars())


def claim_job(connection: Connection, number: int, now: datetime) -> Job | None:
    """The job, which is the caller's from now on; None where it is somebody else's, or open no more.

    A job that killed its workers again and again fails instead.
    """
    free = and_(label_jobs.c.id == number, _is_free(now))
    lost = update(label_jobs).where(free, label_jobs.c.attempts >= MOST_ATTEMPTS)
    words = f"{MOST_ATTEMPTS} workers ended while they made it: look into their log, then traceapp labels resume."
    if connection.execute(lost.values(state=State.FAILED, error_code="lost", error=words, ended=now)).rowcount:
        return None
    claimed = {
        "state": State.RUNNING,
        "claim": _new_claim(),
        "beat": now,
        "started": now,
        "done": 0,
        "attempts": label_jobs.c.attempts + 1,
    }
    if not connection.execute(update(label_jobs).where(free).values(**claimed)).rowcount:
        return None
    return find_job(connection, number)


def keep_claim(connection: Connection, job: Job, done: int, now: datetime) -> bool:
    """Say that the work goes on. False where the job is the caller's no more: cancelled, or claimed by another."""
    return _as_claimed(connection, job, done=done, beat=now)


def give_back(connection: Connection, job: Job) -> bool:
    """Let the next worker make it: this one has to stop."""
    return _as_claimed(connection, job, state=State.WAITING, claim=None, beat=None, done=0, attempts=0)


def finish_job(connection: Connection, job: Job, result: str, size: int, now: datetime) -> bool:
    """The file is whole, and this is where it lies. False where the job is the caller's no more."""
    said = {"done": job.count, "error": None, "error_code": None}
    return _as_claimed(connection, job, state=State.DONE, result=result, bytes=size, ended=now, **said)


def fail_job(connection: Connection, job: Job, code: str, words: str, now: datetime) -> bool:
    """It cannot be made, for this reason."""
    return _as_claimed(connection, job, state=State.FAILED, error_code=code, error=words, ended=now)


def cancel_job(connection: Connection, number: int, now: datetime) -> Job:
    """Stop a job that waits or runs. Its items stay issued. Conflict where it has ended already."""
    stop = update(label_jobs).where(label_jobs.c.id == number, label_jobs.c.state.in_(OPEN))
    if not connection.execute(stop.values(state=State.CANCELLED, ended=now)).rowcount:
        raise Conflict(f"Label job {number} is {find_job(connection, number).state} already.")
    return find_job(connection, number)


def resume_job(connection: Connection, number: int) -> Job:
    """Let a failed or cancelled job be made after all. Conflict for any other."""
    ended = update(label_jobs).where(label_jobs.c.id == number, label_jobs.c.state.in_((State.FAILED, State.CANCELLED)))
    again = {"state": State.WAITING, "claim": None, "beat": None, "done": 0, "attempts": 0, "ended": None}
    if not connection.execute(ended.values(**again, error=None, error_code=None)).rowcount:
        raise Conflict(f"Label job {number} is {find_job(connection, number).state}: there is nothing to resume.")
    return find_job(connection, number)


def forget_results(connection: Connection, now: datetime) -> None:
    """Results that were kept long enough belong to no job any more."""
    old = update(label_jobs).where(label_jobs.c.result.is_not(None), label_jobs.c.ended < now - KEPT)
    connection.execute(old.values(result=None))


def known_files(connection: Connection) -> tuple[set[str], set[str]]:
    """Names of results that are kept, and stems of drafts under way."""
    known = or_(label_jobs.c.result.is_not(None), label_jobs.c.state == State.RUNNING)
    query = select(label_jobs.c.id, label_jobs.c.claim, label_jobs.c.result, label_jobs.c.state).where(known)
    rows = connection.execute(query).all()
    under_way = {f"{row.id}-{row.claim}" for row in rows if row.state == State.RUNNING}
    return {row.result for row in rows if row.result}, under_way


def _is_free(now: datetime) -> Any:
    silent = and_(label_jobs.c.state == State.RUNNING, label_jobs.c.beat < now - LEASE)
    return or_(label_jobs.c.state == State.WAITING, silent)


def _as_claimed(connection: Connection, job: Job, **values: Any) -> bool:
    mine = (label_jobs.c.id == job.id, label_jobs.c.claim == job.claim, label_jobs.c.state == State.RUNNING)
    return bool(connection.execute(update(label_jobs).where(*mine).values(**values)).rowcount)


def _change(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(label_jobs).where(label_jobs.c.id == number).values(**values))


def _job(row: Any) -> Job:
    kept = {name: row[name] for name in Job.__slots__ if name in row and name != "state"}
    return Job(**kept, state=State(row["state"]), order=read_order(row["options"]))


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _new_claim() -> str:
    return secrets.token_hex(8)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
