"""Serials computed from item numbers, so that ten million labels cost one row.

A serial is 65 bits in 13 Crockford base32 characters: the item number, permuted (40 bits), and a MAC of that (25 bits).
Whoever lacks the run key can neither guess a serial nor tell from one how many there are.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from traceapp.core.counted import Counted
from traceapp.core.errors import BadSettings, InvalidIdentifier
from traceapp.core.identifiers import CROCKFORD, Serial, canonical_crockford

LAST_ITEM = 2**40 - 1
"""Items count from 1 to this."""

_ROUNDS = 8
_HALF = 2**20 - 1
_MAC_BITS = 25
_MAC = 2**_MAC_BITS - 1
_SHAPE = re.compile(f"[{CROCKFORD}]{{13}}")
_PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
_AS_BASE_32 = str.maketrans(CROCKFORD, "0123456789abcdefghijklmnopqrstuv")


@lru_cache(maxsize=1000)
def run_key(serial_key: bytes, lot_path: str) -> bytes:
    """The 32 bytes from which a label run takes its serials; `lot_path` is the printed path up to the lot.

    BadSettings for a serial key of another length than 32 bytes.
    """
    if len(serial_key) != 32:
        raise BadSettings(
            f"The serial key has {Counted(len(serial_key)):byte|bytes} instead of 32; restore the key file."
        )
    info = b"traceapp-serial-v1\n" + lot_path.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(serial_key)


def serial_of(run_key: bytes, item: int) -> Serial:
    """The serial of one item, 1 to LAST_ITEM."""
    return Serial(next(serials(run_key, item, 1)))


def serials(run_key: bytes, first: int, count: int) -> Iterator[str]:
    """The serials of `count` items from `first` on, computed as they are asked for.

    InvalidIdentifier for items that are not within 1 to LAST_ITEM.
    """
    if first < 1 or count < 0 or first + count - 1 > LAST_ITEM:
        raise InvalidIdentifier(f"Items {first} to {first + count - 1} are not within 1 to {LAST_ITEM}; split the run.")
    cipher = _cipher(run_key)
    return (cipher.serial(item) for item in range(first, first + count))


def canonical_serial(text: str) -> str:
    """A serial as cache, count and check must see it: upper case, O → 0, I and L → 1."""
    return canonical_crockford(text)


def item_of(run_key: bytes, serial: str) -> int | None:
    """The item that carries `serial` under this key; None for whatever the key never made.

    Whether the run is that long is the caller's question: it knows the count.
    """
    text = canonical_serial(serial)
    if not _SHAPE.fullmatch(text):
        return None
    number = int(text.translate(_AS_BASE_32), 32)
    permuted, claimed = number >> _MAC_BITS, number & _MAC
    cipher = _cipher(run_key)
    if not hmac.compare_digest(cipher.mac(permuted).to_bytes(4, "big"), claimed.to_bytes(4, "big")):
        return None
    return cipher.restore(permuted) or None


class _Cipher:
    """A balanced Feistel network on 2 × 20 bits and a MAC, both from BLAKE2b under one run key.

    Hash states with the key and the round already in them are copied for each use: half the cost of making them anew.
    """

    __slots__ = ("_keyed_mac", "_keyed_rounds", "_keyed_rounds_back")

    def __init__(self, run_key: bytes) -> None:
        self._keyed_mac = blake2b(digest_size=8, key=run_key, person=b"ta-serial-mac")
        keyed = blake2b(digest_size=8, key=run_key, person=b"ta-serial-perm")
        self._keyed_rounds = [keyed.copy() for _ in range(_ROUNDS)]
        for number, state in enumerate(self._keyed_rounds):
            state.update(bytes([number]))
        self._keyed_rounds_back = self._keyed_rounds[::-1]

    def serial(self, item: int) -> str:
        permuted = self.permute(item)
        number = permuted << _MAC_BITS | self.mac(permuted)
        return (
            CROCKFORD[number >> 60]
            + _PAIRS[number >> 50 & 1023]
            + _PAIRS[number >> 40 & 1023]
            + _PAIRS[number >> 30 & 1023]
            + _PAIRS[number >> 20 & 1023]
            + _PAIRS[number >> 10 & 1023]
            + _PAIRS[number & 1023]
        )

    def permute(self, item: int) -> int:
        left, right = item >> 20, item & _HALF
        for state in self._keyed_rounds:
            left, right = right, left ^ _twenty_bits(state, right)
        return left << 20 | right

    def restore(self, permuted: int) -> int:
        left, right = permuted >> 20, permuted & _HALF
        for keyed in self._keyed_rounds_back:
            # _twenty_bits, written out: each scan comes through here.
            state = keyed.copy()
            state.update(left.to_bytes(3, "big"))
            left, right = right ^ int.from_bytes(state.digest(), "big") >> 44, left
        return left << 20 | right

    def mac(self, permuted: int) -> int:
        state = self._keyed_mac.copy()
        state.update(permuted.to_bytes(5, "big"))
        return int.from_bytes(state.digest(), "big") >> 64 - _MAC_BITS


_cipher = lru_cache(maxsize=1000)(_Cipher)


def _twenty_bits(keyed: blake2b, half: int) -> int:
    state = keyed.copy()
    state.update(half.to_bytes(3, "big"))
    return int.from_bytes(state.digest(), "big") >> 44
