"""Words on certificates that their issuer signs with its own key: offered as documents, logged as they come back.

What is offered is fixed to the byte; what comes back must be that and a proof by the issuer's key, and the word must
still be one that the issuer may say.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from traceapp.core.canonical import canonicalise
from traceapp.core.dates import civil_date
from traceapp.core.errors import Conflict, Malformed, NotFound, RuleBroken
from traceapp.core.facts import CertificateState
from traceapp.core.keys import Keyring
from traceapp.core.own.documents import GOOD_FOR, read_finished, require_offered
from traceapp.core.own.keys import OwnKey, verify_logged
from traceapp.core.readings import require_readable
from traceapp.core.statements import NONCE_BYTES, Statement, details_of, document, is_uuid, record_url, record_uuid
from traceapp.db import driver
from traceapp.db.own_keys import own_documents
from traceapp.db.parts import shared
from traceapp.db.tables import records
from traceapp.services.certificates import desk
from traceapp.services.certificates.statements import follow_state, next_statement
from traceapp.services.log.entries import Receipt
from traceapp.services.log.heads import size_of
from traceapp.services.records.own_keys import own_keys_of
from traceapp.services.records.signing import Notary, carry, new_uuid, parse_document

VISIT = "visit"
_DECLARED = (
    "SELECT r.record_id, r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE s.subject = ? AND r.type = 'CertificateRecord' "
    "ORDER BY s.leaf_index LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A document that waits for its signature; `act` is the state it would give, or VISIT."""

    record: str
    certificate: str
    act: str
    body: bytes
    made: datetime


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit as it is offered."""

    day: date
    result: str
    note: str = ""


def offer_state(
    connection: Connection,
    certificate: str,
    state: CertificateState,
    by: str,
    host: str,
    keyring: Keyring,
    now: datetime,
    *,
    reason: str = "",
) -> Offered:
    """The unsigned document that confirms, suspends, reinstates or revokes. What `say_state` raises; RuleBroken without
    a key.
    """
    own = _key_of(connection, host, by, keyring)
    told = desk.told_reason(state, reason)
    declaration = declaration_of(connection, host, certificate)[:2]
    said = next_statement(connection, certificate, state, by, host, reason=told, declaration=declaration)
    return _offer(connection, said, str(state), own, host, now)


def offer_visit(
    connection: Connection, certificate: str, visited: Visited, by: str, host: str, keyring: Keyring, now: datetime
) -> Offered:
    """The unsigned document of a surveillance visit. What `visit` raises; RuleBroken without a key."""
    own = _key_of(connection, host, by, keyring)
    said = desk.visit_statement(
        connection,
        certificate,
        by,
        now,
        day=visited.day,
        result=visited.result,
        note=visited.note,
        declaration=declaration_of(connection, host, certificate)[:2],
    )
    return _offer(connection, said, VISIT, own, host, now)


def _offer(connection: Connection, said: Statement, act: str, own: OwnKey, host: str, now: datetime) -> Offered:
    """One document for each act on a certificate: a new one takes the place of the one before."""
    uuid, at = new_uuid(), now.replace(microsecond=0)
    unsigned, _ = document(
        require_readable(said),
        host=host,
        issuer=own.key.did,
        record_id=uuid,
        now=at,
        nonce=secrets.token_bytes(NONCE_BYTES),
        salts=(),
    )
    offered = Offered(str(uuid), said.subject["id"], act, canonicalise(unsigned), at)
    same = (own_documents.c.certificate == offered.certificate) & (own_documents.c.act == act)
    connection.execute(delete(own_documents).where(same | (own_documents.c.made < now - GOOD_FOR)))
    values = {"record_id": offered.record, "organisation": own.organisation, "certificate": offered.certificate}
    connection.execute(insert(own_documents).values(act=act, body=offered.body, made=at, **values))
    return offered


def _key_of(connection: Connection, host: str, organisation: str, keyring: Keyring) -> OwnKey:
    own = own_keys_of(connection, host, organisation, keyring).in_use(organisation)
    if own is None:
        raise RuleBroken("Your organisation has no key of its own here: register one first.")
    return own


def declaration_of(connection: Connection, host: str, certificate: str) -> tuple[str, str, bytes]:
    """(id, SHA-256 in hex, bytes) of the record that declared a certificate; NotFound."""
    rows = driver.run(connection, _DECLARED, (certificate,))
    if not rows:
        raise NotFound(f"There is no certificate {certificate[:120]}.")
    record_id, body = rows[0][0], bytes(rows[0][1])
    return record_url(host, record_id), hashlib.sha256(body).hexdigest(), body


def offered_on(connection: Connection, certificate: str, by: str, now: datetime) -> list[Offered]:
    """The documents that wait for `by`'s signature on one certificate, the oldest first."""
    return [one for one in _handed_out(connection, certificate, by) if one.made >= now - GOOD_FOR]


@shared
def _handed_out(connection: Connection, certificate: str, by: str) -> list[Offered]:
    """Of any age."""
    rows = driver.rows_of(
        connection, own_documents, "certificate = ? AND organisation = ? ORDER BY made, act", (certificate, by)
    )
    return [Offered(row["record_id"], certificate, row["act"], bytes(row["body"]), row["made"]) for row in rows]


def offered_called(connection: Connection, record: str, by: str) -> Offered:
    """One of `by`'s documents, by its record's UUID; NotFound."""
    mine = (own_documents.c.record_id == record) & (own_documents.c.organisation == by)
    row = connection.execute(select(own_documents).where(mine)).first()
    if row is None:
        raise NotFound("There is no such document: it was taken already, replaced by a newer one, or is another's.")
    return _read(row)


def _read(row: Row[Any]) -> Offered:
    return Offered(row.record_id, row.certificate, row.act, bytes(row.body), row.made)


def take_signed(
    connection: Connection, data: bytes, certificate: str, by: str, notary: Notary, keyring: Keyring, now: datetime
) -> Receipt:
    """Take a finished document back and log it, byte for byte. Nothing is written where anything is wrong.

    1. It is canonical JSON with one proof. 2. It is a document offered to `by` about this certificate, unchanged, and
    in time. 3. The proof is by the key that `by` has registered and uses now. 4. The word may still be said.
    Raises Malformed, NotFound, Conflict, KeyNotValid, UnknownKey, BadSignature, RuleBroken, Forbidden.
    """
    signed = read_finished(data)
    body = canonicalise(signed)
    offered = _offered_as(connection, signed, certificate, by)
    require_offered(signed, offered.body, now)
    own = own_keys_of(connection, notary.host, by, keyring)
    # The issuer is the one that was offered, and so the key is of that DID; a key that has ended is refused here too.
    verify_logged(body, keyring, own, size_of(connection))
    statement = _still_said(connection, parse_document(offered.body), offered, by, notary.host, now)
    receipt = carry(connection, body, signed, notary)
    connection.execute(delete(own_documents).where(own_documents.c.record_id == offered.record))
    if offered.act != VISIT:
        state = CertificateState(offered.act)
        follow_state(connection, certificate, state, receipt)
        desk.answer_request(connection, certificate, state, statement.subject.get("traceapp:reason"), now)
    return receipt


def _offered_as(connection: Connection, signed: dict[str, Any], certificate: str, by: str) -> Offered:
    uuid = record_uuid(str(signed.get("id")))
    if not is_uuid(uuid):
        raise Malformed(f"This document is called {str(signed.get('id'))[:120]}, as none that was offered is.")
    if connection.execute(select(records.c.type).where(records.c.record_id == uuid)).first():
        raise Conflict("This document is in the log already.")
    offered = offered_called(connection, uuid, by)
    if offered.certificate != certificate:
        raise Conflict("This document is about another certificate: bring it back on that one's page.")
    return offered


def _still_said(
    connection: Connection, unsigned: dict[str, Any], offered: Offered, by: str, host: str, now: datetime
) -> Statement:
    """The word that the document is, if it may be said today."""
    details = details_of(unsigned)
    declaration = (details["declaration"]["id"], details["declaration"]["sha256"])
    if offered.act != VISIT:
        reason, state = details.get("reason"), CertificateState(offered.act)
        return next_statement(connection, offered.certificate, state, by, host, reason=reason, declaration=declaration)
    told = {"day": civil_date(details["day"]), "result": details["result"], "note": details.get("note", "")}
    return desk.visit_statement(connection, offered.certificate, by, now, declaration=declaration, **told)
