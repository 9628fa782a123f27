"""`traceapp inspections`: an inspection recorded, listed and printed; an authority's orders."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from tests.cli.conftest import Service
from traceapp.core.dates import vietnamese_date
from traceapp.db.tables import organisations
from traceapp.services.world import machine_clock

LOT = "VS2609A"


def organisation(service: Service, role: str) -> str:
    with service.world.read() as connection:
        return str(connection.execute(select(organisations.c.id).where(organisations.c.role == role)).scalars().first())


def test_an_inspection_is_recorded_listed_and_printed(service: Service, tmp_path: Path) -> None:
    by = organisation(service, "inspectorate")
    assert "Nobody inspected" in service.run("inspections", "list", "DM2610B").output
    day = vietnamese_date(machine_clock()) - timedelta(days=1)
    done = service.run(
        "inspections", "add", LOT, "--by", by, "--result", "fail", "--day", day.isoformat(), "--checklist", "pack",
        "--check", "seal=fail", "--measured", "độ đạm=39,5=g/l", "--note", "Nắp hở", "--seal", "NP-1",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    record = done.output.rsplit("/", 1)[1].strip()
    listed = service.run("inspections", "list", LOT).output
    assert "Not passed" in listed and "Nắp hở" in listed and record in listed
    paper = tmp_path / "r.pdf"
    assert service.run("inspections", "report", record, "-o", str(paper)).exit_code == 0
    assert paper.read_bytes().startswith(b"%PDF")
    assert service.run("inspections", "report", f"00000000{record[8:]}", "-o", str(paper)).exit_code == 1


def test_orders_show_and_are_on_the_lists(service: Service, tmp_path: Path) -> None:
    authority, lists = organisation(service, "authority"), tmp_path / "lists.json"
    for act in ("hold", "release", "recall"):
        done = service.run("inspections", act, LOT, "--by", authority, "--reason", "Chờ kết quả")
        assert done.exit_code == 0, done.output
    assert service.run("inspections", "lists", "-o", str(lists)).exit_code == 0
    told = json.loads(lists.read_text())["credentialSubject"]["traceapp:lots"]
    assert any(one["id"].endswith(LOT) for one in told)


def test_what_cannot_be_is_refused_with_the_reason(service: Service) -> None:
    by = organisation(service, "producer")
    refused = service.run("inspections", "add", LOT, "--by", by, "--result", "pass")
    assert refused.exit_code == 1 and "Only an inspectorate" in refused.output
    odd = service.run("inspections", "add", LOT, "--by", by, "--result", "pass", "--check", "seal")
    assert odd.exit_code == 1 and "too few parts" in odd.output
