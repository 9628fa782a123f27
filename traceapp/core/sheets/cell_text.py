"""Values as cells that the same layout reads again: what is exported can be imported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from traceapp.core.sheets.goods_text import WrittenGoods
from traceapp.core.sheets.rows import Column, Layout
from traceapp.core.typed import typed_day, typed_number


def cells_of(layout: Layout, values: Mapping[str, Any]) -> list[str]:
    """A row of text, in the order of the layout's columns; empty where nothing is known."""
    return [cell_text(column, values.get(column.key)) for column in layout.columns]


def cell_text(column: Column, value: Any, lang: str = "vi") -> str:
    """One value as somebody would write it who reads `lang`; files of ours are written in Vietnamese."""
    if isinstance(value, str):
        return column.form.name(value, lang)
    return written(value)


def written(value: Any) -> str:
    """A value as text, whatever column it stands in."""
    match value:
        case None:
            return ""
        case date():
            return typed_day(value)
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return typed_number(value)
        case WrittenGoods():
            source = f" từ lô {value.from_lot}" if value.from_lot else ""
            return f"{value.name} {typed_number(value.quantity)} {value.unit}{source}"
        case list() | tuple():
            return "; ".join(written(one) for one in value)
    return str(value)
