"""Tables that people typed: cells, titles, rows that repeat each other, and words for all that can be wrong."""

from datetime import date, datetime

import pytest

from traceapp.core.errors import CellRefused, SheetRefused
from traceapp.core.sheets.cell_text import cells_of
from traceapp.core.sheets.cells import (
    GGN,
    GLN,
    LOT,
    PRODUCT_CODE,
    PROVINCE,
    TAX_CODE,
    Formula,
    amount_of,
    choice,
    day_of,
    days_of,
    degrees,
    dose_of,
    neutral,
    number_of,
    phone_of,
    text_of,
    texts_of,
    whole_of,
)
from traceapp.core.sheets.goods_text import WrittenGoods, goods_of
from traceapp.core.sheets.layouts import LAYOUTS
from traceapp.core.sheets.rows import HEADER_WITHIN, Fault, Grid, Merged, Reading, key_of, read_grid
from traceapp.core.sheets.same import drop_repeated
from traceapp.i18n import stage_name, words_sheets_en, words_sheets_vi
from traceapp.i18n.sheets import fault_text, how_written, kind_name, note_text, refusal_text, same_text

HOUSEHOLDS = LAYOUTS["households"]
TITLES = [column.titles[0] for column in HOUSEHOLDS.columns]


def refused(read, cell):
    with pytest.raises(CellRefused) as caught:
        read(cell)
    return caught.value.problem


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.250,5", 1250.5),
        ("1250.5", 1250.5),
        ("1,250.5", 1250.5),
        ("1,250,000", 1_250_000),
        ("1.250", 1250),
        ("0.250", 0.25),
        ("0,250", 0.25),
        ("1,1250", 1.125),
        ("+7", 7),
        ("−5", -5),
        (12, 12),
        (7.5, 7.5),
    ],
)
def test_a_number_is_read_as_it_was_meant(cell, number):
    assert number_of(cell) == number


@pytest.mark.parametrize(
    ("read", "cell", "problem"),
    [
        (number_of, "1,250", "number-two-ways"),
        (number_of, "+1,250", "number-two-ways"),
        (number_of, "năm", "number"),
        (number_of, "9" * 14, "number-large"),
        (number_of, 1e12, "number-large"),
        (number_of, True, "number"),
        (amount_of, "-5", "not-above-zero"),
        (amount_of, 0, "not-above-zero"),
        (whole_of, "1,5", "whole"),
        (whole_of, -1, "whole"),
        (day_of, "31/02/2026", "no-such-day"),
        (day_of, "5/11/26", "day-short"),
        (day_of, "hôm qua", "day"),
        (day_of, 46000, "day-number"),
        (text_of, Formula("A1*2"), "formula"),
        (text_of, date(2026, 1, 2), "became-date"),
        (text_of, "#REF!", "excel-error"),
        (text_of, "a" * 501, "long"),
        (text_of, "a\x07b", "unprintable"),
        (PRODUCT_CODE.read, "8,93E+12", "shortened"),
        (PRODUCT_CODE.read, 8.93e15, "shortened"),
        (PRODUCT_CODE.read, "09520000000128", "product-code-wrong"),
        (PRODUCT_CODE.read, "1234567", "product-code-wrong"),
        (GLN.read, "9520000900015", "gln-wrong"),
        (GGN.read, "400", "ggn-wrong"),
        (TAX_CODE.read, "0101234568", "tax-code-wrong"),
        (LOT.read, "lô số 1", "lot-wrong"),
        (phone_of, "113", "phone"),
        (degrees(90).read, "91", "degrees"),
        (degrees(90).read, "bắc", "number"),
        (PROVINCE.read, "Hà Tây", "province"),
        (choice("choice", {"a": "Một"}).read, "Hai", "choice"),
        *((dose_of, text, "dose") for text in ("ít", "0,25", "1e9 l", "2-3 kg/gốc", "l/ha 5", "5")),
        (dose_of, "1,250 l/ha", "number-two-ways"),
        (dose_of, "0 l/ha", "not-above-zero"),
        (dose_of, "9999999999 l", "number-large"),
        (goods_of, "chè tươi", "goods"),
        (goods_of, "chè tươi -5 kg", "not-above-zero"),
    ],
)
def test_a_cell_that_cannot_be_used_says_why(read, cell, problem):
    assert refused(read, cell) == problem


@pytest.mark.parametrize(
    ("cell", "dose"),
    [
        ("0,25 l/ha", "0,25 l/ha"),
        ("0.25l/ha", "0,25 l/ha"),
        ("1,250.5 l/ha", "1250,5 l/ha"),
        ("1 250,5 ml/bình 16 l", "1250,5 ml/bình 16 l"),
        ("1,1250 kg/gốc", "1,1250 kg/gốc"),
        ("800 eo", "800 eo"),
        ("5 %", "5 %"),
    ],
)
def test_a_dose_is_a_number_and_its_unit(cell, dose):
    assert dose_of(cell) == dose
    assert dose_of(dose) == dose


def test_cells_are_read_for_what_they_hold():
    assert text_of(None) == ""
    assert text_of(True) == "TRUE"
    assert text_of(False) == "FALSE"
    assert text_of(12.0) == "12"
    assert text_of(12.5) == "12.5"
    assert text_of(7) == "7"
    assert text_of("  Hoà   Bình ") == "Hoà Bình"
    assert text_of("'=1+1") == "=1+1"
    assert whole_of("1.250") == 1250
    assert day_of("5/11/2026") == day_of("2026-11-05") == day_of(datetime(2026, 11, 5, 7)) == date(2026, 11, 5)
    assert day_of(date(2026, 11, 5)) == date(2026, 11, 5)
    assert days_of("05/11/2026; 06/11/2026") == (date(2026, 11, 5), date(2026, 11, 6))
    assert days_of(date(2026, 11, 5)) == (date(2026, 11, 5),)
    assert texts_of("a; b;") == ("a", "b")
    assert choice("choice", {"a": "Một"}).read("MOT") == "a"
    assert PROVINCE.read("thai nguyen") == PROVINCE.read("19") == "19"
    assert phone_of(900000011) == phone_of("+84 900 000 011") == "0900000011"
    assert degrees(90).read("19.2661") == degrees(90).read("19,2661") == 19.2661
    assert degrees(180).read(105.26) == 105.26


def test_codes_that_a_spreadsheet_took_for_numbers_get_their_zeros_back():
    assert PRODUCT_CODE.read(9520000000127) == "09520000000127"
    assert PRODUCT_CODE.read("9520 0000 00127") == "09520000000127"
    assert GLN.read(9520000900014) == "9520000900014"
    assert TAX_CODE.read(100109106) == "0100109106"


def test_goods_may_carry_a_number_in_their_name_and_the_lot_they_came_from():
    assert goods_of("cá cơm 1.250,5 kg; muối, 400 kg từ lô M-1; chai 500 ml 4.200 chai") == (
        WrittenGoods("cá cơm", 1250.5, "kg"),
        WrittenGoods("muối", 400, "kg", "M-1"),
        WrittenGoods("chai 500 ml", 4200, "chai"),
    )


def test_text_that_a_spreadsheet_would_run_is_made_inert():
    assert [neutral(one) for one in ("=1", "+1", "-1", "@a", "\ta", "\ra", "a=1", "")] == [
        "'=1", "'+1", "'-1", "'@a", "'\ta", "'\ra", "a=1", "",
    ]  # fmt: skip


def household(code, name="Trần Thị Mẫu", tax=None, phone=None, ward="Xã Tân Cương"):
    return [code, name, tax, phone, "Thái Nguyên", ward, None, None, None]


def read(*rows, titles=TITLES, layout=HOUSEHOLDS, merged=()):
    lines = enumerate([titles, *rows], 1) if titles else enumerate(rows, 1)
    return read_grid(layout, Grid(iter(list(lines)), merged))


def faults(reading, lang="vi"):
    return [fault_text(one, reading.layout, lang) for one in reading.faults]


def test_a_fault_names_its_row_and_its_column():
    reading = read(household("TC-1", phone="113"), household("", name=""))
    assert faults(reading) == [
        "Dòng 2, cột Điện thoại: “113” không phải số điện thoại. Viết như 0900 000 011.",
        "Dòng 3, cột Mã hộ: còn trống. Cột này phải có.",
        "Dòng 3, cột Họ tên chủ hộ: còn trống. Cột này phải có.",
    ]
    assert faults(reading, "en")[1] == "Row 3, column Household code: is empty. This column is needed."


def test_titles_are_found_below_a_heading_whatever_their_order_case_and_tones():
    titles = ["XA PHUONG", "ma ho", "Ghi chú", "Họ tên chủ hộ *", "Tỉnh (thành)"]
    reading = read(["DANH SÁCH HỘ"], [], titles, ["Xã Tân Cương", "TC-1", "x", "Mẫu", "Thái Nguyên"], titles=None)
    assert (reading.faults, [row.number for row in reading.rows], reading.unknown) == ([], [4], ("Ghi chú",))
    assert reading.rows[0].values["ward"] == "Xã Tân Cương"
    assert key_of("Diện tích (ha)") == "dien tich"


def test_a_missing_and_a_doubled_column_are_named():
    assert faults(read(titles=["Mã hộ", "Họ tên chủ hộ", "Tỉnh", "Mã hộ"])) == [
        "Dòng 1, cột Mã hộ: cột này có hai lần. Bỏ một cột.",
        "Dòng 1, cột Xã, phường: thiếu cột này. Lấy tệp mẫu, giữ nguyên dòng tiêu đề.",
    ]


def test_a_table_without_titles_or_rows_says_so():
    assert faults(read(titles=None)) == ["Bảng trống."]
    assert faults(read()) == ["Có tiêu đề nhưng chưa có dòng nào."]
    assert read(*([["x"]] * (HEADER_WITHIN + 5)), titles=None).faults[0].problem == "column-missing"


def test_merged_cells_are_refused_below_the_titles_only():
    merged = [Merged("A1:C1", 1, 1), Merged("A2:A5", 2, 5)]
    assert faults(read(household("TC-1"), merged=merged)) == [
        "Dòng 2: các ô A2:A5 bị gộp. Bỏ gộp ô rồi điền đủ từng dòng."
    ]


def test_too_many_rows_and_too_many_faults_are_bounded(monkeypatch):
    monkeypatch.setattr("traceapp.core.sheets.rows.MOST_ROWS", 3)
    monkeypatch.setattr("traceapp.core.sheets.rows.MOST_FAULTS", 2)
    reading = read(*[household(f"TC-{n}", phone="1") for n in range(9)])
    assert (reading.fault_count, len(reading.faults)) == (4, 2)


def test_blank_rows_are_passed_over_and_short_rows_filled_up():
    reading = read(["", None], ["TC-1", "Mẫu", None, None, "19", "Xã A"])
    assert [row.number for row in reading.rows] == [3]
    assert reading.rows[0].values["group"] is None


def test_rows_are_one_household_by_code_by_tax_code_and_by_name_in_a_commune():
    reading = read(
        household("TC-1", tax="001190000001"),
        household("tc-1", tax="001190000001"),
        household("TC-2", name="Khác", tax="001190000001"),
        household("TC-3", name="TRAN THI MAU"),
        household("TC-4", ward="Xã Khác"),
    )
    drop_repeated(reading)
    assert [row.values["code"] for row in reading.rows] == ["TC-1", "TC-4"]
    assert [same_text(one, reading.layout, "vi") for one in reading.same] == [
        "Dòng 3 (tc-1) trùng với dòng 2: cùng Mã hộ. Bỏ qua.",
        "Dòng 4 (TC-2) trùng với dòng 2: cùng Mã số thuế. Bỏ qua.",
        "Dòng 5 (TC-3) trùng với dòng 2: cùng Họ tên chủ hộ, Xã, phường, Tỉnh. Bỏ qua.",
    ]
    assert same_text(reading.same[0], reading.layout, "en") == (
        "Row 3 (tc-1) is the same as row 2: the same Household code. Left out."
    )


def test_two_people_of_one_name_in_one_commune_are_told_apart_by_tax_code_or_telephone():
    reading = read(household("TC-1", phone="0900000011"), household("TC-2", phone="0900000012"))
    drop_repeated(reading)
    assert len(reading.rows) == 2


def test_one_code_for_two_different_households_is_a_fault():
    reading = read(household("TC-1"), household("TC-1", name="Người khác"))
    drop_repeated(reading)
    assert faults(reading) == ["Dòng 3, cột Mã hộ: cùng mã với dòng 2 nhưng nội dung khác. Giữ dòng đúng, bỏ dòng kia."]


def test_what_is_recorded_already_is_left_out_and_what_contradicts_it_is_a_fault():
    recorded = [{"code": "TC-1", "name": "Trần Thị Mẫu", "ward": "Xã Tân Cương"}, {"code": "TC-2", "name": "Khác"}]
    reading = read(household("TC-1"), household("TC-2"))
    drop_repeated(reading, recorded)
    assert [same_text(one, reading.layout, lang) for one in reading.same for lang in ("vi", "en")] == [
        "Dòng 2 (TC-1) trùng với điều đã ghi: cùng Mã hộ. Bỏ qua.",
        "Row 2 (TC-1) is the same as what is recorded: the same Household code. Left out.",
    ]
    assert reading.faults[0].problem == "other-values-recorded"


def diary(**typed):
    layout = LAYOUTS["diary"]
    given = {"lot": "L1", "stage": "Bón phân", "start": "01/10/2026", **typed}
    return read([given.get(c.key) for c in layout.columns], titles=[c.key for c in layout.columns], layout=layout)


NUMBERS = {"inputs": "muối 1.001 kg", "dose": "1.001 l/ha", "value": "1.001", "wait_days": "1.001"}


def numbers_in(lang, **typed):
    """A row of the diary with `typed`, under titles in a language."""
    layout = LAYOUTS["diary"]
    given = {"lot": "L1", "stage": "Bón phân", "start": "01/10/2026", "what": "pH", **typed}
    titles = [column.titles[lang == "en"] for column in layout.columns]
    return read([given.get(c.key) for c in layout.columns], titles=titles, layout=layout)


@pytest.mark.parametrize("key", NUMBERS)
def test_a_point_in_a_table_in_english_is_asked_about(key):
    found = numbers_in("en", **{key: NUMBERS[key]}).faults
    assert [(one.column, one.problem) for one in found] == [(key, "number-two-ways")]
    assert fault_text(found[0], LAYOUTS["diary"], "en").endswith("Write 1001, or 1.0010 if it has a fraction.")
    assert numbers_in("vi", **{key: NUMBERS[key]}).faults == []


def test_a_cell_that_holds_a_number_is_that_number_in_any_table():
    assert numbers_in("en", value=1.001).rows[0].values["value"] == 1.001
    assert numbers_in("vi", value="1.001").rows[0].values["value"] == 1001


def test_a_table_is_in_the_language_of_most_of_its_titles():
    mixed = ["Mã hộ", "Name", "Tỉnh", "Xã, phường"]
    assert not read(["1"], titles=mixed).english
    assert read(["1"], titles=["Household code", "Name", "Province", "Xã, phường"]).english


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({}, []),
        ({"end": "30/09/2026"}, ["ends-before-start"]),
        ({"stage": "Phun thuốc", "active": "Abamectin", "wait_days": "0"}, ["needed-by-stage"]),
        ({"stage": "Thu hoạch", "plots": "A1"}, ["needed-by-stage"]),
        ({"value": "7,5"}, ["needed-by-value"]),
        ({"stage": "CCP", "ccp": "CCP1", "what": "nhiệt độ", "value": "75"}, []),
    ],
)
def test_a_diary_entry_holds_what_its_stage_needs(typed, problems):
    assert [one.problem for one in diary(**typed).faults] == problems


def test_a_position_needs_both_of_its_numbers():
    layout = LAYOUTS["plots"]
    titles = ["code", "name", "latitude", "longitude"]
    reading = read(["A1", "Vườn", "19.2", None], ["A2", "Vườn", "19.2", "105.2"], titles=titles, layout=layout)
    assert [(one.row, one.column, one.problem) for one in reading.faults] == [(2, "longitude", "other-half")]


def test_a_certificate_in_a_table_holds_what_its_scheme_needs():
    layout = LAYOUTS["register"]
    titles = ["scheme", "number", "about", "issued", "stars"]
    reading = read(["OCOP", "1", "x", "28/11/2025", "4"], titles=titles, layout=layout)
    assert [(one.column, one.problem) for one in reading.faults] == [("decision", "needed")]


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_example_in_a_template_can_be_read(kind):
    for column in LAYOUTS[kind].columns:
        if column.example:
            column.form.read(column.example)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_titles_of_one_table_are_told_apart(kind):
    keys = [key_of(title) for column in LAYOUTS[kind].columns for title in {*column.titles, column.key}]
    spelled = {
        key: sum(key_of(t) == key for c in LAYOUTS[kind].columns for t in {key_of(x) for x in (*c.titles, c.key)})
        for key in keys
    }
    assert set(spelled.values()) == {1}


def test_what_is_written_into_cells_is_read_again_as_the_same():
    layout = LAYOUTS["diary"]
    values = {
        "lot": "L1",
        "stage": "PPP",
        "start": date(2026, 10, 1),
        "plots": ("A1", "A2"),
        "inputs": (WrittenGoods("chè", 1250.5, "kg", "L0"),),
        "wait_days": 14,
        "value": 0.25,
    }
    cells = cells_of(layout, values)
    read_again = {c.key: c.form.read(cell) for c, cell in zip(layout.columns, cells, strict=True) if cell}
    assert read_again == values


def test_odd_values_are_written_as_text():
    layout = LAYOUTS["products"]
    assert cells_of(layout, {"code": True, "net": False, "name_vi": b"x"})[:2] == ["TRUE", "b'x'"]


def test_both_languages_know_every_problem_and_fill_in_the_same():
    for name in ("PROBLEMS", "FILES", "HOW", "KINDS", "NOTES"):
        vietnamese, english = getattr(words_sheets_vi, name), getattr(words_sheets_en, name)
        assert vietnamese.keys() == english.keys()
        for key in vietnamese:
            assert vietnamese[key].count("{") == english[key].count("{"), key
            assert "!" not in vietnamese[key]


def test_files_kinds_and_ways_of_writing_have_words():
    assert refusal_text(SheetRefused.of("heavy", most=8), "vi") == "Tệp nặng quá 8 MB. Chia thành nhiều tệp."
    assert kind_name("plots", "en") == "Plots and places"
    assert how_written(choice("choice", {"1": "a", "2": "b"}), "vi") == "một trong: a, b"
    noted = {one.note for layout in LAYOUTS.values() for one in layout.columns if one.note}
    assert noted == words_sheets_vi.NOTES.keys()
    assert "30/11" in note_text("first-day-without", "en")
    assert "heavy (most 8)" in str(SheetRefused.of("heavy", most=8))
    assert "program" in str(SheetRefused.of("program"))


def test_a_row_with_nothing_to_compare_by_is_nobodys_double():
    reading = Reading(LAYOUTS["plots"])
    titles = ["code", "name"]
    found = read(["A1", "x"], ["A2", "x"], titles=titles, layout=LAYOUTS["plots"])
    reading.rows = found.rows
    drop_repeated(reading, [{"code": None, "gln": None}])
    assert len(reading.rows) == 2


def test_choices_are_offered_and_read_in_the_readers_language() -> None:
    layout = LAYOUTS["diary"]
    stage = layout.form("stage")
    assert stage.read("Spraying") == stage.read("phun thuoc") == stage.read("ppp") == "PPP"
    fault = Fault(2, "stage", "choice", {"text": "Banana"})
    assert "Choose one of: Growing area, Seed" in fault_text(fault, layout, "en")
    assert "Chọn một trong: Vùng trồng, Giống" in fault_text(fault, layout, "vi")
    assert (stage.name("PPP", "en"), stage.name("PPP", "vi")) == ("Spraying", "Phun thuốc")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_two_choices_of_a_column_are_called_alike_and_each_is_read_as_what_it_is(lang: str) -> None:
    forms = [column.form for layout in LAYOUTS.values() for column in layout.columns if column.form.names]
    for form in forms:
        assert [form.read(form.name(value, lang)) for value in form.names] == list(form.names)


def test_stages_have_the_names_that_pages_have() -> None:
    stage = LAYOUTS["diary"].form("stage")
    assert [stage.name(one, "en") for one in stage.names] == [stage_name(one, "en") for one in stage.names]
