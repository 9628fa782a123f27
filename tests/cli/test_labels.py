"""`traceapp labels` and `traceapp url`: a file is whole or not there, and a failed one costs no serial."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, insert, select

from tests.builders import demo
from tests.cli.conftest import Service
from traceapp.cli import labels as labels_command
from traceapp.core.digital_link import parse_url
from traceapp.db.tables import label_runs
from traceapp.render import raster
from traceapp.render.sheets import ROLLS, SHEETS

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


@pytest.mark.parametrize("kind", ["sqlite"])
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


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("lot", [one["lot"] for one in demo()["expected"] if one.get("labels") == "refused"])
def test_a_lot_that_breaks_a_rule_is_refused_with_the_reason(service: Service, tmp_path: Path, lot: str) -> None:
    said = refuse(service, tmp_path, lot, "--count", 1, "-o", tmp_path / "tem.pdf")
    assert said.startswith("Error: No labels for this lot. ")


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("count", [0, -1, 10**12])
def test_an_absurd_count_is_refused(service: Service, tmp_path: Path, count: int) -> None:
    assert "ask for 1 to" in refuse(service, tmp_path, LOT, "--count", count, "-o", tmp_path / "tem.pdf")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_wrong_arguments_are_refused(service: Service, tmp_path: Path) -> None:
    assert "There is no lot 'NOWHERE'" in refuse(service, tmp_path, "NOWHERE", "--count", 1, "-o", tmp_path / "t.pdf")
    assert "is neither FILE.pdf nor FILE.csv" in refuse(service, tmp_path, LOT, "--count", 1, "-o", tmp_path / "t.docx")
    assert "No such file" in refuse(service, tmp_path, LOT, "--count", 1, "-o", tmp_path / "no" / "folder" / "t.pdf")
    assert service.run("labels", LOT, "--count", "many", "-o", tmp_path / "t.pdf").exit_code == 2


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_sheet_too_small_for_its_code_costs_no_serial(service: Service, tmp_path: Path) -> None:
    """Signed codes do not fit the smallest labels: said before anything is issued."""
    arguments = (LOT, "--count", 1, "--signed", "--sheet", "a4-65", "-o", tmp_path / "t.pdf")
    assert "a4-65" in refuse(service, tmp_path, *arguments)


def test_a_disk_that_fills_with_the_last_bytes_costs_no_serial(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last bytes are written when the file is closed; by then nothing may be committed."""
    before = runs(service)
    monkeypatch.setattr(labels_command, "write_batch", lambda *arguments: arguments[-1].write(b"the last bytes"))
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


# Outputs


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("name", "start"),
    [("t.zpl", b"~DGR:"), ("t.tspl", b"SIZE 50 mm,30 mm\r\n"), ("t.zip", b"PK\3\4"), ("t.pdf", b"%PDF-1.7")],
)
def test_a_file_is_what_its_name_says(service: Service, tmp_path: Path, name: str, start: bytes) -> None:
    service.said("labels", LOT, "--count", 2, "-o", tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_format_that_is_named_needs_no_such_name(service: Service, tmp_path: Path) -> None:
    options = ("--format", "zpl", "--dpi", 300, "--sheet", "60x40", "--template", "qr-text")
    service.said("labels", LOT, "--count", 2, *options, "-o", tmp_path / "tem.prn")
    assert b"^PW709^LL472" in (tmp_path / "tem.prn").read_bytes()


def test_codes_are_signed_where_that_fits_and_the_command_says_so(service: Service, tmp_path: Path) -> None:
    large = service.run("labels", LOT, "--count", 2, "-o", tmp_path / "a.pdf")
    small = service.run("labels", LOT, "--count", 2, "--sheet", "a4-65", "-o", tmp_path / "b.pdf")
    assert "signed codes on a4-24 (63,5 × 33,9 mm), 600 dpi; 2 read back" in large.stderr
    assert "plain codes on a4-65 (38,1 × 21,2 mm)" in small.stderr


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_labels_that_lead_to_this_machine_alone_are_told_so(service: Service, tmp_path: Path, address: str) -> None:
    service.env["TRACEAPP_BASE_URL"] = address
    said = service.run("labels", "VS2609A", "--count", 2, "-o", tmp_path / "tem.csv")
    assert "which no phone opens: set TRACEAPP_BASE_URL" in said.stderr


@pytest.mark.parametrize("kind", ["sqlite"])
def test_labels_that_lead_to_a_name_others_can_reach_are_not(service: Service, tmp_path: Path) -> None:
    service.env["TRACEAPP_BASE_URL"] = "https://id.example.vn"
    said = service.run("labels", "VS2609A", "--count", 2, "-o", tmp_path / "tem.csv")
    assert said.exit_code == 0 and "no phone" not in said.stderr


def test_the_word_issue_may_be_written(service: Service, tmp_path: Path) -> None:
    assert "2 labels" in service.said("labels", "issue", LOT, "--count", 2, "-o", tmp_path / "a.csv")


def issued(service: Service, count: int, output: Path) -> int:
    """The first of so many new items."""
    said = service.said("labels", LOT, "--count", count, "-o", output)
    return int(said.rpartition("items ")[2].split()[0])


def test_issued_items_are_printed_again_under_the_same_serials(service: Service, tmp_path: Path) -> None:
    item = issued(service, 4, tmp_path / "first.csv")
    before = runs(service)
    service.said("labels", LOT, "--count", 2, "--from-item", item + 1, "-o", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text().split() == (tmp_path / "first.csv").read_text().split()[1:3]
    assert runs(service) == before


def test_the_same_items_give_the_same_file(service: Service, tmp_path: Path) -> None:
    item = issued(service, 3, tmp_path / "first.zpl")
    service.said("labels", LOT, "--count", 3, "--from-item", item, "-o", tmp_path / "again.zpl")
    assert (tmp_path / "again.zpl").read_bytes() == (tmp_path / "first.zpl").read_bytes()


def test_a_row_that_no_record_stands_for_prints_nothing(service: Service, tmp_path: Path) -> None:
    world = service.world
    with world.write() as connection:
        row = connection.execute(select(label_runs).where(label_runs.c.lot.like(f"%{LOT}")).limit(1)).mappings().one()
        connection.execute(insert(label_runs).values(**{**row, "id": f"{row['id']}0", "first": 90_000, "count": 9}))
    world.engine.dispose()
    options = ("--count", 2, "--from-item", 90_000, "-o", tmp_path / "t.csv")
    assert "were not all issued" in refuse(service, tmp_path, LOT, *options)


def test_items_that_were_not_issued_or_are_void_are_not_printed_again(service: Service, tmp_path: Path) -> None:
    item = issued(service, 4, tmp_path / "first.csv")
    output = ("-o", tmp_path / "again.csv")
    again = (LOT, "--from-item", item, *output)
    assert "were not all issued" in refuse(service, tmp_path, *again, "--count", 5)
    assert "were not all issued" in refuse(service, tmp_path, LOT, "--from-item", 0, *output, "--count", 1)
    assert "cannot be printed" in refuse(service, tmp_path, *again, "--count", 0)
    assert "in lại đúng loại đã cấp" in refuse(service, tmp_path, *again, "--count", 2, "--plain")
    assert "2 labels" in service.said("labels", "void", LOT, "--items", f"{item}, {item + 3}", "--reason", "in hỏng")
    assert f"Tem số {item} đã hủy (in hỏng)" in refuse(service, tmp_path, *again, "--count", 3)
    service.said("labels", LOT, "--from-item", item + 1, "--count", 2, *output)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("items", ["", "a", "3-", "9-5", "1,,2", "1" * 30])
def test_items_that_are_no_list_are_refused(service: Service, items: str) -> None:
    said = service.refused("labels", "void", LOT, "--items", items, "--reason", "rách")
    assert "is no list of items" in said or "goes backwards" in said


def test_void_is_all_or_nothing(service: Service, tmp_path: Path) -> None:
    item = issued(service, 2, tmp_path / "a.csv")
    void = ("labels", "void", LOT, "--items")
    assert "were not all issued" in service.refused(*void, f"{item},99999", "--reason", "rách")
    assert "Say why" in service.refused(*void, item, "--reason", " ")
    service.said("labels", LOT, "--count", 1, "--from-item", item, "-o", tmp_path / "b.csv")


def test_a_case_carries_the_lots_own_code_and_spends_no_item(service: Service, tmp_path: Path) -> None:
    before = runs(service)
    options = ("--template", "case", "--sheet", "100x70")
    assert "the code of the lot" in service.said("labels", LOT, "--count", 3, *options, "-o", tmp_path / "a.pdf")
    service.said("labels", LOT, "--count", 2, "--template", "case", "--format", "csv", "-o", tmp_path / "a.csv")
    assert set((tmp_path / "a.csv").read_text().split()) == {service.said("url", LOT).strip()}
    assert runs(service) == before
    for wrong in (("--signed",), ("--from-item", 1)):
        said = refuse(service, tmp_path, LOT, "--count", 1, *wrong, *options, "-o", tmp_path / "b.pdf")
        assert "without items to sign" in said
    refused = refuse(service, tmp_path, "DG1108", "--count", 1, *options, "-o", tmp_path / "b.pdf")
    assert "No labels for this lot" in refused


def test_a_preview_is_the_first_page_and_issues_nothing(service: Service, tmp_path: Path) -> None:
    before = runs(service)
    options = ("--count", 50, "--sheet", "a4-24", "--start-at", 20)
    said = service.said("labels", LOT, *options, "--preview", "-o", tmp_path / "a.pdf")
    assert "5 labels (a preview: nothing was issued" in said
    assert runs(service) == before
    assert (tmp_path / "a.pdf").read_bytes().count(b"/Type/Page/") == 1


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--sheet", "a4-99"), "Không có khổ tem “a4-99”: chọn a4-65"),
        (("--sheet", "custom:1x1"), "Không hiểu khổ tem"),
        (("--sheet", "none.json"), "none.json: No such file"),
        (("--offset", "left"), "is not X,Y in millimetres"),
        (("--scale", "2"), "Tỉ lệ 2 ngoài khoảng"),
        (("--module", "0.3"), "quá nhỏ để điện thoại đọc"),
        (("--ink", "#cccccc"), "chỉ tương phản"),
        (("--start-at", "25"), "bắt đầu từ tem 1 đến 24"),
    ],
)
def test_what_cannot_be_printed_is_one_clear_line(
    service: Service, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    assert said in refuse(service, tmp_path, LOT, "--count", 1, *options, "-o", tmp_path / "t.pdf")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_sheet_may_come_from_a_file(service: Service, tmp_path: Path) -> None:
    (tmp_path / "sheet.json").write_text(
        '{"columns": 2, "rows": 5, "label_w_mm": 90, "label_h_mm": 50, "left_mm": 15, "top_mm": 20,'
        ' "pitch_x_mm": 90, "pitch_y_mm": 50}'
    )
    service.said("labels", LOT, "--count", 11, "--sheet", tmp_path / "sheet.json", "-o", tmp_path / "t.pdf")
    assert (tmp_path / "t.pdf").read_bytes().count(b"/Type/Page/") == 2


def test_a_run_that_cannot_be_read_back_costs_no_serial(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken on purpose: every symbol comes out empty."""
    monkeypatch.setattr(raster, "symbol_pixels", lambda symbol, module: Image.new("1", (module * symbol.modules,) * 2))
    assert "không ra đúng địa chỉ" in refuse(service, tmp_path, LOT, "--count", 3, "-o", tmp_path / "t.pdf")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_calibration_page_says_what_to_measure(service: Service, tmp_path: Path) -> None:
    said = service.said("labels", "calibrate", "--sheet", "a4-24", "-o", tmp_path / "c.pdf")
    assert "--offset -1.5,1" in said and "--scale 1.008" in said and "20,0" in said
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF-")
    assert "Không có khổ tem" in service.refused("labels", "calibrate", "--sheet", "a5", "-o", tmp_path / "d.pdf")
    assert not list(tmp_path.glob("*d.pdf*"))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_sizes_are_listed(service: Service) -> None:
    lines = service.said("labels", "sheets").splitlines()
    assert len(lines) == len(SHEETS) + len(ROLLS)
    assert "a4-24    63,5 × 33,9 mm, 3 × 8 = 24 tem trên A4" in lines
    assert "50x30    50,0 × 30,0 mm, cuộn" in lines
