"""Small printers: they read what a label printer is sent and show the dots it would burn, by code of their own."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Dots = NDArray[np.bool_]

NPM = Path(__file__).parent / "npm"
LETTERS = {chr(ord("G") + n): n + 1 for n in range(19)} | {chr(ord("g") + n): 20 * (n + 1) for n in range(20)}


def unpacked(data: str, stride: int) -> bytes:
    """Zebra's compressed hexadecimal (ZPL II Programming Guide, "Alternative Data Compression Scheme") as bytes."""
    rows: list[str] = []
    row, repeat = "", 0
    for char in data:
        if char in LETTERS:
            repeat += LETTERS[char]
            continue
        if char == ":":
            rows.append(rows[-1])
            continue
        row += (stride * 2 - len(row)) * {",": "0", "!": "F"}[char] if char in ",!" else char * (repeat or 1)
        repeat = 0
        if len(row) == stride * 2:
            rows.append(row)
            row = ""
        assert len(row) < stride * 2, "a row is too long"
    assert not row and not repeat, "the data ends within a row"
    return bytes.fromhex("".join(rows))


def _dots(data: bytes, stride: int) -> Dots:
    rows = np.frombuffer(data, np.uint8).reshape(-1, stride)
    return np.unpackbits(rows, axis=1).astype(bool)


def _burn(label: Dots, x: int, y: int, dots: Dots) -> None:
    inside = dots[: label.shape[0] - y, : label.shape[1] - x]
    label[y : y + inside.shape[0], x : x + inside.shape[1]] |= inside


def print_zpl(sent: bytes) -> list[Dots]:
    """The labels that a ZPL printer prints; formats that print nothing are left out."""
    text = sent.decode("ascii")
    stored: dict[str, Dots] = {}
    for name, total, stride, data in re.findall(r"~DG([A-Z]:\w+\.GRF),(\d+),(\d+),([^~^\n]*)", text):
        stored[name] = _dots(unpacked(data, int(stride)), int(stride))
        assert stored[name].size == int(total) * 8
    labels = []
    for width, height, fields in re.findall(r"\^XA\^PW(\d+)\^LL(\d+)(.*?)\^XZ", text, re.DOTALL):
        label = np.zeros((int(height), int(width)), dtype=bool)
        for x, y, what in re.findall(r"\^FO(\d+),(\d+)\^(.*?)\^FS", fields, re.DOTALL):
            if what.startswith("XG"):
                dots = stored[what[2:].split(",")[0]]
            else:
                total, again, stride, data = what.removeprefix("GFA,").split(",", 3)
                assert total == again
                dots = _dots(unpacked(data, int(stride)), int(stride))
                assert dots.size == int(total) * 8
            _burn(label, int(x), int(y), dots)
        labels.append(label)
    return labels


def print_zpl_elsewhere(path: Path, width_mm: float, height_mm: float, dots_a_mm: int) -> list[Dots]:
    """The same by an interpreter that other people wrote (npm zpl-renderer-js, a port of zebrash)."""
    command = ["node", "draw.mjs", str(path), str(width_mm), str(height_mm), str(dots_a_mm)]
    lines = subprocess.run(command, cwd=NPM, check=True, capture_output=True).stdout.split()
    return [np.array(Image.open(BytesIO(b64decode(line))).convert("L")) < 128 for line in lines]


def print_tspl(sent: bytes, dpi: int) -> list[Dots]:
    """The labels that a TSPL printer prints."""
    size = re.match(rb"SIZE ([\d.]+) mm,([\d.]+) mm\r\nGAP [\d.]+ mm,0 mm\r\nDIRECTION 1\r\nREFERENCE 0,0\r\n", sent)
    assert size
    width, height = (round(float(side) / 25.4 * dpi) for side in size.groups())
    labels, at = [], size.end()
    label = np.zeros((height, width), dtype=bool)
    while at < len(sent):
        if match := re.compile(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,").match(sent, at):
            x, y, stride, rows = map(int, match.groups())
            data = sent[match.end() : match.end() + stride * rows]
            dots = ~_dots(data, stride)  # a bit that is set stays light
            inside = dots[: height - y, : width - x]
            label[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
            at = match.end() + len(data)
            assert sent.startswith(b"\r\n", at)
            at += 2
        elif sent.startswith(b"CLS\r\n", at):
            label, at = np.zeros((height, width), dtype=bool), at + 5
        else:
            assert sent.startswith(b"PRINT 1,1\r\n", at), sent[at : at + 40]
            labels.append(label)
            at += 11
    return labels
