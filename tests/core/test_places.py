from dataclasses import replace

from tests.builders import facts_of_demo
from traceapp.core.places import PROVINCES, place_of


def test_there_are_34_provinces_each_with_a_two_digit_code():
    assert len(PROVINCES) == len(set(PROVINCES.values())) == 34
    assert all(len(code) == 2 and code.isdigit() for code in PROVINCES)


def test_a_commune_never_stands_without_its_province():
    producer = facts_of_demo("DM2610B").producer
    assert place_of(producer) == "Xã Tân Cương, Thái Nguyên"


def test_what_is_unknown_is_left_out():
    producer = facts_of_demo("DM2610B").producer
    assert place_of(None) == ""
    assert place_of(replace(producer, ward=None)) == "Thái Nguyên"
    assert place_of(replace(producer, ward=None, province_code=None)) == ""
