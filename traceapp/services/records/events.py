"""Capturing what happens to lots, and correcting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from traceapp.core.acts import say_correction
from traceapp.core.canonical import JsonObject
from traceapp.core.dates import vietnamese_date
from traceapp.core.epcis import say_event
from traceapp.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from traceapp.core.events import Event, Goods, Stage, validate
from traceapp.core.identifiers import nfc
from traceapp.core.statements import record_url, record_uuid
from traceapp.db import chain, driver
from traceapp.services.log.entries import Receipt
from traceapp.services.records.signing import Notary, documents_about, new_uuid, read_document, record, record_as

Cleaned = TypeVar("Cleaned", Event, Goods)


def capture(connection: Connection, event: Event, notary: Notary, now: datetime) -> Receipt:
    """Record one event. InvalidEvent, NotFound, Forbidden: nothing was recorded."""
    return capture_many(connection, [event], notary, now)[0]


def capture_many(connection: Connection, events: Sequence[Event], notary: Notary, now: datetime) -> tuple[Receipt, ...]:
    """Record events in order: all or none of them, one append, one checkpoint."""
    today = vietnamese_date(now)
    clean = [_clean(event) for event in events]
    for event in clean:
        validate(event, today)
    roles = _require_known(connection, clean)
    _require_no_circle(connection, clean)
    return record(
        connection, [say_event(event, host=notary.host, role=roles[event.actor]) for event in clean], notary, now
    )


def correct(
    connection: Connection,
    wrong: str,
    right: Event | None,
    actor: str,
    notary: Notary,
    now: datetime,
    *,
    reason: str = "",
) -> tuple[Receipt, ...]:
    """Take back the event of record `wrong` (URL or UUID) and, if there is one, say it right. `reason`: why, in words.

    Both stay in the log. Only whoever declared the event may correct it (Forbidden), and once (Conflict).
    """
    document = require_correctable(connection, record_uuid(wrong), actor)
    declared = document["traceapp:declaredBy"]
    if right is not None and right.actor != actor:
        raise Forbidden("Only whoever recorded an event may correct it.")
    corrected = new_uuid()
    taken_back = say_correction(
        document["credentialSubject"],
        record=document["id"],
        by=actor,
        role=declared["traceapp:role"],
        now=now,
        corrected_by=record_url(notary.host, str(corrected)).replace("/records/", "/id/") if right else None,
        restricted=document["traceapp:disclosure"] == "restricted",
        reason=nfc(reason),
    )
    statements = [(new_uuid(), taken_back)]
    if right is not None:
        clean = _clean(right)
        validate(clean, vietnamese_date(now))
        _require_known(connection, [clean])
        _require_no_circle(connection, [clean])
        said = say_event(clean, host=notary.host, role=declared["traceapp:role"], corrects=document["id"])
        statements.append((corrected, said))
    return record_as(connection, statements, notary, now, notary.signer)


def require_correctable(connection: Connection, record_id: str, actor: str) -> JsonObject:
    """The record of an event that `actor` declared and nobody corrected yet.

    NotFound, RuleBroken for what is no event, Forbidden for another's, Conflict for one that was corrected.
    """
    document = read_document(connection, record_id)
    if document["type"][-1] != "TraceEvent":
        raise RuleBroken(f"Only events are corrected this way; {record_id} is a {document['type'][-1]}.")
    if document["traceapp:declaredBy"]["id"] != actor:
        raise Forbidden("Only whoever recorded an event may correct it.")
    if any(documents_about(connection, document["id"], "CorrectionRecord")):
        raise Conflict("This event was corrected already: correct the one that says it right.")
    return document


def said_since(connection: Connection, host: str, record_id: str) -> str | None:
    """The record (its UUID) that says now what `record_id` said, if that was corrected since.

    Empty where it was taken back and nothing put in its place, None where it stands as it was.
    """
    newer: str | None = None
    wanted = record_id
    while wanted and (
        document := next(documents_about(connection, record_url(host, wanted), "CorrectionRecord"), None)
    ):
        named = document["credentialSubject"]["errorDeclaration"].get("correctiveEventIDs", ())
        newer = wanted = record_uuid(named[0]) if named else ""
    return newer


_OWNERS = "SELECT lots.id, organisation FROM lots JOIN products ON products.id = lots.product WHERE lots.id IN ({})"
_ROLES = "SELECT id, role FROM organisations WHERE id IN ({})"
_PLACES = "SELECT id, organisation FROM facilities WHERE id IN ({})"
_KNOWN = _OWNERS, _ROLES, _PLACES
_RECEIVED = "SELECT 1 FROM shipments WHERE lot = ? AND receiver = ? LIMIT 1"
_HOLDERS_TELL = frozenset({Stage.RECEIVE, Stage.SHIP, Stage.SELL})
"""What may be recorded of another's lot by whoever it was sent to."""


def _require_known(connection: Connection, events: Sequence[Event]) -> dict[str, str]:
    """Every lot, actor and place is registered, and the actor may speak of the lot. Returns each actor's role."""
    wanted_lots = {event.lot for event in events}
    wanted_lots |= {goods.from_lot for event in events for goods in event.inputs if goods.from_lot}
    actors = {event.actor for event in events}
    places = {event.place for event in events if event.place}
    owners, roles, known = driver.look_up(connection, _KNOWN, (wanted_lots, actors, places))
    for kind, wanted, found in (
        ("lot", wanted_lots, owners),
        ("organisation", actors, roles),
        ("facility", places, known),
    ):
        if missing := wanted - found.keys():
            raise NotFound(f"There is no {kind} {min(missing)[:120]}: register it first.")
    for event in events:
        # A laboratory reports on lots of others, and whoever was sent goods on those; everybody else records their own.
        if not (
            owners[event.lot] == event.actor
            or (event.stage, roles[event.actor]) == (Stage.TEST, "laboratory")
            or (event.stage in _HOLDERS_TELL and driver.run(connection, _RECEIVED, (event.lot, event.actor)))
        ):
            raise Forbidden(f"{event.stage} of a lot is recorded by its producer, not by {event.actor[:120]}.")
    return roles


def _require_no_circle(connection: Connection, events: Sequence[Event]) -> None:
    """RuleBroken where a lot would come to be made of itself, by these events together with all that are recorded."""
    for edge in sorted({(event.lot, goods.from_lot) for event in events for goods in event.inputs if goods.from_lot}):
        if edge[0] == edge[1]:
            raise RuleBroken("A lot cannot take goods from itself.")
        if chain.would_close_circle(connection, edge):
            raise RuleBroken(
                f"{edge[1][:120]} was itself made of goods of {edge[0][:120]}: a lot cannot go round in a circle. "
                "Register what is worked again as a new lot."
            )
        # Filed now, so that the next edge of the same call sees it; recording files it again, which changes nothing.
        chain.add_edges(connection, [edge])


def _clean(event: Event) -> Event:
    return _with(
        event,
        inputs=tuple([_clean_goods(goods) for goods in event.inputs]),
        outputs=tuple([_clean_goods(goods) for goods in event.outputs]),
        label_vi=nfc(event.label_vi),
        label_en=nfc(event.label_en),
    )


def _clean_goods(goods: Goods) -> Goods:
    return _with(goods, name=nfc(goods.name), unit=nfc(goods.unit))


def _with(thing: Cleaned, **values: Any) -> Cleaned:
    """A copy with these values; the thing itself where it has them, as nearly always: comparing costs less."""
    for name, value in values.items():
        if getattr(thing, name) != value:
            return replace(thing, **values)
    return thing
