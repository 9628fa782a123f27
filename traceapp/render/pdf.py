"""Label sheets as PDF: own content streams, written page by page.

Coordinates are whole printer dots; one scale at the head of each page turns them into points. What all labels share
(name, dates, stars) is one form XObject, so a label costs its symbol, an image mask of one bit a module, and its
serial. Nothing in the file depends on the clock or on chance: the same labels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice, tee
from tempfile import TemporaryFile
from typing import BinaryIO
from urllib.parse import unquote

from traceapp.core.errors import RuleBroken
from traceapp.render.column import Line, Polygon, Words
from traceapp.render.faces import Weight, face, plain
from traceapp.render.layout import Layout, Template, fit
from traceapp.render.pdf_objects import Objects, PageTree, embed, text_string
from traceapp.render.qr import Symbol, symbols
from traceapp.render.sheets import PT_PER_INCH, LabelText, Sheet
from traceapp.render.text import compose, serial_line

HAIR = 0.02  # dots; renderers that paint every pixel an image touches would else make it one wider than the grid
PAGE_TREE, FONTS = 1, 2  # objects that pages refer to from the start
FONT_NAMES: dict[Weight, str] = {"regular": "R", "semibold": "B"}


def write_sheet(
    out: BinaryIO,
    labels: Iterable[str],
    text: LabelText,
    sheet: Sheet,
    *,
    level: str = "M",
    template: Template = "full",
) -> int:
    """Write one label for each address and return how many; memory does not grow with their number.

    The addresses of one run have one shape: the layout is made for the first. RuleBroken, before anything is written,
    where code or words do not fit; the message says what does.
    """
    addresses, drawn = tee(labels)
    run = zip(addresses, symbols(drawn, level), strict=True)
    first = next(run, None)
    if first is None:
        raise RuleBroken("Chưa có tem nào để in: chọn số tem từ 1 trở lên.")
    layout = fit(sheet, first[1].modules, template)
    words = compose(layout, text)
    with TemporaryFile() as table:
        document = _Document(Objects(out, table, late=2), layout, words, _title(text))
        for page in _pages(chain([first], run), sheet.count):
            document.add_page(page)
        document.close()
    return document.labels


def printed_serial(url: str) -> str:
    """The serial (AI 21) that a label's address ends with, decoded; empty for lot and product labels."""
    _, found, serial = url.partition("?")[0].rpartition("/21/")
    return unquote(serial) if found else ""


def _title(text: LabelText) -> str:
    return f"Tem {plain(text.name)}, lô {plain(text.lot)}" if text.lot else f"Tem {plain(text.name)}"


def _pages(run: Iterator[tuple[str, Symbol]], count: int) -> Iterator[list[tuple[str, Symbol]]]:
    while page := list(islice(run, count)):
        yield page


class _Document:
    """A PDF under way."""

    def __init__(self, objects: Objects, layout: Layout, words: Words, title: str) -> None:
        self.labels = 0
        self._layout, self._title, self._sheet = layout, title, layout.sheet
        self._chars: dict[Weight, set[str]] = {weight: set() for weight in FONT_NAMES}
        shared = self._shared(words)
        self._objects = objects
        self._tree = PageTree(self._objects, PAGE_TREE)
        box = b"0 0 %d %d" % (layout.width, layout.height)
        self._form = self._objects.stream(
            shared.encode(), b"/Type/XObject/Subtype/Form/BBox[%b]/Resources<</Font %d 0 R>>" % (box, FONTS)
        )
        page_height = self._sheet.dots(self._sheet.page_h_mm)
        self._cells = [(x, page_height - y) for x, y in self._sheet.cells()]

    def add_page(self, run: list[tuple[str, Symbol]]) -> None:
        scale = PT_PER_INCH / self._sheet.dpi
        content = [f"{scale:.6g} 0 0 {scale:.6g} 0 0 cm"]
        names = [b"/L %d 0 R" % self._form]
        for number, ((url, symbol), (x, top)) in enumerate(zip(run, self._cells, strict=False)):
            names.append(b"/%d %d 0 R" % (number, self._objects.add(self._mask(symbol))))
            content.append(self._cell(number, x, top, printed_serial(url)))
        contents = self._objects.stream("\n".join(content).encode())
        resources = b"/Font %d 0 R/XObject<<%b>>" % (FONTS, b"".join(names))
        self._tree.add(b"/Contents %d 0 R/Resources<<%b>>" % (contents, resources))
        self.labels += len(run)

    def close(self) -> None:
        """Write what could not be known before: fonts, page tree, catalogue."""
        fonts = (
            b"/%b %d 0 R" % (name.encode(), embed(self._objects, face(weight), self._chars[weight]))
            for weight, name in FONT_NAMES.items()
            if self._chars[weight]
        )
        self._objects.put(FONTS, b"<<%b>>" % b"".join(fonts))
        sheet = self._sheet
        width, height = (sheet.dots(mm) * PT_PER_INCH / sheet.dpi for mm in (sheet.page_w_mm, sheet.page_h_mm))
        self._tree.close(b"0 0 %.6g %.6g" % (width, height))
        viewer = b"/ViewerPreferences<</PrintScaling/None/DisplayDocTitle true>>"
        root = self._objects.add(b"<</Type/Catalog/Pages %d 0 R/Lang(vi)%b>>" % (PAGE_TREE, viewer))
        self._objects.close(root, self._objects.add(b"<</Title%b/Producer(traceapp)>>" % text_string(self._title)))

    def _mask(self, symbol: Symbol) -> bytes:
        if symbol.modules * self._layout.module != self._layout.code.w:
            raise RuleBroken("Các tem của một lần in phải có địa chỉ dài như nhau: in riêng những tem khác loại.")
        head = b"<</Subtype/Image/Width %d/Height %d/ImageMask true/BitsPerComponent 1/Decode[1 0]/Length %d>>" % (
            symbol.modules,
            symbol.modules,
            len(symbol.rows),
        )
        return b"%b stream\n%b\nendstream" % (head, symbol.rows)

    def _cell(self, number: int, x: int, top: int, serial: str) -> str:
        """One label: the shared words, its own symbol, its own serial. `top` counts upwards, as PDF does."""
        code = self._layout.code
        words = f"q 1 0 0 1 {x} {top - self._layout.height} cm /L Do Q"
        left, bottom = x + code.x + HAIR, top - code.y - code.h + HAIR
        symbol = f"q {code.w - 2 * HAIR} 0 0 {code.h - 2 * HAIR} {left:.2f} {bottom:.2f} cm /{number} Do Q"
        line = "\n" + self._line(serial_line(self._layout, serial), x, top) if serial else ""
        return f"{words}\n{symbol}{line}"

    def _shared(self, words: Words) -> str:
        height = self._layout.height
        lines = [self._line(line, 0, height) for line in words.lines]
        return "\n".join([*lines, *(_polygon(shape, height) for shape in words.shapes)])

    def _line(self, line: Line, x: int, top: int) -> str:
        self._chars[line.weight].update(line.text)
        codes = "".join(map(face(line.weight).hex.__getitem__, line.text))
        return f"BT /{FONT_NAMES[line.weight]} {line.size} Tf {x + line.x} {top - line.baseline} Td <{codes}> Tj ET"


def _polygon(shape: Polygon, top: int) -> str:
    corners = [f"{x:.1f} {top - y:.1f}" for x, y in shape]
    return f"{corners[0]} m " + " ".join(f"{corner} l" for corner in corners[1:]) + " f"
