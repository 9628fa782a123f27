"""`python -m bench.csv_sheet IN.csv OUT.pdf`: a sheet of labels from addresses and words, in a process of its own.

What `glabels-batch` does with the same file; the sample that every run of ours reads back is read back here too.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from traceapp.render.outputs import Order, write_labels
from traceapp.render.sheet_names import sheet_called
from traceapp.render.sheets import LabelText


def main(source: str, target: str) -> None:
    """Each row: address, name, producer, lot, day. All labels of a run share their words."""
    with Path(source).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    _, name, producer, lot, made = rows[0]
    text = LabelText(name, producer, lot=lot, made=made)
    with Path(target).open("wb") as out:
        write_labels(out, Order(sheet_called("a4-65", 600)), lambda: (row[0] for row in rows), text, "sheet")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
