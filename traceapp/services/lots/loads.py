"""What leaves and what comes in cases: which cases are in one's hands, and what lies in them.

A case is where its owner packed it until it is sent; then with whoever received it. It goes as it is: what it holds is
told by its own records, and each lot in it gets its own event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection

from traceapp.core.digital_link import parse_path
from traceapp.core.errors import Conflict, InvalidEvent, InvalidIdentifier, NotFound, RuleBroken
from traceapp.core.events import Goods, Stage
from traceapp.core.handing_over import cases_in
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.log.entries import Receipt
from traceapp.services.lots import handing_over
from traceapp.services.lots.cases import MOST_LISTED, Case, CaseRow, find_case
from traceapp.services.lots.handing_over import Shipment
from traceapp.services.lots.readiness import facts_of
from traceapp.services.records.signing import Notary
from traceapp.services.world import World

MOST_CASES = 200
"""Cases of one load: its record names each."""
_OF_LOT = (
    "SELECT c.id, c.owner, e.leaf_index, n.first, n.last FROM case_contents n JOIN cases c ON c.id = n.case_id "
    "JOIN log_entries e ON e.record_id = c.record_id WHERE n.lot = ? AND c.packed ORDER BY c.record_id DESC, n.first"
)
_PIECE = "gói"


@shared
def cases_here(world: World, connection: Connection, lot: str, by: str) -> list[CaseRow]:
    """Packed cases with items of the lot that are in an organisation's hands, newest first; `items` are the lot's."""
    moved = _moves(world, connection, lot, by)
    found: dict[str, int] = {}
    for case, owner, packed, first, last in driver.run(connection, _OF_LOT, (lot,)):
        moves = [is_here for leaf, is_here in moved.get(case, ()) if leaf > packed]
        if moves[-1] if moves else owner == by:
            found[case] = found.get(case, 0) + last - first + 1
    return [CaseRow(case, True, items, (lot,)) for case, items in list(found.items())[:MOST_LISTED]]


def cases_with(connection: Connection, lot: str) -> list[str]:
    """The ids of all packed cases with items of the lot, wherever they are."""
    return list(dict.fromkeys(row[0] for row in driver.run(connection, _OF_LOT, (lot,))))


def _moves(world: World, connection: Connection, lot: str, by: str) -> dict[str, list[tuple[int, bool]]]:
    """When which case came or went, in the order of the log: (leaf index, whether it was here afterwards)."""
    found: dict[str, list[tuple[int, bool]]] = {}
    for load in handing_over.of_lot(connection, world.host, lot, by, world.keyring(connection)):
        if load.sender == by:
            for case in load.cases:
                found.setdefault(case, []).append((load.sent.source.leaf_index, False))
        elif load.received:
            for case in cases_in(load.received.event):
                found.setdefault(case, []).append((load.received.source.leaf_index, True))
    return {case: sorted(moves) for case, moves in found.items()}


def send(
    world: World,
    connection: Connection,
    lot: str,
    by: str,
    to: str,
    loose: Sequence[Goods],
    cases: Sequence[str],
    day: date,
    notary: Notary,
    *,
    paper: str | None = None,
    vehicle: str | None = None,
    again: bool = False,
) -> Receipt:
    """Send goods of a lot, and whole cases with all that lies in them; returns the lot's own receipt.

    Items of other lots in a case get an event of their own lot, in the same transaction. Conflict for a case that is
    not here any more, InvalidEvent for too many; else as `handing_over.ship`.
    """
    named = list(dict.fromkeys(cases))
    if len(named) > MOST_CASES:
        raise InvalidEvent(f"A load names at most {MOST_CASES} cases: send the others with the next.")
    found = [_case_here(world, connection, case, by) for case in named]
    receipts = {}
    for one in dict.fromkeys((lot, *(content.lot for case in found for content in case.contents))):
        held = [case.id for case in found if _items(case, one)]
        receipts[one] = handing_over.ship(
            connection, one, by, to, loose if one == lot else (), day, notary, world.clock(), paper=paper,
            vehicle=vehicle, again=again, cases=held, cased=_cased(world, connection, one, found),
        )  # fmt: skip
    return receipts[lot]


def _case_here(world: World, connection: Connection, case: str, by: str) -> Case:
    found = find_case(connection, world.host, case, world.keyring(connection))
    for lot in dict.fromkeys(one.lot for one in found.contents):
        if case in {one.id for one in cases_here(world, connection, lot, by)}:
            return found
    raise Conflict(f"The case {case.rpartition('/')[2]} is not here: it was sent, or was opened.")


def _items(case: Case, lot: str) -> int:
    return sum(one.count for one in case.last if one.lot == lot)


def _cased(world: World, connection: Connection, lot: str, cases: Iterable[Case]) -> Goods | None:
    """What the cases hold of a lot, as its packing names it."""
    count = sum(_items(case, lot) for case in cases)
    if not count:
        return None
    name, unit = packed_as(world, connection, lot)
    return Goods(name, count, unit)


def packed_as(world: World, connection: Connection, lot: str) -> tuple[str, str]:
    """Name and unit of what a lot was packed into last."""
    packed = [one for one in facts_of(world, connection, lot).events if one.stage is Stage.PACK]
    last = max(packed, key=lambda one: one.source.leaf_index).event.outputs[-1] if packed else None
    return (last.name, last.unit) if last else (_PIECE, _PIECE)


def take_in(
    world: World,
    connection: Connection,
    shipment: Shipment,
    loose: Sequence[Goods],
    cases: Sequence[str],
    day: date,
    notary: Notary,
    *,
    note: str | None = None,
) -> Receipt:
    """Receive what came of a shipment: goods outside cases as they were counted, and the cases that came.

    A case that nobody named may have come too; RuleBroken for one that holds nothing of the lot. InvalidEvent for too
    many cases.
    """
    keyring, named = world.keyring(connection), list(dict.fromkeys(cases))
    if len(named) > MOST_CASES:
        raise InvalidEvent(f"A delivery names at most {MOST_CASES} cases: write the others into the note.")
    found = [find_case(connection, world.host, case, keyring) for case in named]
    for case in found:
        if not _items(case, shipment.lot):
            raise RuleBroken(f"The case {case.path.rpartition('/')[2]} holds nothing of this lot.")
    return handing_over.receive(
        connection, shipment.record_id, shipment.receiver, loose, day, notary, world.clock(), note=note, cases=named,
        cased=_cased(world, connection, shipment.lot, found),
    )  # fmt: skip


def case_of_code(world: World, connection: Connection, code: str, known: Iterable[str] = ()) -> str:
    """The id of the case whose code somebody scanned or typed: its address, its SSCC, or the serial of one of `known`.

    NotFound where there is none.
    """
    told = "".join(code.split())
    digits = told.removeprefix("(00)").removeprefix("00" if len(told) == 20 else "")
    wanted = next((one for one in known if one.rpartition("/")[2].casefold() == digits.casefold()), None)
    wanted = wanted or _id_of(world, told if "://" in told else f"https://{world.host}/00/{digits}")
    if not driver.run(connection, "SELECT 1 FROM cases WHERE id = ?", (wanted,)):
        raise NotFound(f"There is no case {code[:60]!r}: read the code on the carton again.")
    return wanted


def _id_of(world: World, address: str) -> str:
    """A scanned address as the id of a thing here, whichever of the service's hosts the label carries."""
    path = address.partition("://")[2].partition("/")[2].partition("?")[0]
    try:
        return f"https://{world.host}{parse_path(f'/{path}').path}"
    except InvalidIdentifier:
        return address
