"""What is wrong with a table and its cells, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from traceapp.core.errors import SheetRefused
from traceapp.core.sheets.cells import Form
from traceapp.core.sheets.rows import Fault, Layout, Same
from traceapp.i18n import words_sheets_en, words_sheets_vi
from traceapp.i18n.formats import show_number

WORDS: Mapping[str, ModuleType] = {"vi": words_sheets_vi, "en": words_sheets_en}


def fault_text(fault: Fault, layout: Layout, lang: str) -> str:
    """A fault in words: "Dòng 7, cột Diện tích (ha): “−5” phải lớn hơn 0."."""
    values = {name: show_number(one, lang) if isinstance(one, int) else one for name, one in fault.values.items()}
    if fault.problem == "choice" and fault.column:
        values["choices"] = layout.form(fault.column).choices(lang)
    said = str(WORDS[lang].PROBLEMS[fault.problem]).format_map(values)
    row, column = ("Dòng", "cột") if lang == "vi" else ("Row", "column")
    where = [f"{row} {fault.row}"] if fault.row is not None else []
    where += [f"{column} {layout.title(fault.column, lang)}"] if fault.column else []
    place = ", ".join(where)
    told = f"{place}: {said}" if place else said
    return f"{told[:1].upper()}{told[1:].rstrip('.')}."


def same_text(same: Same, layout: Layout, lang: str) -> str:
    """Which row was left out, and as what it is known."""
    by = ", ".join(layout.title(key, lang) for key in same.by[:4])
    if lang == "vi":
        known = f"dòng {same.as_row}" if same.as_row else "điều đã ghi"
        return f"Dòng {same.row} ({same.what}) trùng với {known}: cùng {by}. Bỏ qua."
    known = f"row {same.as_row}" if same.as_row else "what is recorded"
    return f"Row {same.row} ({same.what}) is the same as {known}: the same {by}. Left out."


def refusal_text(refused: SheetRefused, lang: str) -> str:
    """Why a file is no table, and what to do."""
    return str(WORDS[lang].FILES[refused.problem]).format_map(refused.values)


def how_written(form: Form, lang: str) -> str:
    """How cells of a form are written, for the template."""
    return str(WORDS[lang].HOW[form.kind]).format(choices=form.choices(lang))


def note_text(note: str, lang: str) -> str:
    """What is easily mistaken about a column."""
    return str(WORDS[lang].NOTES[note])


def kind_name(kind: str, lang: str) -> str:
    """What a kind of table is called."""
    return str(WORDS[lang].KINDS[kind])
