"""Symbols from tables, against the package they were derived from."""

from __future__ import annotations

from functools import partial
from random import Random
from statistics import median
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode import QRCode, base, util

from tests.render.paper import PLAIN, addresses
from traceapp.core.errors import InvalidIdentifier, RuleBroken
from traceapp.render import qr
from traceapp.render.qr import LEVELS, MASKS, Symbol, SymbolMaker, symbol, symbols

SIZES = [(1, "L"), (2, "H"), (4, "M"), (5, "Q"), (7, "L"), (8, "M"), (10, "M")]
SEGMENTS = st.sampled_from(["abcdefghijklmnopqrstuvwxyz/?=&%", util.ALPHA_NUM.decode(), "0123456789"]).flatmap(
    lambda alphabet: st.text(alphabet, min_size=1, max_size=45)
)


def drawn_by_qrcode(url: str, like: Symbol) -> list[list[bool]]:
    code = QRCode(version=like.version, error_correction=LEVELS[like.level], mask_pattern=like.mask)
    code.add_data(url)
    code.make(fit=False)
    return code.modules


@pytest.mark.parametrize(("version", "level"), SIZES)
def test_tables_draw_the_same_modules_as_qrcode_for_any_codewords(version: int, level: str) -> None:
    blocks = base.rs_blocks(version, LEVELS[level])
    size = sum(block.data_count for block in blocks)
    maker = [SymbolMaker(version, level, mask) for mask in MASKS]

    # The package cannot divide a block of zeros, so no codeword here is zero.
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(1, 255), min_size=size, max_size=size).map(bytes), st.sampled_from(MASKS))
    def draw(codewords: bytes, mask: int) -> None:
        buffer = util.BitBuffer()
        buffer.buffer = list(codewords)
        code = QRCode(version=version, error_correction=LEVELS[level])
        code.data_cache = util.create_bytes(buffer, blocks)
        code.makeImpl(False, mask)
        assert maker[mask].symbol(codewords).matrix() == code.modules

    draw()


@settings(max_examples=40, deadline=None)
@given(st.lists(SEGMENTS, min_size=1, max_size=3).map("".join), st.sampled_from("LMQ"))
def test_any_address_is_drawn_as_qrcode_draws_it_in_the_smallest_version(url: str, level: str) -> None:
    ours = symbol(url, level)
    smallest = QRCode(error_correction=LEVELS[level])
    smallest.add_data(url)
    assert ours.version == smallest.best_fit()
    assert ours.matrix() == drawn_by_qrcode(url, ours)


def longest(version: int, level: str) -> int:
    """How many alphanumeric characters a symbol holds."""
    bits = util.BIT_LIMIT_TABLE[LEVELS[level]][version] - 4 - util.length_in_bits(util.MODE_ALPHA_NUM, version)
    return int(bits // 11 * 2 + (bits % 11 >= 6))


@pytest.mark.parametrize("level", "LMQ")
@pytest.mark.parametrize("version", range(2, 13))
def test_every_version_level_and_mask_is_bit_for_bit_what_qrcode_draws(version: int, level: str) -> None:
    lengths = st.integers(longest(version - 1, level) + 1, longest(version, level))

    @settings(max_examples=2, deadline=None)
    @given(lengths, st.integers(0, 2**32), st.sampled_from(MASKS))
    def draw(length: int, seed: int, mask: int) -> None:
        text = "".join(Random(seed).choices(util.ALPHA_NUM.decode()[10:], k=length))
        with patch.object(qr, "_best_maker", lambda codewords, *kind: SymbolMaker(*kind, mask)):
            ours = symbol(text, level)
        assert (ours.version, ours.mask) == (version, mask)
        assert ours.matrix() == drawn_by_qrcode(text, ours)

    draw()


def test_a_plain_label_takes_version_4_and_a_signed_one_version_8() -> None:
    assert [symbol(*addresses(1, signed=signed)).version for signed in (False, True)] == [4, 8]


def test_an_upper_case_host_makes_the_symbol_smaller() -> None:
    upper = PLAIN.format("FD5MA4NX78AM0")
    longer = upper.replace("/10/DM2610B", "/10/DM2610B-2026")
    assert symbol(longer).version < symbol(longer.replace("ID.EXAMPLE.VN", "id.example.vn/abcdefghijklm")).version


@pytest.mark.parametrize("signed", [False, True], ids=["plain", "signed"])
def test_a_run_shares_version_and_mask_and_each_symbol_is_its_own(signed: bool) -> None:
    urls = addresses(25, signed=signed)
    run = list(symbols(urls))
    assert len({(one.version, one.mask) for one in run}) == 1
    assert [one.matrix() for one in run] == [drawn_by_qrcode(url, one) for url, one in zip(urls, run, strict=True)]


def test_addresses_of_another_shape_in_between_are_drawn_too() -> None:
    urls = [*addresses(2), *addresses(1, signed=True), PLAIN.format("21"), *addresses(1)]
    run = list(symbols(urls))
    assert [one.version for one in run] == [4, 4, 8, 3, 4]
    assert [one.matrix() for one in run] == [drawn_by_qrcode(url, one) for url, one in zip(urls, run, strict=True)]


@pytest.mark.parametrize("signed", [False, True], ids=["plain", "signed"])
def test_the_mask_has_the_least_penalty_for_the_first_of_a_run(signed: bool) -> None:
    url = addresses(1, signed=signed)[0]
    chosen = symbol(url)
    draw = partial(drawn_by_qrcode, url)
    penalties = [util.lost_point(draw(chosen._replace(mask=mask))) for mask in MASKS]
    assert util.lost_point(chosen.matrix()) == min(penalties) <= median(penalties)


def test_rows_are_padded_to_whole_bytes_with_light() -> None:
    one = symbol(PLAIN.format("FD5MA4NX78AM0"))
    assert (one.modules, len(one.rows)) == (33, 33 * 5)
    assert all(row & 0x7F == 0 for row in one.rows[4::5])


def test_streaming_reads_no_further_than_asked() -> None:
    def endless() -> object:
        yield from addresses(2)
        raise AssertionError("read too far")

    run = symbols(endless())  # type: ignore[arg-type]
    assert next(run) != next(run)


def test_an_address_outside_ascii_is_refused() -> None:
    with pytest.raises(InvalidIdentifier, match="percent-encode"):
        symbol("https://id.example.vn/trà")


def test_an_address_that_no_symbol_holds_is_refused() -> None:
    with pytest.raises(RuleBroken, match=r"3000 ký tự.*ngắn hơn"):
        symbol("x" * 3000)
