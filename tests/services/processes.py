"""Running workers beside each other, and never leaving one behind."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from tests.services.cast import Cast
from tests.services.worker import work

# One process reads the program; the others start as its copies, sharing nothing with this one.
_START = multiprocessing.get_context("forkserver")
_START.set_forkserver_preload(["tests.services.worker"])


@dataclass
class Worker:
    """A process, and what it tells."""

    process: Any
    told: Connection

    def lines(self) -> list[str]:
        """All that it has told and not been read, until it ends."""
        found = []
        try:
            while self.told.poll(240):
                found.append(str(self.told.recv()))
        except (EOFError, OSError):
            pass
        return found

    def go(self) -> None:
        """Let it begin."""
        self.told.send("go")

    def kill(self) -> None:
        """As `kill -9`."""
        self.process.kill()
        self.process.join()


@contextmanager
def workers(
    cast: Cast, act: str, count: int, how_many: int, *, largest_file: int | None = None
) -> Iterator[list[Worker]]:
    """So many processes, all ready; they begin with `go`, and are gone when the block ends."""
    made = [_start(cast, act, count, largest_file) for _ in range(how_many)]
    try:
        for worker in made:
            assert worker.told.poll(60)
            assert worker.told.recv() == "ready"
        yield made
    finally:
        for worker in made:
            worker.kill()
            worker.told.close()


def _start(cast: Cast, act: str, count: int, largest_file: int | None) -> Worker:
    world = cast.world
    ours, theirs = _START.Pipe()
    folder, database = world.settings.data_dir.parent, world.settings.database_url
    arguments = (theirs, act, folder, database, cast.lot, cast.producer, count, largest_file)
    process = _START.Process(target=work, args=arguments, daemon=True)
    process.start()
    theirs.close()
    return Worker(process, ours)
