"""A producer's own questions, reports and suspicions: nobody answers what is about another's product."""

from __future__ import annotations

from sqlalchemy import Connection

from traceapp.core.errors import Forbidden, NotFound
from traceapp.services.messages import inbox as messages
from traceapp.services.messages.inbox import Message, State
from traceapp.services.registry.registers import owner_of_lot, producer_of
from traceapp.services.scans.store import ScanStore
from traceapp.services.scans.suspicions import Suspected, list_suspicions


def messages_to(connection: Connection, organisation: str, *, waiting: bool = True) -> list[Message]:
    """What was asked and reported about an organisation's products, the oldest first; `waiting`: not yet answered."""
    states = messages.WAITING if waiting else (State.ANSWERED, State.REFUSED)
    return [one for one in messages.listed(connection, states) if _is_to(connection, one, organisation)]


def message_to(connection: Connection, reference: str, organisation: str) -> Message:
    """One message; Forbidden where it is about another's product, NotFound."""
    found = messages.find(connection, reference)
    if not _is_to(connection, found, organisation):
        raise Forbidden("This message is about another's product: its producer answers it.")
    return found


def suspicions_of(connection: Connection, store: ScanStore, organisation: str) -> list[Suspected]:
    """Open suspicions about an organisation's labels, the oldest first."""
    return [one for one in list_suspicions(store) if _owns(connection, one.lot, organisation)]


def require_own_lot(connection: Connection, lot: str, organisation: str) -> None:
    """Forbidden unless the lot is the organisation's own; NotFound."""
    if owner_of_lot(connection, lot)[1] != organisation:
        raise Forbidden("This lot is another's: its producer explains its scans.")


def _is_to(connection: Connection, message: Message, organisation: str) -> bool:
    try:
        return producer_of(connection, message.product) == organisation
    except NotFound:
        return False


def _owns(connection: Connection, lot: str, organisation: str) -> bool:
    try:
        return owner_of_lot(connection, lot)[1] == organisation
    except NotFound:
        return False
