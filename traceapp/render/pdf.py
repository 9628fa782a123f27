"""Label sheets as PDF: own content streams, written page by page.

Coordinates are whole printer dots; one scale at the head of each page turns them into points. What all labels share
(name, dates, stars) is one form XObject, so a label costs its symbol, an image mask of one bit a module, and its
serial. Nothing in the file depends on the clock or on chance: the same labels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO

from traceapp.render.column import Line, Polygon, Words
from traceapp.render.faces import Weight, face
from traceapp.render.label import Design, Label, plan
from traceapp.render.layout import Template
from traceapp.render.pdf_objects import Objects, PageTree, embed, text_string
from traceapp.render.print_setup import AS_IS, PrintSetup
from traceapp.render.qr import Symbol
from traceapp.render.sheets import PT_PER_INCH, LabelText, Sheet

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
    return write_pdf(out, *plan(labels, text, sheet, level=level, template=template))


def write_pdf(out: BinaryIO, design: Design, labels: Iterable[Label], setup: PrintSetup = AS_IS) -> int:
    """Write the labels of a design and return how many."""
    with TemporaryFile() as table:
        document = _Document(Objects(out, table, late=2), design, setup)
        for page in _pages(iter(labels), design.layout.sheet.count, setup.start_at):
            document.add_page(page)
        document.close()
    return document.labels


def _pages(run: Iterator[Label], count: int, start_at: int) -> Iterator[list[Label | None]]:
    """Labels page by page; the places before the first label of a used sheet stay empty."""
    used: list[Label | None] = [None] * (start_at - 1)
    while page := list(islice(run, count - len(used))):
        yield [*used, *page]
        used = []


class _Document:
    """A PDF under way."""

    def __init__(self, objects: Objects, design: Design, setup: PrintSetup) -> None:
        self.labels = 0
        layout = design.layout
        self._layout, self._title, self._sheet, self._setup = layout, design.title, layout.sheet, setup
        self._chars: dict[Weight, set[str]] = {weight: set() for weight in FONT_NAMES}
        shared = self._shared(design.words)
        self._objects = objects
        self._tree = PageTree(self._objects, PAGE_TREE)
        box = b"0 0 %d %d" % (layout.width, layout.height)
        self._form = self._objects.stream(
            shared.encode(), b"/Type/XObject/Subtype/Form/BBox[%b]/Resources<</Font %d 0 R>>" % (box, FONTS)
        )
        page_height = self._sheet.dots(self._sheet.page_h_mm)
        self._cells = [(x, page_height - y) for x, y in self._sheet.cells()]

    def add_page(self, run: list[Label | None]) -> None:
        content = [self._setup.matrix(self._sheet), self._setup.ink.pdf]
        names = [b"/L %d 0 R" % self._form]
        for number, (label, (x, top)) in enumerate(zip(run, self._cells, strict=False)):
            if label:
                names.append(b"/%d %d 0 R" % (number, self._objects.add(self._mask(label.symbol))))
                content.append(self._cell(number, x, top, label.serial))
                self.labels += 1
        contents = self._objects.stream("\n".join(content).encode())
        resources = b"/Font %d 0 R/XObject<<%b>>" % (FONTS, b"".join(names))
        self._tree.add(b"/Contents %d 0 R/Resources<<%b>>" % (contents, resources))

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
        head = b"<</Subtype/Image/Width %d/Height %d/ImageMask true/BitsPerComponent 1/Decode[1 0]/Length %d>>" % (
            symbol.modules,
            symbol.modules,
            len(symbol.rows),
        )
        return b"%b stream\n%b\nendstream" % (head, symbol.rows)

    def _cell(self, number: int, x: int, top: int, serial: Line | None) -> str:
        """One label: the shared words, its own symbol, its own serial. `top` counts upwards, as PDF does."""
        code = self._layout.code
        words = f"q 1 0 0 1 {x} {top - self._layout.height} cm /L Do Q"
        left, bottom = x + code.x + HAIR, top - code.y - code.h + HAIR
        symbol = f"q {code.w - 2 * HAIR} 0 0 {code.h - 2 * HAIR} {left:.2f} {bottom:.2f} cm /{number} Do Q"
        line = "\n" + self._line(serial, x, top) if serial else ""
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
