"""The addresses of a run as a list, for printing houses and for printers with software of their own."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import TextIOWrapper
from typing import BinaryIO


def write_codes(out: BinaryIO, urls: Iterable[str]) -> int:
    """Write one address a line (CSV, CRLF, no header) and return how many; memory does not grow with their number."""
    text = TextIOWrapper(out, encoding="ascii", newline="")
    rows = csv.writer(text)
    count = 0
    for url in urls:
        rows.writerow([url])
        count += 1
    text.detach()
    return count
