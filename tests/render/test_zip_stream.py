"""A ZIP that is written as it comes, read by Python's own reader and by `unzip`'s rules."""

from __future__ import annotations

import io
import zipfile

import pytest

from traceapp.render import zip_stream
from traceapp.render.zip_stream import ZipStream


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with ZipStream(out) as archive:
        for name, data in files.items():
            archive.add(name, data)
    return out.getvalue()


FILES = {"tem-1.svg": b"<svg/>" * 100, "tem-2.svg": b"x", "trống": b"", "nhãn.csv": bytes(range(256)) * 4}


def test_what_goes_in_comes_out() -> None:
    with zipfile.ZipFile(io.BytesIO(packed(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_a_stream_is_stored_as_it_is() -> None:
    out = io.BytesIO()
    with ZipStream(out) as archive:
        archive.add_stream("a.pdf", io.BytesIO(b"%PDF" * 50_000))
        archive.add("b", b"after it")
    with zipfile.ZipFile(out) as archive_read:
        assert archive_read.read("a.pdf") == b"%PDF" * 50_000 and archive_read.read("b") == b"after it"


def test_no_clock_stands_in_it() -> None:
    assert packed(FILES) == packed(FILES)
    with zipfile.ZipFile(io.BytesIO(packed(FILES))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_an_archive_that_failed_is_not_finished() -> None:
    out = io.BytesIO()
    with pytest.raises(OSError, match="full"), ZipStream(out) as archive:
        archive.add("a", b"a")
        raise OSError("full")
    assert not zipfile.is_zipfile(io.BytesIO(out.getvalue()))


def test_more_files_than_the_old_format_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_stream, "MOST", 3)
    with zipfile.ZipFile(io.BytesIO(packed(FILES))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
