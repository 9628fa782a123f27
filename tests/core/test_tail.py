"""Following a log by its files, and the records beside them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from traceapp.core.checkpoint import Checkpoint
from traceapp.core.errors import InconsistentLog, Malformed, NotInLog
from traceapp.core.merkle import Frontier, leaf_hash, root_of
from traceapp.core.tail import (
    decode_records,
    encode_records,
    entry_bundles,
    extend,
    parse_records_path,
    record_bundles,
    records_path,
    require_hash,
    require_root,
)
from traceapp.core.tiles import encode_entries

ENTRIES = tuple(b"entry %d" % number for number in range(700))


def served(entries: tuple[bytes, ...] = ENTRIES) -> Callable[[str], bytes]:
    def fetch(path: str) -> bytes:
        number = int(path.partition(".p/")[0][-3:])
        width = int(path.partition(".p/")[2] or 256)
        some = entries[number * 256 : number * 256 + width]
        return encode_records(some) if path.startswith("records/") else encode_entries(some)

    return fetch


@pytest.mark.parametrize(("start", "size"), [(0, 700), (0, 256), (256, 512), (300, 700), (255, 257), (0, 0), (9, 9)])
def test_entries_and_records_come_from_where_one_left_off(start: int, size: int) -> None:
    for bundles in (entry_bundles, record_bundles):
        assert tuple(one for some in bundles(served(), start, size) for one in some) == ENTRIES[start:size]


def test_entries_that_make_the_signed_root_prove_that_the_log_only_grew() -> None:
    frontier = Frontier()
    for some in entry_bundles(served(), 0, 300):
        extend(frontier, some)
    require_root(frontier, Checkpoint("x", 300, root_of(map(leaf_hash, ENTRIES[:300]))), 0)
    with pytest.raises(InconsistentLog, match="does not extend the log of 7 entries"):
        require_root(frontier, Checkpoint("x", 300, bytes(32)), 7)


def test_a_bundle_that_is_not_whole_is_refused() -> None:
    with pytest.raises(Malformed, match="expected 188 entries, got 100"):
        list(entry_bundles(served(ENTRIES[:612]), 0, 700))
    whole = encode_records((b"one", b"", b"three"))
    assert decode_records(whole) == (b"one", b"", b"three")
    for cut in (1, 5, len(whole) - 1):
        with pytest.raises(Malformed, match="breaks off"):
            decode_records(whole[:cut])


def test_bundles_of_records_are_called_as_bundles_of_entries_are() -> None:
    assert records_path(1067) == "records/x001/067"
    assert parse_records_path("records/005.p/17") == (5, 17)
    for text in ("records/5", "tile/entries/005", "records/tile/entries/005", "records/005.p/256"):
        with pytest.raises(Malformed):
            parse_records_path(text)


def test_a_record_is_the_one_its_entry_names() -> None:
    hashed = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    require_hash(b"hello", hashed, "https://id.example.vn/records/1")
    with pytest.raises(NotInLog, match="not the one that was logged"):
        require_hash(b"hallo", hashed, "https://id.example.vn/records/1")
