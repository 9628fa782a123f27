"""Goods that go from one organisation to another: sent, received, and compared.

What is sent waits for the receiver's own count. Both are signed as they were counted; neither changes the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from traceapp.core.errors import Conflict, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.facts import EventFact
from traceapp.core.handing_over import (
    CaseDifference,
    Difference,
    case_differences,
    cases_in,
    differences,
    outside_cases,
    with_cases,
)
from traceapp.core.keys import Keyring
from traceapp.core.statements import is_uuid, record_url
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.log.entries import Receipt
from traceapp.services.records.events import capture
from traceapp.services.records.signing import Notary, parse_document
from traceapp.services.records.verified import facts_of_records, names_of
from traceapp.services.registry.registers import owner_of_lot, role_of

MOST_LISTED = 200
A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Shipment:
    """What was sent, as its verified record says, and what came. `record_id` is the SHIP's UUID."""

    record_id: str
    lot: str
    sender: str
    receiver: str
    sent: EventFact
    received: EventFact | None
    names: dict[str, str]

    @property
    def goods(self) -> tuple[Goods, ...]:
        """What was sent."""
        return self.sent.event.inputs

    @property
    def loose(self) -> tuple[Goods, ...]:
        """What was sent outside cases."""
        return outside_cases(self.goods, self.sent.event)

    @property
    def cases(self) -> tuple[str, ...]:
        """The ids of the cases that were sent."""
        return cases_in(self.sent.event)

    @property
    def case_differences(self) -> CaseDifference:
        """Cases that did not come, and those nobody sent; none while it is under way."""
        return case_differences(self.sent.event, self.received.event) if self.received else CaseDifference((), ())

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Where the two counts differ; nothing while it is under way."""
        return differences(self.goods, self.received.event.outputs) if self.received else ()

    def name_of(self, organisation: str) -> str:
        """What an organisation is called."""
        return self.names.get(organisation, "")


def holds(connection: Connection, lot: str, organisation: str) -> bool:
    """Whether a lot is an organisation's own, or was received by it. NotFound for no lot."""
    if owner_of_lot(connection, lot)[1] == organisation:
        return True
    sql = "SELECT 1 FROM shipments WHERE lot = ? AND receiver = ? AND receipt IS NOT NULL LIMIT 1"
    return bool(driver.run(connection, sql, (lot, organisation)))


@shared
def require_held(connection: Connection, lot: str, organisation: str) -> None:
    """NotFound unless the organisation holds goods of the lot: whose it is else is not told."""
    if not holds(connection, lot, organisation):
        raise NotFound(f"There is no lot {lot[:120]} among yours.")


def ship(
    connection: Connection,
    lot: str,
    by: str,
    to: str,
    goods: Sequence[Goods],
    day: date,
    notary: Notary,
    now: datetime,
    *,
    paper: str | None = None,
    vehicle: str | None = None,
    again: bool = False,
    cases: Sequence[str] = (),
    cased: Goods | None = None,
) -> Receipt:
    """Goods of a lot are sent to another organisation, and wait there to be received. `goods` lie outside the `cases`,
    `cased` in them (loads.py says which cases may go).

    Conflict where the same was sent to the same on the same day, unless `again` says that it is meant. More than there
    was is recorded as it is said: the mass balance tells it. RuleBroken for goods sent to oneself, InvalidEvent where
    nothing is.
    """
    require_held(connection, lot, by)
    role_of(connection, to)
    if to == by:
        raise RuleBroken("Goods are sent to somebody else: choose another organisation.")
    told, named = with_cases(goods, cases, cased)
    if not told:
        raise InvalidEvent("Say what is sent, and how much of it.")
    if not again and _was_sent(connection, lot, by, to, (told, named.get("cases", [])), day):
        raise Conflict(
            "The same goods were sent to the same receiver on that day already. If it is a second load, say so."
        )
    kde = {"to": to, "document": paper or None, "vehicle": vehicle or None}
    event = Event(lot, Stage.SHIP, day, day, by, inputs=told, kde={**_given(kde), **named})
    return capture(connection, event, notary, now)


def receive(
    connection: Connection,
    shipment: str,
    by: str,
    goods: Sequence[Goods],
    day: date,
    notary: Notary,
    now: datetime,
    *,
    note: str | None = None,
    cases: Sequence[str] = (),
    cased: Goods | None = None,
) -> Receipt:
    """What came of a shipment (the SHIP's UUID), as the receiver counted it; where nothing came, a note says so.
    `goods` came outside the `cases`, `cased` in them.

    NotFound for a shipment to anybody else, Conflict for one that was received before. InvalidEvent where neither
    anything came nor a note says so.
    """
    lot, sender, _ = _require_waiting(connection, shipment, by)
    told, named = with_cases(goods, cases, cased)
    if not told and not (note or "").strip():
        raise InvalidEvent("Say what came; where nothing did, say so in a note.")
    kde = _given({"from": sender, "shipment": record_url(notary.host, shipment), "note": (note or "").strip() or None})
    event = Event(lot, Stage.RECEIVE, day, day, by, outputs=told, kde={**kde, **named})
    return capture(connection, event, notary, now)


def _require_waiting(connection: Connection, shipment: str, by: str) -> tuple[str, str, str]:
    sql = "SELECT lot, sender, receiver, receipt FROM shipments WHERE record_id = ? AND receiver = ?"
    rows = driver.run(connection, sql, (shipment, by)) if is_uuid(shipment) else []
    if not rows:
        raise NotFound("There is no such delivery for you.")
    lot, sender, receiver, receipt = rows[0]
    if receipt:
        raise Conflict("This delivery was received already: correct that entry if it is wrong.")
    return lot, sender, receiver


def _given(kde: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in kde.items() if value}


def _was_sent(
    connection: Connection, lot: str, by: str, to: str, load: tuple[Iterable[Goods], list[str]], day: date
) -> bool:
    sql = (
        "SELECT r.body FROM shipments s JOIN records r ON r.record_id = s.record_id "
        "WHERE s.lot = ? AND s.sender = ? AND s.receiver = ?"
    )
    goods, cases = load
    wanted = [(one.name, one.quantity, one.unit) for one in goods], cases, day.isoformat()
    return any(_said(bytes(body)) == wanted for (body,) in driver.run(connection, sql, (lot, by, to)))


def _said(body: bytes) -> tuple[list[tuple[str, float, str]], list[str], str]:
    """Goods, cases and day of a load."""
    subject = parse_document(body)["credentialSubject"]
    lines = subject.get("traceapp:inputs", [])
    told = [(one["traceapp:goods"], one["traceapp:quantity"], one["traceapp:unit"]) for one in lines]
    return told, subject.get("traceapp:kde", {}).get("traceapp:cases", []), subject["traceapp:start"]


@shared
def incoming(connection: Connection, host: str, organisation: str, keyring: Keyring) -> list[Shipment]:
    """What is on its way to an organisation, newest first."""
    return _shipments(connection, host, "receiver = ? AND receipt IS NULL", (organisation,), keyring)


@shared
def received(connection: Connection, host: str, organisation: str, keyring: Keyring, page: int = 1) -> list[Shipment]:
    """A page of what an organisation received, newest first; the first page is 1."""
    return _shipments(connection, host, _RECEIVED, (organisation,), keyring, page)


@shared
def outgoing(connection: Connection, host: str, organisation: str, keyring: Keyring, page: int = 1) -> list[Shipment]:
    """A page of what an organisation sent, newest first."""
    return _shipments(connection, host, "sender = ?", (organisation,), keyring, page)


@shared
def count_handed_over(connection: Connection, organisation: str) -> tuple[int, int]:
    """How much an organisation received, and how much it sent, in deliveries."""
    sql = (
        f"SELECT (SELECT count(*) FROM shipments WHERE {_RECEIVED}), "  # noqa: S608
        "(SELECT count(*) FROM shipments WHERE sender = ?)"
    )
    came, went = driver.run(connection, sql, (organisation, organisation))[0]
    return int(came), int(went)


_RECEIVED = "receiver = ? AND receipt IS NOT NULL"


@shared
def of_lot(connection: Connection, host: str, lot: str, organisation: str, keyring: Keyring) -> list[Shipment]:
    """What an organisation sent or was sent of a lot: others' business stays theirs."""
    where = "lot = ? AND (sender = ? OR receiver = ?)"
    return _shipments(connection, host, where, (lot, organisation, organisation), keyring)


@shared
def find_incoming(connection: Connection, host: str, shipment: str, organisation: str, keyring: Keyring) -> Shipment:
    """One shipment to an organisation; NotFound for anybody else's."""
    wanted = (shipment, organisation) if is_uuid(shipment) else ("", "")
    found = _shipments(connection, host, "record_id = ? AND receiver = ?", wanted, keyring)
    if not found:
        raise NotFound("There is no such delivery for you.")
    return found[0]


def _shipments(
    connection: Connection, host: str, where: str, values: tuple[str, ...], keyring: Keyring, page: int = 0
) -> list[Shipment]:
    """These shipments, the newest MOST_LISTED, or a `page` of them."""
    sql = (
        f"SELECT record_id, lot, sender, receiver, receipt FROM shipments WHERE {where} "  # noqa: S608
        "ORDER BY record_id DESC LIMIT ? OFFSET ?"
    )
    some = (A_PAGE, (page - 1) * A_PAGE) if page else (MOST_LISTED, 0)
    rows = driver.run(connection, sql, (*values, *some))
    records = {one for row in rows for one in (row[0], row[4]) if one}
    facts = facts_of_records(connection, host, records, keyring)
    parties = {one for row in rows for one in row[2:4]}
    names = names_of(connection, host, parties, keyring)
    return [
        Shipment(record_id, lot, sender, receiver, facts[record_id], facts.get(receipt), names)
        for record_id, lot, sender, receiver, receipt in rows
        if isinstance(facts.get(record_id), EventFact)
    ]
