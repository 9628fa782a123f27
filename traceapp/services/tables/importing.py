"""Importing a table: looked at first, then all of it or nothing, in one transaction with one append.

`look` shows what would be recorded, which rows are known already and every faulty cell; `take` does it again over the
same bytes and records. What was recorded before is never changed by a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import IntegrityError

from traceapp.adapters.spreadsheets import read_table
from traceapp.core.counted import Counted
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Event
from traceapp.core.sheets.layouts import LAYOUTS, OWN_KINDS
from traceapp.core.sheets.rows import Fault, Layout, Reading, Row, Same, Values, read_grid
from traceapp.core.sheets.same import drop_repeated
from traceapp.core.statements import record_uuid
from traceapp.db import driver
from traceapp.db.imports import imports
from traceapp.db.types import instant_of
from traceapp.i18n.sheets import kind_name
from traceapp.services.certificates.statements import ISSUERS
from traceapp.services.log.entries import Receipt
from traceapp.services.operating import audit
from traceapp.services.records.events import capture_many
from traceapp.services.records.signing import Notary, new_uuid, record
from traceapp.services.registry.registers import role_of
from traceapp.services.tables import diary as import_diary
from traceapp.services.tables import kinds as import_kinds
from traceapp.services.tables.kinds import Importer, Prepared
from traceapp.services.tables.known import Known


@dataclass(frozen=True, slots=True)
class Look:
    """What a table would do: rows to record, rows that are known, faults (of `fault_count`, the first ones)."""

    layout: Layout
    rows: tuple[Row, ...]
    same: tuple[Same, ...]
    faults: tuple[Fault, ...]
    fault_count: int
    unknown_titles: tuple[str, ...]
    prepared: tuple[Prepared, ...] = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)

    @property
    def is_ready(self) -> bool:
        """Whether it can be taken: nothing is wrong with it, and something is new."""
        return self.fault_count == 0 and bool(self.rows)


@dataclass(frozen=True, slots=True)
class Imported:
    """One table that was taken."""

    kind: str
    name: str
    count: int
    same: int
    at: datetime


_RECORDED: Mapping[str, Callable[[Importer], Iterator[Values]]] = {
    "households": import_kinds.recorded_households,
    "plots": import_kinds.recorded_plots,
    "products": import_kinds.recorded_products,
    "certificates": import_kinds.recorded_certificates,
    "register": import_kinds.recorded_certificates,
}
_PREPARE: Mapping[str, Callable[[Importer, Reading], Iterator[Prepared]]] = {
    "households": import_kinds.prepare_households,
    "plots": import_kinds.prepare_plots,
    "products": import_kinds.prepare_products,
    "certificates": import_kinds.prepare_certificates,
    "register": import_kinds.prepare_register,
}


def kinds_for(role: str) -> tuple[str, ...]:
    """The kinds of table that an organisation of that role imports."""
    if role == "producer":
        return OWN_KINDS
    return (*(("households",) if role == "authority" else ()), *(("register",) if role in ISSUERS else ()))


def look(connection: Connection, kind: str, data: bytes, by: str, notary: Notary, now: datetime) -> Look:
    """What the table in `data` would record for `by`; nothing is written. SheetRefused for what is no table.

    NotFound for a kind of table that there is not, RuleBroken for one that `by` does not import.
    """
    layout = LAYOUTS.get(kind)
    if layout is None:
        raise NotFound(f"There is no kind of table {kind[:40]!r}: use one of {', '.join(LAYOUTS)}.")
    role = role_of(connection, by)
    if kind not in kinds_for(role):
        raise RuleBroken(f"A {role} imports no {kind}: {', '.join(kinds_for(role)) or 'nothing'}.")
    called = [kind_name(kind, lang) for lang in ("vi", "en")]
    reading = read_grid(layout, read_table(data, called))
    importer = Importer(Known(connection, by), by, role, notary)
    is_diary = kind == "diary"
    recorded = import_diary.recorded_entries(importer, reading) if is_diary else _RECORDED[kind](importer)
    drop_repeated(reading, recorded)
    try:
        events = import_diary.prepare_events(importer, reading, vietnamese_date(now)) if is_diary else []
        prepared = () if is_diary else tuple(_PREPARE[kind](importer, reading))
    except InvalidEvent as cause:
        reading.refuse(None, None, "not-said", text=str(cause)[:200])
        events, prepared = [], ()
    return Look(
        layout,
        tuple(reading.rows),
        tuple(reading.same),
        tuple(sorted(reading.faults, key=lambda one: one.row or 0)),
        reading.fault_count,
        reading.unknown,
        prepared,
        tuple(events),
    )


def take(
    connection: Connection,
    kind: str,
    data: bytes,
    by: str,
    notary: Notary,
    now: datetime,
    *,
    name: str,
    actor: str | None = None,
) -> tuple[Look, tuple[Receipt, ...]]:
    """Record all of a table; RuleBroken where anything is wrong with it: then nothing is. `actor` is for the audit."""
    found = look(connection, kind, data, by, notary, now)
    if not found.is_ready:
        raise RuleBroken(
            f"{Counted(found.fault_count):fault|faults}, {Counted(len(found.rows)):new row|new rows}: nothing was "
            "recorded."
        )
    if found.events:
        receipts = capture_many(connection, found.events, notary, now)
    else:
        receipts = _record(connection, found.prepared, notary, now)
    digest = hashlib.sha256(data).hexdigest()
    counts = {"count": len(found.rows), "same": len(found.same)}
    connection.execute(
        insert(imports).values(
            id=str(new_uuid()), organisation=by, kind=kind, name=name[:120], sha256=digest, at=now, **counts
        )
    )
    audit.note(connection, "import", by, actor or by, now, kind=kind, file=digest, **counts)
    return found, receipts


def _record(
    connection: Connection, prepared: tuple[Prepared, ...], notary: Notary, now: datetime
) -> tuple[Receipt, ...]:
    receipts = record(connection, [one.statement for one in prepared], notary, now)
    tables: dict[Table, list[tuple[object, ...]]] = {}
    for one, receipt in zip(prepared, receipts, strict=True):
        for table, row in one.rows:
            tables.setdefault(table, []).append((*row, record_uuid(receipt.record_id)))
    try:
        for table, rows in tables.items():
            driver.insert(connection, table, rows)
    except IntegrityError as cause:
        raise Conflict("Something in this table was registered just now by somebody else: look at it again.") from cause
    return receipts


def imported_by(connection: Connection, organisation: str, most: int = 10) -> list[Imported]:
    """The tables taken last, newest first."""
    return [
        Imported(kind, name, count, same, instant_of(at))
        for kind, name, count, same, at in driver.run(connection, _IMPORTED, (organisation, most))
    ]


_IMPORTED = "SELECT kind, name, count, same, at FROM imports WHERE organisation = ? ORDER BY at DESC LIMIT ?"
