"""A million signed labels as PDF, ZPL and CSV, through the job that a worker runs: time, memory, bytes, rows.

Several minutes, so it runs only where it is named: `python -m bench million` (`LABELS=100000` for fewer, `KINDS=pdf`
for one of them). Each file is made in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import time
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select

from bench.figures import Figure
from bench.worlds import Farm, environment, folder, great_harvest, made_world, register_farm
from traceapp.config import Settings
from traceapp.core.identifiers import Lot
from traceapp.db.label_jobs import label_jobs
from traceapp.db.tables import label_runs
from traceapp.render.outputs import USUAL_DPI, USUAL_SHEET, Format, Order
from traceapp.render.sheet_names import sheet_called
from traceapp.services.labels.jobs import State
from traceapp.services.labels.work import Wish, files_of, start_job, work_on
from traceapp.services.records.events import capture_many
from traceapp.services.registry.registers import register_lot
from traceapp.services.world import World

COUNT = int(os.environ.get("LABELS", "1000000"))
FEW, ROUNDS = 10_000, 3
MOST_MB = 250
KINDS = tuple(cast(Format, kind) for kind in os.environ.get("KINDS", "csv,pdf,zpl").split(","))
MOST_BYTES: dict[str, float] = {"pdf": 700}


def main() -> list[Figure]:
    """Issue the runs, make their files, weigh them."""
    with folder() as where:
        with made_world(where) as world:
            lot = _great_lot(world, (COUNT + 2 * ROUNDS * FEW) * len(KINDS))
        return [figure for kind in KINDS for figure in _measured(where, lot, kind)]


def _great_lot(world: World, packs: int) -> str:
    farm = register_farm(world, 1)
    with world.write() as connection:
        details = {"made": "2026-03-21", "quantity": packs, "unit": "gói"}
        now = world.clock()
        lot = register_lot(connection, farm.product, Lot("TRIEU"), details, world.notary, now)[0]
        harvested = great_harvest(Farm(farm.producer, farm.place, farm.product, (lot,)), packs)
        capture_many(connection, harvested, world.notary, now)
    return lot


def _measured(where: Path, lot: str, kind: Format) -> list[Figure]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_make, args=(theirs, where, lot, kind))
    process.start()
    found: dict[str, Any] = ours.recv()
    process.join()
    name, shape = f"{COUNT:,} signed {kind}", found["seconds"] / (COUNT / FEW * found["few"])
    return [
        Figure(f"{name}: processor time", found["seconds"], COUNT / FEW * found["few"], shape, 1.15, "s", at_most=True),
        Figure(f"{name}: peak memory", found["peak"], None, found["peak"], MOST_MB, "MB", at_most=True),
        Figure(f"{name}: bytes a label", found["bytes"], None, found["bytes"], MOST_BYTES.get(kind), "B", at_most=True),
        Figure(f"{name}: rows of runs, of jobs", found["rows"], None, found["rows"], 1, "", at_most=True),
    ]


def _make(told: Any, where: Path, lot: str, kind: Format) -> None:
    world = World(Settings.from_env(environment(where)))
    # Half of them before and half after: a machine's pace changes within minutes.
    few = [_run(world, lot, kind, FEW)[0] for _ in range(ROUNDS)]
    before = _rows(world)
    seconds, weight = _run(world, lot, kind, COUNT)
    rows = max(now - then for now, then in zip(_rows(world), before, strict=True))
    few += [_run(world, lot, kind, FEW)[0] for _ in range(ROUNDS)]
    told.send(
        {
            "few": statistics.median(few),
            "seconds": seconds,
            "bytes": weight / COUNT,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "rows": rows,
        }
    )


def _run(world: World, lot: str, kind: Format, count: int) -> tuple[float, int]:
    """Issue and make a file of so many labels; its processor time, and its size. The file is deleted.

    Not the time on the wall: over minutes, neighbours would decide whether it is linear.
    """
    order = Order(sheet_called(USUAL_SHEET[kind], USUAL_DPI[kind]), kind)
    start = time.process_time()
    with world.write() as connection:
        job, _ = start_job(world, connection, Wish(lot, count, order, signed=True), mine=True)
    done = work_on(world, job)
    took = time.process_time() - start
    assert done.state is State.DONE and done.bytes and done.result, done.error
    files_of(world).delete([done.result])
    return took, done.bytes


def _rows(world: World) -> tuple[int, int]:
    with world.read() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (label_runs, label_jobs)
        ]
    return counts[0], counts[1]
