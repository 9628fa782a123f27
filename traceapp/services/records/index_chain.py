"""The index of the chain as the records make it, in memory: what the tables of lots, loads and cases must hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from traceapp.core.canonical import JsonObject
from traceapp.core.errors import InconsistentLog
from traceapp.core.statements import record_type, record_uuid, subjects_of
from traceapp.db import chain_build, driver
from traceapp.db.chain import Edge
from traceapp.db.chain_build import CHAINED, Document

_EDGES = (
    "SELECT made.lot, taken.lot FROM chain_edges e LEFT JOIN chain_lots made ON made.number = e.output "
    "LEFT JOIN chain_lots taken ON taken.number = e.input"
)


class ChainRows:
    """Takes each record in the order of the log, as `chain_build` files it, and compares the tables with it."""

    def __init__(self) -> None:
        self._edges: dict[str, set[str]] = {}
        self._lots: set[str] = set()
        self._shipments: dict[str, list[str | None]] = {}
        self._cases: dict[str, tuple[str, str, bool]] = {}
        self._contents: dict[str, list[tuple[str, int, int]]] = {}
        self._said: dict[str, list[tuple[str, str, Document]]] = {}

    def add(self, document: JsonObject) -> None:
        """The next record, verified."""
        kind = record_type(document)
        if kind not in CHAINED:
            return
        record_id, subject = record_uuid(document["id"]), document["credentialSubject"]
        # Only these are ever asked for again: a plain event neither takes goods nor speaks of a case.
        if kind == "CorrectionRecord" or "traceapp:about" in subject or _takes(subject):
            for thing in subjects_of(document):
                self._said.setdefault(thing, []).append((kind, record_id, document))
        chain_build.file_in(self, record_id, document)

    def add_edges(self, edges: Collection[Edge]) -> None:
        """What was made, and what it was made of."""
        for made, taken in edges:
            self._edges.setdefault(made, set()).add(taken)
            self._lots |= {made, taken}

    def replace_edges(self, made: str, taken: Iterable[str]) -> None:
        """What a lot was made of, in place of what was filed of it."""
        self._edges.pop(made, None)
        self.add_edges([(made, one) for one in taken])

    def put_shipment(self, record_id: str, lot: str, sender: str, receiver: str) -> None:
        """What was sent."""
        self._shipments[record_id] = [lot, sender, receiver, None]

    def set_receipt(self, shipment: str, receipt: str | None) -> None:
        """That it was received, or that its receipt was taken back."""
        if shipment in self._shipments:
            self._shipments[shipment][3] = receipt

    def drop_shipment(self, record_id: str) -> None:
        """That its sender took it back."""
        self._shipments.pop(record_id, None)

    def put_case(self, case: str, owner: str, record_id: str, contents: Collection[tuple[str, int, int]]) -> None:
        """What lies in a case now; its owner is whoever packed it first."""
        first = self._cases[case][0] if case in self._cases else owner
        self._cases[case] = (first, record_id, bool(contents))
        self._contents[case] = list(contents)

    def about(self, thing: str) -> Iterable[tuple[str, str, Document]]:
        """The events and corrections about a thing that may matter here."""
        return self._said.get(thing, [])

    def require_same(self, connection: Connection) -> int:
        """InconsistentLog names the first row that is not what the records say. Returns how many rows there are."""
        lots = {lot for (lot,) in driver.run(connection, "SELECT lot FROM chain_lots")}
        if odd := sorted(lots - self._lots):
            raise InconsistentLog(f"chain_lots has the lot {odd[0][:120]}, which no record takes or gives.")
        edges = {(made, taken): () for made, all_taken in self._edges.items() for taken in all_taken}
        found = {(str(made), str(taken)): () for made, taken in driver.run(connection, _EDGES)}
        shipments = {name: tuple(row) for name, row in self._shipments.items()}
        contents = {(lot, first): (last, case) for case, held in self._contents.items() for lot, first, last in held}
        return len(lots) + sum(
            (
                _require("chain_edges", (), edges, found),
                _require("shipments", ("lot", "sender", "receiver", "receipt"), shipments, _rows(connection, _LOADS)),
                _require("cases", ("owner", "record_id", "packed"), self._cases, _rows(connection, _CASES)),
                _require("case_contents", ("last", "case_id"), contents, _rows(connection, _CONTENTS, 2)),
            )
        )


_LOADS = "SELECT record_id, lot, sender, receiver, receipt FROM shipments"
_CASES = "SELECT id, owner, record_id, packed FROM cases"
_CONTENTS = "SELECT lot, first, last, case_id FROM case_contents"


def _takes(subject: JsonObject) -> bool:
    inputs = subject.get("traceapp:inputs")
    return isinstance(inputs, list) and any(isinstance(one, dict) and "traceapp:fromLot" in one for one in inputs)


def _rows(connection: Connection, query: str, key: int = 1) -> dict[Any, tuple[Any, ...]]:
    rows = driver.run(connection, query)
    return {(row[0] if key == 1 else tuple(row[:key])): tuple(row[key:]) for row in rows}


def _require(
    table: str, columns: tuple[str, ...], expected: Mapping[Any, tuple[Any, ...]], found: Mapping[Any, tuple[Any, ...]]
) -> int:
    for name, row in found.items():
        if name not in expected:
            raise InconsistentLog(f"{table} has the row {str(name)[:120]}, which no record makes.")
        for column, value, wanted in zip(columns, row, expected[name], strict=True):
            if value != wanted:
                said = f"{str(value)[:60]!r}; its records say {str(wanted)[:60]!r}"
                raise InconsistentLog(f"{table}.{column} of {str(name)[:120]} is {said}.")
    if missing := next((name for name in expected if name not in found), None):
        raise InconsistentLog(f"{table} lacks the row {str(missing)[:120]} that a record makes.")
    return len(found)
