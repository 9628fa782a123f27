"""Words for every finding, in Vietnamese and English: pages, labels, commands and export share them."""

from traceapp.i18n.formats import (
    LANGUAGES,
    choose_language,
    show_about,
    show_amount,
    show_date,
    show_instant,
    show_number,
    show_time,
)
from traceapp.i18n.speak import Headline, Sentence, headline, mark_text, not_recalled, remedy, sentence, told_of
from traceapp.i18n.words import disclosed_item, scheme_name, stage_name

__all__ = [
    "LANGUAGES",
    "Headline",
    "Sentence",
    "choose_language",
    "disclosed_item",
    "headline",
    "mark_text",
    "not_recalled",
    "remedy",
    "scheme_name",
    "sentence",
    "show_about",
    "show_amount",
    "show_date",
    "show_instant",
    "show_number",
    "show_time",
    "stage_name",
    "told_of",
]
