"""One worker process of the service, for tests that kill it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.conftest import settings_for
from traceapp.services.labels import jobs as label_jobs
from traceapp.services.labels import work as label_work
from traceapp.services.world import World, machine_clock
from traceapp.worker import Worker

LEASE = timedelta(seconds=0.6)
"""For workers that are killed. One that lives and gets no turn for so long loses its job to another."""
BEAT = 0.1
STEP, PAUSE = 64, 0.01
"""A worker that looks up often and rests each time: there is time enough to kill it."""

_START = multiprocessing.get_context("forkserver")
_START.set_forkserver_preload(["tests.services.label_worker"])


def work(
    told: Connection, folder: Path, database: str, ahead: timedelta, lease: timedelta, env: dict[str, str]
) -> None:
    """Take up whatever job is due, until killed or until there is none; tell each job that was worked on to its end."""
    label_jobs.LEASE, label_work.BEAT, label_work.STEP = lease, BEAT, STEP
    world = World(settings_for(folder, database, **env), clock=lambda: machine_clock() + ahead)
    worker = Worker(world)
    worker._stopping.is_set = _rest  # type: ignore[method-assign]
    told.send("ready")
    told.recv()
    while True:
        for number in label_work.tidy_up(world):
            worker.enqueue(number)
        worker.work_off()
        with world.read() as connection:
            if not any(job.state in label_jobs.OPEN for job in label_jobs.list_jobs(connection)):
                break
        time.sleep(0.1)
    told.send("nothing left")
    told.close()


def _rest() -> bool:
    time.sleep(PAUSE)
    return False


@contextmanager
def label_worker(world: World, lease: timedelta = LEASE, **env: str) -> Iterator[tuple[Any, Connection]]:
    """A worker of this world, ready; it begins when something is sent to it."""
    ours, theirs = _START.Pipe()
    ahead = world.clock() - machine_clock()
    arguments = (theirs, world.settings.data_dir.parent, world.settings.database_url, ahead, lease, env)
    process = _START.Process(target=work, args=arguments, daemon=True)
    process.start()
    theirs.close()
    try:
        assert ours.poll(60)
        assert ours.recv() == "ready"
        yield process, ours
    finally:
        process.kill()
        process.join()
        ours.close()
