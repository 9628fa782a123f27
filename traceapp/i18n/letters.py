"""What letters say that a worker sends: there is no page around it, so both languages are written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from traceapp.core.counted import Counted
from traceapp.core.folding import fold
from traceapp.i18n.formats import show_date
from traceapp.i18n.words import scheme_name


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that ends in `days` days; `about` is what it was given for, `holder` whose it is."""

    scheme: str
    number: str
    holder: str
    about: str
    days: int
    ends: date


_WORDS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "one": "{title} còn {days} ngày",
        "many": "{count} giấy chứng nhận sắp hết hạn",
        "line": "- {title} của {whose}: còn {days} ngày, đến {day}",
        "whose": "{holder} ({about})",
        "text": "Giấy sắp hết hạn:\n\n{lines}\n\nXin cấp lại sớm. Từ ngày hết hạn, trang của sản phẩm không còn "
        "ghi giấy này còn hiệu lực.\n\nXem các giấy: {site}/portal/certificates?lang=vi\n"
        "Không nhận thư nhắc nữa: {stop}",
    },
    "en": {
        "one": "{title}: {days:day|days} left",
        "many": "{count} certificates end soon",
        "line": "- {title} of {whose}: {days:day|days} left, until {day}",
        "whose": "{holder} ({about})",
        "text": "These certificates end soon:\n\n{lines}\n\nRenew them in time. From that day on, product pages "
        "no longer show them as valid.\n\nYour certificates: {site}/portal/certificates?lang=en\n"
        "No more reminders: {stop}",
    },
}


def paper_title(scheme: str, number: str, lang: str) -> str:
    """Scheme and number; many numbers name their scheme themselves."""
    word = scheme_name(scheme, lang)
    return number if fold(word) in fold(number) else f"{word} {number}"


def reminder_text(endings: Sequence[Ending], lang: str, site: str, stop: str) -> tuple[str, str]:
    """Subject and text of a letter about certificates that end; the soonest comes first."""
    words = _WORDS.get(lang, _WORDS["vi"])
    lang = lang if lang in _WORDS else "vi"
    known = sorted(endings, key=lambda one: (one.days, one.number))
    first = known[0]
    title = paper_title(first.scheme, first.number, lang)
    subject = words["one"].format(title=title, days=Counted(first.days))
    if len(known) > 1:
        subject = words["many"].format(count=len(known))
    lines = "\n".join(_line(one, words, lang) for one in known)
    return subject, words["text"].format(lines=lines, site=site, stop=stop)


def _line(one: Ending, words: Mapping[str, str], lang: str) -> str:
    title = paper_title(one.scheme, one.number, lang)
    whose = words["whose"].format(holder=one.holder, about=one.about) if one.about != one.holder else one.holder
    return words["line"].format(title=title, whose=whose, days=Counted(one.days), day=show_date(one.ends))
