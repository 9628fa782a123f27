"""Records that this process verified lately: the same bytes under the same keys say the same.

What is kept is found by every byte that was verified (entry, record, personal values), by its place in the log and by
the keyring, so that nothing has to be dropped when something changes: a byte that was altered since is another
question, and is verified. Only the reading of the bytes is spared, never the look at what the database holds now.
"""

from __future__ import annotations

from functools import lru_cache

from traceapp.core.evidence import StoredRecord, read_record
from traceapp.core.facts import RecordCheck
from traceapp.core.keys import Keyring

MOST = 4096
"""About eight kilobytes each."""


def read_kept(record: StoredRecord, keyring: Keyring) -> tuple[RecordCheck, object | None]:
    """`read_record`, which is asked once for the same bytes and the same keyring (the object, not its like)."""
    # To Python 1, 1.0 and true are equal, to a keyed hash they are not; texts alone are compared as they are hashed.
    if all(isinstance(one.value, str) for one in record.personal):
        return _read(record, keyring)
    return read_record(record, keyring)


_read = lru_cache(maxsize=MOST)(read_record)
