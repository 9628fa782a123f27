"""What people type into a form, in the Vietnamese way: "1.250,5" is 1250.5, dates are dd/mm/yyyy.

Whatever cannot be read is a NotReadable with a code, so that words in the reader's language can say what to do.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time

from traceapp.core.errors import NotReadable as NotReadable

MOST = 1e12
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[. ]\d{3})+(?:,\d+)?")
_PLAIN = re.compile(r"\d+(?:,\d+)?")
# Three digits behind a single dot are thousands, unless nothing but zero stands before it; other counts never are.
_POINTED = re.compile(r"0\.\d+|\d+\.(?:\d{1,2}|\d{4,})")
_MINUS = "-−–"
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " ")
_DATE = re.compile(r"(\d{1,2})(?:\s*[/.-]\s*| )(\d{1,2})(?:\s*[/.-]\s*| )(\d{4})")
# As the number pad of a phone gives it, which has no slash.
_DIGITS = re.compile(r"(\d\d)(\d\d)(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_HOUR = re.compile(r"([0-9]{1,2})(?: ?(?:[:.hg]|giờ) ?([0-9]{2})?)?|([0-9]{2})([0-9]{2})", re.IGNORECASE)
_EARLIEST, _LATEST = 1900, 2999


def tidy(text: str) -> str:
    """Text as it is kept: NFC, single spaces, nothing around it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def read_number(text: str) -> float:
    """A number of either sign; whole ones are int. NotReadable for what is none, or too large to mean anything."""
    said = tidy(text.translate(_SPACES))
    negative = said[:1] in _MINUS and bool(said)
    digits = said[1:].strip() if negative else said
    if not digits.isascii():
        raise NotReadable(f"{text[:40]!r} is not a number.", "number")
    if _GROUPED.fullmatch(digits):
        plain = digits.replace(".", "").replace(" ", "").replace(",", ".")
    elif _PLAIN.fullmatch(digits):
        plain = digits.replace(",", ".")
    elif _POINTED.fullmatch(digits):
        plain = digits
    else:
        raise NotReadable(f"{text[:40]!r} is not a number: write it like 1.250,5.", "number")
    found = float(plain)
    if found > MOST:
        raise NotReadable(f"{text[:40]!r} is larger than anything one can have.", "too-large")
    signed = -found if negative else found
    return int(signed) if signed.is_integer() else signed


def read_amount(text: str) -> float:
    """A number above zero."""
    found = read_number(text)
    if found <= 0:
        raise NotReadable(f"{text[:40]!r} is not above 0.", "not-above-zero")
    return found


def read_count(text: str, most: int) -> int:
    """A whole number from 0 to `most`."""
    found = read_number(text)
    if isinstance(found, int) and found > most:
        raise NotReadable(f"{text[:40]!r} is more than {most}.", "too-large")
    if not isinstance(found, int) or found < 0:
        raise NotReadable(f"{text[:40]!r} is no whole number from 0 to {most}.", "not-whole")
    return found


def read_day(text: str) -> date:
    """A date written dd/mm/yyyy or ddmmyyyy, or as a date field sends it; NotReadable says when no such day exists."""
    said = tidy(text)
    found, iso = _DATE.fullmatch(said) or _DIGITS.fullmatch(said), _ISO.fullmatch(said)
    if iso:
        year, month, day = map(int, iso.groups())
    elif found:
        day, month, year = map(int, found.groups())
    else:
        raise NotReadable(f"{text[:40]!r} is not a date: write dd/mm/yyyy.", "date")
    try:
        read = date(year, month, day)
    except ValueError as cause:
        raise NotReadable(f"There is no day {text[:40]!r}.", "no-such-day") from cause
    if not _EARLIEST <= year <= _LATEST:
        raise NotReadable(f"{text[:40]!r} is not of our time.", "no-such-day")
    return read


def read_hour(text: str) -> time:
    """A time of day as people write it: 14:30, 14h30, 14 giờ, 1430 or 14."""
    found = _HOUR.fullmatch(tidy(text))
    if found is None:
        raise NotReadable(f"{text[:40]!r} is not a time of day: write it like 14:30.", "hour")
    hour, minute, *together = found.groups()
    try:
        return time(int(hour or together[0]), int(minute or together[1] or 0))
    except ValueError as cause:
        raise NotReadable(f"There is no time {text[:40]!r} in a day.", "hour") from cause


def typed_number(number: float) -> str:
    """A number as somebody would type it: without groups, with a comma."""
    text = f"{number:.12f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
    return text.replace(".", ",")


def typed_day(day: date) -> str:
    """dd/mm/yyyy."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"
