"""Filing the chain from records, as they are made and all over again.

Records are read as they are stored, not verified: what stands in the index leads to lots and cases, and their pages
show what verifies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from traceapp.core.statements import record_uuid
from traceapp.db import chain, driver

BATCH = 1000
CHAINED = frozenset({"TraceEvent", "CorrectionRecord"})
"""Types of the records that are filed here."""
_SOME = (
    "SELECT e.leaf_index, r.type, r.record_id, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index >= ? AND r.type IN ('TraceEvent', 'CorrectionRecord') ORDER BY e.leaf_index LIMIT ?"
)
_ABOUT = (
    "SELECT r.type, r.record_id, r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id "
    "WHERE s.subject = ? AND r.type IN ('TraceEvent', 'CorrectionRecord') ORDER BY s.leaf_index"
)

Document = Mapping[str, Any]


def file(connection: Connection, record_id: str, document: Document) -> None:
    """File what one new TraceEvent or CorrectionRecord says; the record's UUID is `record_id`."""
    subject = _part(document, "credentialSubject")
    if _id(document.get("traceapp:corrects")) and subject.get("errorDeclaration"):
        _take_back(connection, document, subject)
    elif subject.get("type") == "AggregationEvent":
        _file_case(connection, str(_id(subject.get("traceapp:about"))))
    elif lot := _id(subject.get("traceapp:lot")):
        chain.add_edges(connection, {(lot, source) for source in _sources(subject)})
        _file_handing_over(connection, record_id, lot, document)


def rebuild(connection: Connection) -> int:
    """Make the whole index anew. Returns how many records were read."""
    chain.clear(connection)
    after, count = 0, 0
    while rows := driver.run(connection, _SOME, (after, BATCH)):
        for _, _, record_id, body in rows:
            file(connection, record_id, read(body))
        after, count = rows[-1][0] + 1, count + len(rows)
    return count


def _take_back(connection: Connection, document: Document, subject: Document) -> None:
    wrong = record_uuid(str(_id(document.get("traceapp:corrects"))))
    if case := _id(subject.get("traceapp:about")):
        _file_case(connection, case)
    elif lot := _id(subject.get("traceapp:lot")):
        standing = (_part(one, "credentialSubject") for _, one in _standing(connection, lot))
        chain.replace_edges(
            connection,
            lot,
            {source for one in standing if _id(one.get("traceapp:lot")) == lot for source in _sources(one)},
        )
        chain.drop_shipment(connection, wrong)
        if answered := _kde(subject).get("traceapp:shipment"):
            chain.set_receipt(connection, record_uuid(str(answered)), None)


def _file_handing_over(connection: Connection, record_id: str, lot: str, document: Document) -> None:
    subject = _part(document, "credentialSubject")
    kde, stage = _kde(subject), subject.get("traceapp:stage")
    receiver = kde.get("traceapp:to")
    if stage == "SHIP" and isinstance(receiver, str) and receiver.startswith("https://"):
        sender = str(_id(document.get("traceapp:declaredBy")))
        chain.put_shipment(connection, record_id, lot, sender, receiver)
    elif stage == "RECEIVE" and isinstance(kde.get("traceapp:shipment"), str):
        chain.set_receipt(connection, record_uuid(kde["traceapp:shipment"]), record_id)


def _file_case(connection: Connection, case: str) -> None:
    """What a case holds after all that was said of it and not taken back."""
    held: list[tuple[str, int, int]] = []
    owner, last = "", ""
    for record_id, document in _standing(connection, case):
        subject = _part(document, "credentialSubject")
        lines = subject.get("traceapp:contents") if subject.get("action") == "ADD" else None
        held = [*held, *_contents(lines)] if lines else []
        owner, last = owner or str(_id(document.get("traceapp:declaredBy"))), record_id
    chain.put_case(connection, case, owner, last, held)


def _standing(connection: Connection, thing: str) -> list[tuple[str, Document]]:
    """The events about a thing that nobody took back, in the order of the log, by their records' UUIDs."""
    rows = [(kind, record_id, read(body)) for kind, record_id, body in driver.run(connection, _ABOUT, (thing,))]
    gone = {
        (record_uuid(str(_id(one.get("traceapp:corrects")))), _id(one.get("traceapp:declaredBy")))
        for kind, _, one in rows
        if kind == "CorrectionRecord"
    }
    return [
        (record_id, one)
        for kind, record_id, one in rows
        if kind == "TraceEvent" and (record_id, _id(one.get("traceapp:declaredBy"))) not in gone
    ]


def read(body: bytes) -> Document:
    """A stored record's JSON; nothing where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _sources(subject: Document) -> Iterator[str]:
    for line in _lines(subject.get("traceapp:inputs")):
        if source := _id(line.get("traceapp:fromLot")):
            yield source


def _contents(lines: Any) -> Iterator[tuple[str, int, int]]:
    for line in _lines(lines):
        lot, first, last = _id(line.get("traceapp:lot")), line.get("traceapp:first"), line.get("traceapp:last")
        if lot and type(first) is int and type(last) is int:
            yield lot, first, last


def _kde(subject: Document) -> Document:
    return _part(subject, "traceapp:kde")


def _part(document: Document, name: str) -> Document:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _lines(value: Any) -> list[Document]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _id(value: Any) -> str | None:
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
