"""Civil days in Vietnam and instants in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.dates import civil_date, instant, midnight, rfc3339, vietnamese_date, year_begun
from traceapp.core.errors import InvalidEvent

DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("first", "today", "begun"),
    [
        (date(2024, 6, 5), date(2026, 6, 5), date(2026, 6, 5)),
        (date(2024, 6, 5), date(2026, 6, 4), date(2025, 6, 5)),
        (date(2024, 2, 29), date(2026, 3, 1), date(2026, 2, 28)),
    ],
)
def test_a_year_begins_on_the_day_of_its_first(first: date, today: date, begun: date) -> None:
    assert year_begun(first, today) == begun


@given(DAYS)
def test_a_civil_date_reads_back(day: date) -> None:
    assert civil_date(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-31",
        "2026-2-1",
        "20260201",
        "2026-W05-7",
        "01/02/2026",
        "2026-02-01T00:00",
        "2026-02-01\n",
        " 2026-02-01",
        "٢٠٢٦-٠٢-٠١",
        "1899-12-31",
        "9999-12-31",
        "",
        None,
        20260201,
        ["2026-02-01"],
    ],
)
def test_anything_else_is_no_date(text: Any) -> None:
    with pytest.raises(InvalidEvent, match="yyyy-mm-dd"):
        civil_date(text)


@given(INSTANTS)
def test_an_instant_reads_back_to_the_microsecond(moment: datetime) -> None:
    assert instant(rfc3339(moment)) == moment


def test_an_instant_is_told_in_utc_and_whole_seconds_where_it_can_be() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert rfc3339(datetime(2026, 11, 21, 18, 5, tzinfo=hanoi)) == "2026-11-21T11:05:00Z"
    assert rfc3339(datetime(2026, 11, 21, 11, 5, 0, 40, tzinfo=UTC)) == "2026-11-21T11:05:00.000040Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T11:05:00",
        "2026-11-21T11:05:00+07:00",
        "2026-11-21 11:05:00Z",
        "2026-11-21T11:05Z",
        "2026-11-21T25:05:00Z",
        "2026-02-30T11:05:00Z",
        "2026-11-21T11:05:60Z",
        "2026-11-21T11:05:00Z\n",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        None,
        0,
    ],
)
def test_anything_else_is_no_instant(text: Any) -> None:
    with pytest.raises(InvalidEvent, match="in UTC"):
        instant(text)


@given(DAYS)
def test_a_day_in_vietnam_begins_at_five_in_the_afternoon_before_in_utc(day: date) -> None:
    begins = midnight(day)
    assert begins == datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=7)
    assert vietnamese_date(begins) == day
    assert vietnamese_date(begins - timedelta(microseconds=1)) == day - timedelta(days=1)
