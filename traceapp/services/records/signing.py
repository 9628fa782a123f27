"""Signing what organisations say, and putting it into the log."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Connection

from traceapp.core.canonical import JsonObject
from traceapp.core.credential import Signer, secure
from traceapp.core.dates import instant
from traceapp.core.errors import Conflict, NotFound
from traceapp.core.statements import (
    NONCE_BYTES,
    SALT_BYTES,
    PersonalValue,
    Statement,
    details_of,
    document,
    is_uuid,
    record_type,
    source_of,
    subjects_of,
)
from traceapp.db import account_trust, chain_build, driver
from traceapp.db.account_trust import account_records
from traceapp.db.chain_build import CHAINED
from traceapp.db.tables import personal, record_subjects
from traceapp.db.types import bytes_of
from traceapp.services.log import entries as log
from traceapp.services.log.entries import Log, NewRecord, Receipt
from traceapp.services.search import queries as search


@dataclass(frozen=True, slots=True)
class Notary:
    """Who signs records and the log for HOST."""

    host: str
    signer: Signer
    log: Log
    assisted_by: str | None = None
    """Who typed for whoever declares; stands in every record made so."""
    account: str | None = None
    """Whose account makes the records; a keyed hash stands in each (core/account_doubts.py)."""


def record(
    connection: Connection, statements: Sequence[Statement], notary: Notary, now: datetime
) -> tuple[Receipt, ...]:
    """Sign and log `statements`, in order, as one append with one checkpoint. Personal values go to their own table."""
    return record_as(connection, [(new_uuid(), one) for one in statements], notary, now, notary.signer)


def record_as(
    connection: Connection, statements: Sequence[tuple[UUID, Statement]], notary: Notary, now: datetime, signer: Signer
) -> tuple[Receipt, ...]:
    """`record`, with given ids and another signer (the root key signs KeyRecords)."""
    mark = account_trust.current_key(connection, notary.account, now) if notary.account else None
    new: list[NewRecord] = []
    private: list[tuple[str, str, str, bytes]] = []
    subjects: list[tuple[str, ...]] = []
    links: list[tuple[str, JsonObject]] = []
    for uuid, said in statements:
        statement = _helped(said, notary)
        # Once: the standard library takes its time over a UUID's text.
        name = str(uuid)
        unsigned, values = document(
            statement,
            host=notary.host,
            issuer=signer.did,
            record_id=name,
            now=now,
            nonce=secrets.token_bytes(NONCE_BYTES),
            salts=[secrets.token_bytes(SALT_BYTES) for _ in statement.personal],
            account_key=mark,
        )
        new.append(NewRecord(unsigned["id"], statement.type, now, secure(unsigned, signer, now)))
        if values:
            private += [_personal_row(name, value) for value in values]
        subjects.append(subjects_of(unsigned))
        if statement.type in CHAINED:
            links.append((name, unsigned))
    receipts = log.append(connection, notary.log, new)
    about = zip(receipts, subjects, strict=True)
    driver.insert(connection, record_subjects, [(one, receipt.leaf_index) for receipt, found in about for one in found])
    driver.insert(connection, personal, private)
    if notary.account:
        driver.insert(connection, account_records, [(receipt.leaf_index, notary.account) for receipt in receipts])
    search.follow(connection, (statement for _, statement in statements))
    for record_id, link in links:
        chain_build.file(connection, record_id, link)
    return receipts


def _helped(said: Statement, notary: Notary) -> Statement:
    if notary.assisted_by is None or said.assisted_by is not None:
        return said
    return replace(said, assisted_by=notary.assisted_by)


def carry(connection: Connection, body: bytes, signed: JsonObject, notary: Notary) -> Receipt:
    """Log a record that its issuer signed with a key of its own: `body` as it came, `signed` the same parsed.

    Whoever calls has verified both; nothing is signed here but the log.
    """
    kind = record_type(signed)
    new = NewRecord(signed["id"], kind, instant(signed["validFrom"]), body)
    receipt = log.append(connection, notary.log, [new])[0]
    rows = [(subject, receipt.leaf_index) for subject in subjects_of(signed)]
    driver.insert(connection, record_subjects, rows)
    said = source_of(signed, receipt.leaf_index)
    search.follow(connection, [Statement(kind, signed["credentialSubject"], said.declared_by, said.role)])
    return receipt


def _personal_row(record_id: str, value: PersonalValue) -> tuple[str, str, str, bytes]:
    return record_id, value.field, json.dumps(value.value, ensure_ascii=False), value.salt


def new_uuid() -> UUID:
    """A UUIDv7 (RFC 9562 sections 5.7 and 6.2, method 3): milliseconds, the 4096ths of one, then 62 random bits.

    What one process makes sorts as it was made, within a millisecond too: lists show the newest first.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80 | 0x7 << 76 | rest * 4096 // 1_000_000 << 64 | 0x2 << 62
    return UUID(int=value | secrets.randbits(62))


def read_body(connection: Connection, record_id: str) -> bytes:
    """The stored bytes of a record, by its UUID; NotFound."""
    rows = driver.run(connection, _BODY, (record_id,)) if is_uuid(record_id) else []
    body = bytes_of(rows[0][0]) if rows else None
    if body is None:
        raise NotFound(f"There is no record {record_id[:60]}.")
    return body


_BODY = "SELECT body FROM records WHERE record_id = ?"


def read_document(connection: Connection, record_id: str) -> JsonObject:
    """The parsed record; it is not verified here."""
    return parse_document(read_body(connection, record_id))


def parse_document(body: bytes) -> JsonObject:
    """A stored record's JSON, unverified: for what is shown or filed, never for what is judged."""
    found: JsonObject = json.loads(body)
    return found


@lru_cache(maxsize=2000)
def said_in(body: bytes) -> tuple[str, JsonObject]:
    """A stored record's id and what it says of its subject, unverified as above. Nobody may change it."""
    document = parse_document(body)
    return document["id"], details_of(document)


def bodies_about(connection: Connection, subject: str, record_type: str) -> list[bytes]:
    """The stored bytes of records of one type about a thing, newest first."""
    return [body for (body,) in driver.run(connection, _ABOUT, (subject, record_type))]


_ABOUT = (
    "SELECT r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE s.subject = ? AND r.type = ? ORDER BY s.leaf_index DESC"
)


def documents_about(connection: Connection, subject: str, record_type: str) -> Iterator[JsonObject]:
    """Records of one type about a thing, newest first, unverified: for what is still allowed, not for what is shown."""
    return map(parse_document, bodies_about(connection, subject, record_type))


def require_unsaid(connection: Connection, thing: str, statement: Statement) -> None:
    """Conflict where `said_already`: a button pressed twice, or a form sent again on a bad line, says nothing new."""
    if said_already(connection, thing, statement):
        raise Conflict("Just this was recorded already: it is not recorded twice.")


def said_already(connection: Connection, thing: str, statement: Statement) -> JsonObject | None:
    """The last word of that kind about a thing, if it is just this, by the same organisation.

    An id that was just made is no word.
    """
    wanted = _words_of(statement.subject)
    said = documents_about(connection, thing, statement.type)
    last = next((one for one in said if one["credentialSubject"].get("type") == wanted.get("type")), None)
    if last is None or last["traceapp:declaredBy"]["id"] != statement.declared_by:
        return None
    return last if _words_of(last["credentialSubject"]) == wanted else None


def _words_of(subject: JsonObject) -> JsonObject:
    return {name: value for name, value in subject.items() if name != "id"}
