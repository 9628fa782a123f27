"""`traceapp import` and `traceapp export`: a file becomes records or one clear line; all of one's own in one file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Service, service_in
from tests.conftest import settings_for
from tests.services.sheets import HOUSEHOLD, table
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import register_organisation
from traceapp.services.world import World

NAME = "HTX Đồi Gió"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """One cooperative, on SQLite."""
    folder = tmp_path_factory.mktemp("imports") / "service"
    world = World(settings_for(folder))
    initialise(world)
    with world.write() as connection:
        details = {"name": NAME, "role": "producer", "legal_form": "Hợp tác xã"}
        register_organisation(connection, details, world.notary, world.clock())
    world.engine.dispose()
    return service_in(folder, f"sqlite:///{folder}/data/traceapp.db")


def file(folder: Path, data: bytes, name: str = "ho.xlsx") -> Path:
    found = folder / name
    found.write_bytes(data)
    return found


def test_a_file_is_looked_at_then_recorded_then_known(small: Service, tmp_path: Path) -> None:
    path = file(tmp_path, table("households", HOUSEHOLD))
    command = ("import", "households", path, "--for", "htx doi gio")
    assert small.said(*command, "--dry-run") == "1 row would be recorded.\n"
    assert small.said(*command) == "1 row recorded.\n"
    assert small.said(*command).splitlines() == [
        "Dòng 2 (TC-1) trùng với điều đã ghi: cùng Mã hộ. Bỏ qua.",
        "0 rows would be recorded.",
    ]


def test_faulty_cells_are_told_in_either_language_and_nothing_is_recorded(small: Service, tmp_path: Path) -> None:
    path = file(tmp_path, table("plots", {"code": "A1", "name": "Vườn", "area_ha": "-5"}))
    found = small.run("import", "plots", path, "--for", NAME)
    assert (found.exit_code, found.stdout) == (1, "Dòng 2, cột Diện tích (ha): “-5” phải lớn hơn 0.\n")
    assert "1 cell to correct, nothing was recorded." in found.stderr
    assert "Row 2, column Area (ha)" in small.run("import", "plots", path, "--for", NAME, "--lang", "en").stdout


def test_what_is_no_table_and_nobody_are_one_clear_line(small: Service, tmp_path: Path) -> None:
    program = file(tmp_path, b"MZ\x90")
    assert "ho.xlsx: Đây là chương trình" in small.refused("import", "plots", program, "--for", NAME)
    assert "There is no organisation" in small.refused("import", "plots", program, "--for", "Ai đó")
    assert "A producer imports no register" in small.refused("import", "register", program, "--for", NAME)


def test_templates_are_written_as_workbook_or_csv(small: Service, tmp_path: Path) -> None:
    for name, start in (("mau.xlsx", b"PK"), ("mau.csv", b"\xef\xbb\xbfM\xc3\xa3 h\xe1\xbb\x99;")):
        assert "written" in small.said("import", "template", "households", "-o", tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)


def test_everything_of_ones_own_is_exported(small: Service, tmp_path: Path) -> None:
    out = tmp_path / "all.zip"
    assert "Personal data is among them." in small.said("export", NAME, "-o", out)
    with zipfile.ZipFile(out) as archive:
        assert "tables/households.csv" in archive.namelist()
    assert "There is no organisation" in small.refused("export", "Ai đó", "-o", out)
