"""Serials: published vectors, a bijection, and nothing accepted that was not issued."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from traceapp.core.errors import BadSettings, InvalidIdentifier
from traceapp.core.identifiers import CROCKFORD, Serial
from traceapp.core.serials import LAST_ITEM, _Cipher, canonical_serial, item_of, run_key, serial_of, serials

VECTOR = Path(__file__).resolve().parents[2].parent / "shared/vectors/serial.json"
KEY = run_key(bytes(range(32)), "/01/09520000000110/10/VS2609A")
OTHER_KEY = run_key(bytes(range(32)), "/01/09520000000110/10/VS2609B")
WORKED = {
    1: "FD5MA4NX78AM0",
    2: "RD9PY2RJPSS4Q",
    7: "K7N5KMNZRTNC4",
    1000: "6JPFXBZGT9HK5",
    2**20: "FBCH34JX7KZ3K",
    LAST_ITEM: "YYW1WJRS6NXDN",
}
items = st.integers(1, LAST_ITEM)


def test_the_run_key_is_as_worked_out() -> None:
    assert KEY.hex() == "398def950a6916806a8041d36451f7d7f59e0a20a2003f6901a758aabe31a3a6"


@pytest.mark.parametrize(("item", "serial"), WORKED.items())
def test_serials_are_as_worked_out(item: int, serial: str) -> None:
    assert serial_of(KEY, item) == serial
    assert isinstance(serial_of(KEY, item), Serial)
    assert item_of(KEY, serial) == item


@pytest.mark.skipif(not VECTOR.exists(), reason="the published vectors are not on this machine")
def test_the_published_vector_holds() -> None:
    vector = json.loads(VECTOR.read_text())
    key = run_key(bytes(range(32)), vector["path"])
    assert key.hex() == vector["run_key"]
    for item, serial in vector["items"].items():
        assert serial_of(key, int(item)) == serial
        assert item_of(key, serial) == int(item)


@given(items)
@example(1)
@example(LAST_ITEM)
def test_an_issued_serial_leads_back_to_its_item(item: int) -> None:
    assert item_of(KEY, serial_of(KEY, item)) == item


@given(items, st.integers(0, 12), st.sampled_from(CROCKFORD))
@example(1, 0, "0")
def test_any_changed_character_is_refused(item: int, place: int, other: str) -> None:
    serial = serial_of(KEY, item)
    changed = serial[:place] + other + serial[place + 1 :]
    if changed != serial:
        assert item_of(KEY, changed) is None


@given(items)
def test_a_serial_of_another_lot_is_refused(item: int) -> None:
    assert item_of(OTHER_KEY, serial_of(KEY, item)) is None


@given(items)
def test_serials_are_read_however_they_are_typed(item: int) -> None:
    serial = serial_of(KEY, item)
    assert item_of(KEY, serial.lower()) == item
    assert item_of(KEY, serial.replace("0", "o").replace("1", "I")) == item
    assert item_of(KEY, serial.replace("0", "O").replace("1", "l")) == item


def test_the_canonical_serial_is_one_for_all_spellings() -> None:
    assert canonical_serial("fd5ma4nx78amo") == "FD5MA4NX78AM0"
    assert canonical_serial("yywlwjrs6nxdn") == canonical_serial("YYWIWJRS6NXDN") == "YYW1WJRS6NXDN"


@pytest.mark.parametrize(
    "text", ["", "1", "FD5MA4NX78AM", "FD5MA4NX78AM00", "FD5MA4NX78AMU", "FD5MA4NX78AM0\n", "FD5MA4NX78AM٠", "\ud800"]
)
def test_what_does_not_look_like_a_serial_is_refused(text: str) -> None:
    assert item_of(KEY, text) is None


def test_item_zero_was_never_issued_even_with_the_right_mac() -> None:
    assert item_of(KEY, _Cipher(KEY).serial(0)) is None


@given(st.sets(st.integers(0, LAST_ITEM), max_size=50))
def test_the_permutation_is_a_bijection(sample: set[int]) -> None:
    cipher = _Cipher(KEY)
    images = {cipher.permute(item) for item in sample}
    assert len(images) == len(sample)
    assert all(0 <= image <= LAST_ITEM for image in images)
    assert {cipher.restore(image) for image in images} == sample


def test_ten_thousand_serials_differ_and_do_not_run_in_order() -> None:
    run = list(serials(KEY, 1, 10_000))
    assert len(set(run)) == 10_000
    assert run != sorted(run)
    assert run[:2] == [WORKED[1], WORKED[2]]
    assert run[999] == WORKED[1000]


def test_serials_are_computed_only_as_they_are_taken() -> None:
    assert list(islice(serials(KEY, 1, LAST_ITEM), 2)) == [WORKED[1], WORKED[2]]


def test_a_run_of_nothing_is_empty() -> None:
    assert list(serials(KEY, 1, 0)) == []


@pytest.mark.parametrize(("first", "count"), [(0, 1), (-1, 5), (1, -1), (LAST_ITEM, 2), (LAST_ITEM + 1, 1)])
def test_items_out_of_range_are_refused_at_once(first: int, count: int) -> None:
    with pytest.raises(InvalidIdentifier, match="not within 1 to"):
        serials(KEY, first, count)


def test_a_serial_for_item_zero_is_refused() -> None:
    with pytest.raises(InvalidIdentifier, match="not within 1 to"):
        serial_of(KEY, 0)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_serial_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadSettings, match=f"has {length} bytes instead of 32"):
        run_key(bytes(length), "/01/09520000000110")
