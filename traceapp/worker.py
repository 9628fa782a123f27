"""Background work: a huey queue that wakes workers up. Each task calls one service function.

The queue only says that there is something to do; what is to be done, and by whom, stands in the database. A queue that
was lost, or that could not be reached, delays a job by a minute and loses none. Messages are JSON: whoever can write to
the queue can name a job, and nothing else.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from itertools import chain, count
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey
from huey.exceptions import ConfigurationError
from huey.registry import Message
from huey.serializer import Serializer

from traceapp.config import Settings
from traceapp.core.errors import BadSettings, TraceappError, Unavailable
from traceapp.services.certificates import reminders
from traceapp.services.labels import work as label_work
from traceapp.services.labels.jobs import LEASE
from traceapp.services.world import World

log = logging.getLogger("traceapp")

LOOK_AGAIN, LOOK_EVERY = LEASE.total_seconds() + 2, 60
"""Seconds after its start at which a worker looks for jobs whose worker was killed just before, and ever after."""
PLAN_EVERY = 3600
"""Seconds between two looks at which certificates are about to end."""
MOST_IDLE = 1.0
"""Seconds between two looks into an SQLite queue where nothing happens."""
RESTART_SECONDS = 5
_NICE = 10


class JsonMessages(Serializer):  # type: ignore[misc]
    """Messages as JSON. huey's own are pickled, which would run whatever somebody put into the queue."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data._asdict() if isinstance(data, Message) else {"value": data}).encode()

    def _deserialize(self, data: bytes) -> Any:
        said = json.loads(bytes(data))
        return Message(**{**said, "args": tuple(said["args"])}) if "name" in said else said["value"]


def make_huey(settings: Settings) -> Huey:
    """The queue: a file in the data folder, or Redis where TRACEAPP_QUEUE_URL names one."""
    name, options = f"traceapp-{settings.identity}", {"results": False, "serializer": JsonMessages()}
    try:
        if settings.queue_url is None:
            return SqliteHuey(name, filename=str(settings.data_dir / "queue.db"), **options)
        return RedisHuey(name, url=settings.queue_url, **options)
    except sqlite3.Error as cause:
        raise Unavailable(f"The queue in {settings.data_dir} cannot be used ({cause}): check that folder.") from cause
    except ConfigurationError as cause:
        raise BadSettings(
            "TRACEAPP_QUEUE_URL needs a package that is not installed: pip install 'traceapp[redis]'."
        ) from cause


def _errors_of(settings: Settings) -> tuple[type[Exception], ...]:
    """What the queue fails with."""
    if settings.queue_url is None:
        return (sqlite3.Error,)
    from redis import RedisError

    return (RedisError, OSError)


class Worker:
    """One service's queue, with the tasks that it knows."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stopping = threading.Event()
        self._plan_at = 0.0
        self.huey = make_huey(world.settings)
        self._errors = _errors_of(world.settings)
        self._print = self.huey.task(name="print_labels")(self._print_labels)

    def enqueue(self, number: int) -> bool:
        """Wake a worker for this job. False where the queue cannot be reached: a worker finds the job by itself."""
        try:
            self._print(number)
        except self._errors as cause:
            log.warning("the queue cannot be reached (%s): label job %s waits a minute at most", cause, number)
            return False
        return True

    def work_off(self) -> int:
        """Do what waits in the queue and return how many tasks it was; for whoever needs no worker that stays."""
        done = 0
        while task := self.huey.dequeue():
            self.huey.execute(task)
            done += 1
        return done

    def look_around(self) -> None:
        """Tidy up, and see to the jobs that nobody was woken for; without a queue, at once."""
        try:
            due = label_work.tidy_up(self._world)
            if not self._is_empty():
                return  # whoever empties it comes to them, and what it lost is looked for in a minute
            for number in due:
                if not self.enqueue(number):
                    self._print_labels(number)
        except TraceappError as cause:
            log.warning("looking for label jobs failed, trying again in a minute: %s", cause)

    def remind(self) -> None:
        """Send the letters about certificates that end; several workers share them, and each goes out once."""
        try:
            if time.monotonic() >= self._plan_at:
                self._plan_at = time.monotonic() + PLAN_EVERY
                reminders.plan(self._world)
            reminders.send_due(self._world, self._stopping.is_set)
        except TraceappError as cause:
            log.warning("sending reminders failed, trying again in a minute: %s", cause)

    def run(self, parent: int | None = None) -> None:
        """Work until SIGINT or SIGTERM, or until the process `parent` is gone. A job under way is left to the next."""
        consumer = self.huey.create_consumer(workers=1, periodic=False, max_delay=MOST_IDLE)
        consumer.start()
        # After `start`, which sets handlers that would wait for the end of a job, or not even until it is given back.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        began = time.monotonic()
        look_at = chain((began, began + LOOK_AGAIN), count(began + LOOK_EVERY, LOOK_EVERY))
        due = next(look_at)
        while not self._stopping.wait(0.5) and (parent is None or os.getppid() == parent):
            if time.monotonic() >= due:
                due = next(look_at)
                self.look_around()
                self.remind()
                consumer.check_worker_health()
        self._stopping.set()
        consumer.stop(graceful=True)

    def _print_labels(self, number: int) -> None:
        if job := label_work.claim(self._world, number):
            label_work.work_on(self._world, job, stopping=self._stopping.is_set)

    def _is_empty(self) -> bool:
        try:
            return bool(self.huey.pending_count() == 0)
        except self._errors:
            return True


def keep_beside(settings: Settings) -> None:
    """Keep one worker process running as long as this process lives; of several such processes, one does.

    A process of its own, and a patient one: pages have their one thread to themselves.
    """
    with (settings.data_dir / "worker.lock").open("w") as lock:
        # Waits for as long as another process of this service keeps its worker.
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [
            sys.executable,
            "-c",
            "from traceapp.cli import main; main()",
            "worker",
            "--beside",
            str(os.getpid()),
        ]
        while True:
            ended = subprocess.run(command, check=False).returncode
            log.warning("the worker ended (%s) and is started again", ended)
            time.sleep(RESTART_SECONDS)


def give_way() -> None:
    """Let the pages' processes go first."""
    os.nice(_NICE)
