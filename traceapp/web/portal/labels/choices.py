"""What labels may be printed as, and what that is called: every form of labels offers all of it."""

from __future__ import annotations

from collections.abc import Mapping

from traceapp.i18n import show_number
from traceapp.render.layout import Template
from traceapp.render.outputs import Format
from traceapp.render.sheet_names import sheet_called
from traceapp.render.sheets import ROLLS, SHEETS, Sheet
from traceapp.web.language import choose_locale, said_once
from traceapp.web.words import gettext

TEMPLATES: tuple[Template, ...] = ("full", "qr-text", "qr")
SIZES = (*SHEETS, *ROLLS)
KINDS: tuple[Format, ...] = ("pdf", "zpl", "tspl", "csv")
CODES = ("auto", "signed", "plain")


@said_once
def words() -> Mapping[str, str]:
    """What the fields are called that every form of labels has."""
    return {
        "size": gettext("Cỡ tem"),
        "template": gettext("Mẫu"),
        "kind": gettext("Tệp"),
        "codes": gettext("Mã"),
        "first": gettext("Từ tem số"),
        "last": gettext("Đến tem số"),
    }


@said_once
def choices() -> Mapping[str, list[tuple[str, str]]]:
    """What labels may be printed as."""
    return {
        "sizes": [(one, size_words(sheet_called(one))) for one in SIZES],
        "templates": list(zip(TEMPLATES, (gettext("Đủ chữ"), gettext("Mã và ít chữ"), gettext("Chỉ mã")), strict=True)),
        "kinds": [
            ("pdf", gettext("PDF, in máy thường")),
            ("zpl", gettext("ZPL, máy in tem")),
            ("tspl", gettext("TSPL, máy in tem")),
            ("csv", gettext("CSV, cho nhà in")),
        ],
        "codes": [
            ("auto", gettext("Tự chọn: có chữ ký khi vừa khổ")),
            ("signed", gettext("Có chữ ký, kiểm được khi mất mạng")),
            ("plain", gettext("Không chữ ký, mã nhỏ hơn")),
        ],
    }


def size_words(sheet: Sheet) -> str:
    """A size in words."""
    wide, high = (show_number(one, choose_locale()) for one in (sheet.label_w_mm, sheet.label_h_mm))
    size = f"{wide} × {high} mm"
    roll, page = (
        gettext("%(size)s, cuộn", size=size),
        gettext("%(size)s, %(count)s tem một tờ A4", size=size, count=sheet.count),
    )
    words: str = roll if sheet.is_roll else page
    return words
