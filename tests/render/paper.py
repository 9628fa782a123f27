"""What the tests print, and how they look at it: rasterised by poppler, read by three decoders that share no code."""

from __future__ import annotations

import io
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image
from pyzbar import pyzbar

from traceapp.render.layout import Layout, fit
from traceapp.render.pdf import write_sheet
from traceapp.render.sheets import SHEETS, LabelText, Sheet

Pixels = NDArray[np.uint8]

PLAIN = "https://ID.EXAMPLE.VN/01/09520000000127/10/DM2610B/21/{}"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PLAIN_MODULES, SIGNED_MODULES = 33, 49

TEA = LabelText(
    "Trà búp Đồi Mây",
    "HTX Chè Đồi Mây",
    "Xã Tân Cương, Thái Nguyên",
    lot="DM2610B",
    made="09/10/2026",
    expires="28/09/2028",
    net="200 g",
    stars=4,
)
MOST_WORDS = LabelText(
    "Nước mắm cá cơm Vịnh Sao 40°N",
    "Nhà thùng Vịnh Sao (dữ liệu mẫu)",
    "Đặc khu Phú Quốc, An Giang",
    lot="VS2609A",
    made="12/09/2026",
    expires="27/08/2029",
    net="500 ml",
    stars=5,
)


def addresses(count: int, *, signed: bool = False) -> list[str]:
    """Addresses of one run, the same ones each time."""
    chance = random.Random(count)
    urls = []
    for _ in range(count):
        url = PLAIN.format("".join(chance.choices(CROCKFORD, k=13)))
        signature = "".join(chance.choices("0123456789", k=167))
        urls.append(f"{url}?S={signature}" if signed else url)
    return urls


@dataclass(frozen=True)
class Print:
    """A printed run, and looks at it."""

    path: Path
    sheet: Sheet
    layout: Layout
    urls: list[str]
    pages: dict[tuple[int, int], Pixels] = field(default_factory=dict, repr=False)

    def page(self, dpi: int, number: int = 1) -> Pixels:
        """One page in grey, looked at once; 255 is paper."""
        if (dpi, number) not in self.pages:
            command = ["pdftoppm", "-gray", "-r", str(dpi), "-f", str(number), "-l", str(number), str(self.path)]
            raw = subprocess.run(command, check=True, capture_output=True).stdout
            self.pages[dpi, number] = np.array(Image.open(io.BytesIO(raw)))
        return self.pages[dpi, number]

    def cells(self, dpi: int) -> Iterator[Pixels]:
        """The first page cut along the labels' edges."""
        page, scale = self.page(dpi), dpi / self.sheet.dpi
        for x, y in self.sheet.cells():
            right, bottom = x + self.layout.width, y + self.layout.height
            yield page[round(y * scale) : round(bottom * scale), round(x * scale) : round(right * scale)]

    def text(self) -> str:
        """What a reader can select and copy."""
        return subprocess.run(
            ["pdftotext", "-raw", str(self.path), "-"], check=True, capture_output=True
        ).stdout.decode()


def print_run(
    folder: Path, sheet: str | Sheet, *, signed: bool = False, text: LabelText = TEA, count: int | None = None
) -> Print:
    """One full sheet, or as many labels as asked for."""
    chosen = SHEETS[sheet] if isinstance(sheet, str) else sheet
    urls = addresses(count or chosen.count, signed=signed)
    path = folder / f"{chosen.name}.pdf"
    with path.open("wb") as out:
        assert write_sheet(out, urls, text, chosen) == len(urls)
    return Print(path, chosen, fit(chosen, SIGNED_MODULES if signed else PLAIN_MODULES), urls)


def printed(urls: list[str], text: LabelText = TEA, sheet: str = "a4-24") -> bytes:
    """The PDF's bytes."""
    out = io.BytesIO()
    write_sheet(out, urls, text, SHEETS[sheet])
    return out.getvalue()


def read_by_zxing(cell: Pixels) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(cell)]


def read_by_zbar(cell: Pixels) -> list[str]:
    return [found.data.decode() for found in pyzbar.decode(cell, symbols=[pyzbar.ZBarSymbol.QRCODE])]


def read_by_opencv(cell: Pixels) -> list[str]:
    """OpenCV misses one symbol in a hundred even in a perfect image; like a phone, it gets some more looks."""
    for zoom in (1, 2, 3):
        view = cv2.resize(cell, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
        for detector in (cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco()):
            text = detector.detectAndDecode(view)[0]
            if text:
                return [text]
    return []
