from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import goods
from traceapp.core.quantities import Quantity, exact, measure, name_key, total, unit_of
from traceapp.core.units import is_broken


@pytest.mark.parametrize(
    ("number", "unit", "dimension", "base"),
    [
        (1, "kg", "g", 1000),
        (0.184, "tấn", "g", 184_000),
        (2, "TẠ", "g", 200_000),
        (3, "yến", "g", 30_000),
        (500, "mg", "g", Fraction(1, 2)),
        (2150, "l", "ml", 2_150_000),
        (1.5, "Lít", "ml", 1500),
        (2, "m³", "ml", 2_000_000),
        (55, "cm", "m", Fraction(11, 20)),
        (1.8, "m", "m", Fraction(9, 5)),
        (9000, "trái", "trái", 9000),
        (138, "Bộ", "bộ", 138),
    ],
)
def test_every_unit_has_a_dimension_and_a_factor(number, unit, dimension, base):
    assert measure(number, unit) == Quantity(Fraction(base), dimension)


def test_a_tenth_and_two_tenths_are_three_tenths():
    assert measure(0.1, "kg").amount + measure(0.2, "kg").amount == measure(0.3, "kg").amount


@pytest.mark.parametrize(
    ("number", "unit", "broken"),
    [
        (2.5, "gói", True),
        (2.5, "Gói 200 g", True),
        (0.5, "tem", True),
        (2.0, "gói", False),
        (3, "hộp", False),
        (2.5, "kg", False),
        (2.5, "kg tươi", False),
        (2.5, "kg/sào", False),
        (2.5, "Ký", False),
        (0.5, "m²", False),
        (2.5, "bao", False),
        (1.5, "sọt", False),
        (1.5, "boxes", True),
    ],
)
def test_what_is_counted_has_no_parts(number, unit, broken):
    assert is_broken(number, unit) is broken


@pytest.mark.parametrize(
    ("number", "unit", "broken"),
    [
        (2.5, "gói", False),
        (0.5, "Chai 500 ml", False),
        (1.5, "sachets", False),
        (2.5, "bao", False),
        (2.5, "cây", True),
        (2.5, "cây giống", True),
        (0.5, "con", True),
        (1.5, "hom", True),
        (2.5, "seedlings", True),
        (2.0, "con", False),
    ],
)
def test_a_pack_may_lie_opened_where_it_is_used_up_and_a_plant_is_whole(number, unit, broken):
    assert is_broken(number, unit, opened=True) is broken


def test_what_was_recorded_in_parts_counts_as_it_stands():
    assert total([goods("chè, 2.5 gói"), goods("chè, 1.5 gói")]) == 4


def test_measures_are_told_from_counts():
    assert measure(1, "kg").is_measure
    assert not measure(1, "gói").is_measure


def test_an_amount_is_told_in_the_unit_that_was_used():
    assert measure(0.25, "tấn").in_unit("kg") == 250.0


def test_names_compare_without_case_space_or_unicode_form_but_with_their_tones():
    assert name_key("  Cà  Phê ") == name_key("cà phê")
    assert name_key("lá") != name_key("la")


def test_a_total_adds_across_units_of_one_dimension():
    assert total([goods("chè khô, 184 kg"), goods("chè khô, 500 g")]) == 184_500
    assert total([]) == 0


@given(st.decimals(min_value="0.001", max_value="1000000", places=3))
def test_a_number_is_what_its_shortest_form_says(number):
    assert exact(float(number)) == Fraction(number)


@given(st.sampled_from(["g", "kg", "tấn", "ml", "l", "m", "cm", "gói"]), st.integers(1, 10**9))
def test_what_goes_into_a_unit_comes_out_of_it(unit, number):
    assert measure(number, unit).in_unit(unit) == number
    assert unit_of(unit) == unit_of(f" {unit.upper()} ")
