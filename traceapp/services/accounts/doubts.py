"""One act puts in doubt everything that an account did since some time; another lifts that, wholly or record by record.

An authority and the operator say it of any account, an owner of accounts that work for its own organisation, and then
of that organisation's records alone. What follows for pages, bundles and the gate is in core/account_doubts.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, or_, select, update

from traceapp.core.account_doubts import AUTHORITY, OPERATOR, say_doubt, say_lift
from traceapp.core.dates import instant
from traceapp.core.errors import Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.keys import did_web
from traceapp.core.statements import details_of, record_url, record_uuid, subjects_of, thing_url
from traceapp.db import driver
from traceapp.db.account_trust import account_doubts, account_keys, account_records
from traceapp.db.accounts import memberships
from traceapp.db.parts import shared
from traceapp.db.tables import log_entries
from traceapp.db.types import instant_of, read_instant
from traceapp.i18n.names import told_name
from traceapp.services.accounts.shutting_out import shut_out, take_password
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary, documents_about, new_uuid, parse_document, record
from traceapp.services.registry.registers import role_of

MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Sayer:
    """Who puts an account in doubt: an organisation's id (or the service's own) and the role it speaks in."""

    by: str
    role: str
    actor: str

    @property
    def sees_all(self) -> bool:
        """Whether its word covers every organisation's records."""
        return self.role in (AUTHORITY, OPERATOR)


@dataclass(frozen=True, slots=True)
class Doubted:
    """A doubt as those see it who may say or lift it."""

    id: str
    account: str
    by: str
    role: str
    since: datetime
    made: datetime
    lifted: datetime | None


@dataclass(frozen=True, slots=True)
class Covered:
    """One record that a doubt covers, by its UUID; `lifted` once somebody looked at it and found it right.

    `about` is what its thing is called, or the number of its lot.
    """

    record_id: str
    type: str
    about: str
    time: datetime
    lifted: bool


def operator(host: str) -> Sayer:
    """The service itself, from the command line."""
    return Sayer(did_web(host), OPERATOR, "cli")


def organisation(connection: Connection, by: str) -> Sayer:
    """An organisation in its own role."""
    return Sayer(by, role_of(connection, by), by)


def account_of(connection: Connection, record_id: str) -> str:
    """The account that made a record (URL or UUID); NotFound, and nothing is said of who that is."""
    query = (
        select(account_records.c.account)
        .join(log_entries, log_entries.c.leaf_index == account_records.c.leaf_index)
        .where(log_entries.c.record_id == record_uuid(record_id))
    )
    found: str | None = connection.execute(query).scalar()
    if found is None:
        raise NotFound("No account is known to have made that record: it is older than that, or was made by no person.")
    return found


def put_in_doubt(
    connection: Connection,
    account: str,
    since: datetime,
    reason: str,
    sayer: Sayer,
    notary: Notary,
    now: datetime,
    *,
    drop_password: bool = False,
) -> str:
    """Everything that the account recorded since then is in doubt, and its sessions end. Returns the doubt's id.

    With `drop_password` the password opens nothing any more either. InvalidEvent for a time to come, NotFound for an
    account that is none of an owner's, RuleBroken where it recorded nothing since then, Conflict where nothing would
    be left to get in with.
    """
    if since > now:
        raise InvalidEvent("An account is in doubt since a time that has passed, not from one to come.")
    about = _organisations(connection, account, since, sayer)
    keys = _keys_since(connection, account, since)
    if not about or not keys:
        raise RuleBroken("This account recorded nothing since then: disable it instead, or choose an earlier time.")
    doubt = thing_url(notary.host, new_uuid())
    statement = say_doubt(
        doubt, since=since, keys=keys, organisations=about, by=sayer.by, role=sayer.role, reason=reason.strip() or None
    )
    made = record(connection, [statement], notary, now)[0]
    row = {"account": account, "by": sayer.by, "role": sayer.role, "since": since, "made": now}
    connection.execute(account_doubts.insert().values(id=doubt, record_id=record_uuid(made.record_id), **row))
    shut_out(connection, account, since, now)
    if drop_password:
        take_password(connection, account, sayer.actor, now)
    audit.note(connection, "account-doubted", doubt, sayer.actor, now, record=made.record_id)
    audit.note_account(connection, "doubted", account, sayer.actor, now, doubt=doubt)
    return doubt


def _keys_since(connection: Connection, account: str, since: datetime) -> list[bytes]:
    ended_later = or_(account_keys.c.ended.is_(None), account_keys.c.ended >= since)
    query = select(account_keys.c.key).where(account_keys.c.account == account, ended_later)
    return [bytes(one) for one in connection.execute(query.order_by(account_keys.c.since)).scalars()]


def _organisations(connection: Connection, account: str, since: datetime, sayer: Sayer) -> set[str]:
    """Whose records the doubt is about: their pages are where it is looked up."""
    made_for = {
        str(parse_document(body)["traceapp:declaredBy"]["id"])
        for _, _, _, body in _made_since(connection, account, since)
    }
    if sayer.sees_all:
        return made_for
    query = select(memberships.c.organisation).where(memberships.c.account == account)
    if sayer.by not in made_for | set(connection.execute(query).scalars()):
        raise NotFound("There is no such account among yours.")
    return made_for & {sayer.by}


def _made_since(connection: Connection, account: str, since: datetime) -> Iterator[tuple[str, str, datetime, bytes]]:
    """(UUID, type, record time, bytes) of what an account recorded since then, in the order of the log."""
    query = driver.run(connection, _MADE, (account,))
    for record_id, kind, body in query:
        time = _time_of(bytes(body))
        if time >= since:
            yield record_id, kind, time, bytes(body)


_MADE = (
    "SELECT r.record_id, r.type, r.body FROM account_records a JOIN log_entries e ON e.leaf_index = a.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE a.account = ? ORDER BY a.leaf_index"
)


def _time_of(body: bytes) -> datetime:
    return instant(parse_document(body)["validFrom"])


def lift(
    connection: Connection,
    doubt: str,
    records: Collection[str],
    reason: str,
    sayer: Sayer,
    notary: Notary,
    now: datetime,
) -> None:
    """The doubt is lifted for `records` (UUIDs), or wholly where none are named.

    Forbidden for anybody but an authority and whoever said it; RuleBroken where it was lifted, or a record is none of
    its.
    """
    known = find(connection, doubt)
    if sayer.role != AUTHORITY and known.by != sayer.by:
        raise Forbidden("A doubt is lifted by whoever said it, or by an authority.")
    if known.lifted is not None:
        raise RuleBroken("This doubt was lifted already.")
    covered = {one.record_id for one in records_in(connection, known)}
    if wrong := sorted(set(records) - covered):
        raise RuleBroken(f"{wrong[0][:60]} is no record of this doubt.")
    about = details_of(next(documents_about(connection, doubt, "OrganisationRecord")))["about"]
    statement = say_lift(
        doubt,
        records=[record_url(notary.host, one) for one in records],
        organisations=[one["id"] for one in about],
        by=sayer.by,
        role=sayer.role,
        reason=reason.strip() or None,
    )
    made = record(connection, [statement], notary, now)[0]
    if not records:
        connection.execute(update(account_doubts).where(account_doubts.c.id == doubt).values(lifted=now))
    audit.note(connection, "account-cleared", doubt, sayer.actor, now, record=made.record_id, records=len(records))


def find(connection: Connection, doubt: str) -> Doubted:
    """A doubt by its id; NotFound."""
    found = _listed(connection, "id = ?", doubt)
    if not found:
        raise NotFound("There is no such doubt: look at its name again, letter by letter.")
    return found[0]


def said_by(connection: Connection, sayer: Sayer) -> Sequence[Doubted]:
    """What somebody may look at: an authority and the operator all of it, others their own; the newest first."""
    return _listed(connection, "1 = 1") if sayer.sees_all else _listed(connection, '"by" = ?', sayer.by)


@shared
def lots_in_doubt(connection: Connection, organisation: str) -> set[str]:
    """The lots of which an organisation recorded something that is in doubt still; unverified, for lists."""
    found: set[str] = set()
    for row in driver.run(connection, _DOUBTS_ABOUT, (organisation,)):
        doubt = find(connection, str(row[0]))
        open_ones = {one.record_id for one in records_in(connection, doubt) if not one.lifted}
        for record_id, _, _, body in _made_since(connection, doubt.account, doubt.since) if open_ones else ():
            document = parse_document(body)
            if record_id in open_ones and document["traceapp:declaredBy"]["id"] == organisation:
                found.update(thing for thing in subjects_of(document) if "/10/" in thing and "#" not in thing)
    return found


_DOUBTS_ABOUT = (
    "SELECT d.id FROM account_doubts d JOIN log_entries e ON e.record_id = d.record_id "
    "JOIN record_subjects s ON s.leaf_index = e.leaf_index WHERE s.subject = ? AND d.lifted IS NULL"
)


_LISTED = 'SELECT id, account, "by", role, since, made, lifted FROM account_doubts WHERE {} ORDER BY made DESC LIMIT {}'


def _listed(connection: Connection, where: str, *values: str) -> list[Doubted]:
    return [
        Doubted(doubt, account, by, role, instant_of(since), instant_of(made), read_instant(lifted))
        for doubt, account, by, role, since, made, lifted in driver.run(
            connection, _LISTED.format(where, MOST_LISTED), values
        )
    ]


def records_in(connection: Connection, doubt: Doubted, lang: str = "vi") -> list[Covered]:
    """Every record that a doubt covers, in the order of the log."""
    lifted = _lifted_in(documents_about(connection, doubt.id, "OrganisationRecord"))
    return [
        Covered(record_id, kind, _called(body, lang), time, doubt.lifted is not None or record_id in lifted)
        for record_id, kind, time, body in _made_since(connection, doubt.account, doubt.since)
        if time <= doubt.made and _covers(doubt, body)
    ]


def _called(body: bytes, lang: str) -> str:
    document = parse_document(body)
    told = details_of(document)
    things = subjects_of(document)
    lot = unquote(things[0].rpartition("/10/")[2]) if things and "/10/" in things[0] else ""
    return told_name(told, lang) or str(told.get("name") or lot)


def _covers(doubt: Doubted, body: bytes) -> bool:
    declared_by = parse_document(body)["traceapp:declaredBy"]["id"]
    return doubt.role in (AUTHORITY, OPERATOR) or declared_by == doubt.by


def _lifted_in(said: Iterable[Mapping[str, Any]]) -> set[str]:
    return {record_uuid(one) for document in said for one in details_of(document).get("records", ())}
