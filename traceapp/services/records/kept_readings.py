"""Records that this process verified lately: the same bytes under the same keys say the same.

What is kept is found by every byte that was verified (entry, record, personal values), by its place in the log and by
the keyring, so that nothing has to be dropped when something changes: a byte that was altered since is another
question, and is verified. Only the reading of the bytes is spared, never the look at what the database holds now.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache

from traceapp.core.evidence import StoredRecord, read_record
from traceapp.core.facts import RecordCheck
from traceapp.core.keys import Keyring

MOST = 4096
"""About eight kilobytes each."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A record as it is compared: its values spelled out, since to Python 1, 1.0 and true are the same."""

    spelled: tuple[object, ...]
    record: StoredRecord = field(compare=False)


def read_kept(record: StoredRecord, keyring: Keyring) -> tuple[RecordCheck, object | None]:
    """`read_record`, which is asked once for the same bytes and the same keyring (the object, not its like)."""
    values = tuple([(one.field, json.dumps(one.value, sort_keys=True), one.salt) for one in record.personal])
    spelled = (record.record_id, record.leaf_index, record.entry, record.body, record.witnessed_at, values)
    return _read(_Asked(spelled, record), keyring)


@lru_cache(maxsize=MOST)
def _read(asked: _Asked, keyring: Keyring) -> tuple[RecordCheck, object | None]:
    return read_record(asked.record, keyring)
