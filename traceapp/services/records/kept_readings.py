"""Records that this process verified lately: the same bytes under the same keys say the same.

What is kept is found by every byte that was verified (entry, record, personal values), by its place in the log and by
the keyring, so that nothing has to be dropped when something changes: a byte that was altered since is another
question, and is verified. Only the reading of the bytes is spared, never the look at what the database holds now.

Only what the service's own keys signed is kept, and only when it verified: what somebody's own key signed rests on what
the log told of that key, and what does not verify is looked at each time.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock

from traceapp.core.evidence import StoredRecord, read_record
from traceapp.core.facts import RecordState
from traceapp.core.keys import Keyring
from traceapp.core.own.keys import OwnKeys
from traceapp.core.own.words import Read

MOST = 4096
"""About eight kilobytes each."""


class KeptReadings:
    """The least recently asked for are forgotten first."""

    def __init__(self) -> None:
        self._read: OrderedDict[tuple[object, ...], Read] = OrderedDict()
        self._of: dict[int, tuple[StoredRecord, Keyring, Read]] = {}
        self._lock = Lock()

    def read(self, record: StoredRecord, keyring: Keyring, own: OwnKeys | None = None) -> Read:
        """`read_record`, which is asked once for the same bytes and the same keyring (the object, not its like)."""
        same = self._of.get(id(record))
        if same is not None and same[0] is record and same[1] is keyring:
            return same[2]
        # As they are spelled: to Python 1, 1.0 and true are the same. A table may hold what no JSON is.
        values = [(one.field, json.dumps(one.value, sort_keys=True, default=repr), one.salt) for one in record.personal]
        place = (record.record_id, record.leaf_index, record.witnessed_at)
        key = (*place, record.entry, record.body, tuple(values), keyring)
        with self._lock:
            known = self._read.get(key)
            if known is not None:
                self._read.move_to_end(key)
                self._remember(record, keyring, known)
                return known
        found = read_record(record, keyring, own)
        if found[0].state is RecordState.GOOD and found[0].own_key is None:
            self._keep(key, found)
            self._remember(record, keyring, found)
        return found

    def forget(self) -> None:
        """Everything."""
        with self._lock:
            self._read.clear()
            self._of.clear()

    def _remember(self, record: StoredRecord, keyring: Keyring, found: Read) -> None:
        """The same object is asked for again more often than its like: records are kept too (kept_records)."""
        if len(self._of) >= MOST:
            self._of.clear()
        self._of[id(record)] = (record, keyring, found)

    def _keep(self, key: tuple[object, ...], found: Read) -> None:
        with self._lock:
            self._read[key] = found
            while len(self._read) > MOST:
                self._read.popitem(last=False)


KEPT = KeptReadings()
"""This process's: a reading is a pure function of its key, so that nobody's can be another's."""
read_kept = KEPT.read
