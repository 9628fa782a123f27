"""`traceapp labels … --background`, `jobs`, `progress`, `cancel`, `resume`, `fetch`, and `traceapp worker`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Service
from traceapp.cli import label_jobs, labels
from traceapp.worker import Worker

LOT = "DM2610B"
SQLITE = pytest.mark.parametrize("kind", ["sqlite"])


def work_off(service: Service) -> None:
    """What a worker does with the queue as it is."""
    world = service.world
    Worker(world).work_off()
    world.engine.dispose()


def started(service: Service, *options: object, count: int = 20) -> str:
    """The number of a new job."""
    said = service.said("labels", LOT, "--count", count, "--format", "csv", "--background", *options)
    assert "are issued and being made (csv)" in said
    return said.partition(":")[0].removeprefix("Job ")


def test_a_run_in_the_background_is_made_by_a_worker_and_fetched(service: Service, tmp_path: Path) -> None:
    assert "There are no label jobs" in service.said("labels", "jobs")
    job = started(service)
    assert service.said("labels", "progress", job).startswith("waiting ")
    assert "waiting: there is no file" in service.refused("labels", "fetch", job, "-o", tmp_path / "a.csv")
    work_off(service)
    assert "100 %  20 of 20" in service.said("labels", "progress", job, "--watch")
    said = service.said("labels", "fetch", job, "-o", tmp_path / "a.csv")
    first = int(said.rpartition("items ")[2].split()[0])
    service.said("labels", LOT, "--count", 20, "--from-item", first, "-o", tmp_path / "again.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    assert f"{job}  done " in service.said("labels", "jobs")


@SQLITE
def test_a_job_is_cancelled_and_resumed(service: Service, tmp_path: Path) -> None:
    job = started(service)
    assert "stay issued" in service.said("labels", "cancel", job)
    assert "is cancelled already" in service.refused("labels", "cancel", job)
    work_off(service)
    assert "cancelled: there is no file" in service.refused("labels", "fetch", job, "-o", tmp_path / "a.csv")
    service.said("labels", "resume", job)
    work_off(service)
    service.said("labels", "fetch", job, "-o", tmp_path / "a.csv")
    assert "done: there is nothing to resume" in service.refused("labels", "resume", job)
    for command in (("progress", 99), ("cancel", 99), ("resume", 99), ("fetch", 99, "-o", tmp_path / "b.csv")):
        assert "There is no label job 99" in service.refused("labels", *command)


@SQLITE
def test_a_request_is_issued_once_however_often_it_is_sent(service: Service) -> None:
    assert len({started(service, "--request", "Tết") for _ in range(3)}) == 1
    said = service.refused("labels", LOT, "--count", 21, "--format", "csv", "--background", "--request", "Tết")
    assert "choose another word" in said
    work_off(service)
    again = ("labels", LOT, "--count", 20, "--format", "csv", "--background", "--request", "Tết")
    assert "were issued before: done (csv)" in service.said(*again)


@SQLITE
def test_a_job_tells_an_address_to_programs_and_a_new_one_on_request(service: Service) -> None:
    told = service.run("labels", LOT, "--count", 3, "--format", "csv", "--background").stderr
    address = told.rpartition("/label-jobs/")[2].strip()
    renewed = service.run("labels", "progress", 1, "--address").stderr.rpartition("/label-jobs/")[2].strip()
    assert len(address) == len(renewed) == 32 and address != renewed


@SQLITE
def test_a_long_run_is_issued_first_and_made_by_the_command_itself(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "LONG", 10)
    said = service.said("labels", LOT, "--count", 12, "-o", tmp_path / "a.csv")
    assert said.startswith(f"{tmp_path}/a.csv: 12 labels, items ")
    assert (tmp_path / "a.csv").read_text().count("\n") == 12
    assert "100 %  12 of 12  csv of DM2610B" in service.said("labels", "jobs")
    assert "No such file" in service.refused("labels", LOT, "--count", 12, "-o", tmp_path / "no" / "a.csv")
    assert "ask for 1 to" in service.refused("labels", LOT, "--count", 10**12, "-o", tmp_path / "b.csv")
    assert service.said("labels", "jobs").count("\n") == 1
    assert sorted(path.name for path in tmp_path.glob("*.csv*")) == ["a.csv"]


@SQLITE
def test_a_long_run_that_fails_says_how_to_go_on(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "LONG", 10)

    def full(*_: object) -> tuple[str, int]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("traceapp.adapters.job_files.JobFiles.hand_over", full)
        said = service.refused("labels", LOT, "--count", 12, "-o", tmp_path / "a.csv")
    assert "No space left on device" in said and "traceapp labels resume 1 makes it again" in said
    failed = service.run("labels", "progress", 1)
    assert (failed.exit_code, failed.stdout.split()[0]) == (1, "failed")
    service.said("labels", "resume", 1)
    work_off(service)
    assert "12 labels" in service.said("labels", "fetch", 1, "-o", tmp_path / "a.csv")


@SQLITE
def test_options_that_do_not_go_together_are_told(service: Service, tmp_path: Path) -> None:
    for options, said in (
        (("--background", "-o", tmp_path / "a.pdf"), "leave -o and --preview out"),
        (("--background", "--preview"), "leave -o and --preview out"),
        ((), "-o FILE, or --background"),
        (("--request", "x", "-o", tmp_path / "a.pdf"), "--request goes with --background"),
    ):
        found = service.run("labels", LOT, "--count", 2, *options)
        assert (found.exit_code, said in found.stderr) == (2, True), found.stderr


@SQLITE
def test_refusals_of_the_gate_start_no_job(service: Service) -> None:
    assert "No labels for this lot" in service.refused("labels", "DG1108", "--count", 1, "--background")
    assert "Không có khổ tem" in service.refused("labels", LOT, "--count", 1, "--background", "--sheet", "a4-99")
    assert "There are no label jobs" in service.said("labels", "jobs")


@SQLITE
@pytest.mark.slow
def test_the_worker_command_works_until_it_is_told_to_stop(service: Service) -> None:
    job = started(service)
    command = [sys.executable, "-c", "from traceapp.cli import main; main()", "worker"]
    with subprocess.Popen(command, env=service.process_env, stdout=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while "done" not in service.said("labels", "progress", job):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout is not None and "Stop with Ctrl+C" in process.stdout.read()


def test_a_bar_is_drawn_as_far_as_the_work_is() -> None:
    assert label_jobs._bar(0, 10).startswith("░" * 30 + "   0 %")
    assert label_jobs._bar(1_000_000, 2_000_000) == "█" * 15 + "░" * 15 + "  50 %  1,000,000 of 2,000,000"
    assert label_jobs._pace(500, 45_500) == "  500/s, 1:31 left"


def test_a_long_run_draws_its_bar_on_a_terminal_and_nowhere_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_jobs, "_EVERY", 0)
    for is_terminal, shown in ((False, ""), (True, "50 %  50 of 100")):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)  # noqa: B023
        with label_jobs._drawn(100) as told:
            time.sleep(0.01)
            told(50)
        found = capsys.readouterr().err
        assert shown in found and bool(found) is is_terminal
