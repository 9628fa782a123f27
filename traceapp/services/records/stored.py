"""Whether stored records are what the log says: for many at once, on every processor there is.

It imports the core alone, so that a helping process starts at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from traceapp.core.dates import rfc3339
from traceapp.core.errors import InconsistentLog, Malformed, NotInLog, VerificationError
from traceapp.core.keys import Keyring
from traceapp.core.log_entry import require_entry_of
from traceapp.core.log_keys import verify_by_log
from traceapp.core.merkle import leaf_hash
from traceapp.core.own.keys import OwnKeys, verify_logged
from traceapp.core.statements import record_type, record_url

T = TypeVar("T")
Problems = Iterator[VerificationError | None]
Signed = tuple[int, bytes, bytes]
"""A checkpoint as the tables hold it: size, root, note."""

WORTH_HELP = 10_000
"""From how many records on other processes are worth their start."""
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Stored:
    """One line of the log with its record, as the tables hold both."""

    record_id: str
    entry: bytes
    leaf_hash: bytes
    body: bytes | None
    type: str | None
    record_time: datetime | None
    leaf_index: int


def require_stored(one: Stored, host: str, keyring: Keyring, own: OwnKeys) -> None:
    """Entry, leaf hash, canonical form, signature, name, type and time; a VerificationError says what does not fit.

    `own` are the keys of other bodies that the whole log tells of.
    """
    if one.body is None:
        raise Malformed(f"the record {one.record_id} is missing.")
    url = record_url(host, one.record_id)
    require_entry_of(one.entry, url, one.body)
    if leaf_hash(one.entry) != one.leaf_hash:
        raise NotInLog("the leaf hash is not its entry's.")
    document, _, _ = verify_logged(one.body, keyring, own, one.leaf_index)
    if document["id"] != url or record_type(document) != one.type:
        raise Malformed(f"the record stored as {one.type} {one.record_id} is another.")
    if one.record_time is None or rfc3339(one.record_time) != document["validFrom"]:
        raise Malformed(f"the record {one.record_id} is of {document['validFrom']}, stored as of another time.")


class Checker:
    """Checks batches; `pool` helps where there is one."""

    def __init__(self, host: str, keyring: Keyring, own: OwnKeys, pool: ProcessPoolExecutor | None) -> None:
        self._check = partial(_check_all, host, keyring, own)
        self._check_signed = partial(_check_all_signed, keyring)
        self._pool = pool

    def check(self, rows: Sequence[Stored]) -> Problems:
        """What is wrong with each, in order."""
        return self._spread(self._check, rows)

    def check_signed(self, rows: Sequence[Signed]) -> Problems:
        """The same of checkpoints."""
        return self._spread(self._check_signed, rows)

    def _spread(self, check: Callable[[Sequence[T]], list[VerificationError | None]], rows: Sequence[T]) -> Problems:
        if self._pool is None:
            return iter(check(rows))
        chunks = [rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK)]
        # Handed out at once; what comes back is read while the caller does its own part.
        found = self._pool.map(check, chunks)
        return (one for chunk in found for one in chunk)


@contextmanager
def checker(host: str, keyring: Keyring, own: OwnKeys, count: int) -> Iterator[Checker]:
    """A checker for about `count` records."""
    if count < WORTH_HELP:
        yield Checker(host, keyring, own, None)
        return
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        yield Checker(host, keyring, own, pool)


def _check_all(host: str, keyring: Keyring, own: OwnKeys, rows: Iterable[Stored]) -> list[VerificationError | None]:
    return [_problem(one, host, keyring, own) for one in rows]


def _check_all_signed(keyring: Keyring, rows: Iterable[Signed]) -> list[VerificationError | None]:
    return [_problem_signed(one, keyring) for one in rows]


def _problem_signed(one: Signed, keyring: Keyring) -> VerificationError | None:
    size, root, note = one
    try:
        signed, _ = verify_by_log(note, keyring)
    except VerificationError as cause:
        return cause
    if (signed.size, signed.root) != (size, root):
        return InconsistentLog("it signs another size or root.")
    return None


def _problem(one: Stored, host: str, keyring: Keyring, own: OwnKeys) -> VerificationError | None:
    try:
        require_stored(one, host, keyring, own)
    except VerificationError as cause:
        return cause
    return None
