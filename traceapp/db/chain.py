"""The chain of lots: which lot was made of which, who was sent what, what lies in which case.

All of it is an index over records, filled in the transaction that records them and made anew from them by
chain_build.py. Lots have numbers here: an index of numbers is a tenth of one of addresses, and as much quicker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Boolean, Column, Connection, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from traceapp.db import driver
from traceapp.db.tables import Instant, Whole, metadata

chain_lots = Table(
    "chain_lots",
    metadata,
    Column("number", Whole, primary_key=True),
    Column("lot", Text, nullable=False, unique=True),
)

chain_edges = Table(
    "chain_edges",
    metadata,
    Column("output", Whole, primary_key=True, autoincrement=False),
    Column("input", Whole, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("chain_edges_input", chain_edges.c.input, chain_edges.c.output)

# `record_id` is that of the SHIP, `receipt` that of the RECEIVE which answers it.
shipments = Table(
    "shipments",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("lot", Text, nullable=False, index=True),
    Column("sender", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("receipt", Text),
)
Index("shipments_receiver", shipments.c.receiver, shipments.c.record_id)
Index("shipments_sender", shipments.c.sender, shipments.c.record_id)

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("packed", Boolean, nullable=False),
)
Index("cases_owner", cases.c.owner, cases.c.record_id)

# What lies in cases now. Ranges of one lot never overlap: an item is in one case at most.
case_contents = Table(
    "case_contents",
    metadata,
    Column("lot", Text, primary_key=True),
    Column("first", Whole, primary_key=True, autoincrement=False),
    Column("last", Whole, nullable=False),
    Column("case_id", Text, nullable=False, index=True),
)

# Whoever holds goods of a recalled lot is told so: `recall` is the id of the RecallRecord.
recall_notices = Table(
    "recall_notices",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("recall", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("lots", Integer, nullable=False),
    Column("sent", Instant, nullable=False),
    Column("seen", Instant),
    UniqueConstraint("recall", "holder"),
)
Index("recall_notices_holder", recall_notices.c.holder, recall_notices.c.id)

# One letter to one person about one notice. Until it is `sent`, `next` is when it may be taken up by whoever comes
# first.
recall_letters = Table(
    "recall_letters",
    metadata,
    Column("notice", Whole, ForeignKey("recall_notices.id"), primary_key=True, autoincrement=False),
    Column("account", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("next", Instant, nullable=False),
    Column("sent", Instant),
)

_UP = (
    "WITH RECURSIVE reached(lot) AS (SELECT number FROM chain_lots WHERE lot = ? "
    "UNION SELECT e.{towards} FROM reached JOIN chain_edges e ON e.{away} = reached.lot) "
)
_BACK = _UP.format(towards="input", away="output")
_FORWARD = _UP.format(towards="output", away="input")
_LOTS = "SELECT l.lot FROM reached JOIN chain_lots l ON l.number = reached.lot"
_ALL = "SELECT lot FROM reached"
_EDGES = "SELECT e.output, e.input FROM reached JOIN chain_edges e ON e.{away} = reached.lot"
_NAMES = "SELECT number, lot FROM chain_lots WHERE number IN ({})"
_NUMBERS = "SELECT lot, number FROM chain_lots WHERE lot IN ({})"
_NEW_LOT = "INSERT INTO chain_lots (lot) VALUES (?) ON CONFLICT (lot) DO NOTHING"
_NEW_EDGE = "INSERT INTO chain_edges (output, input) VALUES (?, ?) ON CONFLICT DO NOTHING"
_TAKEN_FROM = "SELECT 1 FROM chain_edges e JOIN chain_lots l ON l.number = e.input WHERE l.lot = ? LIMIT 1"
_REACHED = _BACK + "SELECT 1 FROM reached JOIN chain_lots l ON l.number = reached.lot WHERE l.lot = ? LIMIT 1"  # noqa: S608

Edge = tuple[str, str]
"""Ids of two lots: what was made, and what it was made of."""


def reached(connection: Connection, lot: str, *, forward: bool = False) -> list[str]:
    """Ids of all lots that a lot came from, or with `forward` that were made of it, itself first; at any depth.

    One statement whatever the depth. UNION looks at each lot once, where lots come together again.
    """
    found = [name for (name,) in driver.run(connection, (_FORWARD if forward else _BACK) + _LOTS, (lot,))]
    return [lot, *(name for name in found if name != lot)]


def numbers_reached(connection: Connection, lot: str, *, forward: bool = False) -> list[int]:
    """The same as numbers, which is half the work; nothing for a lot that neither took nor gave."""
    return [number for (number,) in driver.run(connection, (_FORWARD if forward else _BACK) + _ALL, (lot,))]


def edges_reached(connection: Connection, lot: str, *, forward: bool = False) -> list[tuple[int, int]]:
    """The edges that `reached` walks, as numbers: what was made, and what it was made of."""
    away = "input" if forward else "output"
    rows = driver.run(connection, (_FORWARD if forward else _BACK) + _EDGES.format(away=away), (lot,))
    return [(made, taken) for made, taken in rows]


def number_of(connection: Connection, lot: str) -> int:
    """The number of a lot; 0, which none has, for one that neither took nor gave."""
    rows = driver.run(connection, "SELECT number FROM chain_lots WHERE lot = ?", (lot,))
    return int(rows[0][0]) if rows else 0


def names_of(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """Ids of lots by their numbers."""
    return dict(driver.run_for(connection, _NAMES, numbers))


def would_close_circle(connection: Connection, edge: Edge) -> bool:
    """Whether a lot would come to be made of itself."""
    made, taken = edge
    if made == taken:
        return True
    # Nearly every lot that takes goods is new: where nobody took from it, there is no circle to close.
    return bool(driver.run(connection, _TAKEN_FROM, (made,)) and driver.run(connection, _REACHED, (taken, made)))


def add_edges(connection: Connection, edges: Collection[Edge]) -> None:
    """File edges; those that are filed already stay."""
    if not edges:
        return
    names = {name for edge in edges for name in edge}
    known: dict[str, int] = dict(driver.run_for(connection, _NUMBERS, names))
    for name in sorted(names - known.keys()):
        driver.change(connection, _NEW_LOT, (name,))
    if names - known.keys():
        known = dict(driver.run_for(connection, _NUMBERS, names))
    for made, taken in sorted(edges):
        driver.change(connection, _NEW_EDGE, (known[made], known[taken]))


def replace_edges(connection: Connection, made: str, taken: Iterable[str]) -> None:
    """File what a lot was made of, in place of what was filed of it."""
    forget = "DELETE FROM chain_edges WHERE output = (SELECT number FROM chain_lots WHERE lot = ?)"
    driver.change(connection, forget, (made,))
    add_edges(connection, {(made, one) for one in taken})


def put_shipment(connection: Connection, record_id: str, lot: str, sender: str, receiver: str) -> None:
    """File what was sent, until it is received."""
    driver.insert(connection, shipments, [(record_id, lot, sender, receiver, None)])


def set_receipt(connection: Connection, shipment: str, receipt: str | None) -> None:
    """File that a shipment was received, or that its receipt was taken back."""
    driver.change(connection, "UPDATE shipments SET receipt = ? WHERE record_id = ?", (receipt, shipment))


def drop_shipment(connection: Connection, record_id: str) -> None:
    """Forget a shipment that its sender took back."""
    driver.change(connection, "DELETE FROM shipments WHERE record_id = ?", (record_id,))


def put_case(
    connection: Connection, case: str, owner: str, record_id: str, contents: Collection[tuple[str, int, int]]
) -> None:
    """File what lies in a case now; nothing means that it was unpacked."""
    driver.change(connection, "DELETE FROM case_contents WHERE case_id = ?", (case,))
    driver.change(
        connection,
        "INSERT INTO cases (id, owner, record_id, packed) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET record_id = excluded.record_id, packed = excluded.packed",
        (case, owner, record_id, bool(contents)),
    )
    rows = [(lot, first, last, case) for lot, first, last in contents]
    driver.insert(connection, case_contents, rows)


def case_holding(connection: Connection, lot: str, first: int, last: int) -> str | None:
    """The case that holds one of these items, None where they all lie loose."""
    sql = "SELECT case_id, last FROM case_contents WHERE lot = ? AND first <= ? ORDER BY first DESC LIMIT 1"
    rows = driver.run(connection, sql, (lot, last))
    return rows[0][0] if rows and rows[0][1] >= first else None


def clear(connection: Connection) -> None:
    """Forget all that can be made anew from records."""
    for table in (chain_edges, chain_lots, shipments, case_contents, cases):
        driver.change(connection, f"DELETE FROM {table.name}")  # noqa: S608
