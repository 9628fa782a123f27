"""The bones of a PDF file (ISO 32000-1): numbered objects, the cross-reference table, embedded fonts."""

from __future__ import annotations

import hashlib
import shutil
import zlib
from collections.abc import Collection
from typing import IO, BinaryIO

from traceapp.render.faces import Face

PAGES_A_NODE = 64
BFCHARS = 100  # a ToUnicode map holds at most this many lines a block


class Objects:
    """Writes numbered objects in turn. Rows of the cross-reference table wait in a file, so memory stays flat.

    Numbers 1 to `late` belong to objects that others refer to from the start and that are written at the end.
    """

    def __init__(self, out: BinaryIO, table: IO[bytes], late: int) -> None:
        self._out, self._at = out, 0
        self._late = [0] * late
        self._table, self._first = table, late + 1
        self._open: list[int] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def number(self) -> int:
        """A fresh number, to be put before `settle` is called."""
        self._open.append(0)
        return self._first + len(self._open) - 1

    def put(self, number: int, body: bytes) -> None:
        """Write one object under a number taken before."""
        rows, index = (self._late, number - 1) if number <= len(self._late) else (self._open, number - self._first)
        rows[index] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def add(self, body: bytes) -> int:
        """Write one object under a fresh number."""
        number = self.number()
        self.put(number, body)
        return number

    def stream(self, data: bytes, entries: bytes = b"") -> int:
        """Write a compressed stream under a fresh number."""
        packed = zlib.compress(data, 6)
        head = b"<</Filter/FlateDecode/Length %d%b>>" % (len(packed), entries)
        return self.add(b"%b stream\n%b\nendstream" % (head, packed))

    def settle(self) -> None:
        """Every number given so far has been put: let go of where they are."""
        self._table.write(_rows(self._open))
        self._first += len(self._open)
        self._open = []

    def close(self, root: int, info: int) -> None:
        """Write the cross-reference table and the trailer."""
        self.settle()
        start, size = self._at, self._first
        self._write(b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, _rows(self._late)))
        self._table.seek(0)
        shutil.copyfileobj(self._table, self._out)
        trailer = b"<</Size %d/Root %d 0 R/Info %d 0 R>>" % (size, root, info)
        self._write(b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (trailer, start))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)


class PageTree:
    """Pages hang in nodes of 64, nodes under one root that is written last."""

    def __init__(self, objects: Objects, root: int) -> None:
        self._objects, self._root = objects, root
        self._nodes: list[int] = []
        self._pages: list[int] = []
        self._count = 0

    def add(self, entries: bytes) -> None:
        """Write a page with these entries; what was numbered up to here has been put."""
        if not self._pages:
            self._nodes.append(self._objects.number())
        self._pages.append(self._objects.add(b"<</Type/Page/Parent %d 0 R%b>>" % (self._nodes[-1], entries)))
        self._count += 1
        if len(self._pages) == PAGES_A_NODE:
            self._end_node()

    def close(self, media_box: bytes) -> None:
        """Write what is left of the tree."""
        if self._pages:
            self._end_node()
        kids = _references(self._nodes)
        body = b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[%b]>>" % (kids, self._count, media_box)
        self._objects.put(self._root, body)

    def _end_node(self) -> None:
        kids = _references(self._pages)
        body = b"<</Type/Pages/Parent %d 0 R/Kids[%b]/Count %d>>" % (self._root, kids, len(self._pages))
        self._objects.put(self._nodes[-1], body)
        self._objects.settle()
        self._pages = []


def _references(numbers: list[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _rows(offsets: list[int]) -> bytes:
    return b"".join(b"%010d 00000 n \n" % offset for offset in offsets)


def text_string(text: str) -> bytes:
    """Text in the document's own entries: UTF-16 with byte order mark, in hexadecimal."""
    return b"<%b>" % ("\ufeff" + text).encode("utf-16-be").hex().upper().encode()


def embed(objects: Objects, face: Face, chars: Collection[str]) -> int:
    """Embed what these characters need and answer the number of the font, whose codes are glyph numbers."""
    program = face.subset(chars)
    tag = "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256(program).digest()[:6])
    name = f"{tag}+{face.name}".encode()
    file = objects.stream(program, b"/Length1 %d" % len(program))
    box = b" ".join(b"%d" % side for side in face.bbox)
    descriptor = objects.add(
        b"<</Type/FontDescriptor/FontName/%b/Flags 4/FontBBox[%b]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d"
        b"/StemV 90/FontFile2 %d 0 R>>" % (name, box, face.ascent, face.descent, face.cap_height, file)
    )
    shown = {face.glyphs[char]: char for char in sorted(chars, reverse=True)}  # one glyph may stand for two characters
    ordered = [shown[glyph] for glyph in sorted(shown)]
    widths = b"".join(b"%d[%d]" % (face.glyphs[char], round(face.advance(char) * 1000)) for char in ordered)
    descendant = objects.add(
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%b/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 1000/W[%b]"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>" % (name, descriptor, widths)
    )
    unicode_map = objects.stream(_unicode_map(face, ordered))
    return objects.add(
        b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
        % (name, descendant, unicode_map)
    )


def _unicode_map(face: Face, chars: list[str]) -> bytes:
    """From glyph numbers back to text, so that a label's words can be selected and searched."""
    lines = [f"<{face.hex[char]}> <{char.encode('utf-16-be').hex().upper()}>" for char in chars]
    blocks = (lines[start : start + BFCHARS] for start in range(0, len(lines), BFCHARS))
    maps = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{maps}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()
