"""What a run is written as: one label model, and whichever writer is asked for."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import BinaryIO, Literal, get_args

from traceapp.core.errors import RuleBroken
from traceapp.render.csv_codes import write_codes
from traceapp.render.images import Painter, png_painter, svg_painter
from traceapp.render.label import Design, Label, plan
from traceapp.render.layout import Template, module_dots
from traceapp.render.pdf import write_pdf
from traceapp.render.print_setup import AS_IS, BLACK, PrintSetup
from traceapp.render.proof import Sample
from traceapp.render.sheets import LabelText, Sheet
from traceapp.render.tspl import GAP_MM, write_tspl
from traceapp.render.zip_stream import ZipStream
from traceapp.render.zpl import write_zpl

Format = Literal["pdf", "zpl", "tspl", "svg", "png", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
PICTURES = ("svg", "png")
PRINTERS = ("zpl", "tspl")
USUAL_DPI: dict[Format, int] = {"pdf": 600, "svg": 600, "csv": 600, "zpl": 203, "tspl": 203, "png": 203}
USUAL_SHEET: dict[Format, str] = {
    "pdf": "a4-24", "csv": "a4-24", "zpl": "50x30", "tspl": "50x30", "svg": "50x30", "png": "50x30",
}  # fmt: skip
LIST = "codes.csv"
MOST_GAP_MM = 20

Urls = Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Order:
    """How labels are wanted. `packed`: in a ZIP, one file a label for pictures, with a list of the codes.

    `gap_mm` is the backing paper between two labels of a roll, which TSPL printers want to know.
    """

    sheet: Sheet
    format: Format = "pdf"
    template: Template = "full"
    level: str = "M"
    module_mm: float | None = None
    setup: PrintSetup = AS_IS
    packed: bool = False
    gap_mm: float = GAP_MM

    def __post_init__(self) -> None:
        self.setup.require_fitting(self.sheet)
        if self.module_mm is not None:
            module_dots(self.sheet, self.module_mm)
        setup, paged = self.setup, self.format == "pdf"
        if self.format in PRINTERS and not self.sheet.is_roll:
            raise RuleBroken(
                f"Máy in tem {self.format.upper()} in từng tem trên cuộn, không in khổ {self.sheet.name}: "
                "chọn khổ cuộn như 50x30, hoặc in ra PDF."
            )
        if not 0 <= self.gap_mm <= MOST_GAP_MM:
            raise RuleBroken(f"Khe giữa hai tem {self.gap_mm:g} mm không dùng được: cần từ 0 đến {MOST_GAP_MM} mm.")
        if not paged and (setup.scale, setup.start_at) != (1.0, 1):
            raise RuleBroken("Tỉ lệ và tem bắt đầu chỉ dùng cho PDF: bỏ --scale và --start-at, hoặc in ra PDF.")
        if self.format not in (*PRINTERS, "pdf") and setup.offset_mm != (0.0, 0.0):
            raise RuleBroken("Độ dời chỉ dùng cho PDF, ZPL và TSPL: bỏ --offset.")
        if setup.ink != BLACK and self.format not in ("pdf", "svg"):
            raise RuleBroken("Màu mực chỉ dùng cho PDF và SVG: máy in tem in một màu của nó.")

    @property
    def module(self) -> int | None:
        """The module asked for, in dots."""
        return module_dots(self.sheet, self.module_mm) if self.module_mm is not None else None

    def plan(self, urls: Iterable[str], text: LabelText) -> tuple[Design, Iterator[Label]]:
        """The label model of these addresses."""
        return plan(urls, text, self.sheet, level=self.level, template=self.template, module=self.module)


@dataclass(frozen=True)
class Written:
    """How many labels were written, and how many of them were read back."""

    count: int
    proved: int


def fits(order: Order, url: str, text: LabelText) -> bool:
    """Whether an address like this one can be printed so."""
    try:
        order.plan([url], text)
    except RuleBroken:
        return False
    return True


def write_labels(out: BinaryIO, order: Order, urls: Urls, text: LabelText, stem: str, first: int = 1) -> Written:
    """Write the labels of these addresses; memory does not grow with their number.

    `stem` and the number from `first` on name the files in a ZIP. RuleBroken where a label does not fit, or where one
    of the sample cannot be read back: then nothing of `out` may be used.
    """
    if order.format == "csv":
        return _packed_list(out, urls, stem) if order.packed else Written(write_codes(out, urls()), 0)
    design, labels = order.plan(urls(), text)
    sample = Sample()
    watched = sample.watch(labels)
    if order.format in PICTURES:
        count = _write_pictures(out, order, design, watched, stem, first)
    elif order.packed:
        count = _write_packed(out, order, design, watched, urls, stem)
    else:
        count = _write_document(out, order, design, watched)
    return Written(count, sample.prove(design))


def _write_document(out: BinaryIO, order: Order, design: Design, labels: Iterable[Label]) -> int:
    if order.format == "zpl":
        return write_zpl(out, design, labels, order.setup)
    if order.format == "tspl":
        return write_tspl(out, design, labels, order.setup, order.gap_mm)
    return write_pdf(out, design, labels, order.setup)


def _write_packed(out: BinaryIO, order: Order, design: Design, labels: Iterable[Label], urls: Urls, stem: str) -> int:
    with ZipStream(out) as archive, TemporaryFile() as file, TemporaryFile() as codes:
        count = _write_document(file, order, design, labels)
        archive.add_stream(f"{stem}.{order.format}", file)
        write_codes(codes, urls())
        archive.add_stream(LIST, codes)
    return count


def _packed_list(out: BinaryIO, urls: Urls, stem: str) -> Written:
    with ZipStream(out) as archive, TemporaryFile() as codes:
        count = write_codes(codes, urls())
        archive.add_stream(f"{stem}.csv", codes)
    return Written(count, 0)


def _write_pictures(out: BinaryIO, order: Order, design: Design, labels: Iterator[Label], stem: str, first: int) -> int:
    paint = svg_painter(design, order.setup.ink) if order.format == "svg" else png_painter(design)
    if order.packed:
        return _pack_pictures(out, paint, labels, f"{stem}-{{:07d}}.{order.format}", first)
    out.write(paint(next(labels)))
    if next(labels, None):
        raise RuleBroken(f"Mỗi tệp {order.format.upper()} chỉ có một tem: in nhiều tem thì ghi vào -o TÊN.zip.")
    return 1


def _pack_pictures(out: BinaryIO, paint: Painter, labels: Iterable[Label], name: str, first: int) -> int:
    """One picture a label, and a list that says which is which."""
    count = 0
    with ZipStream(out) as archive, TemporaryFile() as codes:
        text = TextIOWrapper(codes, encoding="ascii", newline="")
        rows = csv.writer(text)
        for count, label in enumerate(labels, 1):
            title = name.format(first + count - 1)
            archive.add(title, paint(label))
            rows.writerow([title, label.url])
        text.detach()
        archive.add_stream(LIST, codes)
    return count
