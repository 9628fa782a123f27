"""QR symbols by the thousand.

With version, level and mask fixed, a symbol is affine over GF(2) in its data codewords:

    symbol = base XOR tables[0][codeword 0] XOR tables[1][codeword 1] XOR …

Base and tables are derived once from the `qrcode` package, which stays the one authority on Reed-Solomon, interleaving
and placement. A symbol is one int; its big-endian bytes are its rows, each padded to whole bytes, which PDF image
masks and printer bitmaps take as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise, product
from operator import getitem, xor
from typing import NamedTuple

from qrcode import QRCode, base, constants, util
from qrcode.exceptions import DataOverflowError

from traceapp.core.errors import InvalidIdentifier, RuleBroken

LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}
MASKS = range(8)
SHORTEST_SEGMENT = 20  # a serial has at most 20 characters, so its digits never change how a run's addresses are cut


@dataclass(frozen=True)
class Mode:
    """How a segment's characters become bits: `size` at a time, in groups that the table spells out."""

    characters: str
    size: int
    bits: dict[str, str]

    def encode(self, text: str) -> str:
        """The bits of a text of this mode's characters, as 0 and 1."""
        return "".join([self.bits[text[start : start + self.size]] for start in range(0, len(text), self.size)])


def _groups(alphabet: str, widths: Sequence[int]) -> dict[str, str]:
    """The bits of each group of one, two … characters, in as many bits as `widths` says."""
    return {
        "".join(group): f"{value:0{width}b}"
        for length, width in enumerate(widths, 1)
        for value, group in enumerate(product(alphabet, repeat=length))
    }


ASCII = "".join(map(chr, range(128)))
ALPHANUMERIC = util.ALPHA_NUM.decode()
MODES = {
    util.MODE_NUMBER: Mode("[0-9]", 3, _groups("0123456789", (4, 7, 10))),
    util.MODE_ALPHA_NUM: Mode(f"[{re.escape(ALPHANUMERIC)}]", 2, _groups(ALPHANUMERIC, (6, 11))),
    util.MODE_8BIT_BYTE: Mode(r"[\x00-\x7f]", 1, _groups(ASCII, (8,))),
}


class Symbol(NamedTuple):
    """A finished symbol without quiet zone. `rows`: a bit a module, 1 is dark, each row padded to whole bytes."""

    modules: int
    rows: bytes
    version: int
    level: str
    mask: int

    def matrix(self) -> list[list[bool]]:
        """Rows of modules from the top, True where dark."""
        stride = (self.modules + 7) // 8
        rows = (self.rows[start : start + stride] for start in range(0, len(self.rows), stride))
        return [[bool(row[x // 8] & 0x80 >> x % 8) for x in range(self.modules)] for row in rows]


class SymbolMaker:
    """Turns data codewords into symbols of one version, level and mask."""

    def __init__(self, version: int, level: str, mask: int) -> None:
        self.version, self.level, self.mask = version, level, mask
        self.modules = 4 * version + 17
        self._size = self.modules * ((self.modules + 7) // 8)
        self._base = _drawn(version, level, mask, bytes(_total_codewords(version, level)))
        self._tables = _tables(version, level)

    def symbol(self, codewords: bytes) -> Symbol:
        """The symbol of exactly as many data codewords as version and level hold, padding included."""
        drawn = reduce(xor, map(getitem, self._tables, codewords), self._base)
        return Symbol(self.modules, drawn.to_bytes(self._size, "big"), self.version, self.level, self.mask)


def symbol(url: str, level: str = "M") -> Symbol:
    """The smallest symbol for this address, under the mask with the least penalty."""
    return next(symbols([url], level))


def symbols(urls: Iterable[str], level: str = "M") -> Iterator[Symbol]:
    """One symbol an address. Addresses of one shape share version and mask, the best mask for the first of them."""
    run: _Run | None = None
    for url in urls:
        match = run.pattern.fullmatch(url) if run else None
        if run is None or match is None:
            run = _Run(url, level)
            match = run.pattern.fullmatch(url)
            assert match is not None
        yield run.maker.symbol(run.codewords(match.groups()))


class _Run:
    """What addresses of one shape have in common: their segments, version, padding and mask."""

    def __init__(self, url: str, level: str) -> None:
        if not url.isascii():
            raise InvalidIdentifier(f"{url!r} is not ASCII: percent-encode the address before it is drawn")
        code = QRCode(error_correction=LEVELS[level])
        code.add_data(url, optimize=SHORTEST_SEGMENT)
        version = _smallest_version(code, url)
        segments = [(segment.mode, segment.data.decode()) for segment in code.data_list]
        parts = [f"({MODES[mode].characters}{{{len(text)}}})" for mode, text in segments]
        self.pattern = re.compile("".join(parts))
        self._modes = [MODES[mode] for mode, _ in segments]
        self._headers = [_header(mode, len(text), version) for mode, text in segments]
        self._size = sum(block.data_count for block in base.rs_blocks(version, LEVELS[level]))
        texts = [text for _, text in segments]
        self._padding = _padding(len(self._bits(texts)), self._size)
        self.maker = _best_maker(self.codewords(texts), version, level)

    def codewords(self, texts: Iterable[str]) -> bytes:
        """The data codewords for an address of this shape, cut into its segments."""
        return int(self._bits(texts) + self._padding, 2).to_bytes(self._size, "big")

    def _bits(self, texts: Iterable[str]) -> str:
        segments = zip(self._headers, self._modes, texts, strict=True)
        return "".join([header + mode.encode(text) for header, mode, text in segments])


def _smallest_version(code: QRCode, url: str) -> int:
    try:
        return int(code.best_fit())
    except (DataOverflowError, ValueError) as cause:
        raise RuleBroken(f"Địa chỉ dài {len(url)} ký tự, không mã QR nào chứa hết: dùng địa chỉ ngắn hơn.") from cause


def _header(mode: int, length: int, version: int) -> str:
    return f"{mode:04b}{length:0{util.length_in_bits(mode, version)}b}"


def _padding(used: int, size: int) -> str:
    """Terminator, zeros up to a whole byte, then EC 11 EC 11 … until the codewords are full."""
    terminator = "0" * min(4, size * 8 - used)
    zeros = "0" * (-(used + len(terminator)) % 8)
    pads = f"{util.PAD0:08b}{util.PAD1:08b}" * size
    return (terminator + zeros + pads)[: size * 8 - used]


def _best_maker(codewords: bytes, version: int, level: str) -> SymbolMaker:
    makers = [_maker(version, level, mask) for mask in MASKS]
    return min(makers, key=lambda maker: int(util.lost_point(maker.symbol(codewords).matrix())))


@lru_cache(maxsize=4 * len(MASKS))
def _maker(version: int, level: str, mask: int) -> SymbolMaker:
    return SymbolMaker(version, level, mask)


def _total_codewords(version: int, level: str) -> int:
    return sum(block.total_count for block in base.rs_blocks(version, LEVELS[level]))


def _drawn(version: int, level: str, mask: int, codewords: bytes) -> int:
    """The symbol as `qrcode` places these final codewords, as one int of byte-padded rows."""
    code = QRCode(version=version, error_correction=LEVELS[level])
    code.data_cache = codewords
    code.makeImpl(False, mask)
    padding = "0" * (-code.modules_count % 8)
    return int("".join("".join("1" if dark else "0" for dark in row) + padding for row in code.modules), 2)


_DOUBLED = bytes([0, *(base.gexp(base.glog(value) + 1) for value in range(1, 256))])
"""Twice each element of the field that QR codes count in."""


@lru_cache(maxsize=4)
def _tables(version: int, level: str) -> list[list[int]]:
    """For each data codeword, the modules that each of its 256 values flips."""
    blocks = base.rs_blocks(version, LEVELS[level])
    places = _places(version, level)
    # `qrcode` cannot divide a block of zeros, so differences are taken from one that never becomes zero.
    reference = b"".join(bytes(block.data_count - 1) + b"\xff" for block in blocks)
    unchanged = _final(reference, blocks)
    tables = []
    for position in range(len(reference)):
        table = [0]
        changed = bytearray(reference)
        changed[position] ^= 1
        difference = (unchanged ^ _final(changed, blocks)).to_bytes(len(places) // 8, "big")
        for _ in range(8):
            flips = _flips(int.from_bytes(difference, "big"), places)
            table += [value ^ flips for value in table]
            # Error correction is linear over GF(256): twice the codeword, twice the difference.
            difference = difference.translate(_DOUBLED)
        tables.append(table)
    return tables


def _final(codewords: bytes | bytearray, blocks: list[base.RSBlock]) -> int:
    """Data and error correction codewords, interleaved."""
    buffer = util.BitBuffer()
    buffer.buffer = list(codewords)
    return int.from_bytes(bytes(util.create_bytes(buffer, blocks)), "big")


def _flips(bits: int, places: list[int]) -> int:
    """The modules that show these bits of the final codewords."""
    flips = 0
    while bits:
        lowest = bits & -bits
        flips |= places[-lowest.bit_length()]
        bits ^= lowest
    return flips


def _places(version: int, level: str) -> list[int]:
    """For each bit of the final codewords, the module that shows it.

    Each drawing below sets the codeword bits whose number, counted from 1, has one given binary digit; the drawings in
    which a module changes therefore spell the number of its bit, and modules that never change hold no data.
    """
    size = _total_codewords(version, level)
    blank = _drawn(version, level, 0, bytes(size))
    numbers: dict[int, int] = {}
    for digit in range((size * 8).bit_length()):
        chosen = "".join(str(number >> digit & 1) for number in range(1, size * 8 + 1))
        changed = blank ^ _drawn(version, level, 0, int(chosen, 2).to_bytes(size, "big"))
        while changed:
            module = changed & -changed
            numbers[module] = numbers.get(module, 0) | 1 << digit
            changed ^= module
    places = sorted(numbers, key=numbers.__getitem__)
    assert all(a != b for a, b in pairwise(places)) and len(places) == size * 8
    return places
