"""Dates, times and numbers as people write them, and which language a reader gets."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from traceapp.core.dates import VIETNAM

LANGUAGES = ("vi", "en")
"""Vietnamese first: it is what a reader gets who asks for nothing we have."""

_SEPARATORS = {"vi": (".", ","), "en": (",", ".")}
_PREFERENCE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_LONGEST_HEADER = 1000
_TEN_DIGITS = 10**10


def choose_language(lang: str | None, accept_language: str | None) -> str:
    """The language asked for by `lang` if we speak it, else the best of an Accept-Language header, else Vietnamese."""
    if lang in LANGUAGES:
        return lang
    # What is remembered stays small, however long a header is.
    return _preferred((accept_language or "")[:_LONGEST_HEADER])


@lru_cache(maxsize=250)
def _preferred(accept_language: str) -> str:
    wanted = sorted(_preferences(accept_language), key=lambda one: -one[1])
    known = [LANGUAGES[0] if name == "*" else name for name, weight in wanted if weight > 0]
    return next((name for name in known if name in LANGUAGES), LANGUAGES[0])


def _preferences(header: str) -> list[tuple[str, float]]:
    found = (_PREFERENCE.fullmatch(part) for part in header.split(","))
    return [(one[1].lower(), float(one[2] or 1)) for one in found if one]


def show_date(day: date | str) -> str:
    """dd/mm/yyyy in both languages, as printed on the pack; from a date, an ISO date or an ISO instant."""
    if isinstance(day, str):
        day = datetime.fromisoformat(day).astimezone(VIETNAM).date() if "T" in day else date.fromisoformat(day)
    if isinstance(day, datetime):
        day = day.astimezone(VIETNAM).date()
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def show_time(instant: datetime | str) -> str:
    """The time of day in Vietnam, 18:05."""
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    local = instant.astimezone(VIETNAM)
    return f"{local.hour:02}:{local.minute:02}"


def show_instant(instant: datetime | str, lang: str) -> str:
    """Time and date in Vietnam: "18:05 ngày 21/11/2026", "18:05 on 21/11/2026"."""
    return f"{show_time(instant)} {'ngày' if lang == 'vi' else 'on'} {show_date(instant)}"


def show_number(number: float, lang: str) -> str:
    """A number with the language's separators: 2.250 and 9,2, or 2,250 and 9.2; ten digits at most."""
    thousands, point = _SEPARATORS[lang]
    if type(number) is int and -_TEN_DIGITS < number < _TEN_DIGITS:
        return f"{number:,}".replace(",", thousands)
    text = f"{Decimal(f'{number:.10g}').normalize():f}"
    whole, _, part = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", thousands)
    if whole.startswith("-") and not grouped.startswith("-"):
        grouped = f"-{grouped}"
    return f"{grouped}{point}{part}" if part else grouped


def show_amount(number: float, unit: str, lang: str) -> str:
    """A number with its unit: "2.250 kg", "9,2 %"."""
    return f"{show_number(number, lang)} {unit}".rstrip()


def show_about(number: float, least: float, lang: str) -> str:
    """A computed limit in three digits, unless rounding would hide that `least` lies above it."""
    rounded = float(f"{number:.3g}") if abs(number) < 1000 else float(round(number))
    return show_number(rounded if rounded < least else number, lang)
