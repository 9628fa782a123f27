"""When certificates end, and when to say so beforehand."""

from __future__ import annotations

from datetime import date

REMINDERS = (90, 30, 7)
"""Days before its end on which a certificate is spoken of, once for each."""
OCOP_YEARS = 3


def stars_end(issued: date, expires: date | None) -> date:
    """The first day without stars: 36 months after their decision, or its own end if that is sooner."""
    leap_day = (issued.month, issued.day) == (2, 29)
    year = issued.year + OCOP_YEARS
    ends = date(year, 3, 1) if leap_day else issued.replace(year=year)
    return min(ends, expires) if expires else ends


def first_day_without(scheme: str, issued: date, expires: date | None) -> date | None:
    """The first day on which a certificate does not hold; None where it names none."""
    return stars_end(issued, expires) if scheme == "OCOP" else expires


def reminder_for(days_left: int) -> int | None:
    """The reminder that is due with so many days left: 90, 30 or 7, 0 once it has ended; None before the first."""
    if days_left <= 0:
        return 0
    return min((days for days in REMINDERS if days_left <= days), default=None)
