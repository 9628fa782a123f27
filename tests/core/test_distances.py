import pytest

from traceapp.core.places import PROVINCES
from traceapp.core.scans.distances import least_km, middle_of, too_fast

HANOI, DA_NANG, SAIGON, BAC_NINH, CAN_THO = "01", "48", "79", "24", "92"


def test_every_province_has_its_middle_in_viet_nam():
    for code in PROVINCES:
        north, east = middle_of(code)
        assert 8 < north < 24
        assert 102 < east < 110


def test_the_ends_of_the_country_are_as_far_apart_as_they_are_at_the_least():
    assert 1000 <= least_km(HANOI, SAIGON) <= 1150
    assert 450 <= least_km(HANOI, DA_NANG) <= 620
    assert least_km(SAIGON, HANOI) == least_km(HANOI, SAIGON)


def test_neighbours_may_be_next_door():
    assert least_km(HANOI, BAC_NINH) == 0
    assert least_km(HANOI, HANOI) == 0


def test_a_code_that_is_none_is_nowhere_far():
    assert least_km(HANOI, "99") == least_km("99", HANOI) == 0
    with pytest.raises(KeyError):
        middle_of("99")


def test_nobody_is_in_hanoi_and_saigon_within_two_hours():
    assert too_fast(HANOI, SAIGON, 0)
    assert too_fast(HANOI, SAIGON, 2 * 3600)
    assert not too_fast(HANOI, SAIGON, 9 * 3600)


def test_who_crosses_a_border_is_not_too_fast():
    assert not too_fast(HANOI, BAC_NINH, 0)
    assert not too_fast(SAIGON, CAN_THO, 3600)
