"""How a run meets its printer: shifted and stretched as measured, from the first free label on, in which ink."""

from __future__ import annotations

import re
from dataclasses import dataclass

from traceapp.core.errors import RuleBroken
from traceapp.render.layout import EDGE_MM
from traceapp.render.sheets import PT_PER_INCH, Sheet, millimetres

LARGEST_OFFSET_MM = 10.0
SCALES = 0.97, 1.03
LEAST_CONTRAST = 0.6
"""How much more light the paper must throw back than the ink: ISO/IEC 15415 asks 0.55 for its grade B."""

_COLOUR = re.compile("#?([0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Ink:
    """The ink's colour and the colour of the paper it is printed on, which is never printed."""

    colour: str = "#000000"
    paper: str = "#ffffff"

    def __post_init__(self) -> None:
        light, dark = _luminance(self.paper), _luminance(self.colour)
        if light - dark < LEAST_CONTRAST:
            share = max(0, int(100 * (light - dark)))
            raise RuleBroken(
                f"Mực {self.colour} trên giấy {self.paper} chỉ tương phản {share} %, mã cần ít nhất "
                f"{100 * LEAST_CONTRAST:.0f} %: dùng mực đậm hơn (đen #000000) hoặc giấy sáng hơn."
            )

    @property
    def pdf(self) -> str:
        """The operator that sets this colour."""
        return " ".join(f"{part:.3g}" for part in _parts(self.colour)) + " rg"

    @property
    def svg(self) -> str:
        """The colour as SVG writes it."""
        return "#" + self.colour.removeprefix("#").lower()


def _parts(colour: str) -> tuple[float, float, float]:
    match = _COLOUR.fullmatch(colour)
    if match is None:
        raise RuleBroken(f"Không hiểu màu “{colour[:20]}”: gõ sáu chữ số hệ 16, như #000000 hoặc #1B3A2D.")
    red, green, blue = bytes.fromhex(match[1])
    return red / 255, green / 255, blue / 255


def _luminance(colour: str) -> float:
    """The share of light that comes back (sRGB), 0 to 1."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


BLACK = Ink()


@dataclass(frozen=True)
class PrintSetup:
    """`offset_mm` to the right and down; `scale` about the paper's top left corner; `start_at` counts from 1."""

    offset_mm: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    start_at: int = 1
    ink: Ink = BLACK

    def __post_init__(self) -> None:
        if not all(abs(shift) <= LARGEST_OFFSET_MM for shift in self.offset_mm):
            said = " và ".join(millimetres(shift) for shift in self.offset_mm)
            most = millimetres(LARGEST_OFFSET_MM)
            raise RuleBroken(f"Độ dời {said} mm quá lớn: nhiều nhất ±{most} mm. Xem lại giấy trong khay.")
        if not SCALES[0] <= self.scale <= SCALES[1]:
            raise RuleBroken(
                f"Tỉ lệ {self.scale:g} ngoài khoảng {SCALES[0]}–{SCALES[1]}: tắt “co vừa trang” của máy in, "
                "in ở 100 %, rồi đo lại bằng `traceapp labels calibrate`."
            )

    def require_fitting(self, sheet: Sheet) -> None:
        """RuleBroken where the first place is not on the sheet, or ink would leave the paper."""
        if not 1 <= self.start_at <= sheet.count:
            raise RuleBroken(f"Khổ {sheet.name} có {sheet.count} tem: bắt đầu từ tem 1 đến {sheet.count}.")
        right = sheet.left_mm + (sheet.columns - 1) * sheet.pitch_x_mm + sheet.label_w_mm
        bottom = sheet.top_mm + (sheet.rows - 1) * sheet.pitch_y_mm + sheet.label_h_mm
        spans = (sheet.left_mm, right, sheet.page_w_mm), (sheet.top_mm, bottom, sheet.page_h_mm)
        for (start, end, paper), shift in zip(spans, self.offset_mm, strict=True):
            near, far = start * self.scale + shift + EDGE_MM, end * self.scale + shift - EDGE_MM
            if near < 0 or far > paper + 0.01:
                raise RuleBroken(
                    f"Dời {millimetres(shift)} mm làm tem {sheet.name} ra ngoài giấy: giảm --offset, "
                    "hoặc chọn khổ khác."
                )

    def matrix(self, sheet: Sheet) -> str:
        """The PDF operator from dots to points; upwards, as PDF counts."""
        dot = PT_PER_INCH / sheet.dpi
        points = dot * self.scale
        right, down = (sheet.dots(shift) * dot for shift in self.offset_mm)
        rise = sheet.dots(sheet.page_h_mm) * (dot - points) - down
        return f"{points:.6g} 0 0 {points:.6g} {right:.6g} {rise:.6g} cm"


AS_IS = PrintSetup()
