"""Long label runs: issued once, made in the background, handed over whole or not at all."""

from __future__ import annotations

import resource
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.check_log import heads
from tests.services.cast import Cast
from traceapp.core.errors import Conflict, GateRefused, InvalidEvent, NotFound, RuleBroken, Unavailable
from traceapp.core.identifiers import Gtin, Lot
from traceapp.db.label_jobs import label_jobs as rows
from traceapp.db.tables import label_runs
from traceapp.render.outputs import Order
from traceapp.render.print_setup import Ink, PrintSetup
from traceapp.render.sheet_names import sheet_called
from traceapp.services.labels import jobs as label_jobs
from traceapp.services.labels import work as label_work
from traceapp.services.labels.jobs import KEPT, LEASE, MOST_ATTEMPTS, Job, State
from traceapp.services.labels.orders import order_in_words, read_order
from traceapp.services.labels.output import issued_batch, words_of, write_batch
from traceapp.services.labels.runs import void_labels
from traceapp.services.labels.work import Wish, files_of, result_of, start_job, tidy_up, work_on
from traceapp.services.lots.acts import hold, recall
from traceapp.services.registry.registers import register_lot, register_product
from traceapp.services.world import World

PACKS = 100_000
CSV = Order(sheet_called("a4-24", 600), "csv")
ZPL = Order(sheet_called("50x30", 203), "zpl")
SQLITE = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture
def cast(cast: Cast) -> Iterator[Cast]:
    """The cast with a great lot, in a world that is not re-proved each time."""
    plain = replace(cast, world=World(cast.world.settings, clock=cast.world.clock))
    details = {"made": "2026-10-09", "quantity": PACKS, "unit": "gói"}
    with plain.world.write() as connection:
        now = plain.world.clock()
        plain.lot = register_lot(connection, cast.product, Lot("DAI"), details, plain.world.notary, now)[0]
    plain.harvest(packs=PACKS)
    yield plain
    plain.world.engine.dispose()


def wish(cast: Cast, count: int = 2_000, order: Order = CSV, **more: Any) -> Wish:
    return Wish(cast.lot, count, order, **{"signed": False, **more})


def start(cast: Cast, wanted: Wish, *, mine: bool = False) -> Job:
    with cast.world.write() as connection:
        return start_job(cast.world, connection, wanted, mine=mine)[0]


def claimed(cast: Cast, job: Job) -> Job:
    found = label_work.claim(cast.world, job.id)
    assert found is not None
    return found


def look(cast: Cast, job: Job) -> Job:
    with cast.world.read() as connection:
        return label_jobs.find_job(connection, job.id)


def runs(cast: Cast) -> tuple[int, int]:
    """How many runs there are, and how many items in them."""
    with cast.world.read() as connection:
        found = connection.execute(select(func.count(), func.coalesce(func.sum(label_runs.c.count), 0))).one()
        return found[0], int(found[1])


def printed(cast: Cast, job: Job) -> bytes:
    """What a job made, through the gate."""
    with cast.world.read() as connection:
        return result_of(cast.world, connection, job).read_bytes()


def drawn_at_once(cast: Cast, job: Job) -> bytes:
    """The same items, drawn without any job."""
    out = BytesIO()
    with cast.world.read() as connection:
        batch = issued_batch(cast.world, connection, job.lot, job.first, job.count)
        write_batch(cast.world, words_of(cast.world, connection, job.lot), batch, job.order, out)
    return out.getvalue()


def files(cast: Cast) -> list[str]:
    folder = cast.world.settings.data_dir / "jobs"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("order", [CSV, ZPL], ids=["csv", "zpl"])
def test_a_job_makes_the_file_that_would_have_been_made_at_once(cast: Cast, order: Order) -> None:
    job = start(cast, wish(cast, 200, order, signed=True))
    assert (job.state, runs(cast), files(cast)) == (State.WAITING, (1, 200), [])
    done = work_on(cast.world, claimed(cast, job))
    assert (done.state, done.done, done.attempts) == (State.DONE, 200, 1)
    assert printed(cast, done) == drawn_at_once(cast, done)
    assert runs(cast) == (1, 200)
    with cast.world.read() as connection:
        assert connection.execute(select(func.count()).select_from(rows)).scalar() == 1


@SQLITE
def test_a_job_prints_issued_items_again_and_codes_of_the_lot(cast: Cast) -> None:
    cast.issue(50, signed=True)
    again = start(cast, wish(cast, 20, from_item=11, signed=None))
    case = start(cast, wish(cast, 30, replace(CSV, template="case")))
    assert runs(cast) == (1, 50)
    made = [work_on(cast.world, claimed(cast, job)) for job in (again, case)]
    assert printed(cast, made[0]) == drawn_at_once(cast, made[0])
    assert len(set(printed(cast, made[1]).split())) == 1 and printed(cast, made[1]).count(b"\n") == 30


def test_an_order_is_read_as_it_was_written() -> None:
    setup = PrintSetup((-1.5, 2.0), 1.01, 3, Ink("#102030", "#fffff0"))
    order = Order(sheet_called("a4-65", 600), "pdf", "qr-text", "L", 0.423, setup, packed=True)
    assert read_order(order_in_words(order)) == order


# Issued once


def test_a_request_that_is_repeated_issues_nothing_again(cast: Cast) -> None:
    first = start(cast, wish(cast, request="Tết 2027"))
    again = start(cast, wish(cast, request="Tết 2027"))
    assert (again.id, runs(cast)) == (first.id, (1, 2_000))
    with pytest.raises(Conflict, match="choose another word"):
        start(cast, wish(cast, 2_001, request="Tết 2027"))
    with pytest.raises(InvalidEvent, match="1 to 200 characters"):
        start(cast, wish(cast, request="x" * 201))
    assert start(cast, wish(cast)).first == 2_001


def refused(cast: Cast, error: type[Exception], match: str, wanted: Wish) -> None:
    """Nothing is issued, recorded or written."""
    before = runs(cast), heads(cast.world), files(cast)
    with pytest.raises(error, match=match):
        start(cast, wanted)
    assert (runs(cast), heads(cast.world), files(cast)) == before


def test_what_cannot_be_issued_or_drawn_costs_no_number(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for count in (0, -1, 10**12):
        refused(cast, InvalidEvent, "ask for 1 to", wish(cast, count))
    refused(cast, GateRefused, "mass-balance-exceeded", wish(cast, PACKS + 1))
    small = Order(sheet_called("a4-65", 600))
    refused(cast, RuleBroken, "a4-65", wish(cast, order=small, signed=True))
    refused(cast, RuleBroken, "TÊN.zip", wish(cast, order=Order(sheet_called("50x30", 203), "png")))
    refused(cast, NotFound, "There is no lot", Wish(f"{cast.lot}X", 5, CSV))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    refused(cast, Unavailable, "No number was issued", wish(cast))


@SQLITE
@pytest.mark.parametrize(
    ("name", "said"),
    [
        (unicodedata.normalize("NFD", "Trà búp Đồi Mây"), None),
        ("Trà 🍃 xanh", "không in được lên tem"),
        ("Trà búp một tôm hai lá Đồi Mây " * 6 + "thượng hạng mùa xuân", "không vừa tem"),
    ],
    ids=["decomposed", "emoji", "200 characters"],
)
def test_a_name_is_printed_or_refused_before_anything_is_issued(cast: Cast, name: str, said: str | None) -> None:
    world, now = cast.world, cast.world.clock()
    named = {"name_vi": name, "net": "200 g", "net_value": 200, "net_unit": "g"}
    with world.write() as connection:
        product = register_product(connection, cast.producer, Gtin("09520000000141"), named, world.notary, now)[0]
        details = {"made": "2026-10-09", "quantity": 500, "unit": "gói"}
        cast.lot = register_lot(connection, product, Lot("TEN"), details, world.notary, now)[0]
    cast.harvest(packs=500)
    for order in (Order(sheet_called("a4-24", 600)), ZPL):
        if said:
            refused(cast, RuleBroken, said, wish(cast, 20, order))
        else:
            done = work_on(world, start(cast, wish(cast, 20, order), mine=True))
            assert printed(cast, done) == drawn_at_once(cast, done)


@SQLITE
def test_lots_on_hold_and_recalled_lots_start_no_job(cast: Cast) -> None:
    world = cast.world
    with world.write() as connection:
        hold(connection, cast.lot, "Chờ kết quả", cast.producer, world.notary, world.clock())
    refused(cast, GateRefused, "lot-on-hold", wish(cast))
    recall_lot(cast)
    refused(cast, GateRefused, "lot-recalled", wish(cast))


def recall_lot(cast: Cast) -> None:
    said = {"day": date(2026, 11, 21), "reason_vi": "Dư lượng vượt mức"}
    with cast.world.write() as connection:
        recall(connection, cast.lot, cast.producer, cast.world.notary, cast.world.clock(), **said)  # type: ignore[arg-type]


# Claims


def test_one_worker_has_a_job_until_it_falls_silent(cast: Cast) -> None:
    job = start(cast, wish(cast))
    first = claimed(cast, job)
    assert label_work.claim(cast.world, job.id) is None
    assert tidy_up(cast.world) == []
    cast.world.clock.tick(seconds=LEASE.total_seconds() + 1)  # type: ignore[attr-defined]
    assert tidy_up(cast.world) == [job.id]
    second = claimed(cast, job)
    # The first one was only slow: it may not hand over what is another's now, and leaves nothing behind.
    assert work_on(cast.world, first).state is State.RUNNING
    assert files(cast) == []
    done = work_on(cast.world, second)
    assert (done.state, done.attempts) == (State.DONE, 2)
    assert printed(cast, done) == drawn_at_once(cast, done)


@SQLITE
def test_a_job_that_no_worker_survives_is_given_up(cast: Cast) -> None:
    job = start(cast, wish(cast))
    for _ in range(MOST_ATTEMPTS):
        claimed(cast, job)
        cast.world.clock.tick(seconds=LEASE.total_seconds() + 1)  # type: ignore[attr-defined]
    assert label_work.claim(cast.world, job.id) is None
    found = look(cast, job)
    assert (found.state, found.error_code) == (State.FAILED, "lost")


@SQLITE
def test_a_worker_that_has_to_stop_leaves_its_job_to_the_next(cast: Cast) -> None:
    job = start(cast, wish(cast))
    seen: list[int] = []
    left = work_on(cast.world, claimed(cast, job), stopping=lambda: len(seen) > 1, told=seen.append)
    assert (left.state, left.done, left.claim, files(cast)) == (State.WAITING, 0, None, [])
    assert work_on(cast.world, claimed(cast, job)).state is State.DONE


@SQLITE
def test_who_makes_a_file_itself_and_is_interrupted_leaves_it_to_a_worker(cast: Cast) -> None:
    job = start(cast, wish(cast), mine=True)
    assert label_work.claim(cast.world, job.id) is None

    def interrupt(done: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_on(cast.world, job, told=interrupt)
    assert work_on(cast.world, claimed(cast, job)).state is State.DONE


@SQLITE
def test_what_nobody_foresaw_fails_the_job_and_not_the_worker(cast: Cast) -> None:
    def stumble(done: int) -> None:
        raise ZeroDivisionError

    found = work_on(cast.world, start(cast, wish(cast), mine=True), told=stumble)
    assert (found.state, found.error_code, files(cast)) == (State.FAILED, "error", [])


# Cancelled, recalled, voided


def test_a_running_job_is_cancelled_and_may_be_resumed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_work, "BEAT", 0)
    job = start(cast, wish(cast))

    def cancel(done: int) -> None:
        if done == 2 * label_work.STEP:
            with cast.world.write_aside() as connection:
                label_jobs.cancel_job(connection, job.id, cast.world.clock())

    found = work_on(cast.world, claimed(cast, job), told=cancel)
    assert (found.state, files(cast), runs(cast)) == (State.CANCELLED, [], (1, 2_000))
    assert 0 < found.done < found.count
    with cast.world.write_aside() as connection, pytest.raises(Conflict, match="is cancelled already"):
        label_jobs.cancel_job(connection, job.id, cast.world.clock())
    with pytest.raises(Conflict, match="there is no file"):
        printed(cast, found)
    with cast.world.write_aside() as connection:
        assert label_jobs.resume_job(connection, job.id).state is State.WAITING
        with pytest.raises(Conflict, match="nothing to resume"):
            label_jobs.resume_job(connection, job.id)
    assert work_on(cast.world, claimed(cast, job)).state is State.DONE


def test_a_lot_recalled_meanwhile_gives_no_file_and_its_run_can_be_voided(cast: Cast) -> None:
    waiting, running, done = (start(cast, wish(cast, 1_000)) for _ in range(3))
    assert work_on(cast.world, claimed(cast, done)).state is State.DONE

    def then_recall(count: int) -> None:
        if count == label_work.STEP:
            recall_lot(cast)

    found = work_on(cast.world, claimed(cast, running), told=then_recall)
    assert (found.state, found.error_code) == (State.FAILED, "gate-refused")
    found = work_on(cast.world, claimed(cast, waiting))
    assert (found.state, found.error_code) == (State.FAILED, "gate-refused")
    assert found.error is not None and "lot-recalled" in found.error
    with pytest.raises(GateRefused, match="lot-recalled"):
        printed(cast, look(cast, done))
    assert len(files(cast)) == 1
    with cast.world.write() as connection:
        void_labels(connection, cast.lot, 1, 3_000, "Thu hồi", cast.producer, cast.world.notary, cast.world.clock())


@SQLITE
def test_a_voided_item_is_not_printed(cast: Cast) -> None:
    job = start(cast, wish(cast))
    with cast.world.write() as connection:
        void_labels(connection, cast.lot, 7, 7, "In hỏng", cast.producer, cast.world.notary, cast.world.clock())
    found = work_on(cast.world, claimed(cast, job))
    assert found.state is State.FAILED
    assert found.error is not None and "Tem số 7 đã hủy" in found.error


# Disks


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may grow beyond."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_under_a_job_fails_it_and_it_may_be_resumed(cast: Cast) -> None:
    job = start(cast, wish(cast, 20_000))
    before = runs(cast)
    data = cast.world.settings.data_dir
    with largest_file(max(path.stat().st_size for path in data.iterdir()) + 100_000):
        found = work_on(cast.world, claimed(cast, job))
    assert (found.state, found.error_code, files(cast)) == (State.FAILED, "unavailable", [])
    assert found.error is not None and "File too large" in found.error and "labels resume" in found.error
    with cast.world.write_aside() as connection:
        label_jobs.resume_job(connection, job.id)
    done = work_on(cast.world, claimed(cast, job))
    assert (done.state, runs(cast)) == (State.DONE, before)
    assert printed(cast, done).count(b"\n") == 20_000


@SQLITE
def test_results_are_kept_for_a_week_and_what_nobody_knows_of_is_swept_away(cast: Cast) -> None:
    done = work_on(cast.world, start(cast, wish(cast), mine=True))
    under_way = claimed(cast, start(cast, wish(cast)))
    folder = cast.world.settings.data_dir / "jobs"
    orphans = ["1-00ff.part", f"{done.id}-{'0' * 16}.csv"]
    for name in (*orphans, f"{under_way.stem}.part", "notes.txt"):
        (folder / name).write_bytes(b"x")
    tidy_up(cast.world)
    assert files(cast) == sorted([done.result or "", f"{under_way.stem}.part", "notes.txt"])
    assert done.kept_until == cast.world.clock() + KEPT
    cast.world.clock.tick(days=KEPT.days, seconds=1)  # type: ignore[attr-defined]
    tidy_up(cast.world)
    assert files(cast) == [f"{under_way.stem}.part", "notes.txt"]
    with pytest.raises(NotFound, match="--from-item"):
        printed(cast, look(cast, done))


@SQLITE
def test_a_result_that_somebody_deleted_is_not_there(cast: Cast) -> None:
    done = work_on(cast.world, start(cast, wish(cast), mine=True))
    (cast.world.settings.data_dir / "jobs" / (done.result or "")).unlink()
    with pytest.raises(NotFound, match="no longer kept"):
        printed(cast, done)
    with pytest.raises(NotFound, match="no longer kept"):
        files_of(cast.world).path("../traceapp.db")


# Addresses and figures


@SQLITE
def test_a_jobs_address_is_known_to_nobody_but_its_owner(cast: Cast) -> None:
    with cast.world.write() as connection:
        job, token = start_job(cast.world, connection, wish(cast))
    with cast.world.read() as connection:
        assert label_jobs.job_of_token(connection, token) == job
        stored = connection.execute(select(rows)).mappings().one()
        assert token not in str(dict(stored)) and len(token) == 32
        for wrong in ("", token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), "ắ\0", "\ud800"):
            with pytest.raises(NotFound, match="at this address"):
                label_jobs.job_of_token(connection, wrong)
    with cast.world.write_aside() as connection:
        renewed = label_jobs.renew_token(connection, job.id)
        with pytest.raises(NotFound):
            label_jobs.job_of_token(connection, token)
        assert label_jobs.job_of_token(connection, renewed).id == job.id


@SQLITE
def test_progress_is_told_by_what_was_done_since_the_work_began(cast: Cast) -> None:
    job = claimed(cast, start(cast, wish(cast, 2_000)))
    later = cast.world.clock() + timedelta(seconds=10)
    assert label_jobs.progress_of(job, later) is None
    found = label_jobs.progress_of(replace(job, done=500), later)
    assert found is not None and (found.rate, found.seconds_left) == (50, 30)


@SQLITE
def test_a_long_job_says_again_and_again_how_far_it_is(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_work, "BEAT", 0)
    seen: set[int] = set()
    job = start(cast, wish(cast))

    def watch(done: int) -> None:
        seen.add(look(cast, job).done)

    work_on(cast.world, claimed(cast, job), told=watch)
    assert {0, label_work.STEP} <= seen


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
