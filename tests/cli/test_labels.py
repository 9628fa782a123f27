"""`traceapp labels` and `traceapp url`: a file is whole or not there, and a failed one costs no serial."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.builders import demo
from tests.cli.conftest import Service
from traceapp.cli import labels as labels_command
from traceapp.core.digital_link import parse_url
from traceapp.db.tables import label_runs

LOT = "DM2610B"


def runs(service: Service) -> int:
    world = service.world
    with world.read() as connection:
        found = connection.execute(select(func.count()).select_from(label_runs)).scalar() or 0
    world.engine.dispose()
    return found


def test_a_csv_holds_one_address_a_line_each_another(service: Service, tmp_path: Path) -> None:
    said = service.said("labels", LOT, "--count", 12, "-o", tmp_path / "tem.csv")
    assert said.startswith(f"{tmp_path}/tem.csv: 12 labels, items ")
    rows = (tmp_path / "tem.csv").read_text(encoding="utf-8-sig").splitlines()
    links = [row for row in rows if "://" in row]
    assert len(set(links)) == len(links) == 12
    for link in links:
        host, parsed, _ = parse_url(link.split(",")[-1].strip('"'))
        assert host == "id.example.vn"
        assert parsed.identity is not None
        assert parsed.identity.lot == LOT


@pytest.mark.parametrize("options", [(), ("--signed",), ("--sheet", "a4-65")])
def test_a_pdf_is_a_pdf(service: Service, tmp_path: Path, options: tuple[str, ...]) -> None:
    service.said("labels", LOT, "--count", 5, *options, "-o", tmp_path / "tem.pdf")
    data = (tmp_path / "tem.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")


def test_items_go_on_where_the_last_run_ended(service: Service, tmp_path: Path) -> None:
    items = []
    for number in range(2):
        said = service.said("labels", LOT, "--count", 3, "-o", tmp_path / f"{number}.csv")
        first, _, last = said.rpartition("items ")[2].strip().partition(" to ")
        items.append((int(first), int(last)))
    assert items[1] == (items[0][1] + 1, items[0][1] + 3)


def refuse(service: Service, tmp_path: Path, *arguments: object) -> str:
    """Refused: no run was spent and no file is left, half-written or other."""
    before = runs(service), sorted(tmp_path.iterdir())
    said = service.refused("labels", *arguments)
    assert (runs(service), sorted(tmp_path.iterdir())) == before
    return said


@pytest.mark.parametrize("lot", [one["lot"] for one in demo()["expected"] if one.get("labels") == "refused"])
def test_a_lot_that_breaks_a_rule_is_refused_with_the_reason(service: Service, tmp_path: Path, lot: str) -> None:
    said = refuse(service, tmp_path, lot, "--count", 1, "-o", tmp_path / "tem.pdf")
    assert said.startswith("Error: No labels for this lot. ")


@pytest.mark.parametrize("count", [0, -1, 10**12])
def test_an_absurd_count_is_refused(service: Service, tmp_path: Path, count: int) -> None:
    assert "ask for 1 to" in refuse(service, tmp_path, LOT, "--count", count, "-o", tmp_path / "tem.pdf")


def test_wrong_arguments_are_refused(service: Service, tmp_path: Path) -> None:
    assert "There is no lot 'NOWHERE'" in refuse(service, tmp_path, "NOWHERE", "--count", 1, "-o", tmp_path / "t.pdf")
    assert "is neither FILE.pdf nor FILE.csv" in refuse(service, tmp_path, LOT, "--count", 1, "-o", tmp_path / "t.docx")
    assert "No such file" in refuse(service, tmp_path, LOT, "--count", 1, "-o", tmp_path / "no" / "folder" / "t.pdf")
    assert service.run("labels", LOT, "--count", "many", "-o", tmp_path / "t.pdf").exit_code == 2


def test_a_sheet_too_small_for_its_code_costs_no_serial(service: Service, tmp_path: Path) -> None:
    """Signed codes do not fit the smallest labels: said before anything is issued."""
    arguments = (LOT, "--count", 1, "--signed", "--sheet", "a4-65", "-o", tmp_path / "t.pdf")
    assert "a4-65" in refuse(service, tmp_path, *arguments)


def test_a_disk_that_fills_with_the_last_bytes_costs_no_serial(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last bytes are written when the file is closed; by then nothing may be committed."""
    before = runs(service)
    monkeypatch.setattr(labels_command, "render_run", lambda *arguments: arguments[-1].write(b"the last bytes"))
    (tmp_path / ".t.csv.part").symlink_to("/dev/full")
    said = service.refused("labels", LOT, "--count", 1, "-o", tmp_path / "t.csv")
    assert "No space left on device" in said
    assert runs(service) == before
    assert list(tmp_path.glob("*t.csv*")) == []


def test_an_older_file_stays_when_a_run_fails(service: Service, tmp_path: Path) -> None:
    (tmp_path / "t.pdf").write_bytes(b"yesterday's labels")
    refuse(service, tmp_path, "DG1108", "--count", 1, "-o", tmp_path / "t.pdf")
    assert (tmp_path / "t.pdf").read_bytes() == b"yesterday's labels"


def test_a_lots_address_and_an_items_address(service: Service) -> None:
    lot = service.said("url", LOT).strip()
    item = service.said("url", LOT, "--item", 1).strip()
    signed = service.said("url", LOT, "--item", 1, "--signed").strip()
    assert parse_url(lot)[1].identity.lot == LOT  # type: ignore[union-attr]
    assert len(item.rpartition("/21/")[2]) == 13
    assert signed.startswith(f"{item}?S=")
    assert len(signed.rpartition("S=")[2]) == 167


def test_an_address_that_was_never_issued_is_refused(service: Service) -> None:
    assert "Item 99999 of lot DM2610B has not been issued" in service.refused("url", LOT, "--item", 99_999)
    assert "has not been issued" in service.refused("url", LOT, "--item", 0)
    assert "add --item N" in service.refused("url", LOT, "--signed")
    assert "There is no lot" in service.refused("url", "NOWHERE")
