from datetime import date

from tests.builders import event, facts, identity, organisation, product
from tests.builders import lot as a_lot
from tests.core.rules.judging import codes, only
from traceapp.core.findings import Severity
from traceapp.core.rules import disclosure

FULL = product(image="photo.jpg", standards=("TCVN 13993:2024",))
PACKED = event("PACK", "2026-10-09")


def missing(*events, **fields):
    found = only(disclosure, facts(*(events or (PACKED,)), **{"product": FULL, **fields}))
    return [one["key"] for one in found.data["missing"]]


def test_all_ten_items_are_complete():
    complete = only(disclosure, facts(PACKED, product=FULL))
    assert (complete.code, complete.severity, complete.data["of"]) == ("disclosure-complete", Severity.GOOD, 10)


def test_a_drawing_does_not_count_as_an_image_and_is_told():
    drawn = product(image="art", image_is_drawing=True, standards=("TCVN 13993:2024",))
    incomplete = only(disclosure, facts(PACKED, product=drawn))
    assert (incomplete.code, incomplete.severity) == ("disclosure-incomplete", Severity.INFO)
    assert incomplete.data == {
        "have": [1, 3, 4, 5, 6, 7, 8, 9, 10],
        "missing": [{"item": 2, "key": "image"}],
        "of": 10,
        "drawing": True,
    }


def test_each_item_can_be_missing():
    assert missing(product=product(name_vi="", standards=("x",))) == ["product-name", "image"]
    assert missing(producer=organisation(name=None)) == ["unit-name"]
    assert missing(producer=organisation(ward=None, province_code=None)) == ["unit-address"]
    assert missing(producer=None) == ["unit-name", "unit-address"]
    assert missing(event("PACK", "2026-10-09", place=None)) == ["stages"]
    assert missing(lot=a_lot(made=None)) == ["production-time"]
    assert missing(product=product(image="photo.jpg")) == ["standards"]
    stageless = only(disclosure, facts(product=FULL))
    assert stageless.data["missing"] == [{"item": 5, "key": "stages"}]


def test_a_shelf_life_is_missing_only_where_the_product_has_one_and_the_lot_does_not_say_it():
    kept = product(image="photo.jpg", standards=("x",), shelf_life_days=720)
    assert missing(product=kept) == ["shelf-life"]
    assert missing(product=kept, lot=a_lot(expires=date(2028, 9, 28))) == []


def test_a_product_without_a_lot_is_held_to_what_a_product_can_have():
    whole = only(disclosure, facts(identity=identity("product"), lot=None, product=FULL))
    assert (whole.code, whole.data["of"]) == ("disclosure-complete", 8)


def test_of_an_unknown_product_nothing_is_asked():
    assert codes(disclosure, facts(product=None)) == []
    assert list(disclosure.moments(facts())) == []
