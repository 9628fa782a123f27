"""An entry told back before it is signed: each field with its words, numbers as the reader writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from traceapp.core.diary.fields import FORMS, Field, Kind, say
from traceapp.core.events import Event
from traceapp.core.typed import NotReadable, read_written
from traceapp.i18n import show_amount, show_date
from traceapp.web.portal.diary.words import measured_words
from traceapp.web.public.say import Say
from traceapp.web.words import gettext


@dataclass(frozen=True, slots=True)
class Row:
    """One line; `copied`: taken over from an earlier entry and not touched."""

    name: str
    value: str
    copied: bool = False
    foreign: bool = False


def rows_of(event: Event, copied: tuple[str, ...], lot: str, place: str, lang: str) -> tuple[Row, ...]:
    """What an event tells, in the order in which it was asked."""
    speak = Say(lang, gettext)
    form = FORMS[event.stage]
    days = speak.span(event.start, event.end)
    rows = [Row(gettext("Lô"), lot), Row(say(form.day, lang), days)]
    if place:
        rows.append(Row(gettext("Nơi"), place))
    for one in form.fields:
        if value := _told(one, event, speak):
            rows.append(Row(say(one.label, lang), value, one.name in copied))
    return tuple(rows)


def _told(one: Field, event: Event, speak: Say) -> str:
    value: Any = event.kde.get(one.name)
    match one.kind:
        case Kind.PLOTS:
            return ", ".join(event.plots)
        case Kind.GOODS:
            return speak.goods(event.inputs if one.name == "inputs" else event.outputs)
        case Kind.CHECKS:
            return "; ".join(measured_words(check, speak.lang) for check in value or ())
        case Kind.CHOICE:
            return say((one.choices or {})[value], speak.lang) if value else ""
        case Kind.DAY:
            return show_date(value) if value else ""
        case Kind.AMOUNT:
            return show_amount(value, str(event.kde.get("unit", "")), speak.lang) if value else ""
        case Kind.DOSE:
            return _dose(str(value or ""), speak.lang)
        case _:
            if isinstance(value, int | float):
                return show_amount(value, say(one.unit, speak.lang), speak.lang)
            return str(value or "")


def _dose(said: str, lang: str) -> str:
    """As its reader writes numbers; what came with a table, where any text was taken once, as it stands there."""
    number, _, unit = said.partition(" ")
    try:
        return show_amount(read_written(number), unit, lang) if number else ""
    except NotReadable:
        return said
