"""Numbers and dates as Vietnamese people type them."""

from datetime import date, time
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from traceapp.core.typed import (
    NotReadable,
    read_amount,
    read_count,
    read_day,
    read_hour,
    read_number,
    read_pieces,
    read_written,
    tidy,
    two_ways,
    typed_day,
    typed_number,
)
from traceapp.i18n import show_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.250,5", 1250.5),
        ("1250,5", 1250.5),
        ("1.250", 1250),
        ("12.000.000", 12_000_000),
        ("1 250,5", 1250.5),
        ("1\u00a0250", 1250),
        (" 0,25 ", 0.25),
        ("0.25", 0.25),
        ("0.250", 0.25),
        ("3.5", 3.5),
        ("−5", -5),
        ("-18,5", -18.5),
        ("007", 7),
        ("0,125", 0.125),
        ("1250,125", 1250.125),
        ("1,2500", 1.25),
        ("1,250.5", 1250.5),
        ("1,250,000", 1_250_000),
        ("−12,500.25", -12_500.25),
    ],
)
def test_a_number_is_read_as_it_is_written_here(text: str, number: float) -> None:
    assert read_number(text) == number
    assert isinstance(read_number(text), int) == (number == int(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "năm",
        "1,25.5",
        "0,125.5",
        "1.250,000,5",
        "1,250 000",
        "1.25.0",
        "1..2",
        "5 kg",
        "١٢",
        "1e5",
        "1,2,3",
        "NaN",
        ",",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_number(text)
    assert refused.value.problem == "number"


@pytest.mark.parametrize(
    ("text", "whole", "broken"),
    [
        ("1,000", "1000", "1,0"),
        ("12,500", "12500", "12,5"),
        ("1,125", "1125", "1,1250"),
        (" −1,250 ", "-1250", "-1,25"),
    ],
)
def test_what_may_be_either_of_two_numbers_is_not_guessed(text: str, whole: str, broken: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_number(text)
    assert (refused.value.problem, refused.value.said) == ("ambiguous", text)
    assert two_ways(text) == (whole, broken)
    assert read_number(whole) == pytest.approx(1000 * read_number(broken))


@pytest.mark.parametrize(
    ("text", "whole", "broken"),
    [
        ("1.001", "1001", "1,0010"),
        ("12.500", "12500", "12,5"),
        (" −1.250 ", "-1250", "-1,25"),
        ("1,250", "1250", "1,25"),
    ],
)
def test_a_reader_of_english_is_asked_which_of_two_numbers_a_point_means(text: str, whole: str, broken: str) -> None:
    for read in (read_number, partial(read_count, most=10**6), read_amount, read_pieces):
        with pytest.raises(NotReadable) as refused:
            read(text, english=True)
        assert (refused.value.problem, refused.value.said) == ("ambiguous", text)
    assert two_ways(text) == (whole, broken)
    for spelt in (broken, broken.replace(",", ".")):
        assert read_number(whole, english=True) == pytest.approx(1000 * read_number(spelt, english=True))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.25", 1.25),
        ("0.125", 0.125),
        ("1.2500", 1.25),
        ("1.250.000", 1_250_000),
        ("1.250,5", 1250.5),
    ],
)
def test_what_can_be_one_number_only_is_read_in_english_too(text: str, number: float) -> None:
    assert read_number(text, english=True) == read_number(text) == number


def test_a_point_behind_four_digits_is_before_a_fraction_where_english_is_read() -> None:
    assert read_number("1250.125", english=True) == 1250.125
    with pytest.raises(NotReadable):
        read_number("1250.125")


def test_a_point_before_three_digits_is_thousands_here() -> None:
    assert read_number("1.001") == 1001


def test_a_number_that_a_record_holds_is_what_it_was() -> None:
    assert read_written("1,125") == 1.125
    assert read_written("1,1250") == 1.125
    with pytest.raises(NotReadable):
        read_written("1e9")


def test_a_number_beyond_all_measure_is_refused() -> None:
    with pytest.raises(NotReadable) as refused:
        read_number("9" * 14)
    assert refused.value.problem == "too-large"


@pytest.mark.parametrize("text", ["−5", "-5", "0", "0,0"])
def test_an_amount_is_above_zero(text: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_amount(text)
    assert refused.value.problem == "not-above-zero"
    assert read_amount("0,1") == 0.1


@pytest.mark.parametrize(("text", "problem"), [("0", "not-above-zero"), ("2,5", "not-whole")])
def test_pieces_are_whole(text: str, problem: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_pieces(text)
    assert refused.value.problem == problem
    assert read_pieces("1.200") == 1200


@pytest.mark.parametrize("text", ["-1", "1,5"])
def test_a_count_is_whole_and_within_its_bounds(text: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_count(text, 730)
    assert refused.value.problem == "not-whole"
    assert read_count("0", 730) == 0
    with pytest.raises(NotReadable) as refused:
        read_count("731", 730)
    assert refused.value.problem == "too-large"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("21112026", date(2026, 11, 21)),
        ("21 11 2026", date(2026, 11, 21)),
        ("21/11/2026", date(2026, 11, 21)),
        ("1/2/2026", date(2026, 2, 1)),
        ("1-2-2026", date(2026, 2, 1)),
        ("01.02.2026", date(2026, 2, 1)),
        (" 21 / 11 / 2026 ", date(2026, 11, 21)),
        ("2026-11-21", date(2026, 11, 21)),
        ("29/02/2028", date(2028, 2, 29)),
    ],
)
def test_a_date_is_read_day_first(text: str, day: date) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("31/02/2026", "no-such-day"),
        ("31022026", "no-such-day"),
        ("2111202", "date"),
        ("29/02/2026", "no-such-day"),
        ("21/13/2026", "no-such-day"),
        ("21/11/0026", "no-such-day"),
        ("21/11/26", "date"),
        ("hôm qua", "date"),
        ("", "date"),
    ],
)
def test_a_day_that_does_not_exist_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_day(text)
    assert refused.value.problem == problem


@pytest.mark.parametrize("text", ["14:30", "14h30", "14H30", "14 giờ 30", "14g30", "14.30", "1430", " 14 : 30 "])
def test_an_hour_is_read_as_it_is_said_here(text: str) -> None:
    assert read_hour(text) == time(14, 30)


@pytest.mark.parametrize(("text", "hour"), [("6h", time(6)), ("6 giờ", time(6)), ("06", time(6)), ("0:05", time(0, 5))])
def test_minutes_may_be_left_out(text: str, hour: time) -> None:
    assert read_hour(text) == hour


@pytest.mark.parametrize("text", ["25:00", "14:60", "2460", "12:00 AM", "sáng", "", "14:3", "١٤:٣٠"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_hour(text)
    assert refused.value.problem == "hour"


@given(st.floats(min_value=1e-6, max_value=1e9) | st.integers(min_value=0, max_value=10**12))
@example(1.125)
@example(-12.375)
def test_a_number_typed_out_is_read_back(number: float) -> None:
    assert read_number(typed_number(number)) == pytest.approx(number, rel=1e-9, abs=1e-12)


@given(st.integers(min_value=0, max_value=10**10), st.sampled_from(("vi", "en")))
def test_a_number_as_a_page_shows_it_is_read_back_or_asked_about(hundredths: int, lang: str) -> None:
    number = hundredths / 100
    try:
        assert read_number(show_number(number, lang)) == pytest.approx(number)
    except NotReadable as refused:
        assert refused.problem == "ambiguous"


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    for read in (read_number, read_amount, read_day, read_hour):
        try:
            read(text)
        except NotReadable as refused:
            assert refused.problem


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_a_day_typed_out_is_read_back(day: date) -> None:
    assert read_day(typed_day(day)) == day


def test_text_is_kept_in_one_spelling() -> None:
    assert tidy("  rầy   xanh\n") == "rầy xanh"
