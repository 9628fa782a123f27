"""Pages go out compressed, put together from parts: what is unpacked is the page to the byte."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import ON_ONE_DATABASE, Site
from traceapp.web.public.packed import Part, pack, takes_gzip
from traceapp.web.public.slots import CHECKED_AT, SCAN_LINES, SERIAL, SIGNATURE, Slotted

LOT = "VS2609A"


@given(st.lists(st.tuples(st.binary(max_size=300), st.binary(max_size=300)), min_size=1, max_size=6))
def test_what_was_put_together_unpacks_to_its_parts_and_fillings(pairs: list[tuple[bytes, bytes]]) -> None:
    texts, fillings = [text for text, _ in pairs], [filling for _, filling in pairs[1:]]
    whole = texts[0] + b"".join(filling + text for filling, text in zip(fillings, texts[1:], strict=True))
    packed = pack([Part(text) for text in texts], fillings)
    assert gzip.decompress(packed) == whole
    one_stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert one_stream.decompress(packed) == whole
    assert one_stream.eof and not one_stream.unused_data


def test_a_filling_longer_than_a_block_is_divided() -> None:
    filling = bytes(range(256)) * 600
    assert gzip.decompress(pack([Part(b"before"), Part(b"after")], [filling])) == b"before" + filling + b"after"


def test_a_page_is_the_same_packed_and_plain() -> None:
    page = Slotted(f"<p>{SERIAL}</p>{SCAN_LINES}<b>{CHECKED_AT}</b>{SERIAL}{SIGNATURE} ế" + "đ" * 5000)
    values = {SERIAL: "A<B", SIGNATURE: "s", SCAN_LINES: "Tem đã quét", CHECKED_AT: "18:05"}
    plain, packed = page.fill(values), page.fill(values, gzip=True)
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 10


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("deflate,gzip;q=1", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, br", False),
        ("xgzip", False),
        ("gzip" + " " * 300, False),
    ],
)
def test_gzip_is_sent_to_whom_takes_it(header: str, taken: bool) -> None:
    assert takes_gzip(header) is taken


@ON_ONE_DATABASE
@pytest.mark.parametrize("path", ["/", "lot", "item", "item of nobody"])
def test_every_page_unpacks_to_the_one_that_is_sent_plain(site: Site, path: str) -> None:
    named = {"lot": site.lot(LOT), "item": site.item(LOT, 1), "item of nobody": f"{site.lot(LOT)}/21/0000000000000"}
    for _ in range(2):
        plain = site.ask(named.get(path, path))
        packed = site.ask(named.get(path, path), Accept_Encoding="gzip, deflate, br")
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data)[:100] == plain.data[:100]
        assert len(gzip.decompress(packed.data)) == pytest.approx(len(plain.data), abs=300)
        assert "Accept-Encoding" in plain.headers["Vary"] and "Accept-Encoding" in packed.headers["Vary"]


@ON_ONE_DATABASE
@pytest.mark.parametrize("name", ["0SERIAL0HERE0", "0SIGNATURE0HERE0", "checked-at"])
def test_no_name_of_a_lot_or_item_is_taken_for_a_slot(site: Site, name: str) -> None:
    product = site.lot(LOT).partition("/10/")[0]
    for path in (f"{product}/10/{name}", f"{product}/10/{LOT}/21/{name}", f"{product}/10/{name}/21/1"):
        for _ in range(2):
            assert site.ask(path).status_code in (200, 404)


@given(
    st.lists(st.lists(st.binary(max_size=300), min_size=1, max_size=4), min_size=1, max_size=4),
    st.binary(max_size=100),
    st.binary(min_size=13, max_size=13),
)
def test_what_is_missing_is_filled_in_wherever_it_stands(
    parts: list[list[bytes]], filling: bytes, missing: bytes
) -> None:
    fillings = [filling] * (len(parts) - 1)
    packed = pack([Part(*texts, missing=13) for texts in parts], fillings, missing)
    assert gzip.decompress(packed) == filling.join(missing.join(texts) for texts in parts)


def test_a_serial_of_another_length_is_filled_in_as_well() -> None:
    page = Slotted(f"<p>{SERIAL}</p>{SCAN_LINES}{SERIAL}")
    for serial in ("0A1B2C3D4E5F6", "A<B", "Z" * 20, "đ" * 6, ""):
        values = {SERIAL: serial, SCAN_LINES: "một"}
        assert gzip.decompress(page.fill(values, gzip=True)) == page.fill(values)


def test_a_page_without_a_serial_is_put_together_from_parts_as_well() -> None:
    page = Slotted(f"<p>{CHECKED_AT}</p>" + "đ" * 5000)
    values = {CHECKED_AT: "18:05"}
    assert gzip.decompress(page.fill(values, gzip=True)) == page.fill(values)
    assert b"18:05" in page.fill(values, gzip=True)
