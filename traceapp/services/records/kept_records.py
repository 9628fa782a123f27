"""Records as they were read lately: the same bytes at the same place are the same object.

The database is read each time, and every byte that comes is compared; what is spared is taking it apart again. Whoever
keeps what came of a record may ask whether it is the same one, instead of looking at its bytes.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock
from typing import Any

from traceapp.core.evidence import StoredRecord
from traceapp.core.statements import PersonalValue
from traceapp.db.types import bytes_of

MOST = 4096
"""About four kilobytes each."""

Values = tuple[tuple[Any, Any, Any], ...]
"""Personal values as their rows are: field, value as JSON, salt."""


class Line:
    """One record's place in the log and its bytes. Those who have one may compare by `is`."""

    __slots__ = ("_as_stored", "_values", "body", "entry", "leaf_index", "record_id")

    def __init__(self, record_id: str, leaf_index: int, entry: bytes, body: bytes | None) -> None:
        self.record_id = record_id
        self.leaf_index = leaf_index
        self.entry = entry
        self.body = body
        self._values: Values | None = None
        self._as_stored: StoredRecord | None = None

    def with_personal(self, values: Values) -> StoredRecord:
        """The record with these personal values; the same object for the same ones."""
        known = self._as_stored
        if known is None or self._values != values:
            personal = tuple(
                PersonalValue(str(name), loose_value(text), bytes_of(salt) or b"") for name, text, salt in values
            )
            known = StoredRecord(self.record_id, self.leaf_index, self.entry, self.body, personal)
            self._values, self._as_stored = values, known
        return known


class KeptRecords:
    """The least recently read are forgotten first."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, Line] = OrderedDict()
        self._lock = Lock()

    def line(self, record_id: str, leaf_index: int, entry: bytes, body: bytes | None) -> Line:
        """The record of that id (its address), which the database gave so just now."""
        with self._lock:
            known = self._lines.get(record_id)
            if known is not None and known.leaf_index == leaf_index and known.entry == entry and known.body == body:
                self._lines.move_to_end(record_id)
                return known
            made = self._lines[record_id] = Line(record_id, leaf_index, entry, body)
            if known is None and len(self._lines) > MOST:
                self._lines.popitem(last=False)
            return made


_KEPT = KeptRecords()
"""This process's: a line is what the database gave, whoever asked."""
line_of = _KEPT.line


def loose_value(text: Any) -> Any:
    """A personal value; what is no JSON as it stands there, which then verifies as nothing."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text
