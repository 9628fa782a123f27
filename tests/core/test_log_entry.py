"""A record's line in the log: exactly four members, and whatever is of another version is left open."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.canonical import canonicalise
from traceapp.core.errors import CannotBeChecked, Malformed, NotInLog, VerificationError
from traceapp.core.log_entry import LONGEST, entry_of, read_entry, require_entry_of

ID = "https://id.example.vn/records/1"
BODY = b'{"a":1}'
HASH = hashlib.sha256(BODY).hexdigest()
TOLD: dict[str, Any] = {"id": ID, "sha256": HASH, "t": "record", "v": 1}


def test_an_entry_is_laid_out_as_the_format_says() -> None:
    assert entry_of(ID, BODY) == f'{{"id":"{ID}","sha256":"{HASH}","t":"record","v":1}}'.encode()
    assert read_entry(entry_of(ID, BODY)) == {"id": ID, "sha256": HASH}
    require_entry_of(entry_of(ID, BODY), ID, BODY)


def test_the_entry_of_another_record_or_other_bytes_is_not_it() -> None:
    with pytest.raises(NotInLog, match="line names"):
        require_entry_of(entry_of(ID, BODY), ID + "2", BODY)
    with pytest.raises(NotInLog, match="hash differs"):
        require_entry_of(entry_of(ID, BODY), ID, BODY + b" ")
    with pytest.raises(NotInLog, match="hash differs"):
        require_entry_of(canonicalise({**TOLD, "sha256": HASH.upper()}), ID, BODY)
    with pytest.raises(NotInLog, match="hash differs"):
        require_entry_of(canonicalise({**TOLD, "sha256": "é"}), ID, BODY)


@pytest.mark.parametrize(
    "changes", [{"v": 2}, {"v": True}, {"v": "1"}, {"v": None}, {"t": "person"}, {"t": None}, {"v": 2, "x": 1}]
)
def test_an_entry_of_another_version_or_kind_cannot_be_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(CannotBeChecked, match="This log entry is of"):
        read_entry(canonicalise({**TOLD, **changes}))


@pytest.mark.parametrize(
    "entry",
    [
        canonicalise({**TOLD, "x": 1}),
        canonicalise({**TOLD, "id": 5}),
        canonicalise({**TOLD, "sha256": None}),
        canonicalise({name: TOLD[name] for name in ("id", "t", "v")}),
        canonicalise({name: TOLD[name] for name in ("sha256", "t", "v")}),
        b'{"v":1,"t":"record"}',
        entry_of(ID, BODY) + b"\n",
        b"[]",
        b"",
        canonicalise({**TOLD, "id": "x" * LONGEST}),
    ],
)
def test_what_is_no_entry_is_malformed(entry: bytes) -> None:
    with pytest.raises(Malformed):
        read_entry(entry)


def test_an_entry_may_be_as_long_as_a_tile_can_hold() -> None:
    room = LONGEST - len(entry_of("", BODY))
    assert read_entry(entry_of("x" * room, BODY))["id"] == "x" * room
    with pytest.raises(Malformed, match="65535"):
        read_entry(entry_of("x" * (room + 1), BODY))


@given(st.integers(0, len(entry_of(ID, BODY)) - 1), st.integers(0, 7))
def test_an_entry_with_any_bit_flipped_is_another(at: int, bit: int) -> None:
    changed = bytearray(entry_of(ID, BODY))
    changed[at] ^= 1 << bit
    with pytest.raises(VerificationError):
        require_entry_of(bytes(changed), ID, BODY)
