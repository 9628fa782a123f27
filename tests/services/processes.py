"""Running workers beside each other, and never leaving one behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.services.cast import Cast, repository

Worker = subprocess.Popen[str]


@contextmanager
def workers(cast: Cast, act: str, count: int, how_many: int) -> Iterator[list[Worker]]:
    """So many processes, all ready; they begin with `go`, and are gone when the block ends."""
    world = cast.world
    folder, database = world.settings.data_dir.parent, world.settings.database_url
    arguments = [act, str(folder), database, cast.lot, cast.producer, str(count)]
    made = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.services.worker", *arguments],
            cwd=repository(),
            env={**os.environ, "PYTHONPATH": str(repository())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(how_many)
    ]
    try:
        for worker in made:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        yield made
    finally:
        for worker in made:
            worker.kill()
            worker.communicate()


def go(made: list[Worker]) -> None:
    """Let all of them begin."""
    for worker in made:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()


def finish(made: list[Worker]) -> list[list[str]]:
    """What each of them printed until it ended."""
    return [worker.communicate(timeout=240)[0].splitlines() for worker in made]
