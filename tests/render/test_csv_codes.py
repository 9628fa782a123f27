"""Addresses as a list."""

from __future__ import annotations

import io

from tests.render.paper import addresses
from traceapp.render.csv_codes import write_codes


def test_each_line_is_one_address() -> None:
    urls, out = addresses(3, signed=True), io.BytesIO()
    assert write_codes(out, iter(urls)) == 3
    assert out.getvalue().decode("ascii").split("\r\n") == [*urls, ""]


def test_the_file_stays_open_for_its_owner() -> None:
    out = io.BytesIO()
    assert write_codes(out, []) == 0
    assert not out.closed
