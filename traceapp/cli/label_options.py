"""What is typed after `traceapp labels`, as what the services take."""

from __future__ import annotations

import re
from pathlib import Path

from traceapp.core.errors import InvalidEvent
from traceapp.render.outputs import FORMATS, USUAL_DPI, USUAL_SHEET, Format
from traceapp.render.sheet_names import sheet_called, sheet_of_json
from traceapp.render.sheets import Sheet

MOST_RANGES = 1000
_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,3})?),([+-]?\d{1,3}(?:\.\d{1,3})?)")
_RANGE = re.compile(r"(\d{1,13})(?:-(\d{1,13}))?")


def format_of(output: Path, said: str | None) -> tuple[Format, bool]:
    """The format, and whether it goes into a ZIP: what was said, else what the file is called."""
    suffix = output.suffix.lower().lstrip(".")
    packed = "zip" in (suffix, said)
    name = said if said not in (None, "zip") else ("svg" if packed else suffix)
    if name not in FORMATS:
        raise InvalidEvent(
            f"{output} is neither FILE.pdf nor FILE.csv, FILE.zpl, FILE.tspl, FILE.svg, FILE.png or FILE.zip: "
            "call it so, or say --format."
        )
    return name, packed


def sheet_of(said: str | None, kind: Format, dpi: int | None) -> Sheet:
    """The sheet by name, by measures (`custom:…`), or from a JSON file; on the printer's own grid."""
    name, grid = said or USUAL_SHEET[kind], dpi or USUAL_DPI[kind]
    path = Path(name)
    if path.suffix.lower() == ".json":
        return sheet_of_json(path.name, path.read_text(encoding="utf-8", errors="replace"), grid)
    return sheet_called(name, grid)


def offset_of(said: str) -> tuple[float, float]:
    """`X,Y` in millimetres."""
    match = _PAIR.fullmatch(said.replace(" ", ""))
    if match is None:
        raise InvalidEvent(f"--offset {said[:20]!r} is not X,Y in millimetres: write it like --offset -1.5,1.")
    return float(match[1]), float(match[2])


def ranges_of(said: str) -> list[tuple[int, int]]:
    """`5-9,12` as pairs of first and last item."""
    parts = said.replace(" ", "").split(",")
    matches = [_RANGE.fullmatch(part) for part in parts]
    if len(parts) > MOST_RANGES or not all(matches):
        raise InvalidEvent(
            f"--items {said[:40]!r} is no list of items: write it like 5-9,12 (at most {MOST_RANGES} parts)."
        )
    found = [(int(match[1]), int(match[2] or match[1])) for match in matches if match]
    if turned := next((pair for pair in found if pair[0] > pair[1]), None):
        raise InvalidEvent(f"--items {turned[0]}-{turned[1]} goes backwards: the smaller number first.")
    return found
