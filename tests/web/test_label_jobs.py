"""A job's JSON address: progress, cancelling and the file, for whoever holds it and for nobody else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import date

import pytest
from werkzeug.test import TestResponse

from tests.web.conftest import BROWSER, PROGRAM, Site, make_world
from traceapp.render.outputs import Order
from traceapp.render.sheet_names import sheet_called
from traceapp.services.labels.jobs import Job
from traceapp.services.labels.work import Wish, claim, start_job, work_on
from traceapp.services.lots.acts import recall
from traceapp.services.registry.registers import owner_of_lot
from traceapp.web import aside, label_jobs

LOT = "DM2610B"
CSV = Order(sheet_called("a4-24", 600), "csv")


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration on SQLite, one for all tests here."""
    world = make_world(request, tmp_path_factory.mktemp("label-jobs"), "sqlite")
    yield Site(world)
    world.engine.dispose()


def started(site: Site, lot: str = LOT, count: int = 12) -> tuple[Job, str]:
    """A job that waits, and the path of its address."""
    with site.world.write() as connection:
        job, token = start_job(site.world, connection, Wish(site.lot_id(lot), count, CSV))
    return job, f"/label-jobs/{token}"


def made(site: Site, lot: str = LOT) -> tuple[Job, str]:
    """A job that is done, and the path of its address."""
    job, path = started(site, lot)
    found = claim(site.world, job.id)
    assert found is not None
    return work_on(site.world, found), path


def ask(site: Site, path: str, **more: str) -> TestResponse:
    return site.ask(path, accept=PROGRAM, **more)


def test_a_job_says_how_far_it_is_and_where_its_file_will_be(site: Site) -> None:
    job, path = started(site)
    said = ask(site, path)
    assert said.headers["Cache-Control"] == "no-store"
    waiting = said.get_json()
    assert (waiting["state"], waiting["done"], waiting["labels"], waiting["file"]) == ("waiting", 0, 12, None)
    assert waiting["cancel"] == f"https://id.example.vn{path}/cancel"
    found = claim(site.world, job.id)
    assert found is not None
    work_on(site.world, found)
    done = ask(site, path).get_json()
    assert (done["state"], done["done"], done["cancel"]) == ("done", 12, None)
    assert done["file"] == f"https://id.example.vn{path}/file"
    assert done["kept_until"] == "2026-11-28T05:00:00Z"
    assert (done["first_item"], done["last_item"]) == (job.first, job.last)


def test_the_file_is_an_attachment_under_a_name_that_says_what_it_is(site: Site) -> None:
    job, path = made(site)
    said = ask(site, f"{path}/file")
    assert said.status_code == 200
    assert said.data.count(b"\n") == 12 and said.data.startswith(b"https://ID.EXAMPLE.VN/01/")
    assert said.headers["Content-Disposition"] == f'attachment; filename="{LOT}-{job.first}-{job.last}.csv"'
    assert said.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert said.headers["Cache-Control"] == "no-store"
    assert said.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_fetched_whole_or_in_ranges(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    job, path = made(site)
    whole = ask(site, f"{path}/file").data
    monkeypatch.setattr(label_jobs, "WHOLE", 100)
    monkeypatch.setattr(aside, "STEP", 64)
    long = ask(site, f"{path}/file")
    assert (long.status_code, long.data, long.content_length) == (200, whole, len(whole))
    rest = ask(site, f"{path}/file", Range="bytes=500-")
    assert (rest.status_code, rest.data, rest.content_length) == (206, whole[500:], len(whole) - 500)
    assert rest.headers["Content-Range"] == f"bytes 500-{len(whole) - 1}/{len(whole)}"
    tag = long.headers["ETag"]
    assert ask(site, f"{path}/file", Range="bytes=500-", If_Range=tag).status_code == 206
    assert ask(site, f"{path}/file", Range="bytes=500-", If_Range='"another"').data == whole
    head = ask(site, f"{path}/file", method="HEAD")
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(whole))
    assert ask(site, f"{path}/file", Range="bytes=3-6").data == whole[3:7]
    assert ask(site, f"{path}/file", Range="bytes=-4").data == whole[-4:]
    assert ask(site, f"{path}/file", Range=f"bytes={len(whole)}-").status_code == 416
    assert job.bytes == len(whole)


def test_too_many_long_files_at_once_are_told_to_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = made(site)
    monkeypatch.setattr(label_jobs, "WHOLE", 100)
    monkeypatch.setattr(aside, "MOST_AT_ONCE", 0)
    refused = ask(site, f"{path}/file")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    gc.collect()
    monkeypatch.setattr(aside, "MOST_AT_ONCE", aside.FilePart._open + 1)
    for _ in range(3):
        answer = ask(site, f"{path}/file")
        assert answer.status_code == 200 and len(answer.data) > 100
        answer.close()


@pytest.mark.parametrize("wanted", ["bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=", "bytes=9-3"])
def test_a_range_that_is_none_gets_the_whole_file_or_is_refused(site: Site, wanted: str) -> None:
    _, path = made(site)
    assert ask(site, f"{path}/file", Range=wanted).status_code in (200, 416)


def test_a_job_is_cancelled_at_its_address_once(site: Site) -> None:
    job, path = started(site)
    assert ask(site, f"{path}/cancel").status_code == 405
    assert ask(site, f"{path}/cancel", method="POST").get_json()["state"] == "cancelled"
    assert claim(site.world, job.id) is None
    again = ask(site, f"{path}/cancel", method="POST")
    assert (again.status_code, again.get_json()["title"]) == (409, "conflict")
    assert (ask(site, f"{path}/file").status_code, ask(site, path).get_json()["error"]) == (409, None)


def test_no_other_address_leads_to_a_job(site: Site) -> None:
    _, path = made(site)
    before = site.rows()
    swapped = path[:-1] + ("A" if path[-1] != "A" else "B")
    for wrong in (swapped, path[:-1], "/label-jobs/1", "/label-jobs/%00", "/label-jobs/" + "x" * 2000, f"{path}x"):
        for end in ("", "/file"):
            said = ask(site, wrong + end)
            assert (said.status_code, said.mimetype) == (404, "application/problem+json"), wrong
        assert ask(site, f"{wrong}/cancel", method="POST").status_code == 404
    assert site.ask(swapped, accept=BROWSER).mimetype == "text/html"
    assert site.rows() == before


def test_a_lot_recalled_afterwards_gives_its_file_to_nobody(site: Site) -> None:
    _, path = made(site, "VS2609A")
    lot, world = site.lot_id("VS2609A"), site.world
    with world.write() as connection:
        by = owner_of_lot(connection, lot)[1]
        recall(connection, lot, by, world.notary, world.clock(), day=date(2026, 11, 21), reason_vi="Nấm mốc")
    refused = ask(site, f"{path}/file")
    assert (refused.status_code, refused.get_json()["title"]) == (409, "gate-refused")
    assert "lot-recalled" in refused.get_json()["detail"]
    assert ask(site, path).get_json()["state"] == "done"


def test_a_job_that_failed_says_why(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    job, path = started(site)
    found = claim(site.world, job.id)
    assert found is not None

    def full(*_: object) -> tuple[str, int]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("traceapp.adapters.job_files.JobFiles.hand_over", full)
    work_on(site.world, found)
    said = ask(site, path).get_json()
    assert said["state"] == "failed"
    assert said["error"]["code"] == "unavailable" and "No space left" in said["error"]["detail"]
