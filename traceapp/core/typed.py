"""What people type into a form, in the Vietnamese way: "1.250,5" is 1250.5, dates are dd/mm/yyyy.

Pages in English show 1,250.5, and what can only be read that way is. "1,250" could be two numbers a thousand times
apart: it is not guessed. Nor is "1.250" where English is read; here it is one thousand two hundred and fifty.
Whatever cannot be read is a NotReadable with a code, so that words in the reader's language can say what to do.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time

from traceapp.core.errors import NotReadable as NotReadable

MOST = 1e12
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[. ]\d{3})+(?:,\d+)?")
_ENGLISH = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})")
_TWO_WAYS = re.compile(r"[1-9]\d{0,2},\d{3}")
_TWO_WAYS_IN_ENGLISH = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_PLAIN = re.compile(r"\d+(?:,\d+)?")
# Three digits behind a single dot are thousands, unless nothing but zero stands before it; other counts never are.
_POINTED = re.compile(r"0\.\d+|\d+\.(?:\d{1,2}|\d{4,})")
_POINTED_IN_ENGLISH = re.compile(r"\d+\.\d+")
_MINUS = "-−–"
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " ")
_DATE = re.compile(r"(\d{1,2})(?:\s*[/.-]\s*| )(\d{1,2})(?:\s*[/.-]\s*| )(\d{4})")
# As the number pad of a phone gives it, which has no slash.
_DIGITS = re.compile(r"(\d\d)(\d\d)(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_HOUR = re.compile(r"([0-9]{1,2})(?: ?(?:[:.hg]|giờ) ?([0-9]{2})?)?|([0-9]{2})([0-9]{2})", re.IGNORECASE)
_CLOCK = re.compile(r"([01]?\d|2[0-3])\s*[:h.]\s*([0-5]\d)")
_EARLIEST, _LATEST = 1900, 2999


def tidy(text: str) -> str:
    """Text as it is kept: NFC, single spaces, nothing around it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def read_number(text: str, *, english: bool = False) -> float:
    """A number of either sign; whole ones are int. `english`: typed by whoever reads English.

    NotReadable for what is none, what may be either of two (`two_ways`), or what is too large to mean anything.
    """
    negative, digits = _sign_and_digits(text)
    if (_TWO_WAYS_IN_ENGLISH if english else _TWO_WAYS).fullmatch(digits):
        whole, broken = two_ways(text)
        raise NotReadable(f"{text[:40]!r} may be two numbers: write {whole} or {broken}.", "ambiguous", text)
    return _read(text, digits, negative=negative, english=english)


def read_written(text: str) -> float:
    """A number that a record holds as text, in which a comma only ever stood before a fraction."""
    negative, digits = _sign_and_digits(text)
    return _read(text, digits, negative=negative)


def two_ways(text: str) -> tuple[str, str]:
    """How to write, so that neither is taken for the other, the two numbers that "1,250" may be: 1250 and 1,25."""
    negative, digits = _sign_and_digits(text)
    sign, (whole, _, fraction) = "-" if negative else "", digits.replace(".", ",").partition(",")
    return f"{sign}{whole}{fraction}", sign + _told_apart(f"{whole},{fraction.rstrip('0') or '0'}")


def _told_apart(digits: str) -> str:
    """The same number with one digit more where three behind the comma might be taken for thousands."""
    return f"{digits}0" if _TWO_WAYS.fullmatch(digits) else digits


def _sign_and_digits(text: str) -> tuple[bool, str]:
    said = tidy(text.translate(_SPACES))
    negative = said[:1] in _MINUS and bool(said)
    return negative, said[1:].strip() if negative else said


def _read(text: str, digits: str, *, negative: bool, english: bool = False) -> float:
    if not digits.isascii():
        raise NotReadable(f"{text[:40]!r} is not a number.", "number")
    if _GROUPED.fullmatch(digits):
        plain = digits.replace(".", "").replace(" ", "").replace(",", ".")
    elif _ENGLISH.fullmatch(digits):
        plain = digits.replace(",", "")
    elif _PLAIN.fullmatch(digits):
        plain = digits.replace(",", ".")
    elif (_POINTED_IN_ENGLISH if english else _POINTED).fullmatch(digits):
        plain = digits
    else:
        raise NotReadable(f"{text[:40]!r} is not a number: write it like 1.250,5.", "number")
    found = float(plain)
    if found > MOST:
        raise NotReadable(f"{text[:40]!r} is larger than anything one can have.", "too-large")
    signed = -found if negative else found
    return int(signed) if signed.is_integer() else signed


def read_amount(text: str, *, english: bool = False) -> float:
    """A number above zero."""
    found = read_number(text, english=english)
    if found <= 0:
        raise NotReadable(f"{text[:40]!r} is not above 0.", "not-above-zero")
    return found


def read_pieces(text: str, *, english: bool = False) -> int:
    """A whole number above zero."""
    found = read_amount(text, english=english)
    if not isinstance(found, int):
        raise NotReadable(f"{text[:40]!r} is no whole number.", "not-whole")
    return found


def read_count(text: str, most: int, *, english: bool = False) -> int:
    """A whole number from 0 to `most`."""
    found = read_number(text, english=english)
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


def read_clock(text: str) -> str:
    """A time of day to the minute, as text: "7h05" is 07:05."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise NotReadable(f"{text[:40]!r} is no time of day: write it like 14:30.", "time")
    return f"{int(found[1]):02}:{found[2]}"


def typed_number(number: float) -> str:
    """A number as somebody would type it: without groups, with a comma; `read_number` reads it back."""
    text = f"{number:.12f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
    sign = "-" if text.startswith("-") else ""
    return sign + _told_apart(text.removeprefix("-").replace(".", ","))


def typed_day(day: date) -> str:
    """dd/mm/yyyy."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"
