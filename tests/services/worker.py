"""One process of the service, for tests that need several: what it has acknowledged, it has printed.

`python -m tests.services.worker captures FOLDER DATABASE LOT ACTOR COUNT` or `… labels … COUNT`: waits for a line on
standard input, so that all begin together.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.builders import event
from tests.conftest import ASOF, Clock, settings_for
from tests.services.cast import issue
from traceapp.core.errors import GateRefused, TraceappError
from traceapp.services.events import capture
from traceapp.services.world import World


def main(act: str, folder: str, database: str, lot: str, actor: str, count: str) -> None:
    """Do what was asked and print one line for each thing acknowledged."""
    world = World(settings_for(Path(folder), database), clock=Clock(ASOF))
    world.notary  # noqa: B018  keys are read before the race begins
    world.rulebook  # noqa: B018
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        if act == "captures":
            captures(world, lot, actor, int(count))
        else:
            labels(world, lot, actor, int(count))
    except TraceappError as refused:
        print(f"refused {refused.code} {refused}", flush=True)


def captures(world: World, lot: str, actor: str, count: int) -> None:
    """Capture `count` events, each in a transaction of its own; 0 means until killed."""
    done = 0
    while count == 0 or done < count:
        happened = event("FERT", "2026-10-01", lot=lot, by=actor, place=None).event
        with world.write() as connection:
            receipt = capture(connection, happened, world.notary, world.clock())
        # Only now: what is printed has been acknowledged.
        print(f"recorded {receipt.record_id} {receipt.leaf_index}", flush=True)
        done += 1


def labels(world: World, lot: str, actor: str, count: int) -> None:
    """Issue one run of `count` labels."""
    try:
        with world.write() as connection:
            run, _ = issue(world, connection, lot, count, actor)
    except GateRefused as refused:
        print(f"refused {refused.code}", flush=True)
    else:
        print(f"issued {run.first} {run.count}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
