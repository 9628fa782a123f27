"""A run is proved before it is handed over: some of its labels are drawn as pixels and read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import zxingcpp
from PIL import ImageChops

from traceapp.core.errors import RuleBroken
from traceapp.render.label import Design, Label
from traceapp.render.raster import Raster

MOST = 12
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
LONGEST_SIDE = 1200  # pixels; more is scaled down, as a phone's camera would


class Sample:
    """The first label that passes by, the last, and some between, evenly spread however many there are."""

    def __init__(self) -> None:
        self._kept: list[Label] = []
        self._last: Label | None = None
        self._step = 1

    def watch(self, labels: Iterable[Label]) -> Iterator[Label]:
        """The same labels."""
        for number, label in enumerate(labels):
            if number % self._step == 0:
                self._kept.append(label)
                if len(self._kept) == MOST:
                    self._kept, self._step = self._kept[::2], self._step * 2
            self._last = label
            yield label

    @property
    def labels(self) -> list[Label]:
        """What is to be read back."""
        last = [self._last] if self._last and self._last is not self._kept[-1] else []
        return self._kept + last

    def prove(self, design: Design) -> int:
        """Read every label of the sample and return how many. RuleBroken where one says anything but its address."""
        raster = Raster(design)
        for label in self.labels:
            image = ImageChops.invert(raster.label(label)).convert("L")
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            read = [found.text for found in zxingcpp.read_barcodes(image, formats=_QR)]
            if read != [label.url]:
                raise RuleBroken(
                    f"In thử rồi đọc lại thì tem {label.url[:80]} không ra đúng địa chỉ của nó. Không giao tệp này, "
                    "chưa số nào được cấp: chọn khổ tem lớn hơn, hoặc báo người vận hành."
                )
        return len(self.labels)
