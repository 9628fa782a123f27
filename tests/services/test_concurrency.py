"""Several processes at once: the log has no gap and no fork, and no two label runs fit where one does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.check_log import check_log, heads
from tests.services.cast import Cast
from tests.services.processes import workers
from traceapp.core.errors import GateRefused
from traceapp.db.tables import label_runs
from traceapp.services.log.heads import size_of
from traceapp.services.world import World


def unproved(cast: Cast) -> Cast:
    """The same without re-proving after each write: threads would prove each other's steps."""
    return Cast(**{**vars(cast), "world": World(cast.world.settings, clock=cast.world.clock)})


def require_gapless(cast: Cast, receipts: list[tuple[str, int]], before: int) -> None:
    """The receipts are the whole of what was appended: nothing twice, nothing missing, nothing else."""
    assert sorted(leaf for _, leaf in receipts) == list(range(before, before + len(receipts)))
    assert len({record for record, _ in receipts}) == len(receipts)
    report = check_log(cast.world)
    assert report.entries == before + len(receipts)
    assert len(heads(cast.world)) >= len(receipts)
    published = cast.world.published.read()
    assert published is not None
    assert published[0] == report.entries


def race(cast: Cast, processes: int, captures: int) -> None:
    with cast.world.read() as connection:
        before = size_of(connection)
    with workers(cast, "captures", captures, processes) as made:
        for worker in made:
            worker.go()
        lines = [line.split(" ", 2) for worker in made for line in worker.lines()]
    assert {line[0] for line in lines} == {"recorded"}, lines[-1]
    receipts = [(record, int(leaf)) for _, record, leaf in lines]
    assert len(receipts) == processes * captures
    require_gapless(cast, receipts, before)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_eight_processes_capture_two_hundred_each_without_a_gap(cast: Cast) -> None:
    race(cast, 8, 200)


def test_threads_of_one_process_capture_at_once_without_a_gap(cast: Cast) -> None:
    """They share a folder, a process id and an engine."""
    shared = unproved(cast)
    with cast.world.read() as connection:
        before = size_of(connection)

    def capture(_: int) -> list[tuple[str, int]]:
        found = [shared.capture(shared.event())[0] for _ in range(10)]
        return [(receipt.record_id, receipt.leaf_index) for receipt in found]

    with ThreadPoolExecutor(6) as pool:
        receipts = [one for found in pool.map(capture, range(6)) for one in found]
    require_gapless(cast, receipts, before)
    shared.world.engine.dispose()


def issued(cast: Cast) -> int:
    with cast.world.read() as connection:
        return connection.execute(select(func.sum(label_runs.c.count))).scalar() or 0


@pytest.mark.slow
def test_of_two_simultaneous_label_runs_that_exceed_the_harvest_exactly_one_is_refused(cast: Cast) -> None:
    cast.harvest(packs=100)
    with workers(cast, "labels", 60, 2) as made:
        for worker in made:
            worker.go()
        said = sorted(line.split()[0] for worker in made for line in worker.lines())
    assert said == ["issued", "refused"]
    assert issued(cast) == 60
    check_log(cast.world)


def test_of_many_runs_begun_together_only_those_that_fit_are_issued(cast: Cast) -> None:
    cast.harvest(packs=10)
    shared = unproved(cast)
    start = threading.Barrier(6)

    def one(_: int) -> int:
        start.wait()
        try:
            return shared.issue(3)[0].first
        except GateRefused:
            return 0

    with ThreadPoolExecutor(6) as pool:
        firsts = sorted(pool.map(one, range(6)))
    assert firsts == [0, 0, 0, 1, 4, 7]
    assert issued(cast) == 9
    check_log(cast.world)
    shared.world.engine.dispose()
