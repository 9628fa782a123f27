"""Tables that name records or follow them: lots that something is said against, notices, what was sent or signed."""

from __future__ import annotations

from sqlalchemy import Connection

from traceapp.core.canonical import JsonObject
from traceapp.core.errors import InconsistentLog
from traceapp.core.statements import record_type, record_uuid
from traceapp.db import driver

ALARMING = frozenset({"RecallRecord", "HoldRecord", "LabelVoidRecord"})
_NOWHERE = (
    ("diary_entries", "SELECT d.id, d.record_id FROM diary_entries d LEFT JOIN records r ON r.record_id = d.record_id "
     "WHERE d.record_id IS NOT NULL AND (r.record_id IS NULL OR r.type NOT IN ('TraceEvent', 'CorrectionRecord'))"),
    ("households", "SELECT h.id, h.record_id FROM households h LEFT JOIN records r ON r.record_id = h.record_id "
     "WHERE r.record_id IS NULL OR r.type <> 'OrganisationRecord'"),
)  # fmt: skip


class NamedRecords:
    """What the records say of whatever names them."""

    def __init__(self) -> None:
        self._size = 0
        self._alarms: list[tuple[int, str]] = []
        self._recalls: dict[str, str] = {}
        self._inspections: dict[str, str] = {}

    def add(self, document: JsonObject) -> None:
        """The next record of the log, verified."""
        leaf_index, self._size = self._size, self._size + 1
        kind, subject = record_type(document), document["credentialSubject"]
        if kind == "InspectionRecord":
            self._inspections[record_uuid(document["id"])] = document["traceapp:declaredBy"]["id"]
        elif kind in ALARMING or subject.get("traceapp:stage") == "RECALL":
            lot = subject.get("traceapp:lot")
            if isinstance(lot, dict) and isinstance(lot.get("id"), str):
                self._alarms.append((leaf_index, lot["id"]))
                if kind == "RecallRecord":
                    self._recalls[record_uuid(document["id"])] = lot["id"]

    def require_same(self, connection: Connection) -> int:
        """InconsistentLog names the first row that does not fit. Returns how many rows there are."""
        for table, query in _NOWHERE:
            for name, record in driver.run(connection, query):
                raise InconsistentLog(f"{table}.record_id of {name} is {record}, which is no record of that kind.")
        return self._require_alarms(connection) + self._require_notices(connection) + self._require_sent(connection)

    def _require_alarms(self, connection: Connection) -> int:
        told = driver.run(connection, "SELECT value FROM service WHERE name = 'alarms-read'")
        read = int(told[0][0]) if told else 0
        expected = {lot: leaf_index for leaf_index, lot in self._alarms if leaf_index < read}
        found: dict[str, int] = dict(driver.run(connection, "SELECT lot, leaf_index FROM lot_alarms"))
        for lot in sorted(found.keys() | expected.keys()):
            if found.get(lot) != expected.get(lot):
                raise InconsistentLog(
                    f"lot_alarms.leaf_index of {lot[:120]} is {found.get(lot)}; its records say {expected.get(lot)}."
                )
        return len(found)

    def _require_notices(self, connection: Connection) -> int:
        rows = driver.run(connection, "SELECT recall, lot FROM recall_notices")
        for recall, lot in rows:
            if self._recalls.get(recall) != lot:
                raise InconsistentLog(
                    f"recall_notices tells of {str(recall)[:120]}, which does not recall {lot[:120]}."
                )
        return len(rows)

    def _require_sent(self, connection: Connection) -> int:
        rows = driver.run(connection, "SELECT record_id, organisation FROM inspection_sends")
        for record_id, organisation in rows:
            if self._inspections.get(record_id) != organisation:
                raise InconsistentLog(
                    f"inspection_sends.record_id {str(record_id)[:60]} is no inspection by {str(organisation)[:120]}."
                )
        return len(rows)
