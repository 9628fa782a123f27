"""What label printers are sent, read back dot by dot."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.render.paper import TEA, addresses, read_by_zxing
from tests.render.printers import NPM, Dots, print_tspl, print_zpl, print_zpl_elsewhere, unpacked
from traceapp.render.label import Design, Label, plan
from traceapp.render.layout import Template
from traceapp.render.print_setup import PrintSetup
from traceapp.render.raster import Raster
from traceapp.render.sheet_names import sheet_called
from traceapp.render.tspl import write_tspl
from traceapp.render.zpl import compressed, write_zpl

CASE = replace(TEA, gtin="19520000000124")
KINDS: list[tuple[str, Template, bool]] = [
    ("30x20", "qr", False),
    ("40x30", "full", False),
    ("50x30", "full", True),
    ("60x40", "qr-text", True),
    ("70x50", "full", False),
    ("100x70", "case", False),
]
LARGE_ENOUGH = [
    pytest.param(sheet, template, signed, dpi, id=f"{sheet}-{template}-{dpi}")
    for sheet, template, signed in KINDS
    for dpi in (203, 300)
    if (sheet, dpi) != ("30x20", 203)
]


def run(sheet: str, template: Template, dpi: int, *, signed: bool, count: int = 2) -> tuple[Design, list[Label]]:
    design, labels = plan(addresses(count, signed=signed), CASE, sheet_called(sheet, dpi), template=template)
    return design, list(labels)


def drawn(design: Design, label: Label) -> Dots:
    return np.array(Raster(design).label(label), dtype=bool)


def grey(dots: Dots) -> np.ndarray:
    return np.where(dots, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("sheet", "template", "signed", "dpi"), LARGE_ENOUGH)
def test_zpl_and_tspl_print_the_very_dots_of_the_label(sheet: str, template: Template, signed: bool, dpi: int) -> None:
    design, labels = run(sheet, template, dpi, signed=signed)
    zpl, tspl = io.BytesIO(), io.BytesIO()
    assert write_zpl(zpl, design, labels) == write_tspl(tspl, design, labels) == len(labels)
    for printed in (print_zpl(zpl.getvalue()), print_tspl(tspl.getvalue(), dpi)):
        assert len(printed) == len(labels)
        for label, dots in zip(labels, printed, strict=True):
            assert np.array_equal(dots, drawn(design, label))
            assert label.url in read_by_zxing(grey(dots))


@pytest.fixture(scope="session")
def interpreter() -> None:
    """An interpreter of ZPL that is not ours, installed as its lock file says."""
    if missing := [tool for tool in ("node", "npm") if shutil.which(tool) is None]:
        pytest.skip(
            f"{' and '.join(missing)} not found: install Node 20 or later to print ZPL by another's interpreter"
        )
    if not (NPM / "node_modules").is_dir():
        done = subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=NPM, check=False, capture_output=True)
        if done.returncode and not os.environ.get("CI"):
            pytest.skip("npm ci failed: zpl-renderer-js cannot be installed here")
        assert done.returncode == 0, done.stderr.decode()[-1000:]


@pytest.mark.parametrize(
    ("sheet", "template", "signed", "size"), [("50x30", "full", True, (50, 30)), ("100x70", "case", False, (100, 70))]
)
def test_another_interpreter_of_zpl_prints_the_same_dots(
    interpreter: None, tmp_path: Path, sheet: str, template: Template, signed: bool, size: tuple[int, int]
) -> None:
    design, labels = run(sheet, template, 203, signed=signed)
    path = tmp_path / "labels.zpl"
    with path.open("wb") as out:
        write_zpl(out, design, labels)
    printed = print_zpl_elsewhere(path, *size, 8)
    assert len(printed) == len(labels)
    for label, dots in zip(labels, printed, strict=True):
        expected = drawn(design, label)
        height, width = (min(one, other) for one, other in zip(dots.shape, expected.shape, strict=True))
        assert np.array_equal(dots[:height, :width], expected[:height, :width])


def test_an_offset_moves_everything_by_whole_dots() -> None:
    design, labels = run("50x30", "full", 203, signed=False, count=1)
    zpl, tspl = io.BytesIO(), io.BytesIO()
    setup = PrintSetup(offset_mm=(1.0, -0.5))
    write_zpl(zpl, design, labels, setup)
    write_tspl(tspl, design, labels, setup)
    moved = np.roll(drawn(design, labels[0]), (-4, 8), axis=(0, 1))
    assert np.array_equal(print_zpl(zpl.getvalue())[0], moved)
    assert np.array_equal(print_tspl(tspl.getvalue(), 203)[0], moved)


def test_what_labels_share_is_sent_to_a_zebra_once_and_taken_away_at_the_end() -> None:
    design, labels = run("50x30", "full", 203, signed=False, count=30)
    out = io.BytesIO()
    write_zpl(out, design, labels)
    text = out.getvalue().decode()
    assert text.count("~DG") == 1 and text.count("^XG") == 30
    assert text.endswith("^XA^IDR:TRACEAPP.GRF^FS^XZ\n")
    assert len(text) / 30 < 1_600


def test_labels_without_words_store_nothing_in_the_printer() -> None:
    design, labels = run("40x30", "qr", 203, signed=False)
    out = io.BytesIO()
    write_zpl(out, design, labels)
    assert b"~DG" not in out.getvalue() and b"^XG" not in out.getvalue() and b"^ID" not in out.getvalue()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("0" * 60, ","),
        ("F" * 60, "!"),
        ("A" * 60, "iA"),
        ("0" * 419 + "1", "zY01"),
        ("123" + "0" * 57, "123,"),
        ("0" * 8 + "F" * 52, "N0!"),
    ],
)
def test_rows_are_written_in_zebras_shorthand(row: str, said: str) -> None:
    data = bytes.fromhex(row)
    assert compressed(data, len(data)) == said
    assert unpacked(said, len(data)) == data


def test_a_row_that_repeats_costs_one_character() -> None:
    assert compressed(bytes.fromhex("0FF0" * 3), 2) == "0FF,::"
