"""Numbers and dates as Vietnamese people type them."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.typed import (
    NotReadable,
    read_amount,
    read_count,
    read_day,
    read_hour,
    read_number,
    tidy,
    typed_day,
    typed_number,
)


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
        ("1,250", 1.25),
    ],
)
def test_a_number_is_read_as_it_is_written_here(text: str, number: float) -> None:
    assert read_number(text) == number
    assert isinstance(read_number(text), int) == (number == int(number))


@pytest.mark.parametrize(
    "text", ["", "-", "năm", "1,250.5", "1.25.0", "1..2", "5 kg", "١٢", "1e5", "1,2,3", "NaN", ","]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_number(text)
    assert refused.value.problem == "number"


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
def test_a_number_typed_out_is_read_back(number: float) -> None:
    assert read_number(typed_number(number)) == pytest.approx(number, rel=1e-9, abs=1e-12)


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
