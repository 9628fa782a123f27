"""Recalls: how far one would reach, and the real one with notices to whoever holds goods of the lot.

How far is counted from the index of the chain, in the moment it is asked. A producer sees whom it sent goods to; of
whoever got them further on it sees how many they are, since that is their own business. The notice reaches all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, update

from traceapp.core.errors import Conflict, NotFound
from traceapp.core.facts import OrganisationFact, RecallFact
from traceapp.core.keys import Keyring
from traceapp.core.list_subjects import stops_subject
from traceapp.core.quantities import MEASURES, unit_of
from traceapp.core.statements import details_of, record_uuid
from traceapp.db import chain, driver
from traceapp.db.chain import recall_notices
from traceapp.db.parts import shared
from traceapp.db.types import instant_of, read_instant
from traceapp.services.labels.runs import void_of
from traceapp.services.log.entries import Receipt
from traceapp.services.lots.acts import recall
from traceapp.services.lots.lists import ListedLot, listed
from traceapp.services.lots.recall_letters import write_down
from traceapp.services.records.signing import Notary, parse_document
from traceapp.services.records.verified import facts_about
from traceapp.services.registry.registers import owner_of_lot, role_of
from traceapp.services.world import World

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a recall of `lot` goes: all lots with its goods, who makes them, who was sent them, how many items."""

    lot: str
    lots: tuple[str, ...]
    makers: frozenset[str]
    receivers: frozenset[str]
    direct: frozenset[str]
    items: int

    @property
    def holders(self) -> frozenset[str]:
        """Everybody to be told, apart from whoever recalls."""
        return self.makers | self.receivers


@dataclass(frozen=True, slots=True)
class Notice:
    """What a holder is told: which lot is recalled, and of how many lots that hold its goods it has some."""

    id: int
    recall: str
    lot: str
    holder: str
    lots: int
    sent: datetime
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the records say of a recalled lot: itself, who makes it, the last `recall`, and who said that.

    None for what was never said, or does not verify.
    """

    lot: ListedLot | None
    maker: OrganisationFact | None
    recall: RecallFact | None
    by: OrganisationFact | None


@shared
def recalled(connection: Connection, host: str, lot: str, keyring: Keyring) -> Recalled:
    """The lot's own records alone, not what was written of it into diaries; NotFound for a lot that is not there."""
    _, owner = owner_of_lot(connection, lot)
    stops = facts_about(connection, host, [stops_subject(lot)], ["RecallRecord"], keyring)
    last = next((one for one in reversed(stops) if isinstance(one, RecallFact) and one.lot == lot), None)
    by = last.source.declared_by if last else owner
    said = facts_about(connection, host, {owner, by}, ["OrganisationRecord"], keyring)
    named = {one.id: one for one in said if isinstance(one, OrganisationFact)}
    found = listed(connection, host, [lot], keyring)
    return Recalled(next(iter(found), None), named.get(owner), last, named.get(by) if last else None)


@shared
def reach_of(connection: Connection, lot: str, by: str) -> Reach:
    """How far a recall would go; nothing is recorded. NotFound unless the lot is `by`'s or `by` is an authority."""
    owner = _require_right(connection, lot, by)
    lots = chain.reached(connection, lot, forward=True)
    makers = {maker for _, maker in driver.run_for(connection, _MAKERS, lots)}
    sent = driver.run_for(connection, _SENT, lots)
    receivers = {receiver for _, _, receiver in sent}
    direct = {receiver for _, sender, receiver in sent if sender == owner}
    return Reach(
        lot=lot,
        lots=tuple(lots),
        makers=frozenset(makers - {owner}),
        receivers=frozenset(receivers - {owner}),
        direct=frozenset(direct),
        items=sum(_items(connection, lots)),
    )


_MAKERS = "SELECT lots.id, organisation FROM lots JOIN products ON products.id = lots.product WHERE lots.id IN ({})"
_SENT = "SELECT lot, sender, receiver FROM shipments WHERE lot IN ({})"
_ISSUED = "SELECT lot, first, count FROM label_runs WHERE lot IN ({})"
_REGISTERED = (
    "SELECT lots.id, records.body FROM lots JOIN records ON records.record_id = lots.record_id WHERE lots.id IN ({})"
)


def _items(connection: Connection, lots: Collection[str]) -> Iterator[int]:
    """How many items each lot has out: labels in use, or what was made where that is more: not all have labels."""
    runs: dict[str, int] = dict.fromkeys(lots, 0)
    for lot, _, count in driver.run_for(connection, _ISSUED, lots):
        runs[lot] = runs.get(lot, 0) + count
    for lot, body in driver.run_for(connection, _REGISTERED, lots):
        told = details_of(parse_document(bytes(body)))
        counted = unit_of(str(told.get("unit")))[0] not in MEASURES
        made = int(told["quantity"]) if counted and told.get("quantity") else 0
        yield max(runs[lot] - _voided(connection, lot), made)


def _voided(connection: Connection, lot: str) -> int:
    """How many labels of a lot are void; one that is void twice counts once."""
    count, reached = 0, 0
    for first, last in sorted(void_of(connection, lot)):
        count += max(0, last - max(first - 1, reached))
        reached = max(reached, last)
    return count


def recall_with_notices(
    world: World,
    connection: Connection,
    lot: str,
    by: str,
    notary: Notary,
    *,
    day: date,
    reason_vi: str,
    reason_en: str | None = None,
    action_vi: str | None = None,
    action_en: str | None = None,
) -> tuple[Reach, Receipt]:
    """Recall a lot, and tell everybody who holds goods of it. Errors as in `reach_of` and `recall`.

    The letters to them are written down here and sent once this is committed (recall_letters.py).
    """
    reach = reach_of(connection, lot, by)
    now = world.clock()
    words = {"reason_en": reason_en, "action_vi": action_vi, "action_en": action_en}
    receipt = recall(connection, lot, by, notary, now, day=day, reason_vi=reason_vi, **words)
    holders = reach.holders | ({owner_of_lot(connection, lot)[1]} - {by})
    held = _held_by(connection, reach)
    for holder in sorted(holders - {by}):
        row = {"recall": record_uuid(receipt.record_id), "lot": lot, "holder": holder, "sent": now}
        connection.execute(recall_notices.insert().values(lots=len(held.get(holder, {lot})), **row))
    write_down(connection, record_uuid(receipt.record_id), now)
    return reach, receipt


def _held_by(connection: Connection, reach: Reach) -> dict[str, set[str]]:
    """Which of the lots each holder has goods of."""
    found: dict[str, set[str]] = {}
    for lot, maker in driver.run_for(connection, _MAKERS, reach.lots):
        found.setdefault(maker, set()).add(lot)
    for lot, _, receiver in driver.run_for(connection, _SENT, reach.lots):
        found.setdefault(receiver, set()).add(lot)
    return found


@shared
def notices_to(connection: Connection, holder: str) -> list[Notice]:
    """What an organisation was told of recalls, newest first."""
    return _notices(connection, f"holder = ? ORDER BY id DESC LIMIT {MOST_LISTED}", holder)


@shared
def notices_of(connection: Connection, lot: str) -> list[Notice]:
    """Whom the recalls of a lot were told to, the newest first."""
    return _notices(connection, "lot = ? ORDER BY id DESC", lot)


_NOTICES = "SELECT id, recall, lot, holder, lots, sent, seen FROM recall_notices WHERE "


def _notices(connection: Connection, where: str, *values: str | int) -> list[Notice]:
    return [
        Notice(number, recall, lot, holder, lots, instant_of(sent), read_instant(seen))
        for number, recall, lot, holder, lots, sent, seen in driver.run(connection, _NOTICES + where, values)
    ]


def notice_to(connection: Connection, notice: int, holder: str) -> Notice:
    """One notice to an organisation; NotFound for anybody else's."""
    # Beyond that no database numbers its rows, and some refuse the question.
    found = _notices(connection, "id = ? AND holder = ?", notice, holder) if notice < 1 << 63 else []
    if not found:
        raise NotFound("There is no such notice for you.")
    return found[0]


def mark_seen(connection: Connection, notice: int, holder: str, now: datetime) -> Notice:
    """A holder says that it knows. NotFound for anybody else's notice, Conflict where it said so before."""
    known = notice_to(connection, notice, holder)
    if known.seen is not None:
        raise Conflict("This notice was answered already.")
    connection.execute(update(recall_notices).where(recall_notices.c.id == notice).values(seen=now))
    return replace(known, seen=now)


def goods_of_recalled(connection: Connection, notice: Notice) -> list[str]:
    """Ids of the lots with goods of the recalled one that the holder makes or was sent."""
    lots = chain.reached(connection, notice.lot, forward=True)
    made = {lot for lot, maker in driver.run_for(connection, _MAKERS, lots) if maker == notice.holder}
    sent = {lot for lot, _, receiver in driver.run_for(connection, _SENT, lots) if receiver == notice.holder}
    return sorted(made | sent)


def _require_right(connection: Connection, lot: str, by: str) -> str:
    _, owner = owner_of_lot(connection, lot)
    if owner != by and role_of(connection, by) != "authority":
        raise NotFound(f"There is no lot {lot[:120]} among yours.")
    return owner
