"""A report on paper: A4, Be Vietnam Pro embedded, the address of the record it tells of as text and QR code.

The same report gives the same bytes. Text is NFC: a combining mark would be set beside its letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import qrcode
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

_REGULAR, _BOLD = "BeVietnamPro-Regular", "BeVietnamPro-SemiBold"
_INK, _QUIET, _LINE = HexColor("#231a12"), HexColor("#5d4f3e"), HexColor("#b7a88d")
_MARGIN = 18 * mm
_QR_SIDE = 30 * mm
_WIDTH = A4[0] - 2 * _MARGIN - 12
"""Within the six points that reportlab leaves free on each side of a frame."""

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its heading and rows of (name, value)."""

    heading: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class PaperReport:
    """What stands on the paper, in its reader's language. `address` is where the report and its proof are."""

    lang: str
    title: str
    result: str
    lead: str
    parts: Sequence[Part]
    note_heading: str
    note: str
    address: str
    about_address: str
    signature_line: str
    page_words: str


def report_pdf(report: PaperReport) -> bytes:
    """The report as a PDF file."""
    _register_fonts()
    out = BytesIO()
    paper = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=_text(report.title),
        author="traceapp",
        lang=report.lang,
        invariant=1,
    )

    def foot(canvas: Any, _: Any) -> None:
        canvas.setFont(_REGULAR, 8)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_MARGIN, 10 * mm, _text(report.address))
        canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, _text(report.page_words.format(page=canvas.getPageNumber())))

    paper.build(list(_story(report)), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(report: PaperReport) -> Sequence[Flowable]:
    story: list[Flowable] = [_head(report), Spacer(1, 5 * mm)]
    for part in report.parts:
        if part.rows:
            story += [Paragraph(_marked(part.heading), _style(12, bold=True)), _rows(part.rows), Spacer(1, 4 * mm)]
    if report.note:
        words = [Paragraph(_marked(line), _style(10.5)) for line in report.note.splitlines()]
        story += [Paragraph(_marked(report.note_heading), _style(12, bold=True)), *words, Spacer(1, 4 * mm)]
    signed = Paragraph(_marked(report.signature_line), _style(10))
    return [*story, KeepTogether([Spacer(1, 2 * mm), signed])]


def _head(report: PaperReport) -> Table:
    words = [
        Paragraph(_marked(report.title), _style(20, bold=True)),
        Spacer(1, 2 * mm),
        Paragraph(_marked(report.result), _style(14, bold=True)),
        Paragraph(_marked(report.lead), _style(10.5)),
        Spacer(1, 2 * mm),
        Paragraph(_marked(report.about_address), _style(8.5, quiet=True)),
    ]
    width = _WIDTH
    table = Table([[words, _Qr(report.address)]], colWidths=[width - _QR_SIDE - 6 * mm, _QR_SIDE + 6 * mm])
    flush = [("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0)]
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("ALIGN", (1, 0), (1, 0), "RIGHT"), *flush]))
    return table


def _rows(rows: Sequence[Row]) -> Table:
    told = [
        [Paragraph(_marked(name), _style(10, quiet=True)), Paragraph(_marked(value), _style(10.5))]
        for name, value in rows
    ]
    width = _WIDTH
    table = Table(told, colWidths=[width * 0.36, width * 0.64])
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


class _Qr(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A QR code of an address, drawn as one path: every viewer draws it sharp."""

    def __init__(self, address: str) -> None:
        super().__init__()
        symbol = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
        symbol.add_data(address)
        symbol.make(fit=True)
        self.modules = symbol.get_matrix()
        self.width = self.height = _QR_SIDE

    def draw(self) -> None:
        """Fill every dark module."""
        side = _QR_SIDE / len(self.modules)
        path = self.canv.beginPath()
        for row, line in enumerate(self.modules):
            for column, dark in enumerate(line):
                if dark:
                    path.rect(column * side, _QR_SIDE - (row + 1) * side, side, side)
        self.canv.setFillColorRGB(0, 0, 0)
        self.canv.drawPath(path, stroke=0, fill=1)


@cache
def _style(size: float, *, bold: bool = False, quiet: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size}{bold}{quiet}",
        fontName=_BOLD if bold else _REGULAR,
        fontSize=size,
        leading=size * 1.4,
        textColor=_QUIET if quiet else _INK,
        splitLongWords=1,
    )


@cache
def _register_fonts() -> None:
    folder = files(__package__) / "fonts"
    for name in (_REGULAR, _BOLD):
        pdfmetrics.registerFont(TTFont(name, BytesIO((folder / f"{name}.ttf").read_bytes())))


def _marked(text: str) -> str:
    """Text for a paragraph, in which angle brackets mean something."""
    return escape(_text(text))


def _text(text: str) -> str:
    return unicodedata.normalize("NFC", text)
