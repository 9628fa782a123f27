"""Filing the chain from records, as they are made and all over again.

Records are read as they are stored, not verified: what stands in the index leads to lots and cases, and their pages
show what verifies.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

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


class Filing(Protocol):
    """Where the chain is filed: the tables, or rows in memory that the tables are compared with."""

    def add_edges(self, edges: Collection[chain.Edge]) -> None:
        """What was made, and what it was made of."""

    def replace_edges(self, made: str, taken: Iterable[str]) -> None:
        """What a lot was made of, in place of what was filed of it."""

    def put_shipment(self, record_id: str, lot: str, sender: str, receiver: str) -> None:
        """What was sent."""

    def set_receipt(self, shipment: str, receipt: str | None) -> None:
        """That it was received, or that its receipt was taken back."""

    def drop_shipment(self, record_id: str) -> None:
        """That its sender took it back."""

    def put_case(self, case: str, owner: str, record_id: str, contents: Collection[tuple[str, int, int]]) -> None:
        """What lies in a case now."""

    def about(self, thing: str) -> Iterable[tuple[str, str, Document]]:
        """(type, record's UUID, document) of the events and corrections about a thing, in the order of the log."""
        ...


class _Tables:
    """Files in the database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_edges(self, edges: Collection[chain.Edge]) -> None:
        chain.add_edges(self._connection, edges)

    def replace_edges(self, made: str, taken: Iterable[str]) -> None:
        chain.replace_edges(self._connection, made, taken)

    def put_shipment(self, record_id: str, lot: str, sender: str, receiver: str) -> None:
        chain.put_shipment(self._connection, record_id, lot, sender, receiver)

    def set_receipt(self, shipment: str, receipt: str | None) -> None:
        chain.set_receipt(self._connection, shipment, receipt)

    def drop_shipment(self, record_id: str) -> None:
        chain.drop_shipment(self._connection, record_id)

    def put_case(self, case: str, owner: str, record_id: str, contents: Collection[tuple[str, int, int]]) -> None:
        chain.put_case(self._connection, case, owner, record_id, contents)

    def about(self, thing: str) -> Iterable[tuple[str, str, Document]]:
        """What is stored about it."""
        rows = driver.run(self._connection, _ABOUT, (thing,))
        return [(kind, record_id, read(body)) for kind, record_id, body in rows]


def file(connection: Connection, record_id: str, document: Document) -> None:
    """File what one new TraceEvent or CorrectionRecord says; the record's UUID is `record_id`."""
    file_in(_Tables(connection), record_id, document)


def file_in(filing: Filing, record_id: str, document: Document) -> None:
    """The same, anywhere."""
    subject = _part(document, "credentialSubject")
    if _id(document.get("traceapp:corrects")) and subject.get("errorDeclaration"):
        _take_back(filing, document, subject)
    elif subject.get("type") == "AggregationEvent":
        _file_case(filing, str(_id(subject.get("traceapp:about"))))
    elif lot := _id(subject.get("traceapp:lot")):
        if edges := {(lot, source) for source in _sources(subject)}:
            filing.add_edges(edges)
        _file_handing_over(filing, record_id, lot, document)


def rebuild(connection: Connection) -> int:
    """Make the whole index anew. Returns how many records were read."""
    chain.clear(connection)
    after, count = 0, 0
    while rows := driver.run(connection, _SOME, (after, BATCH)):
        for _, _, record_id, body in rows:
            file(connection, record_id, read(body))
        after, count = rows[-1][0] + 1, count + len(rows)
    return count


def _take_back(filing: Filing, document: Document, subject: Document) -> None:
    wrong = record_uuid(str(_id(document.get("traceapp:corrects"))))
    if case := _id(subject.get("traceapp:about")):
        _file_case(filing, case)
    elif lot := _id(subject.get("traceapp:lot")):
        standing = (_part(one, "credentialSubject") for _, one in _standing(filing, lot))
        filing.replace_edges(
            lot,
            {source for one in standing if _id(one.get("traceapp:lot")) == lot for source in _sources(one)},
        )
        filing.drop_shipment(wrong)
        if answered := _kde(subject).get("traceapp:shipment"):
            filing.set_receipt(record_uuid(str(answered)), None)


def _file_handing_over(filing: Filing, record_id: str, lot: str, document: Document) -> None:
    subject = _part(document, "credentialSubject")
    kde, stage = _kde(subject), subject.get("traceapp:stage")
    receiver = kde.get("traceapp:to")
    if stage == "SHIP" and isinstance(receiver, str) and receiver.startswith("https://"):
        sender = str(_id(document.get("traceapp:declaredBy")))
        filing.put_shipment(record_id, lot, sender, receiver)
    elif stage == "RECEIVE" and isinstance(kde.get("traceapp:shipment"), str):
        filing.set_receipt(record_uuid(kde["traceapp:shipment"]), record_id)


def _file_case(filing: Filing, case: str) -> None:
    """What a case holds after all that was said of it and not taken back."""
    held: list[tuple[str, int, int]] = []
    owner, last = "", ""
    for record_id, document in _standing(filing, case):
        subject = _part(document, "credentialSubject")
        lines = subject.get("traceapp:contents") if subject.get("action") == "ADD" else None
        held = [*held, *_contents(lines)] if lines else []
        owner, last = owner or str(_id(document.get("traceapp:declaredBy"))), record_id
    filing.put_case(case, owner, last, held)


def _standing(filing: Filing, thing: str) -> list[tuple[str, Document]]:
    """The events about a thing that nobody took back, in the order of the log, by their records' UUIDs."""
    rows = list(filing.about(thing))
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
