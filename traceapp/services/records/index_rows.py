"""The tables of current state, as the records say them: to compare what is there, and to make what is missing.

The tables organisations, facilities, products, lots, certificates and label_runs are an index over records; every
column of a row stands in one of them. So are those of the chain, of search, and what names records: each has a module
beside this one. Filled by giving it each record's document in the order of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from traceapp.core.canonical import JsonObject
from traceapp.core.credential import matches_keyed_hash
from traceapp.core.errors import InconsistentLog
from traceapp.core.register_readings import identity_of
from traceapp.core.statements import TERM, record_uuid
from traceapp.db.tables import certificates, facilities, label_runs, lots, organisations, personal, products
from traceapp.services.records.index_chain import ChainRows
from traceapp.services.records.index_named import NamedRecords
from traceapp.services.records.index_search import require_same_search
from traceapp.services.records.kept_records import loose_value

TABLES = (organisations, facilities, products, lots, certificates, label_runs)
Row = dict[str, Any]


class IndexRows:
    """What each row must be. `record_id` may be any record about the thing: the newest is what is made."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {table.name: {} for table in TABLES}
        self._about: dict[tuple[str, str], set[str]] = {}
        self._who: dict[str, tuple[str, ...]] = {}
        self._hashes: dict[str, Mapping[str, str]] = {}
        self._chain = ChainRows()
        self._named = NamedRecords()

    def add(self, document: JsonObject) -> None:
        """The next record of the log, verified."""
        if hashes := document.get("traceapp:personal"):
            self._hashes[record_uuid(document["id"])] = hashes
        self._chain.add(document)
        self._named.add(document)
        subject = document["credentialSubject"]
        kind = subject.get("type")
        read = _READERS.get(kind) if isinstance(kind, str) else None
        if read is None:
            return
        table, values = read(document, subject)
        known = self._rows[table.name].get(subject["id"])
        if known is None and kind in _LATER_WORDS:
            return
        record = record_uuid(document["id"])
        # The first word founds the row; later ones change what they speak of.
        founded = known if known is not None else {"id": subject["id"]}
        founded.update(values if known is None or kind in _LATER_WORDS else {})
        founded["record_id"] = record
        if kind == "traceapp:Organisation":
            self._describe(document, founded)
        self._rows[table.name][subject["id"]] = founded
        self._about.setdefault((table.name, subject["id"]), set()).add(record)

    def _describe(self, document: JsonObject, organisation: Row) -> None:
        """Whoever says anything else of who it is has to be confirmed anew (core/identities.py)."""
        who = identity_of(document)
        if self._who.setdefault(organisation["id"], who) != who and organisation["identity_state"] == "confirmed":
            organisation["identity_state"] = "unconfirmed"
        self._who[organisation["id"]] = who

    def require_same(self, connection: Connection) -> int:
        """InconsistentLog names the first row that is not what the records say. Returns how many rows there are."""
        count = sum(self._require_table(connection, table) for table in TABLES) + self._require_personal(connection)
        count += self._chain.require_same(connection) + self._named.require_same(connection)
        return count + require_same_search(connection)

    def _require_table(self, connection: Connection, table: Table) -> int:
        expected, count = self._rows[table.name], 0
        for row in connection.execute(select(table).order_by(table.c.id)).mappings():
            count += 1
            wanted = expected.get(row["id"])
            if wanted is None:
                raise InconsistentLog(f"{table.name} has a row {str(row['id'])[:120]} that no record speaks of.")
            for name, value in wanted.items():
                fits = row[name] in self._about[table.name, row["id"]] if name == "record_id" else row[name] == value
                if not fits:
                    raise InconsistentLog(
                        f"{table.name}.{name} of {row['id'][:120]} is {str(row[name])[:60]!r}; its record says "
                        f"{str(value)[:60]!r}."
                    )
        if count != len(expected):
            found = set(connection.execute(select(table.c.id)).scalars())
            missing = next(name for name in expected if name not in found)
            raise InconsistentLog(f"{table.name} lacks the row {missing[:120]} that a record made.")
        return count

    def _require_personal(self, connection: Connection) -> int:
        count = 0
        for row in connection.execute(select(personal).order_by(personal.c.record_id, personal.c.field)):
            count += 1
            expected = self._hashes.get(row.record_id, {}).get(TERM + str(row.field), "")
            if not matches_keyed_hash(str(expected), row.salt, loose_value(row.value)):
                raise InconsistentLog(
                    f"personal.value of {row.field} of the record {row.record_id} is not what it was signed over."
                )
        return count

    def write_missing(self, connection: Connection) -> int:
        """Make the rows that are not there, and bring those that are to what the records say. Returns how many."""
        return sum(self._write(connection, table) for table in TABLES)

    def _write(self, connection: Connection, table: Table) -> int:
        there = {row["id"]: row for row in connection.execute(select(table)).mappings()}
        changed = 0
        for name, wanted in self._rows[table.name].items():
            known = there.get(name)
            if known is None:
                connection.execute(insert(table).values(wanted))
            elif dict(known) != wanted:
                connection.execute(update(table).where(table.c.id == name).values(wanted))
            changed += known is None or dict(known) != wanted
        return changed


Reader = Callable[[JsonObject, JsonObject], tuple[Table, Row]]


def _organisation(_: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    return organisations, {"role": subject["traceapp:role"], "identity_state": "unconfirmed"}


def _identity(_: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    return organisations, {"identity_state": subject["traceapp:state"]}


def _facility(_: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    return facilities, {"organisation": subject["traceapp:organisation"]["id"]}


def _product(_: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    return products, {"code": subject["traceapp:code"], "organisation": subject["traceapp:organisation"]["id"]}


def _lot(_: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    return lots, {"product": subject["traceapp:product"]["id"], "lot": subject["traceapp:lot"]}


def _certificate(document: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    return certificates, {
        "about": subject["traceapp:about"]["id"],
        "issuer": subject["traceapp:issuer"]["id"],
        "state": subject["traceapp:state"],
        "status_index": int(document["credentialStatus"][0]["statusListIndex"]),
    }


def _certificate_state(_: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    return certificates, {"state": subject["traceapp:state"]}


def _label_run(_: JsonObject, subject: JsonObject) -> tuple[Table, Row]:
    names = {"first": "first", "count": "count", "signed": "signed", "serial_key": "serialKey"}
    values = {column: subject[TERM + term] for column, term in names.items()}
    return label_runs, {
        **values,
        "lot": subject["traceapp:lot"]["id"],
        "printed_path": subject["traceapp:printedPath"],
    }


_READERS: Mapping[str, Reader] = {
    "traceapp:Organisation": _organisation,
    "traceapp:IdentityConfirmation": _identity,
    "traceapp:Facility": _facility,
    "traceapp:Product": _product,
    "traceapp:Lot": _lot,
    "traceapp:Certificate": _certificate,
    "traceapp:CertificateState": _certificate_state,
    "traceapp:LabelRun": _label_run,
}
_LATER_WORDS = frozenset({"traceapp:IdentityConfirmation", "traceapp:CertificateState"})
"""What changes a row and never founds one."""
