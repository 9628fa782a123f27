"""Labels: symbols a second beside other encoders, a whole issue beside the plain way, and what a label weighs."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from ctypes import CDLL, POINTER, Structure, c_char_p, c_int, c_ubyte
from ctypes.util import find_library
from datetime import date
from functools import partial
from importlib.util import find_spec
from itertools import islice
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from bench import glabels
from bench.figures import Figure, in_rounds, per_second
from traceapp.render.csv_codes import write_codes
from traceapp.render.outputs import USUAL_DPI, Format, Order, write_labels
from traceapp.render.qr import symbol, symbols
from traceapp.render.sheet_names import sheet_called
from traceapp.render.sheets import LabelText
from traceapp.services.labels.runs import LabelMaker, LabelRun

PATH = "/01/09520000000127/10/DM2610B"
DAY = date(2026, 10, 9)
TEXT = LabelText(
    "Trà búp Đồi Mây", "HTX Chè Đồi Mây", "Xã Tân Cương, Thái Nguyên", "DM2610B", DAY.strftime("%d/%m/%Y"),
    "28/09/2028", "200 g", 4,
)  # fmt: skip
SYMBOLS, DEFAULT_SYMBOLS, ISSUE, PLAIN_ISSUE = 10_000, 60, 10_000, 60
Encoder = Callable[[str], object]


class Maker:
    """Addresses of new runs, with keys of their own."""

    def __init__(self) -> None:
        self._maker = LabelMaker("https://id.example.vn", Ed25519PrivateKey.generate(), lambda _: bytes(range(32)))

    def urls(self, count: int, *, signed: bool) -> Iterable[str]:
        """Computed and signed as they are asked for."""
        return self._maker.urls(LabelRun("", "", 1, count, signed, "serial-1", PATH))


def main() -> list[Figure]:
    """Symbols, whole issues, bytes."""
    maker = Maker()
    figures = []
    for signed in (False, True):
        figures += _symbols(list(maker.urls(SYMBOLS, signed=signed)), "signed" if signed else "plain")
    return [*figures, *_issue(maker), *glabels.main(maker), *_others(maker), *_bytes(maker)]


def _symbols(urls: list[str], kind: str) -> list[Figure]:
    list(symbols(urls[:2]))  # tables are derived once
    found = []
    for name, encode, limit in _encoders():
        few = urls[: DEFAULT_SYMBOLS * (10 if limit is None else 1)]
        rounds = in_rounds(partial(_rate, urls), partial(_rate_of, encode, few))
        found.append(rounds.figure(f"symbols, {kind}, beside {name}", _LEAST[kind] if name == "qrcode" else limit))
    return found


_LEAST = {"plain": 200, "signed": 150}
"""How many times as fast as `qrcode` with its defaults."""


def _rate_of(encode: Encoder, urls: list[str]) -> float:
    return per_second(len(urls), lambda: [encode(url) for url in urls])


def _rate(urls: list[str]) -> float:
    return per_second(len(urls), lambda: sum(1 for _ in symbols(urls)))


def _encoders() -> list[tuple[str, Encoder, float | None]]:
    """Each with the least ratio that ours must keep, where it is plain Python as ours is."""
    found: list[tuple[str, Encoder, float | None]] = [("qrcode", _by_qrcode, 50)]
    if library := find_library("qrencode"):
        found.append(("libqrencode (C)", _qrencode(library), 1))
    else:
        print("libqrencode is not installed (apt: libqrencode4): not compared", file=sys.stderr)
    if find_spec("zxingcpp"):
        found.append(("zxing-cpp (C++)", _by_zxing, None))
    if find_spec("segno"):
        found.append(("segno", _by_segno, 25))
    else:
        print("segno is not installed: pip install segno to compare with it", file=sys.stderr)
    return found


def _by_qrcode(url: str) -> object:
    code = QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(url)
    code.make()
    return code.modules


def _by_zxing(url: str) -> object:
    import zxingcpp

    return zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")


class _QRcode(Structure):
    """QRcode of qrencode.h."""

    _fields_: ClassVar = [("version", c_int), ("width", c_int), ("data", POINTER(c_ubyte))]


def _qrencode(library: str) -> Encoder:
    """libqrencode in this process: the smallest version at level M, cut into segments as it sees fit, best mask."""
    loaded = CDLL(library)
    encode, free = loaded.QRcode_encodeString, loaded.QRcode_free
    encode.argtypes, encode.restype = [c_char_p, c_int, c_int, c_int, c_int], POINTER(_QRcode)
    free.argtypes = [POINTER(_QRcode)]
    smallest, level_m, mode_8, case_sensitive = 0, 1, 2, 1

    def draw(url: str) -> object:
        made = encode(url.encode(), smallest, level_m, mode_8, case_sensitive)
        size = made.contents.width
        free(made)
        return size

    url = "https://ID.EXAMPLE.VN/01/09520000000127"
    assert draw(url) == symbol(url).modules, "libqrencode draws another version"
    return draw


def _by_segno(url: str) -> object:
    import segno

    return segno.make_qr(url, error="m", boost_error=False)


def _order(kind: Format, sheet: str) -> Order:
    return Order(sheet_called(sheet, USUAL_DPI[kind]), kind)


def _write(maker: Maker, order: Order, count: int, *, signed: bool) -> int:
    out = io.BytesIO()
    assert write_labels(out, order, lambda: maker.urls(count, signed=signed), TEXT, "run").count == count
    return out.tell()


def _issue(maker: Maker) -> list[Figure]:
    """Serial, signature, address, QR, words and file, beside signing and writing the addresses alone."""
    order = _order("pdf", "a4-24")

    def ours() -> float:
        return per_second(ISSUE, lambda: _write(maker, order, ISSUE, signed=True))

    def alone() -> float:
        return per_second(ISSUE, lambda: write_codes(io.BytesIO(), maker.urls(ISSUE, signed=True)))

    found = [in_rounds(ours, alone).figure("signed PDF beside its addresses alone", 0.2)]
    if not find_spec("reportlab"):
        print("reportlab is not installed: pip install reportlab to compare with the plain way", file=sys.stderr)
        return found

    def plain() -> float:
        return per_second(PLAIN_ISSUE, lambda: _plain_way(list(islice(maker.urls(ISSUE, signed=True), PLAIN_ISSUE))))

    return [*found, in_rounds(ours, plain).figure("signed PDF beside qrcode + reportlab", 60)]


def _plain_way(urls: list[str]) -> bytes:
    """What a page of a tutorial does: one QR image a label, drawn with three lines of text."""
    from reportlab.lib.units import mm
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    page = Canvas(out)
    for number, url in enumerate(urls):
        column, row = number % 3, number // 3 % 8
        code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
        code.add_data(url)
        image = io.BytesIO()
        code.make_image().save(image)
        x, y = (7 + column * 66) * mm, (250 - row * 34) * mm
        page.drawImage(ImageReader(image), x, y, 28 * mm, 28 * mm)
        for line, words in enumerate(("Tra bup Doi May", "HTX Che Doi May", url[-13:])):
            page.drawString(x + 30 * mm, y + (20 - 6 * line) * mm, words)
        if number % 24 == 23:
            page.showPage()
    page.save()
    return out.getvalue()


def _others(maker: Maker) -> list[Figure]:
    """Printer languages: a label printer takes a few labels a second, so there is no limit to keep."""
    kinds: list[Format] = ["zpl", "tspl"]
    rates = {
        kind: per_second(500, lambda kind=kind: _write(maker, _order(kind, "50x30"), 500, signed=True))
        for kind in kinds
    }
    return [Figure(f"signed {kind.upper()}, 50x30, 203 dpi", rate, None, rate, None) for kind, rate in rates.items()]


def _bytes(maker: Maker) -> list[Figure]:
    found = []
    wanted: list[tuple[Format, str, bool, float | None]] = [
        ("pdf", "a4-65", False, 600), ("pdf", "a4-24", True, 900), ("zpl", "50x30", True, None),
        ("tspl", "50x30", True, None),
    ]  # fmt: skip
    for kind, sheet, signed, most in wanted:
        weight = _write(maker, _order(kind, sheet), 1000, signed=signed) / 1000
        name = f"{kind} {sheet}, {'signed' if signed else 'plain'}"
        found.append(Figure(f"bytes a label, {name}", weight, None, weight, most, "B", at_most=True))
    return found
