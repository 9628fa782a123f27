"""Sheets of labels as shops sell them, and what a label says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from traceapp.core.errors import RuleBroken

MM_PER_INCH = 25.4
PT_PER_INCH = 72


@dataclass(frozen=True)
class Sheet:
    """A page of equal labels, in millimetres from the paper's top left corner.

    `dpi` is the grid that things snap to; `blank_mm` the edge of the paper that the printer cannot reach, 0 for rolls.
    """

    name: str
    columns: int
    rows: int
    label_w_mm: float
    label_h_mm: float
    left_mm: float
    top_mm: float
    pitch_x_mm: float
    pitch_y_mm: float
    dpi: int = 600
    page_w_mm: float = 210.0
    page_h_mm: float = 297.0
    blank_mm: float = 4.3

    def __post_init__(self) -> None:
        right = self.left_mm + (self.columns - 1) * self.pitch_x_mm + self.label_w_mm
        bottom = self.top_mm + (self.rows - 1) * self.pitch_y_mm + self.label_h_mm
        overlap = self.pitch_x_mm < self.label_w_mm or self.pitch_y_mm < self.label_h_mm
        if self.columns < 1 or self.rows < 1 or overlap:
            raise RuleBroken(f"Khổ {self.name}: các tem chồng lên nhau hoặc không có tem nào. Sửa bước hoặc số tem.")
        if right > self.page_w_mm + 0.01 or bottom > self.page_h_mm + 0.01:
            paper = f"{millimetres(self.page_w_mm)} × {millimetres(self.page_h_mm)}"
            raise RuleBroken(
                f"Khổ {self.name}: tem chiếm {millimetres(right)} × {millimetres(bottom)} mm, giấy chỉ có {paper} mm. "
                "Sửa lề, bước hoặc số tem."
            )

    @property
    def count(self) -> int:
        """Labels on one page."""
        return self.columns * self.rows

    @property
    def is_roll(self) -> bool:
        """Whether each page is one label, as on a roll."""
        return (self.page_w_mm, self.page_h_mm) == (self.label_w_mm, self.label_h_mm)

    def dots(self, mm: float) -> int:
        """Millimetres to the nearest dot."""
        return round(mm / MM_PER_INCH * self.dpi)

    def dots_of_pt(self, pt: float) -> int:
        """Typographic points to the nearest dot."""
        return round(pt / PT_PER_INCH * self.dpi)

    def cells(self) -> Iterator[tuple[int, int]]:
        """Top left corner of each label in dots, row by row."""
        for row in range(self.rows):
            for column in range(self.columns):
                yield self.dots(self.left_mm + column * self.pitch_x_mm), self.dots(self.top_mm + row * self.pitch_y_mm)


def millimetres(value: float) -> str:
    """One decimal, rounded up, as people write it: 24,2."""
    return f"{ceil(round(value * 10, 6)) / 10:.1f}".replace(".", ",")


SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet("a4-65", 5, 13, 38.1, 21.2, 4.67, 10.7, 40.64, 21.2),
        Sheet("a4-40", 4, 10, 52.5, 29.7, 0.0, 0.0, 52.5, 29.7),
        Sheet("a4-24", 3, 8, 63.5, 33.9, 7.2, 12.9, 66.04, 33.9),
        Sheet("a4-21", 3, 7, 63.5, 38.1, 7.2, 15.15, 66.04, 38.1),
        Sheet("a4-8", 2, 4, 99.1, 67.7, 4.67, 13.1, 101.6, 67.7),
    )
}


def roll(width_mm: float, height_mm: float, dpi: int = 600) -> Sheet:
    """One label a page, as label printers take them."""
    name = f"{width_mm:g}x{height_mm:g}"
    return Sheet(name, 1, 1, width_mm, height_mm, 0, 0, width_mm, height_mm, dpi, width_mm, height_mm, blank_mm=0)


ROLLS = {one.name: one for one in (roll(30, 20), roll(40, 30), roll(50, 30), roll(60, 40), roll(70, 50), roll(100, 70))}


@dataclass(frozen=True)
class LabelText:
    """What a label says beside its code, each already written for people; None is left out.

    `stars` only while the recognition holds: the caller judges that. `gtin` is said on labels of cases only.
    """

    name: str
    producer: str
    address: str | None = None
    lot: str | None = None
    made: str | None = None
    expires: str | None = None
    net: str | None = None
    stars: int | None = None
    gtin: str | None = None
    call: str = "Quét để truy xuất"

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise RuleBroken("Tem chưa có tên sản phẩm: ghi tên trước khi in.")
        if self.stars is not None and not 1 <= self.stars <= 5:
            raise RuleBroken(f"OCOP có từ 1 đến 5 sao, không có {self.stars} sao: sửa số sao.")
