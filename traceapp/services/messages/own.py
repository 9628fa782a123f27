"""A producer's own questions, reports and suspicions: nobody answers what is about another's product."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from traceapp.core.errors import Forbidden, NotFound
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.db.types import instant_of, read_instant
from traceapp.services.messages import inbox as messages
from traceapp.services.messages.inbox import Kind, Message, State
from traceapp.services.registry.registers import owner_of_lot, producer_of
from traceapp.services.scans.suspicions import Suspected

A_PAGE = 20
_CLOSED = (State.ANSWERED, State.REFUSED)


@shared
def waiting_for(connection: Connection, organisation: str) -> tuple[list[Message], int]:
    """What was asked and reported about an organisation's products and waits, the oldest first; how many wait beside.

    Who has more to answer than a page holds begins with those that waited longest.
    """
    shown = _about(connection, organisation, messages.WAITING, "ASC", A_PAGE + 1)
    if len(shown) <= A_PAGE:
        return shown, 0
    return shown[:A_PAGE], _count(connection, organisation, messages.WAITING) - A_PAGE


@shared
def answered_by(connection: Connection, organisation: str, page: int) -> list[Message]:
    """A page of what was answered or refused, the newest first; the first page is 1."""
    return _about(connection, organisation, _CLOSED, "DESC", A_PAGE, (page - 1) * A_PAGE)


@shared
def count_answered(connection: Connection, organisation: str) -> int:
    """How many were."""
    return _count(connection, organisation, _CLOSED)


def _about(
    connection: Connection, organisation: str, states: tuple[State, ...], order: str, most: int, skip: int = 0
) -> list[Message]:
    """Messages about an organisation's products in those states, by the order in which they came."""
    sql = f"SELECT {_NAMES} {_ABOUT} ORDER BY m.id {order} LIMIT ? OFFSET ?"
    return [_message(row) for row in driver.run(connection, sql, (organisation, *map(str, states), most, skip))]


def _count(connection: Connection, organisation: str, states: tuple[State, ...]) -> int:
    return int(driver.run(connection, f"SELECT count(*) {_ABOUT}", (organisation, *map(str, states)))[0][0])


_NAMES = ", ".join(f"m.{name}" for name in Message.__dataclass_fields__)
# There are two states on either side: those that wait, and those that are closed.
_ABOUT = "FROM messages m JOIN products p ON p.id = m.product WHERE p.organisation = ? AND m.state IN (?, ?)"


def _message(row: driver.Row) -> Message:
    reference, kind, path, product, lot, lang, words, sent, state, held_for, reply, closed, closed_by, public = row
    return Message(
        reference, Kind(kind), path, product, lot, lang, words, instant_of(sent), State(state), held_for, reply,
        read_instant(closed), closed_by, bool(public),
    )  # fmt: skip


def message_to(connection: Connection, reference: str, organisation: str) -> Message:
    """One message; Forbidden where it is about another's product, NotFound."""
    found = messages.find(connection, reference)
    if not _is_to(connection, found, organisation):
        raise Forbidden("This message is about another's product: its producer answers it.")
    return found


def suspicions_of(connection: Connection, suspected: Collection[Suspected], organisation: str) -> list[Suspected]:
    """Which of the `suspected` labels are an organisation's, in their order.

    They are listed before `connection` is taken: two who each held a connection to one database and waited for one to
    the other would wait for each other.
    """
    owners: dict[str, str] = dict(driver.run_for(connection, _OWNERS, {one.lot for one in suspected}))
    return [one for one in suspected if owners.get(one.lot) == organisation]


_OWNERS = "SELECT l.id, p.organisation FROM lots l JOIN products p ON p.id = l.product WHERE l.id IN ({})"


def require_own_lot(connection: Connection, lot: str, organisation: str) -> None:
    """Forbidden unless the lot is the organisation's own; NotFound."""
    if owner_of_lot(connection, lot)[1] != organisation:
        raise Forbidden("This lot is another's: its producer explains its scans.")


def _is_to(connection: Connection, message: Message, organisation: str) -> bool:
    try:
        return producer_of(connection, message.product) == organisation
    except NotFound:
        return False
