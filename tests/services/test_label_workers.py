"""Queues and workers: killed, doubled, cut off. The row decides, so nothing is made twice, half, or not at all."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.ports import kept_port
from tests.services.cast import Cast
from tests.services.label_worker import label_worker
from tests.services.test_label_jobs import SQLITE, cast, drawn_at_once, files, look, printed, runs, start, wish
from traceapp.core.errors import BadSettings
from traceapp.services.labels.jobs import Job, State
from traceapp.services.labels.work import tidy_up
from traceapp.services.world import World
from traceapp.worker import Worker

__all__ = ["cast"]
LABELS = 3_000


@SQLITE
def test_a_worker_does_what_is_in_the_queue(cast: Cast) -> None:
    worker, job = Worker(cast.world), start(cast, wish(cast))
    assert worker.enqueue(job.id) and worker.enqueue(job.id) and worker.enqueue(999)
    assert worker.work_off() == 3
    assert (look(cast, job).state, look(cast, job).attempts) == (State.DONE, 1)


@SQLITE
def test_messages_are_json_and_what_is_none_runs_nothing(cast: Cast) -> None:
    worker, job = Worker(cast.world), start(cast, wish(cast))
    worker.enqueue(job.id)
    (message,) = worker.huey.storage.enqueued_items()
    assert json.loads(bytes(message))["args"] == [job.id]
    worker.huey.storage.flush_queue()
    worker.huey.storage.enqueue(b"cos\nsystem\n(S'exit 1'\ntR.")
    with pytest.raises(ValueError, match="Expecting value"):
        worker.work_off()
    worker.enqueue(job.id)
    worker.work_off()
    assert look(cast, job).state is State.DONE


@SQLITE
def test_a_queue_that_cannot_be_reached_loses_no_job(cast: Cast) -> None:
    job = start(cast, wish(cast))
    (cast.world.settings.data_dir / "queue.db").unlink(missing_ok=True)
    broken = Worker(cast.world)
    broken.huey.storage.close()
    for path in cast.world.settings.data_dir.glob("queue.db*"):
        path.unlink()
    (cast.world.settings.data_dir / "queue.db").mkdir()
    assert not broken.enqueue(job.id)
    (cast.world.settings.data_dir / "queue.db").rmdir()
    worker = Worker(cast.world)
    worker.look_around()
    worker.look_around()
    assert worker.work_off() == 1, "what is in the queue already is not put there again"
    assert look(cast, job).state is State.DONE


# Killed


def kill_again_and_again(cast: Cast, kills: int, each: int, seed: int) -> None:
    """Workers are killed under a job, `each` of them under one; every job's file is the one that belongs to its run."""
    chance = random.Random(seed)
    for _ in range(kills // each):
        before = runs(cast)
        job = start(cast, wish(cast, LABELS))
        for number in range(each):
            kill_under(cast, job, chance.uniform(0, 0.6), number)
        with label_worker(cast.world) as (_, told):
            told.send("go")
            assert told.poll(120) and told.recv() == "nothing left"
        done = look(cast, job)
        assert done.state is State.DONE, done.error
        assert printed(cast, done) == drawn_at_once(cast, done)
        assert (runs(cast)[0] - before[0], runs(cast)[1] - before[1]) == (1, LABELS)
        tidy_up(cast.world)
        assert [name for name in files(cast) if name.endswith(".part")] == []


def kill_under(cast: Cast, job: Job, seconds: float, number: int) -> None:
    begun = time.monotonic()
    with label_worker(cast.world) as (process, told):
        told.send("go")
        limit = begun + 60
        # A killed worker's claim has to run out first.
        while look(cast, job).attempts <= number and look(cast, job).state is not State.DONE:
            assert time.monotonic() < limit
            time.sleep(0.02)
        time.sleep(seconds)
        process.kill()
        process.join()
    # Or the next worker's clock would stand where this one's began, and its claim would last that much longer.
    cast.world.clock.tick(seconds=time.monotonic() - begun)  # type: ignore[attr-defined]


@SQLITE
@pytest.mark.slow
def test_a_worker_killed_three_times_leaves_neither_gap_nor_duplicate(cast: Cast) -> None:
    kill_again_and_again(cast, 3, 3, 20261122)


@pytest.mark.soak
def test_fifty_kills_leave_neither_gap_nor_duplicate(cast: Cast) -> None:
    kill_again_and_again(cast, 50, 25, 20261123)


@pytest.mark.slow
def test_two_workers_on_one_queue_make_each_job_once(cast: Cast) -> None:
    jobs = [start(cast, wish(cast, 400)) for _ in range(12)]
    queue = Worker(cast.world)
    for job in jobs:
        queue.enqueue(job.id)
    long = timedelta(minutes=5)
    with label_worker(cast.world, long) as (_, one), label_worker(cast.world, long) as (_, other):
        for told in (one, other):
            told.send("go")
        assert all(told.poll(120) and told.recv() == "nothing left" for told in (one, other))
    found = [look(cast, job) for job in jobs]
    assert {(job.state, job.attempts) for job in found} == {(State.DONE, 1)}
    assert sorted(files(cast)) == sorted(job.result or "" for job in found)
    assert b"".join(printed(cast, job) for job in found).count(b"\n") == 12 * 400


# Redis


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    with kept_port() as port:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                server.terminate()


@SQLITE
def test_a_redis_queue_does_the_same_and_may_be_gone(cast: Cast, tmp_path: Path) -> None:
    folder = cast.world.settings.data_dir.parent
    first, second = (start(cast, wish(cast)) for _ in range(2))
    with redis_server(tmp_path) as url:
        settings = settings_for(folder, cast.world.settings.database_url, TRACEAPP_QUEUE_URL=url)
        world = World(settings, clock=cast.world.clock)
        worker = Worker(world)
        until = time.monotonic() + 20
        while not worker.enqueue(first.id):
            assert time.monotonic() < until
            time.sleep(0.05)
        worker.work_off()
        assert look(cast, first).state is State.DONE
    assert not worker.enqueue(second.id)
    worker.look_around()
    assert look(cast, second).state is State.DONE
    world.engine.dispose()


@SQLITE
def test_a_queue_that_needs_a_missing_package_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huey.storage.Redis", None)
    settings = settings_for(cast.world.settings.data_dir.parent, TRACEAPP_QUEUE_URL="redis://127.0.0.1/0")
    with pytest.raises(BadSettings, match="pip install"):
        Worker(World(settings, clock=cast.world.clock))
