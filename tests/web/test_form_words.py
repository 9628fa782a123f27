"""What a form asked, read from its page, and what was typed told in those words."""

from __future__ import annotations

from traceapp.web.portal.form_words import Asked, Told, asked_on, told

PAGE = """
<form action="/find"><label for="q">Find</label><input id="q" name="q"></form>
<form action="/portal/lots/L%C3%B4%201?lang=vi" method="post">
  <input type="hidden" name="csrf" value="x"><input type="hidden" name="key" value="k">
  <div><label for="f-name">Tên <span class="hide">thuốc</span></label><input id="f-name" name="name"></div>
  <div><label for="f-dose">Liều dùng</label><input id="f-dose" name="dose">
    <select name="dose-unit" aria-label="Đơn vị">
      <option value="l">lít/ha</option><option value="kg">kg/ha</option></select></div>
  <fieldset><legend>Thửa nào?</legend>
    <label><input type="checkbox" name="plots" value="A1"> A1, sau nhà</label>
    <label><input type="checkbox" name="plots" value="A2"> A2</label>
    <label for="new">Mã khác</label><input id="new" name="plots-new"></fieldset>
  <fieldset><legend>Thu được gì</legend>
    <label for="o-n">Tên</label><input id="o-n" name="outputs-1-name">
    <label for="o-q">Số lượng</label><input id="o-q" name="outputs-1-quantity"></fieldset>
  <label for="f-note">Ghi chú</label><textarea id="f-note" name="note">old words</textarea>
  <label for="f-secret">Mật khẩu</label><input id="f-secret" name="secret" type="password">
  <datalist id="units"><option value="kg"><option value="g"></datalist>
  <label><input type="checkbox" name="agree" value="yes"> Tôi chịu trách nhiệm</label>
</form>
<form action="/logout"><label for="w">Why</label><input id="w" name="why"></form>
"""
ASKED = asked_on(PAGE, "/portal/lots/Lô 1")


def test_each_input_of_the_form_has_the_words_that_stand_by_it() -> None:
    assert ASKED["name"] == Asked("Tên thuốc")
    assert ASKED["dose-unit"] == Asked("Đơn vị", choices={"l": "lít/ha", "kg": "kg/ha"}, beside="dose")
    assert ASKED["plots"] == Asked("Thửa nào?", choices={"A1": "A1, sau nhà", "A2": "A2"})
    assert ASKED["outputs-1-name"] == Asked("Tên", group="Thu được gì")
    assert ASKED["note"] == Asked("Ghi chú")
    assert ASKED["agree"].choices == {"yes": "Tôi chịu trách nhiệm"}
    assert not ASKED.keys() & {"q", "why"}, "other forms of the page ask something else"
    assert asked_on(PAGE, "/portal/lots") == {}


def test_what_was_typed_stands_under_its_label_and_lines_of_a_group_together() -> None:
    typed = [
        ("csrf", "x"), ("secret", "hush"), ("name", "Abamectin"), ("dose", "0,25"), ("dose-unit", "l"),
        ("plots", "A1"), ("plots", "A2"), ("plots-new", "B1"),
        ("outputs-1-name", "cam"), ("outputs-1-quantity", "20"), ("outputs-2-name", "lá"),
        ("agree", "yes"), ("new", "7"),
    ]  # fmt: skip
    assert told(typed, ASKED) == [
        Told("Tên thuốc", [("", "Abamectin")]),
        Told("Liều dùng", [("", "0,25 lít/ha")]),
        Told("Thửa nào?", [("", "A1, sau nhà"), ("", "A2"), ("Mã khác", "B1")]),
        Told("Thu được gì", [("Tên", "cam"), ("Số lượng", "20")]),
        Told("Thu được gì", [("Tên", "lá")]),
        Told("", [("", "Tôi chịu trách nhiệm")]),
        Told("", [("", "7")]),
    ]


def test_a_unit_without_its_number_stands_alone() -> None:
    assert told([("name", "Abamectin"), ("dose-unit", "kg")], ASKED)[1] == Told("Đơn vị", [("", "kg/ha")])


def test_without_the_page_values_stand_alone() -> None:
    assert told([("name", "Abamectin"), ("note", "x")], {}) == [Told("", [("", "Abamectin")]), Told("", [("", "x")])]
