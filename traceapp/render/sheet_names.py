"""Sheets by what people type: a name of the table, measures of their own, or a JSON file of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from traceapp.core.errors import NotFound, RuleBroken
from traceapp.render.sheets import ROLLS, SHEETS, Sheet

LARGEST_MM = 1200.0
LARGEST_LABEL_MM = 300.0  # each sample is drawn in printer dots to be read back
MOST_LABELS_A_PAGE = 2000
ROLL = re.compile(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)")
_GRID = "custom:3x8,63.5x33.9,7.2+12.9,66.04x33.9"
_EXAMPLE = f"{_GRID} (số cột x số hàng, rộng x cao một tem, lề trái + lề trên, bước ngang x bước dọc; mm, giấy A4)"
_NUMBER = r"(\d+(?:\.\d+)?)"
_CUSTOM = re.compile(
    rf"custom:(\d+)x(\d+),{_NUMBER}x{_NUMBER},{_NUMBER}\+{_NUMBER},{_NUMBER}x{_NUMBER}(?:,{_NUMBER}x{_NUMBER})?"
)
_FIELDS = ("label_w_mm", "label_h_mm", "left_mm", "top_mm", "pitch_x_mm", "pitch_y_mm", "page_w_mm", "page_h_mm")
_OPTIONAL = {"page_w_mm": 210.0, "page_h_mm": 297.0, "blank_mm": 4.3}


def sheet_called(name: str, dpi: int | None = None) -> Sheet:
    """The sheet of this name or these measures, on a grid of `dpi`. NotFound or RuleBroken, with what to type."""
    found = {**SHEETS, **ROLLS}.get(name) or _custom(name)
    return replace(found, dpi=dpi) if dpi else found


def sheet_of_json(name: str, text: str, dpi: int | None = None) -> Sheet:
    """The sheet that a JSON object describes, with the measures of `Sheet` by their names. RuleBroken for any other."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise RuleBroken(f"{name} không phải tệp JSON đọc được: sửa tệp, hoặc gõ {_EXAMPLE}.") from cause
    wanted = {"columns", "rows", *_FIELDS}
    if not isinstance(said, dict) or not wanted - set(_OPTIONAL) <= set(said) <= wanted | set(_OPTIONAL) | {"name"}:
        raise RuleBroken(f"{name}: khổ giấy cần đúng các mục {', '.join(['columns', 'rows', *_FIELDS])} (mm).")
    measures = {key: value for key, value in {**_OPTIONAL, **said}.items() if key != "name"}
    found = _sheet(str(said.get("name") or "custom")[:40], measures)
    return replace(found, dpi=dpi) if dpi else found


def _custom(name: str) -> Sheet:
    if own := ROLL.fullmatch(name):
        return _sheet(name, _roll_measures(*own.groups()))
    if not name.startswith("custom:"):
        raise NotFound(f"Không có khổ tem “{name[:60]}”: chọn {', '.join([*SHEETS, *ROLLS])}, hoặc gõ {_EXAMPLE}.")
    match = _CUSTOM.fullmatch(name)
    if match is None:
        raise RuleBroken(f"Không hiểu khổ tem “{name[:80]}”: gõ như {_EXAMPLE}.")
    columns, rows, *rest = match.groups()
    measures: dict[str, Any] = {"columns": int(columns), "rows": int(rows), **_OPTIONAL}
    measures |= {field: float(value) for field, value in zip(_FIELDS, rest, strict=True) if value is not None}
    return _sheet("custom", measures)


def _roll_measures(width: str, height: str) -> dict[str, Any]:
    w, h = float(width), float(height)
    sides = dict(zip(_FIELDS, (w, h, 0.0, 0.0, w, h, w, h), strict=True))
    return {"columns": 1, "rows": 1, "blank_mm": 0.0, **sides}


def _bounds(key: str) -> tuple[int, float]:
    if key in ("columns", "rows"):
        return 0, MOST_LABELS_A_PAGE
    if key.startswith("label"):
        return 5, LARGEST_LABEL_MM
    return (5 if key.startswith("page") else 0), LARGEST_MM


def _sheet(name: str, measures: dict[str, Any]) -> Sheet:
    """Sound numbers only: a typing error must not ask for a page of kilometres or a million cells."""
    for key, value in measures.items():
        whole = key in ("columns", "rows")
        sound = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        least, most = _bounds(key)
        if not sound or not least <= value <= most:
            said = str(value)[:20]
            raise RuleBroken(f"Khổ {name}: {key} = {said} không dùng được; cần một số từ {least} đến {most:g}.")
    return Sheet(name=name, **measures)
