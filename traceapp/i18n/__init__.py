"""Words for every finding, in Vietnamese and English, without a framework: pages, labels, commands and export share them."""

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
from traceapp.i18n.speak import (
    Headline,
    Sentence,
    disclosed_item,
    headline,
    mark_text,
    not_recalled,
    remedy,
    scheme_name,
    sentence,
)

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
]
