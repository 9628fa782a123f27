"""Diary sheets to print and fill in by hand: one for each stage, A4 across, lines wide enough for a pen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from importlib import resources
from io import BytesIO

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from traceapp.core.events import Stage

LINES = 14
_MARGIN, _LINE, _HEAD = 12 * mm, 9.6 * mm, 13 * mm
_PLAIN, _BOLD = "BeVietnamPro", "BeVietnamPro-SemiBold"
_FILES = {_PLAIN: "BeVietnamPro-Regular.ttf", _BOLD: "BeVietnamPro-SemiBold.ttf"}

Column = tuple[str, str, int]
"""Vietnamese title, English title, share of the width."""
_DAY: Column = ("Ngày", "Day", 3)
_LOT: Column = ("Lô", "Lot", 3)
_PLOT: Column = ("Thửa", "Plot", 3)
_WHO: Column = ("Người làm", "Done by", 4)
_IN: Column = ("Đưa vào: tên, số, đơn vị", "Goods in: name, number, unit", 8)
_OUT: Column = ("Làm ra: tên, số, đơn vị", "Goods out: name, number, unit", 8)
_WHAT: Column = ("Việc đã làm", "What was done", 8)
_SELLER: Column = ("Mua của ai", "Bought from", 6)
_ACTIVE: Column = ("Hoạt chất", "Active ingredient", 5)
_DOSE: Column = ("Liều dùng", "Dose", 4)
_AMOUNT: Column = ("Số lượng", "Amount", 4)
_PAPER: Column = ("Chứng từ", "Document", 4)
_PLACE: Column = ("Nơi làm", "Place", 4)
_TIMES: Column = ("Bắt đầu, kết thúc", "Start, end", 4)
_WARMTH: Column = ("Nhiệt độ", "Temperature", 4)
_EXPIRES: Column = ("Hạn dùng", "Expires", 4)
_VEHICLE: Column = ("Xe", "Vehicle", 4)
_VAT: Column = ("Thùng, bể", "Vat", 3)
_MADE = (_DAY, _LOT, _PLACE, _IN, _OUT, _TIMES, _WHO)
_BOUGHT = (("Tên trên bao, chai", "Name on the bag or bottle", 6), _AMOUNT, _SELLER, _PAPER, _EXPIRES, _WHO)
_COLUMNS: Mapping[Stage, Sequence[Column]] = {
    Stage.PLOT: (
        ("Từ ngày", "Since", 3),
        _PLOT,
        ("Giống", "Variety", 4),
        ("Diện tích", "Area", 3),
        ("Kết quả kiểm đất", "Soil test", 6),
        ("Kết quả kiểm nước", "Water test", 6),
        _WHO,
    ),
    Stage.SEED: (_DAY, _LOT, ("Giống", "Variety", 4), *_BOUGHT),
    Stage.INPUT: (_DAY, _LOT, *_BOUGHT),
    Stage.FERT: (_DAY, _LOT, _PLOT, ("Tên phân", "Fertiliser", 6), _DOSE, ("Bón cách nào", "How", 6), _WHO),
    Stage.PPP: (
        _DAY,
        _LOT,
        _PLOT,
        ("Trừ gì", "Against", 4),
        ("Tên thuốc", "Product", 5),
        _ACTIVE,
        _DOSE,
        ("Nước, diện tích", "Water, area", 4),
        ("Bình, máy", "Sprayer", 3),
        ("Cách ly (ngày)", "Days to wait", 3),
        _WHO,
    ),
    Stage.FEED: (_DAY, _LOT, ("Chuồng, ao", "Pen, pond", 3), ("Thức ăn", "Feed", 6), _AMOUNT, _SELLER, _WHO),
    Stage.VETDRUG: (
        _DAY,
        _LOT,
        ("Chuồng, ao, đàn", "Pen, pond, herd", 4),
        ("Trị bệnh gì", "Against", 4),
        ("Tên thuốc", "Drug", 5),
        _ACTIVE,
        _DOSE,
        ("Ngừng thuốc (ngày)", "Days to wait", 4),
        _WHO,
    ),
    Stage.SOURCE: (_DAY, _LOT, _SELLER, _OUT, _PAPER, _WHO),
    Stage.HARVEST: (_DAY, _LOT, _PLOT, _OUT, ("Phun lần cuối ngày", "Last sprayed on", 5), _WHO),
    Stage.PACKHOUSE: _MADE,
    Stage.PROCESS: _MADE,
    Stage.MIX: _MADE,
    Stage.FERMENT: (_DAY, _LOT, _VAT, _WHAT, _WARMTH, _TIMES, _WHO),
    Stage.DRAW: (_DAY, _LOT, _VAT, _IN, _OUT, _WHO),
    Stage.CCP: (
        _DAY,
        _LOT,
        ("Điểm kiểm soát", "Control point", 4),
        ("Chỉ tiêu", "What", 5),
        ("Kết quả", "Value", 3),
        ("Giới hạn", "Limit", 3),
        ("Cách khắc phục", "Corrective action", 6),
        ("Người kiểm lại", "Verified by", 4),
        _WHO,
    ),
    Stage.TEST: (
        _DAY,
        _LOT,
        ("Phòng thử nghiệm", "Laboratory", 6),
        ("Số phiếu", "Report number", 4),
        ("Chỉ tiêu", "What", 5),
        ("Kết quả", "Value", 3),
        ("Giới hạn", "Limit", 3),
    ),
    Stage.PACK: (_DAY, _LOT, _IN, ("Đóng được: số gói", "Packed: packs", 5), _EXPIRES, _WHO),
    Stage.STORE: (_DAY, _LOT, ("Kho", "Store", 4), ("Vào, ra", "In, out", 8), _WARMTH, _WHO),
    Stage.SHIP: (_DAY, _LOT, ("Giao cho", "Shipped to", 6), _AMOUNT, _PAPER, _VEHICLE, _WARMTH, _WHO),
    Stage.RECEIVE: (_DAY, _LOT, ("Nhận của", "Received from", 6), _AMOUNT, _PAPER, _VEHICLE, _WARMTH, _WHO),
    Stage.SELL: (_DAY, _LOT, ("Bán ở đâu", "Sold at", 8), _AMOUNT, _WHO),
}
SHEET_STAGES = tuple(_COLUMNS)
_WORDS = {
    "vi": (
        "Nhật ký: {title}",
        "Tháng ........ năm ............",
        "Ghi xong, nhập vào máy, giữ lại tờ này.",
        "Người ghi ký:",
    ),
    "en": (
        "Diary: {title}",
        "Month ........ year ............",
        "Type it in afterwards and keep this sheet.",
        "Signed:",
    ),
}


def diary_sheet(stage: Stage, organisation: str, lang: str, *, title: str) -> bytes:
    """The PDF of one stage's sheet, for `organisation` by name."""
    _register_fonts()
    out = BytesIO()
    page = Canvas(out, pagesize=landscape(A4), invariant=1, pageCompression=1)
    heading, month, hint, signed = _WORDS[lang]
    page.setTitle(heading.format(title=title))
    width, height = landscape(A4)
    top = height - _MARGIN
    page.setFont(_BOLD, 17)
    page.drawString(_MARGIN, top - 6 * mm, _nfc(heading.format(title=title)))
    page.setFont(_PLAIN, 11)
    page.drawString(_MARGIN, top - 13 * mm, _fitted(page, organisation, _PLAIN, 11, width / 2))
    page.drawRightString(width - _MARGIN, top - 13 * mm, month)
    bottom = _table(
        page, [(en if lang == "en" else vi, share) for vi, en, share in _COLUMNS[stage]], width, top - 18 * mm
    )
    page.setFont(_PLAIN, 9)
    page.drawString(_MARGIN, bottom - 7 * mm, hint)
    page.drawRightString(width - _MARGIN - 45 * mm, bottom - 7 * mm, signed)
    page.save()
    return out.getvalue()


def _table(page: Canvas, columns: Sequence[tuple[str, int]], width: float, top: float) -> float:
    """Draw titles and empty lines from `top` down; returns where they end."""
    shares = sum(share for _, share in columns)
    edges = [_MARGIN]
    for _, share in columns:
        edges.append(edges[-1] + (width - 2 * _MARGIN) * share / shares)
    bottom: float = top - _HEAD - LINES * _LINE
    page.setLineWidth(0.8)
    page.rect(edges[0], bottom, edges[-1] - edges[0], top - bottom)
    page.line(edges[0], top - _HEAD, edges[-1], top - _HEAD)
    page.setLineWidth(0.4)
    for line in range(1, LINES):
        y = top - _HEAD - line * _LINE
        page.line(edges[0], y, edges[-1], y)
    for x in edges[1:-1]:
        page.line(x, bottom, x, top)
    for (title, _), left, right in zip(columns, edges, edges[1:], strict=False):
        _draw_title(page, title, left + 1.2 * mm, right - left - 2.4 * mm, top)
    return bottom


def _draw_title(page: Canvas, title: str, left: float, width: float, top: float) -> None:
    """A column's title, in up to three lines."""
    lines = [""]
    for word in _nfc(title).split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and page.stringWidth(longer, _BOLD, 8.5) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    page.setFont(_BOLD, 8.5)
    for at, line in enumerate(lines[:3]):
        page.drawString(left, top - (3.6 + at * 3.7) * mm, line)


def _fitted(page: Canvas, text: str, font: str, size: float, width: float) -> str:
    kept = _nfc(text)
    while kept and page.stringWidth(kept, font, size) > width:
        kept = kept[:-2].rstrip() + "…"
    return kept


def _nfc(text: str) -> str:
    # Letters and tones apart are drawn beside each other.
    return unicodedata.normalize("NFC", text)


def _register_fonts() -> None:
    known = pdfmetrics.getRegisteredFontNames()
    for name, file in _FILES.items():
        if name not in known:
            data = (resources.files("traceapp.render") / "fonts" / file).read_bytes()
            pdfmetrics.registerFont(TTFont(name, BytesIO(data)))
