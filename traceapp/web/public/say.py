"""One reader's language: words through gettext (Vietnamese is the message id), dates and numbers as they write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from traceapp.core.events import Goods
from traceapp.i18n import show_amount, show_date, show_number

_BEFORE_UNIT = re.compile(
    r"(?<=\d) (?=[°%]|(?:g|kg|ml|l|lít|m|cm|km|ha|giờ|ngày|tháng|phút|giây|hours?|days?|months?)\b)"
)


@dataclass(frozen=True, slots=True)
class Say:
    """How to say things in `lang`; `gettext` takes a Vietnamese message and its variables."""

    lang: str
    gettext: Callable[..., str]

    def number(self, value: Any) -> str:
        """A number with the language's separators; anything else as it was written."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return show_number(value, self.lang)
        return self.written(value)

    def amount(self, value: Any, unit: object) -> str:
        """A number and its unit."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return show_amount(value, str(unit), self.lang)
        return f"{self.written(value)} {unit}".strip()

    def span(self, start: date, end: date) -> str:
        """One day, or a span of days without saying a month or a year twice: 07–08/10/2026."""
        last = show_date(end)
        if start == end:
            return last
        if start.year != end.year:
            return f"{show_date(start)} – {last}"
        if start.month != end.month:
            return f"{start.day:02}/{start.month:02} – {last}"
        return f"{start.day:02}–{last}"

    def written(self, value: Any) -> str:
        """A producer's own text; only plain text is shown, never a structure nobody expected."""
        return " ".join(value.split()) if isinstance(value, str) else ""

    def told(self, value: Any) -> str:
        """A producer's own text with each number beside its unit at the end of a line too."""
        return _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", self.written(value))

    def goods(self, lines: Iterable[Goods]) -> str:
        """Goods with their amounts: "900 gói 200 g", "184 kg chè khô (lô DM2608B)"."""
        return ", ".join(self._one(goods) for goods in lines)

    def _one(self, goods: Goods) -> str:
        named_by_unit = goods.name.split()[:1] == [goods.unit]
        amount = self.number(goods.quantity) if named_by_unit else self.amount(goods.quantity, goods.unit)
        if goods.from_lot is None:
            return f"{amount} {goods.name}"
        lot = self.gettext("lô %(lot)s", lot=goods.from_lot.rpartition("/")[2])
        return f"{amount} {goods.name} ({lot})"


def capital(text: str) -> str:
    """With a capital at its start, the rest as it is."""
    return text[:1].upper() + text[1:]
