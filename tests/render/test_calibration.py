"""The test page of a printer: what it says is where it is."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.render.paper import TEA, Pixels, addresses, printed
from traceapp.core.errors import RuleBroken
from traceapp.render.calibration import steps, write_calibration
from traceapp.render.label import plan
from traceapp.render.pdf import write_pdf
from traceapp.render.print_setup import AS_IS, PrintSetup
from traceapp.render.sheet_names import sheet_called

DPI = 254  # ten dots a millimetre


def looked_at(data: bytes, folder: Path) -> Pixels:
    path = folder / "page.pdf"
    path.write_bytes(data)
    command = ["pdftoppm", "-gray", "-r", str(DPI), "-f", "1", "-l", "1", str(path)]
    return np.array(Image.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)))


def page(folder: Path, sheet: str = "a4-24", setup: PrintSetup = AS_IS) -> Pixels:
    out = io.BytesIO()
    write_calibration(out, sheet_called(sheet), setup)
    return looked_at(out.getvalue(), folder)


def edge(line: Pixels) -> int:
    """Where the first ink is."""
    return int(np.argmax(line < 128))


@pytest.mark.parametrize(
    ("setup", "left", "top"),
    [(AS_IS, 200, 200), (PrintSetup(offset_mm=(1.5, -1.0)), 215, 190), (PrintSetup(scale=1.02), 204, 204)],
    ids=["as is", "shifted", "stretched"],
)
def test_the_marks_stand_where_the_words_say(tmp_path: Path, setup: PrintSetup, left: int, top: int) -> None:
    dots = page(tmp_path, setup=setup)
    assert abs(180 + edge(dots[250, 180:230]) - left) <= 1
    assert abs(180 + edge(dots[180:230, 300]) - top) <= 1


def test_the_ruler_is_a_hundred_millimetres_long(tmp_path: Path) -> None:
    ruler = page(tmp_path)[320:325, 150:1400].min(axis=0) < 128
    inked = np.flatnonzero(ruler)
    assert abs(inked[-1] - inked[0] - 1000) <= 2


def test_the_frames_are_the_labels(tmp_path: Path) -> None:
    dots, sheet = page(tmp_path), sheet_called("a4-24")
    for x, y in sheet.cells():
        left, top = round(x * DPI / sheet.dpi), round(y * DPI / sheet.dpi)
        middle = top + round(sheet.label_h_mm * 5)
        if not 1100 < middle < 1950:  # where the words stand
            assert (dots[middle, left - 2 : left + 3] < 200).any()


@pytest.mark.parametrize("sheet", ["30x20", "50x30", "100x70", "a4-65", "a4-8"])
def test_every_size_has_its_page(tmp_path: Path, sheet: str) -> None:
    assert (page(tmp_path, sheet) < 128).any()
    assert len(steps(sheet_called(sheet), AS_IS)) == 6


def test_the_words_are_on_the_page(tmp_path: Path) -> None:
    page(tmp_path)
    text = subprocess.run(["pdftotext", str(tmp_path / "page.pdf"), "-"], check=True, capture_output=True).stdout
    assert "Canh máy in cho khổ a4-24" in text.decode() and "--offset -1.5,1" in text.decode()
    assert b"/PrintScaling/None" in (tmp_path / "page.pdf").read_bytes()


def test_what_was_measured_moves_the_labels_as_it_moves_the_page(tmp_path: Path) -> None:
    sheet = sheet_called("a4-24")
    design, labels = plan(addresses(24), TEA, sheet)
    out = io.BytesIO()
    write_pdf(out, design, labels, PrintSetup(offset_mm=(2.0, 1.0)))
    here, there = looked_at(printed(addresses(24)), tmp_path), looked_at(out.getvalue(), tmp_path)
    moved = np.roll(here, (10, 20), axis=(0, 1))
    apart = [np.mean(np.abs(one.astype(int) - there) > 128) for one in (moved, here)]
    assert apart[0] < 0.02 < 0.05 < apart[1]


def test_a_used_sheet_begins_at_the_label_that_is_free(tmp_path: Path) -> None:
    design, labels = plan(addresses(30), TEA, sheet_called("a4-24"))
    out = io.BytesIO()
    assert write_pdf(out, design, labels, PrintSetup(start_at=23)) == 30
    dots = looked_at(out.getvalue(), tmp_path) < 128
    assert out.getvalue().count(b"/Type/Page/") == 3
    assert not dots[: (129 + 7 * 339)].any() and not dots[:, :700].any() and dots[-500:, 800:].any()


def test_a_shift_off_the_paper_is_refused() -> None:
    with pytest.raises(RuleBroken, match="ra ngoài giấy"):
        write_calibration(io.BytesIO(), sheet_called("a4-40"), PrintSetup(offset_mm=(5, 0)))
