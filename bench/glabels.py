"""A full sheet run of plain labels beside gLabels (apt: glabels), each in a process of its own, start included.

Both read one CSV of addresses and words and write a PDF of 65 labels a page, each with its QR code and four lines.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from bench.figures import Figure, Rounds, seconds

LABELS, LIMIT = 1_300, 40
WORDS = ("Trà búp Đồi Mây", "HTX Chè Đồi Mây", "DM2610B", "09/10/2026")
_AS_IS = 'a0="1" a1="0" a2="0" a3="1" a4="0" a5="0"'
_FIELD = (
    '<Object-text {as_is} x="20mm" y="{y}mm" w="17mm" h="4mm" justify="Left" valign="Top" auto_shrink="False">'
    '<Span font_family="Sans" font_size="5" font_weight="Regular" font_italic="False" color="0x000000ff">'
    '<Field name="{number}"/></Span></Object-text>'
)
_TEMPLATE = """<?xml version="1.0"?>
<Glabels-document xmlns="http://glabels.org/xmlns/3.0/">
<Template brand="traceapp" part="a4-65" size="A4" description="65 on A4">
<Label-rectangle id="0" width="38.1mm" height="21.2mm" round="0mm" x_waste="0mm" y_waste="0mm">
<Layout nx="5" ny="13" x0="4.67mm" y0="10.7mm" dx="40.64mm" dy="21.2mm"/>
</Label-rectangle></Template>
<Objects id="0" rotate="False">
<Object-barcode {as_is} x="1.7mm" y="1.7mm" w="17.4mm" h="17.4mm" backend="libqrencode" style="IEC18004" text="False"
 checksum="False" color="0x000000ff" field="1"/>
{fields}
</Objects>
<Merge type="Text/Comma" src="labels.csv"/>
</Glabels-document>
"""


class Addresses(Protocol):
    """Makes addresses of labels."""

    def urls(self, count: int, *, signed: bool) -> Iterable[str]:
        """So many of them."""


def main(maker: Addresses) -> list[Figure]:
    """Nothing where gLabels is not installed."""
    program = shutil.which("glabels-3-batch") or shutil.which("glabels-batch")
    if program is None:
        print("glabels-batch is not installed (apt: glabels): not compared", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory(prefix="traceapp-bench-") as made:
        folder = Path(made)
        _prepare(folder, maker)
        theirs = [program, "-i", "labels.csv", "-o", "theirs.pdf", "sheet.glabels"]
        ours = [sys.executable, "-m", "bench.csv_sheet", str(folder / "labels.csv"), str(folder / "ours.pdf")]
        rounds = Rounds()
        bare = LABELS / seconds(lambda: _run(theirs, folder))
        for _ in range(3):
            rounds.add(LABELS / seconds(lambda: _run(ours, Path.cwd())), bare)
    return [rounds.figure(f"{LABELS:,} plain PDF beside glabels-batch", LIMIT)]


def _prepare(folder: Path, maker: Addresses) -> None:
    fields = "\n".join(_FIELD.format(as_is=_AS_IS, y=2 + 4 * line, number=2 + line) for line in range(len(WORDS)))
    (folder / "sheet.glabels").write_text(_TEMPLATE.format(as_is=_AS_IS, fields=fields), encoding="utf-8")
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([url, *WORDS] for url in maker.urls(LABELS, signed=False))


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
