"""The line a record has in the log: JCS of {"id", "sha256", "t": "record", "v": 1}."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from traceapp.core.canonical import canonicalise, parse_canonical
from traceapp.core.errors import CannotBeChecked, Malformed, NotInLog

LONGEST = 65_535


def entry_of(record_id: str, body: bytes) -> bytes:
    """Entry bytes of the record `record_id` (URL) stored as `body`."""
    return canonicalise({"id": record_id, "sha256": hashlib.sha256(body).hexdigest(), "t": "record", "v": 1})


def read_entry(entry: bytes) -> Mapping[str, str]:
    """The `id` and `sha256` an entry carries. CannotBeChecked for an unknown `v` or `t`, Malformed for no entry."""
    if len(entry) > LONGEST:
        raise Malformed(f"A log entry has at most {LONGEST} bytes, this one {len(entry)}.")
    value = parse_canonical(entry)
    if type(value.get("v")) is not int or value["v"] != 1 or value.get("t") != "record":
        raise CannotBeChecked(f"This log entry is of v={str(value.get('v'))[:20]}, t={str(value.get('t'))[:20]}.")
    if set(value) != {"id", "sha256", "t", "v"} or not all(isinstance(value[name], str) for name in ("id", "sha256")):
        raise Malformed("A record's log entry holds exactly id, sha256, t and v.")
    return {"id": value["id"], "sha256": value["sha256"]}


def require_entry_of(entry: bytes, record_id: str, body: bytes) -> None:
    """NotInLog unless `entry` is the line of exactly this record and these bytes."""
    if entry == entry_of(record_id, body):
        return
    said = read_entry(entry)
    if said["id"] != record_id:
        raise NotInLog(f"The log's line names {said['id'][:120]}, not {record_id[:120]}.")
    # An entry has one spelling, so that nothing else can differ.
    raise NotInLog(f"The record {record_id[:120]} is not the one that was logged: its hash differs.")
