"""Status lists: one bit a certificate, counted from the left."""

from __future__ import annotations

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import HOST
from tests.core.cast import SAID, SIGNER, keyring
from traceapp.core.credential import secure, verify_bytes
from traceapp.core.errors import InvalidEvent
from traceapp.core.status_list import LENGTH, PURPOSES, encode, status_list


def bits(encoded: str) -> bytes:
    """The bit string of an encoded list."""
    assert encoded[0] == "u" and "=" not in encoded
    return gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))


@pytest.mark.many
@given(st.sets(st.integers(0, LENGTH - 1), max_size=20))
def test_exactly_the_bits_that_were_asked_for_are_set(indexes: set[int]) -> None:
    found = bits(encode(indexes))
    assert len(found) == 16 * 1024
    assert {8 * at + bit for at, byte in enumerate(found) if byte for bit in range(8) if byte << bit & 0x80} == indexes


def test_the_first_bit_is_the_leftmost() -> None:
    assert bits(encode([0]))[0] == 0x80
    assert bits(encode([LENGTH - 1]))[-1] == 0x01


def test_the_same_bits_give_the_same_text() -> None:
    assert encode([5, 9]) == encode([9, 5, 5])
    assert encode([]) != encode([5])


@pytest.mark.parametrize("index", [-1, LENGTH, -LENGTH])
def test_an_index_beyond_the_list_is_refused(index: int) -> None:
    with pytest.raises(InvalidEvent, match=f"no entry {index}"):
        encode([index])


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_list_can_be_signed_and_verified(purpose: str) -> None:
    unsigned = status_list(HOST, purpose, [5], SAID)
    document, _ = verify_bytes(secure(unsigned, SIGNER, SAID), keyring())
    assert document["id"] == f"https://{HOST}/status/{purpose}/1"
    assert document["issuer"] == f"did:web:{HOST}" and document["validFrom"] == "2026-10-10T03:00:00Z"
    assert document["credentialSubject"] == {
        "id": f"https://{HOST}/status/{purpose}/1#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": encode([5]),
    }
