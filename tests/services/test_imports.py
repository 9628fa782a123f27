"""Importing tables: all or nothing, nothing twice, names of households where they can be erased."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from tests.check_log import ProvedWorld, check_log
from tests.conftest import ASOF, Clock, settings_for
from tests.services.cast import Cast, put_on_stage
from tests.services.sheets import HOUSEHOLD, table
from traceapp.adapters.sheet_writing import write_workbook
from traceapp.adapters.spreadsheets import read_table
from traceapp.core.errors import Conflict, NotFound, RuleBroken
from traceapp.core.sheets.layouts import LAYOUTS
from traceapp.core.sheets.rows import Grid, read_grid
from traceapp.db.imports import households
from traceapp.db.tables import checkpoints, log_entries, personal, records
from traceapp.i18n.sheets import fault_text, same_text
from traceapp.services.accounts.claims import organisations_waiting
from traceapp.services.lots.lists import possible_receivers
from traceapp.services.operating.setup import initialise
from traceapp.services.records.erasure import erase_organisation
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.tables import drafts as import_drafts
from traceapp.services.tables import importing as imports
from traceapp.services.tables.importing import Look
from traceapp.services.tables.own_tables import own_tables
from traceapp.services.tables.templates import template


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """The cast on SQLite, for tests that each import something else."""
    world = ProvedWorld(settings_for(tmp_path_factory.mktemp("imports")), clock=Clock(ASOF))
    initialise(world)
    yield put_on_stage(world)
    world.engine.dispose()


def look(cast: Cast, kind: str, *rows: dict[str, Any], by: str | None = None) -> Look:
    with cast.world.read() as connection:
        return imports.look(
            connection, kind, table(kind, *rows), by or cast.producer, cast.world.notary, cast.world.clock()
        )


def take(cast: Cast, kind: str, *rows: dict[str, Any], by: str | None = None) -> Look:
    data, world = table(kind, *rows), cast.world
    with world.write() as connection:
        found, _ = imports.take(
            connection, kind, data, by or cast.producer, world.notary, world.clock(), name=f"{kind}.xlsx"
        )
    return found


def faults(found: Look) -> list[str]:
    return [fault_text(one, found.layout, "vi") for one in found.faults]


def counted(cast: Cast) -> tuple[int, int]:
    with cast.world.read() as connection:
        size = connection.execute(select(func.count()).select_from(log_entries)).scalar() or 0
        return size, connection.execute(select(func.count()).select_from(checkpoints)).scalar() or 0


def test_households_are_recorded_in_one_append_with_their_names_beside_the_records(cast: Cast) -> None:
    before = counted(cast)
    take(
        cast,
        "households",
        HOUSEHOLD,
        {**HOUSEHOLD, "code": "TC-2", "name": "Lê Văn Thử", "tax_code": None, "phone": None},
    )
    after = counted(cast)
    assert (after[0] - before[0], after[1] - before[1]) == (2, 1)
    with cast.world.read() as connection:
        bodies = connection.execute(
            select(records.c.body).join(households, households.c.record_id == records.c.record_id)
        ).scalars()
        signed = b"".join(bytes(one) for one in bodies).decode()
        private = {one.strip('"') for one in connection.execute(select(personal.c.value)).scalars()}
    assert "TC-1" in signed
    assert "Xã Tân Cương" in signed
    assert not any(secret in signed for secret in ("Mẫu", "Thử", "001190000001", "0900000011"))
    assert {"Trần Thị Mẫu", "Lê Văn Thử", "001190000001", "0900000011"} <= private
    check_log(cast.world)


def test_households_on_a_list_are_neither_offered_nor_named_to_others(stage: Cast) -> None:
    take(stage, "households", {**HOUSEHOLD, "code": "R-1", "name": "Đặng Thị Riêng", "tax_code": None, "phone": None})
    world = stage.world
    with world.read() as connection:
        for who in (stage.producer, stage.other_producer):
            names = [name for _, name in possible_receivers(connection, world.host, who, world.keyring(connection))]
            assert names
            assert "Đặng Thị Riêng" not in names
        listed = set(connection.execute(select(households.c.id)).scalars())
        assert not listed & {one.id for one in organisations_waiting(connection)}


def test_what_was_imported_is_not_imported_again_and_can_be_erased(cast: Cast) -> None:
    take(cast, "households", HOUSEHOLD)
    before = counted(cast)
    found = look(cast, "households", HOUSEHOLD, {**HOUSEHOLD, "code": "TC-9"})
    assert [same_text(one, found.layout, "vi") for one in found.same] == [
        "Dòng 2 (TC-1) trùng với điều đã ghi: cùng Mã hộ. Bỏ qua.",
        "Dòng 3 (TC-9) trùng với điều đã ghi: cùng Mã số thuế. Bỏ qua.",
    ]
    assert not found.is_ready
    with pytest.raises(RuleBroken, match="nothing was recorded"):
        take(cast, "households", HOUSEHOLD)
    assert counted(cast) == before
    with cast.world.write() as connection:
        household = connection.execute(select(households.c.id)).scalar_one()
        assert erase_organisation(connection, household, "cli", ASOF) == 3
    check_log(cast.world)


def test_one_faulty_row_keeps_all_others_out(stage: Cast) -> None:
    before = counted(stage)
    with pytest.raises(RuleBroken, match="1 fault, 1 new row: nothing was recorded"):
        take(stage, "plots", {"code": "A1", "name": "Vườn"}, {"code": "A2", "name": "Vườn", "area_ha": "-5"})
    assert counted(stage) == before
    assert faults(look(stage, "plots", {"code": "A2", "name": "Vườn", "area_ha": "-5"})) == [
        "Dòng 2, cột Diện tích (ha): “-5” phải lớn hơn 0."
    ]


def test_plots_keep_their_exact_position_out_of_the_record(stage: Cast) -> None:
    take(stage, "households", HOUSEHOLD)
    take(
        stage,
        "plots",
        {
            "code": "DG-12",
            "name": "Vườn nhà Mẫu",
            "household": "TC-1",
            "latitude": "19.26614",
            "longitude": "105.26021",
        },
    )
    with stage.world.read() as connection:
        bodies = connection.execute(select(records.c.body).where(records.c.type == "FacilityRecord")).scalars().all()
    signed = bytes(bodies[-1]).decode()
    assert '"traceapp:latitude":19.27' in signed
    assert "19.26614" not in signed
    assert "Mẫu" not in signed
    found = look(stage, "plots", {"code": "B1", "name": "x", "household": "TC-77"})
    assert faults(found) == ["Dòng 2, cột Mã hộ: không có hộ mang mã “TC-77”. Nhập danh sách hộ trước."]


def test_a_product_code_of_somebody_else_and_the_name_of_a_household_are_refused(stage: Cast) -> None:
    taken = {"code": "09520000000134", "name_vi": "Trà"}
    assert faults(look(stage, "products", taken)) == [
        "Dòng 2, cột Mã sản phẩm: mã này đã có cơ sở khác đăng ký. Xem lại mã."
    ]
    named = {"code": "09520000000141", "name_vi": "Trà Nhà Bà Tư Cẩn"}
    assert "có tên của hộ" in faults(look(stage, "products", named, by=stage.other_producer))[0]
    take(stage, "products", {"code": "9520000000158", "name_vi": "Trà nõn", "standards": "TCVN 1; TCVN 2"})


def test_certificates_find_their_product_and_their_issuer_by_name(stage: Cast) -> None:
    paper = {
        "scheme": "OCOP",
        "number": "112/QĐ",
        "about": "09520000000127",
        "issuer": "hoi dong",
        "issued": "28/11/2025",
        "stars": "4",
        "score": "83",
        "kind": "Cấp mới",
        "decision": "112/QĐ",
    }
    found = look(stage, "certificates", paper, {**paper, "number": "2", "about": "không có", "issuer": "Hội đồng OCOP"})
    told = faults(found)
    assert "không có nơi cấp “hoi dong”. Chọn một trong:" in told[0]
    assert "không có sản phẩm, thửa hay cơ sở “không có”" in told[1]
    take(stage, "certificates", {**paper, "issuer": "HOI DONG OCOP CAP TINH"})
    assert "stars-valid" in stage.codes()


def test_a_certifier_imports_its_register_and_it_is_confirmed_at_once(stage: Cast) -> None:
    paper = {
        "scheme": "VietGAP",
        "number": "VG-1",
        "about": "9520000000127",
        "issued": "01/06/2025",
        "expires": "01/06/2028",
    }
    assert faults(look(stage, "register", {**paper, "about": "123"}, by=stage.certifier))
    own = faults(look(stage, "register", {**paper, "about": stage.certifier}, by=stage.certifier))
    assert own == ["Dòng 2, cột Cấp cho: không ai tự cấp giấy cho mình. Ghi người được cấp."]
    take(stage, "register", paper, by=stage.certifier)
    assert "certificate-confirmed-by-account" in stage.codes()
    assert not look(stage, "register", paper, by=stage.certifier).is_ready
    with pytest.raises(RuleBroken, match="A producer imports no register"):
        look(stage, "register", paper)


ENTRY = {
    "lot": "K9",
    "stage": "Phun thuốc",
    "start": "01/10/2026",
    "plots": "A1",
    "active": "Abamectin",
    "wait_days": "14",
}


def test_a_diary_becomes_events_and_nothing_of_it_twice(stage: Cast) -> None:
    number = next(iter(look_lots(stage)))
    entry = {**ENTRY, "lot": number}
    harvest = {
        "lot": number,
        "stage": "HARVEST",
        "start": "20/10/2026",
        "plots": "A1",
        "outputs": "chè tươi 1.250,5 kg",
    }
    check = {
        "lot": number,
        "stage": "CCP",
        "start": "21/10/2026",
        "ccp": "CCP1",
        "what": "nhiệt",
        "value": "75",
        "min": "70",
    }
    take(stage, "diary", entry, harvest, check)
    assert {"phi-kept", "ccp-in-limits"} <= stage.codes()
    again = look(stage, "diary", entry, {**entry, "start": "02/10/2026"}, check)
    assert [(one.row, one.as_row) for one in again.same] == [(2, None), (4, None)]
    assert len(again.rows) == 1


def test_what_was_used_goes_out_with_the_diary_and_comes_in_as_its_form_writes_it(stage: Cast) -> None:
    stage.capture(stage.event("FERT", "2026-10-02", plot="A1", product_name="Phân ủ hoai"))
    spray = {"active": "Abamectin", "phi_days": 7, "trade": "Reasgant 3.6EC", "operator": "TV-04"}
    stage.capture(stage.event("PPP", "2026-10-02", plot="A1", **spray))
    with stage.world.read() as connection:
        (diary,) = [one.sheet for one in own_tables(connection, stage.producer, "vi") if one.file == "diary"]
        (lots,) = [one.sheet for one in own_tables(connection, stage.producer, "vi") if one.file == "lots"]
    at = diary.titles.index("Tên thuốc, vật tư")
    assert {"Phân ủ hoai", "Reasgant 3.6EC"} <= {row[at] for row in diary.rows}
    assert "TV-04" in {row[diary.titles.index("Người làm")] for row in diary.rows}, "its own people are its to know"
    days = [row[lots.titles.index("Ngày làm")] for row in lots.rows]
    assert all(isinstance(day, str) and re.fullmatch(r"(\d\d/\d\d/\d{4})?", day) for day in days), days
    number = look_lots(stage)[0]
    sprayed = {**ENTRY, "lot": number, "start": "07/10/2026", "product": "Thuốc A"}
    manure = {"lot": number, "stage": "FERT", "start": "07/10/2026", "plots": "A1", "product": "Phân B"}
    found = look(stage, "diary", sprayed, manure).events
    assert [(one.kde.get("trade"), one.kde.get("product_name")) for one in found] == [
        ("Thuốc A", None),
        (None, "Phân B"),
    ]


def test_two_things_spread_on_one_plot_in_a_day_are_two_entries(stage: Cast) -> None:
    manure = {"lot": look_lots(stage)[0], "stage": "FERT", "start": "08/10/2026", "plots": "A1"}
    found = look(stage, "diary", {**manure, "product": "Phân A"}, {**manure, "product": "Phân B"})
    assert (faults(found), len(found.rows)) == ([], 2)
    take(stage, "diary", {**manure, "product": "Phân A", "dose": "2 kg/gốc"})
    again = look(stage, "diary", {**manure, "product": "Phân A"}, {**manure, "dose": "2 kg/gốc"})
    assert [one.as_row for one in again.same] == [None, None], "tables of before name no product"
    assert not again.rows


def test_the_places_that_one_takes_out_come_in_again(stage: Cast) -> None:
    with stage.world.read() as connection:
        (plots,) = [one.sheet for one in own_tables(connection, stage.producer, "vi") if one.file == "plots"]
        plots = replace(plots, rows=list(plots.rows))
        # As in tables.xlsx, where households come first.
        written = write_workbook(one.sheet for one in own_tables(connection, stage.producer, "vi"))
        found = imports.look(connection, "plots", written, stage.producer, stage.world.notary, stage.world.clock())
    assert (faults(found), list(found.rows)) == ([], []), "all of them are there already"
    assert found.same
    assert "21,54321" in {row[plots.titles.index("Vĩ độ")] for row in plots.rows}, "where exactly it is"


def look_lots(cast: Cast) -> list[str]:
    return [cast.lot.rpartition("/10/")[2]]


def test_a_diary_of_unknown_lots_and_days_to_come_is_refused(stage: Cast) -> None:
    number = look_lots(stage)[0]
    found = look(
        stage,
        "diary",
        ENTRY,
        {**ENTRY, "lot": number, "start": "01/10/2027"},
        {**ENTRY, "lot": number, "start": "03/10/2026", "place": "đâu đó"},
        {**ENTRY, "lot": number, "inputs": "chè 5 kg từ lô X-9"},
        {"lot": number, "stage": "PACK", "start": "03/10/2026", "inputs": "chè 2,5 kg", "outputs": "chè 12,5 gói"},
    )
    assert faults(found) == [
        "Dòng 2, cột Lô: cơ sở này không có lô “K9”. Lập lô trước.",
        "Dòng 3, cột Ngày: sau hôm nay. Việc chưa xảy ra thì chưa ghi.",
        "Dòng 4, cột Nơi làm: không có nơi “đâu đó”. Ghi GLN, mã thửa hoặc tên như đã đăng ký.",
        "Dòng 5, cột Đưa vào: cơ sở này không có lô “X-9”. Lập lô trước.",
        "Dòng 6, cột Làm ra: “12,5 gói”: hàng đếm thì viết số nguyên; phần lẻ thì cân, ghi bằng kg hoặc lít.",
    ]


def test_a_dose_is_read_as_the_diary_reads_it_and_a_day_to_come_is_told_of_an_unknown_lot_too(stage: Cast) -> None:
    number = look_lots(stage)[0]
    rows = [
        {**ENTRY, "lot": number, "start": "05/10/2026", "dose": dose}
        for dose in ("1e9 l", "0,25", "1,250 l/ha", "1,250.5 l/ha")
    ]
    found = look(stage, "diary", *rows, {**ENTRY, "start": "01/10/2027"})
    assert faults(found) == [
        "Dòng 2, cột Liều dùng: “1e9 l” chưa rõ. Viết một số và đơn vị, như 0,25 l/ha.",
        "Dòng 3, cột Liều dùng: “0,25” chưa rõ. Viết một số và đơn vị, như 0,25 l/ha.",
        "Dòng 4, cột Liều dùng: “1,250” đọc được hai cách. Viết 1250, hoặc 1,25 nếu là số lẻ.",
        "Dòng 6, cột Ngày: sau hôm nay. Việc chưa xảy ra thì chưa ghi.",
        "Dòng 6, cột Lô: cơ sở này không có lô “K9”. Lập lô trước.",
    ]
    assert [event.kde["dose"] for event in found.events] == ["1250,5 l/ha"]


def test_everything_that_is_wrong_with_a_row_is_told_at_once(stage: Cast) -> None:
    wrong = {**ENTRY, "start": "31/02/2026", "place": "đâu đó", "inputs": "chè 5 kg từ lô X-9"}
    told = faults(look(stage, "diary", wrong, {**ENTRY, "lot": None}, {**ENTRY, "start": "mai"}))
    assert [one.partition(":")[0] for one in told] == [
        "Dòng 2, cột Ngày",
        "Dòng 2, cột Lô",
        "Dòng 2, cột Đưa vào",
        "Dòng 2, cột Nơi làm",
        "Dòng 3, cột Lô",
        "Dòng 4, cột Ngày",
        "Dòng 4, cột Lô",
    ]
    paper = {"scheme": "VIETGAP", "number": "VG-7", "about": "không có", "issuer": "không ai", "issued": "31/02/2026"}
    told = faults(look(stage, "certificates", paper, {**paper, "about": None, "issuer": None}))
    assert {one.partition(":")[0] for one in told} >= {
        "Dòng 2, cột Ngày cấp",
        "Dòng 2, cột Cấp cho",
        "Dòng 2, cột Nơi cấp",
        "Dòng 3, cột Cấp cho",
        "Dòng 3, cột Nơi cấp",
    }
    taken = {"code": "09520000000134", "name_vi": "Trà Nhà Bà Tư Cẩn", "shelf_life_days": "lâu"}
    told = faults(look(stage, "products", taken, {**taken, "code": None}, by=stage.other_producer))
    assert sum("có tên của hộ" in one for one in told) == 2
    plot = {"code": "T-77", "name": "Nương", "latitude": "xa", "household": "H-0"}
    told = faults(look(stage, "plots", plot))
    assert len(told) > 1 and any("H-0" in one for one in told)


def test_a_kind_that_nobody_knows_is_refused(stage: Cast) -> None:
    with pytest.raises(NotFound, match="no kind of table"), stage.world.read() as connection:
        imports.look(connection, "cattle", b"x", stage.producer, stage.world.notary, ASOF)
    with pytest.raises(NotFound, match="no kind of table"):
        template("cattle", "vi")


def test_what_was_taken_is_remembered_newest_first(stage: Cast) -> None:
    take(stage, "products", {"code": "09520000000165", "name_vi": "Trà móc câu"})
    with stage.world.read() as connection:
        found = imports.imported_by(connection, stage.producer)
    assert (found[0].kind, found[0].name, found[0].count) == ("products", "products.xlsx", 1)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_template_holds_every_title_and_no_rows(kind: str) -> None:
    for lang in ("vi", "en"):
        for as_csv in (True, False):
            found = read_grid(LAYOUTS[kind], read_table(template(kind, lang, as_csv=as_csv)))
            assert ([one.problem for one in found.faults], found.unknown) == (["no-rows"], ())


@pytest.mark.parametrize("kind", ["certificates", "register"])
@pytest.mark.parametrize(("lang", "said"), [("vi", "ngày đầu tiên không còn"), ("en", "first day it no longer")])
def test_a_template_says_that_a_certificate_ends_on_the_first_day_it_does_not_hold(
    kind: str, lang: str, said: str
) -> None:
    assert said in template(kind, lang, as_csv=True).decode()
    book = load_workbook(BytesIO(template(kind, lang)))
    titles = [str(cell.value) for cell in next(book.worksheets[0].rows)]
    assert [one for one in titles if said in one]
    help_rows = [[str(cell.value) for cell in row] for row in book.worksheets[1].rows]
    assert any(said in row[0] and "30/11" in row[2] and "01/12" in row[2] for row in help_rows)


@pytest.mark.parametrize("title", ["Hết hạn", "Ngày hết hạn", "Expires", "HET HAN (ngày đầu tiên không còn hiệu lực)"])
def test_a_certificates_last_column_is_found_by_its_titles_of_before(title: str) -> None:
    row = [
        (1, ["Loại giấy", "Số giấy", "Cấp cho", "Ngày cấp", title]),
        (2, ["HACCP", "1", "x", "1/6/2026", "1/6/2029"]),
    ]
    found = read_grid(LAYOUTS["register"], Grid(row))
    assert (found.unknown, found.rows[0].values["expires"]) == ((), date(2029, 6, 1))


def test_organisations_are_found_by_name_tones_aside(stage: Cast) -> None:
    with stage.world.read() as connection:
        assert organisation_called(connection, "htx che doi may") == stage.producer
        assert organisation_called(connection, stage.producer) == stage.producer
        with pytest.raises(NotFound, match="no organisation"):
            organisation_called(connection, "Không có")


def test_a_file_waits_for_a_yes_of_its_own_organisation_for_a_day(stage: Cast) -> None:
    world = stage.world
    with world.write_aside() as connection:
        draft = import_drafts.keep(connection, stage.producer, "plots", "a.xlsx", b"bytes", ASOF)
        assert import_drafts.find(connection, draft, stage.producer, ASOF).data == b"bytes"
        with pytest.raises(NotFound):
            import_drafts.find(connection, draft, stage.other_producer, ASOF)
        later = ASOF + import_drafts.KEPT * 2
        with pytest.raises(NotFound):
            import_drafts.find(connection, draft, stage.producer, later)
        assert import_drafts.forget(connection, later) == 1
        kept = [import_drafts.keep(connection, stage.producer, "plots", "a", b"x", ASOF) for _ in range(3)]
        import_drafts.drop(connection, kept[0])
    assert Conflict.code == "conflict"
