"""Civil dates in Vietnam and instants in UTC, both within the years 1900 to 2999, so that days can be added to them.

A civil date (made, expiry, spray) is good through its last minute at UTC+07:00. Vietnam has kept that offset without
daylight saving since 1975, so a fixed offset says the same as the time zone database and needs no file.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from traceapp.core.errors import InvalidEvent

VIETNAM = timezone(timedelta(hours=7), "+07:00")
_DATE = re.compile(r"(19|2\d)\d\d-\d\d-\d\d\Z", re.ASCII)
_INSTANT = re.compile(r"(19|2\d)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\Z", re.ASCII)


def civil_date(text: str) -> date:
    """A date written yyyy-mm-dd; InvalidEvent for anything else, 31 February included."""
    try:
        if _DATE.match(text):
            return date.fromisoformat(text)
    except (TypeError, ValueError):
        pass
    raise InvalidEvent(
        f"{str(text)[:40]!r} is not a date: write it as yyyy-mm-dd, with a day that exists, between 1900 and 2999."
    )


def vietnamese_date(now: datetime) -> date:
    """The civil date in Vietnam at the instant `now`."""
    return now.astimezone(VIETNAM).date()


def midnight(day: date) -> datetime:
    """The instant at which `day` begins in Vietnam."""
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def year_begun(first: date, today: date) -> date:
    """The day on which the running year began, of years that begin on the day of `first`; 29 February counts as 28."""
    day = first.replace(day=28) if (first.month, first.day) == (2, 29) else first
    this_year = day.replace(year=today.year)
    return this_year if this_year <= today else day.replace(year=today.year - 1)


@lru_cache(maxsize=256)
def rfc3339(instant: datetime) -> str:
    """`instant` in UTC as RFC 3339 with Z, whole seconds unless it carries microseconds."""
    text = instant.astimezone(UTC).isoformat(timespec="microseconds" if instant.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """The instant written as RFC 3339 in UTC with Z; InvalidEvent otherwise."""
    try:
        if _INSTANT.match(text):
            return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (TypeError, ValueError):
        pass
    raise InvalidEvent(f"{str(text)[:40]!r} is not an instant: write it as yyyy-mm-ddThh:mm:ssZ, in UTC.")
