"""A ZIP written as its files come: the directory waits in a file, so memory stays flat however many there are.

The same files give the same bytes: one fixed date, nothing of the machine (APPNOTE 6.3.10, with ZIP64 where needed).
"""

from __future__ import annotations

import shutil
import struct
import zlib
from tempfile import TemporaryFile
from typing import BinaryIO

from traceapp.core.errors import RuleBroken

DATE = 1 << 5 | 1  # 1 January 1980, the first there is
UTF8, STORED, DEFLATED = 0x0800, 0, 8
VERSION = 45  # of the format: ZIP64
MOST, LARGEST = 0xFFFF, 0xFFFFFFFF
RIGHTS = 0o100644 << 16
BLOCK = 1 << 16


class ZipStream:
    """Add files, then close; as a context it closes itself when all went well, and lets its directory go."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._at, self._count = out, 0, 0
        self._directory = TemporaryFile()  # noqa: SIM115

    def __enter__(self) -> ZipStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._directory:
            if kind is None:
                self.close()

    def add(self, name: str, data: bytes) -> None:
        """One file, compressed where that helps."""
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush()
        method, body = (DEFLATED, packed) if len(packed) < len(data) else (STORED, data)
        self._open(name, method, zlib.crc32(data), len(data), len(body))
        self._write(body)

    def add_stream(self, name: str, source: BinaryIO) -> None:
        """One file as large as it likes, stored as it is; `source` is read twice, from its start."""
        crc = size = 0
        source.seek(0)
        while block := source.read(BLOCK):
            crc, size = zlib.crc32(block, crc), size + len(block)
        if size >= LARGEST:
            raise RuleBroken(f"{name} lớn hơn 4 GB, tệp ZIP không chứa được: chia lần in ra nhiều phần.")
        self._open(name, STORED, crc, size, size)
        source.seek(0)
        shutil.copyfileobj(source, self._out, BLOCK)
        self._at += size

    def close(self) -> None:
        """Write the directory."""
        start = self._at
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._out, BLOCK)
        self._at += self._directory.tell()
        size, count = self._at - start, self._count
        if count >= MOST or start >= LARGEST or size >= LARGEST:
            end = struct.pack("<QHHIIQQQQ", 44, VERSION, VERSION, 0, 0, count, count, size, start)
            self._write(b"PK\6\6" + end + b"PK\6\7" + struct.pack("<IQI", 0, self._at, 1))
        count, size, start = min(count, MOST), min(size, LARGEST), min(start, LARGEST)
        self._write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, 0))

    def _open(self, name: str, method: int, crc: int, size: int, packed: int) -> None:
        title, extra, at = name.encode(), b"", self._at
        common = struct.pack("<HHHHHIIIH", VERSION, UTF8, method, 0, DATE, crc, packed, size, len(title))
        if at >= LARGEST:
            extra, at = struct.pack("<HHQ", 1, 8, at), LARGEST
        rest = struct.pack("<HHHHII", len(extra), 0, 0, 0, RIGHTS, at)
        self._directory.write(b"PK\1\2" + struct.pack("<H", 3 << 8 | VERSION) + common + rest + title + extra)
        self._write(b"PK\3\4" + common + struct.pack("<H", 0) + title)
        self._count += 1

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)
