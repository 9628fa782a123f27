"""Bundles as files: one content has one ZIP, and a reader takes no other."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import HOST
from tests.core.cast import Ledger, product, tea, trust_bytes, uuid_of
from traceapp.core import bundle
from traceapp.core.bundle import MOST_BYTES, README, context_name, pack, unpack
from traceapp.core.errors import Malformed
from traceapp.core.vocabulary import contexts

FILES = tea().files(hidden=[6])
DATA = pack(FILES)
SMALL = {"trust.json": b"{}", "label.txt": b"https://id.example.vn/t/x\n"}


def refused(data: bytes, message: str | None = None) -> None:
    """The bytes are no bundle, and the message says why."""
    with pytest.raises(Malformed, match=message):
        unpack(data)


def zipped(*files: tuple[str, bytes], **fields: object) -> bytes:
    """A ZIP with these entries in this order, each with some fields of its header set."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            for field, value in fields.items():
                setattr(entry, field, value)
            archive.writestr(entry, data)
    return out.getvalue()


def test_a_bundle_reads_back_with_everything_in_its_place() -> None:
    found = unpack(DATA)
    assert found.trust == trust_bytes()
    assert found.label == f"https://{HOST}/01/09520000000127/10/L1"
    assert set(found.records) == {uuid_of(number) for number in range(6)}
    assert set(found.entries) == {uuid_of(6)}
    assert set(found.proofs) == {uuid_of(number) for number in range(7)}
    assert set(found.contexts) == {context_name(url) for url in contexts(HOST)}
    assert found.records[uuid_of(3)] == FILES[f"records/{uuid_of(3)}.json"]


def test_the_same_files_always_make_the_same_bytes() -> None:
    assert pack(dict(reversed(FILES.items()))) == DATA == pack(FILES)


def test_any_zip_reader_can_open_it() -> None:
    with zipfile.ZipFile(io.BytesIO(DATA)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(FILES)
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.read("README.txt").decode() == README
        assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in archive.infolist())


@pytest.mark.many
@given(st.dictionaries(st.sampled_from(["README.txt", "contexts/a", "contexts/b.json"]), st.binary(max_size=50)))
def test_whatever_is_packed_is_unpacked(more: dict[str, bytes]) -> None:
    found = unpack(pack({**SMALL, **more}))
    expected = {name.removeprefix("contexts/"): data for name, data in more.items() if name.startswith("contexts/")}
    assert found.contexts == expected and found.label == "https://id.example.vn/t/x"


def test_a_bundle_may_come_without_a_label_but_not_without_keys() -> None:
    assert unpack(pack({"trust.json": b"{}"})).label is None
    refused(pack({"README.txt": b""}), "trust.json")


@pytest.mark.parametrize(
    "label",
    [b"", b"\n", b"https://x", b" https://x\n", b"https://x \n", b"https://x\n\n", b"https://\xc3\xa9\n", b"a\x0b"],
)
def test_a_label_is_one_line_of_plain_text(label: bytes) -> None:
    refused(pack({**SMALL, "label.txt": label}), "one line")


BAD_NAMES = [
    "../trust.json",
    "records/../../etc/passwd",
    "/trust.json",
    "C:/trust.json",
    "records\\x.json",
    "trust.json/",
    "records/",
    "records/x.json",
    f"records/{uuid_of(1).upper().replace('0', 'A', 1)}.json",
    f"records/{uuid_of(1)}.json.exe",
    f"records/{uuid_of(1)}",
    f"proofs/{uuid_of(1)}.json",
    f"keys/{uuid_of(1)}.json",
    "contexts/",
    "contexts/../x",
    "contexts/.hidden",
    "contexts/A",
    "contexts/" + "a" * 82,
    "TRUST.json",
    "trust.json\n",
    "trust.jsön",
    "index.html",
    "",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_file_of_any_other_name_is_refused_by_writer_and_reader(name: str) -> None:
    with pytest.raises(Malformed, match="holds no file called"):
        pack({**SMALL, name: b"x"})
    refused(zipped(*SMALL.items(), (name, b"x")), "holds no file called")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: files.pop(f"proofs/{uuid_of(1)}.tlog-proof"), "has one proof"),
        (lambda files: files.pop(f"records/{uuid_of(1)}.json"), "has one proof"),
        (lambda files: files.update({f"entries/{uuid_of(1)}.json": b"{}"}), "look at entries/"),
        (lambda files: files.update({f"records/{uuid_of(9)}.json": b"{}"}), uuid_of(9)),
    ],
)
def test_each_record_has_one_proof_and_one_form(change: Callable[[dict[str, bytes]], object], message: str) -> None:
    files = dict(FILES)
    change(files)
    refused(pack(files), message)


def test_a_zip_made_otherwise_is_refused() -> None:
    first, second = sorted(SMALL.items())
    assert zipped(first, second) == pack(SMALL)
    canonical = "canonical form"
    refused(zipped(second, first), canonical)
    refused(zipped(first, second, date_time=(2026, 1, 1, 0, 0, 0)), canonical)
    refused(zipped(first, second, comment=b"hello"), canonical)
    refused(zipped(first, second, extra=struct.pack("<HH", 0xCAFE, 0)), canonical)
    refused(zipped(first, second, external_attr=0o120777 << 16), canonical)
    refused(zipped(first, second, create_system=0), canonical)
    refused(zipped(first, second, compress_type=zipfile.ZIP_DEFLATED), "compressed")
    refused(zipped(first, second, compress_type=zipfile.ZIP_LZMA), "compressed")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused() -> None:
    refused(zipped(*SMALL.items(), ("trust.json", b"[]")), "trust.json stands twice")
    refused(zipped(*SMALL.items(), ("trust.json", b"{}")), "trust.json stands twice")


@pytest.mark.parametrize("more", [b"\0", b"x", b"PK", DATA, b"\r\n"])
def test_bytes_before_after_or_between_are_refused(more: bytes) -> None:
    end = DATA.rindex(b"PK\x05\x06")
    start = DATA.index(b"PK\x01\x02")
    for data in (DATA + more, more + DATA, DATA[:end] + more + DATA[end:], DATA[:start] + more + DATA[start:]):
        refused(data)
    commented = DATA[:-2] + struct.pack("<H", len(more)) + more
    refused(commented, "canonical form")


@pytest.mark.parametrize("length", [*range(0, len(DATA), 997), *range(len(DATA) - 60, len(DATA))])
def test_a_bundle_cut_short_is_refused(length: int) -> None:
    refused(DATA[:length])
    refused(DATA[length:] if length else b"")


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(("trust.json", b"0" * 10_000_000), compress_type=zipfile.ZIP_DEFLATED)
    overlapping = _with_two_directory_entries(pack({"trust.json": b"0" * 1000}))
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    refused(bomb, "compressed")
    refused(overlapping, "overlap or lie")


def _with_two_directory_entries(data: bytes) -> bytes:
    """The ZIP with its only file listed twice, under another name the second time: two files over the same bytes."""
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[start:end]
    twin = entry.replace(b"trust.json", b"README.txt")
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, 2, 2, 2 * len(entry))
    return data[:start] + entry + twin + bytes(tail)


def test_a_length_that_lies_is_refused() -> None:
    for size in (0, 1, 3, 2**31, 2**32 - 1):
        data = bytearray(pack(SMALL))
        directory = data.index(b"PK\x01\x02")
        struct.pack_into("<II", data, directory + 20, size, size)
        refused(bytes(data))


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(pack(SMALL))
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    refused(bytes(data))


def test_too_many_files_or_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_FILES", 1)
    refused(pack(SMALL), "at most 1 files, this one 2")
    refused(bytes(MOST_BYTES + 1), "at most 67108864 bytes")


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"hello", b"{}", b"\x1f\x8b\x08", bytes(1000)])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    refused(data)


TINY_PLAIN = pack({name: data for name, data in Ledger(product()).files().items() if not name.startswith("contexts")})


@given(st.binary(max_size=30), st.integers(0, len(TINY_PLAIN)), st.integers(0, len(TINY_PLAIN)))
def test_bytes_spliced_in_anywhere_are_refused(more: bytes, start: int, end: int) -> None:
    changed = TINY_PLAIN[:start] + more + TINY_PLAIN[end:]
    if changed != TINY_PLAIN:
        refused(changed)


@pytest.mark.parametrize("bit", range(8))
def test_any_bit_flipped_between_the_files_is_refused(bit: int) -> None:
    data = pack(SMALL)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << bit
        refused(bytes(changed))


def test_a_context_is_filed_under_its_address() -> None:
    assert context_name("https://www.w3.org/ns/credentials/v2") == "www.w3.org-ns-credentials-v2"
    assert context_name("https://localhost:8000/vocab/v1") == "localhost-8000-vocab-v1"
