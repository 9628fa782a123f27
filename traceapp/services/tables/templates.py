"""Template files for tables: the titles to keep, and how each column is written with an example."""

from __future__ import annotations

from traceapp.adapters.sheet_writing import Sheet, write_csv, write_workbook
from traceapp.core.errors import NotFound
from traceapp.core.sheets.layouts import LAYOUTS
from traceapp.core.sheets.rows import Column, Layout
from traceapp.i18n.sheets import how_written, kind_name, note_text

_HELP = {
    "vi": ("Cách điền", ("Cột", "Phải có", "Viết thế nào", "Ví dụ"), "có"),
    "en": ("How to fill in", ("Column", "Needed", "How it is written", "Example"), "yes"),
}
_CODES = frozenset({"text", "texts", "product-code", "gln", "ggn", "tax-code", "lot", "phone"})


def template(kind: str, lang: str, *, as_csv: bool = False) -> bytes:
    """The template of a kind of table, as a workbook or a CSV; NotFound."""
    layout = LAYOUTS.get(kind)
    if layout is None:
        raise NotFound(f"There is no kind of table {kind[:40]!r}: use one of {', '.join(LAYOUTS)}.")
    titles = [layout.title(one.key, lang) for one in layout.columns]
    if as_csv:
        return write_csv(titles, ())
    codes = frozenset(at for at, one in enumerate(layout.columns) if one.form.kind in _CODES)
    return write_workbook([Sheet(kind_name(kind, lang), titles, (), codes), _help(layout, lang)])


def _help(layout: Layout, lang: str) -> Sheet:
    name, titles, needed = _HELP[lang]
    return Sheet(name, titles, [_row(layout, one, lang, needed) for one in layout.columns])


def _row(layout: Layout, column: Column, lang: str, needed: str) -> list[str]:
    how = how_written(column.form, lang)
    if column.note:
        how = f"{how}. {note_text(column.note, lang)}"
    return [layout.title(column.key, lang), needed if column.needed else "", how, column.example]
