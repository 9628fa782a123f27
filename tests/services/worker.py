"""One process of the service, for tests that need several: what it has acknowledged, it has told."""

from __future__ import annotations

import resource
from multiprocessing.connection import Connection
from pathlib import Path

from tests.builders import event
from tests.conftest import ASOF, Clock, settings_for
from tests.services.cast import issue
from traceapp.core.errors import GateRefused, TraceappError
from traceapp.db import engine as engine_module
from traceapp.services.records.events import capture
from traceapp.services.world import World

BUSY_MS = 120_000
"""Of eight that write without a rest, SQLite lets one wait for seconds, and on a busy machine for more than ten."""


def work(
    told: Connection, act: str, folder: Path, database: str, lot: str, actor: str, count: int, largest_file: int | None
) -> None:
    """Wait to be let go, do what was asked, and tell one line for each thing acknowledged."""
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    engine_module.BUSY_MS = BUSY_MS
    world = World(settings_for(folder, database), clock=Clock(ASOF))
    world.notary  # noqa: B018  keys are read before the race begins
    told.send("ready")
    told.recv()
    try:
        if act == "captures":
            _captures(told, world, lot, actor, count)
        else:
            _labels(told, world, lot, actor, count)
    except TraceappError as refused:
        told.send(f"refused {refused.code} {refused}")
    told.close()


def _captures(told: Connection, world: World, lot: str, actor: str, count: int) -> None:
    """Capture `count` events, each in a transaction of its own; 0 means until killed."""
    done = 0
    while count == 0 or done < count:
        happened = event("FERT", "2026-10-01", lot=lot, by=actor, place=None).event
        with world.write() as connection:
            receipt = capture(connection, happened, world.notary, world.clock())
        # Only now: what is told has been acknowledged.
        told.send(f"recorded {receipt.record_id} {receipt.leaf_index}")
        done += 1


def _labels(told: Connection, world: World, lot: str, actor: str, count: int) -> None:
    """Issue one run of `count` labels."""
    try:
        with world.write() as connection:
            run, _ = issue(world, connection, lot, count, actor)
    except GateRefused as refused:
        told.send(f"refused {refused.code}")
    else:
        told.send(f"issued {run.first} {run.count}")
