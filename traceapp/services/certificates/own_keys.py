"""A body's own key: asked for by its account, proved by the key, bound by the root key, ended by either.

The running service holds no root key: a request waits until the operator brings it back and says `traceapp keys admit`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, update

from traceapp.core.credential import Signer
from traceapp.core.dates import rfc3339
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.keys import Keyring, base64url, did_web
from traceapp.core.own.dids import NamedKey, kept_form, named_key
from traceapp.core.own.documents import read_signature
from traceapp.core.own.keys import (
    HOLDERS,
    OwnKey,
    Possession,
    possession_text,
    require_possession,
    say_own_key,
    say_own_key_end,
)
from traceapp.core.statements import Statement
from traceapp.core.trust import TrustList
from traceapp.db import driver
from traceapp.db.own_keys import own_documents, own_key_requests
from traceapp.db.types import instant_of
from traceapp.services.log.entries import Receipt
from traceapp.services.log.witnessed import witnessed_before
from traceapp.services.operating import audit
from traceapp.services.records.own_keys import own_keys_of
from traceapp.services.records.signing import Notary, new_uuid, record, record_as
from traceapp.services.registry.registers import role_of

NONCE_BYTES = 16
_BOUND = "SELECT 1 FROM record_subjects WHERE subject = ? LIMIT 1"
_SIGNED = (
    "SELECT r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id JOIN certificates c ON c.id = s.subject "
    "WHERE c.issuer = ? AND r.type = 'CertificateRecord' AND e.leaf_index >= ?"
)


@dataclass(frozen=True, slots=True)
class Request:
    """A key that is asked for. `text` is what its holder signs; `proved` says whether it has."""

    possession: Possession
    text: str
    asked: datetime

    @property
    def proved(self) -> bool:
        """Whether the holder's signature is here."""
        return bool(self.possession.proof)


def ask_own_key(
    connection: Connection, host: str, organisation: str, did: str, document: bytes, keyring: Keyring, now: datetime
) -> Request:
    """Ask for a key by its DID, with the DID document of a did:web. An earlier request of the organisation ends.

    Forbidden for other roles, Conflict for a key that is somebody's already, InvalidIdentifier and Malformed for a DID
    or a document that cannot be used.
    """
    if (role := role_of(connection, organisation)) not in HOLDERS:
        raise Forbidden(f"A {role} has no key of its own here: a {', '.join(sorted(HOLDERS))} may.")
    key = named_key(did, document)
    kept = kept_form(document) if key.did.startswith("did:web:") else ""
    _require_free(connection, host, key, keyring)
    connection.execute(delete(own_key_requests).where(own_key_requests.c.organisation == organisation))
    values = {"organisation": organisation, "method": key.method, "document": kept, "proof": "", "asked": now}
    nonce = base64url(secrets.token_bytes(NONCE_BYTES))
    connection.execute(insert(own_key_requests).values(nonce=nonce, **values))
    return _request(host, organisation, key, kept, nonce, "", now)


def _require_free(connection: Connection, host: str, key: NamedKey, keyring: Keyring) -> None:
    own = did_web(host)
    if key.did == own or key.did.startswith((f"{own}:", f"{own}%3A")):
        raise Conflict(f"{key.did} is a name of this service: what it signs, it signs itself. Use a name of your own.")
    if driver.run(connection, _BOUND, (key.method,)) or any(key.raw == one.raw for one in keyring):
        raise Conflict(f"{key.method[:160]} was registered before, and a key is one body's, once: make a new one.")


def request_of(connection: Connection, host: str, organisation: str) -> Request | None:
    """What an organisation asks for."""
    rows = driver.run(connection, f"{_ASKED} WHERE organisation = ?", (organisation,))
    return _read(host, *rows[0]) if rows else None


def requests(connection: Connection, host: str) -> list[Request]:
    """All that is asked for, the oldest first."""
    return [_read(host, *row) for row in driver.run(connection, f"{_ASKED} ORDER BY asked")]


_ASKED = "SELECT organisation, method, document, nonce, proof, asked FROM own_key_requests"


def _read(host: str, organisation: str, method: str, document: str, nonce: str, proof: str, asked: object) -> Request:
    key = named_key(method, document.encode())
    return _request(host, organisation, key, document, nonce, proof, instant_of(asked))


def _request(
    host: str, organisation: str, key: NamedKey, document: str, nonce: str, proof: str, asked: datetime
) -> Request:
    possession = Possession(organisation, key, nonce, proof, document)
    return Request(possession, possession_text(host, possession), asked)


def prove_own_key(connection: Connection, host: str, organisation: str, signature: str) -> None:
    """The holder's signature over the request's text. NotFound, Malformed, BadSignature."""
    found = request_of(connection, host, organisation)
    if found is None:
        raise NotFound("No key is asked for: say its DID first.")
    proof = read_signature(signature)
    asked = found.possession
    require_possession(host, Possession(organisation, asked.key, asked.nonce, proof, asked.document))
    mine = own_key_requests.c.organisation == organisation
    connection.execute(update(own_key_requests).where(mine).values(proof=proof))


def drop_request(connection: Connection, organisation: str) -> None:
    """Ask no more."""
    connection.execute(delete(own_key_requests).where(own_key_requests.c.organisation == organisation))


def admit_own_key(
    connection: Connection, organisation: str, notary: Notary, root: Signer, keyring: Keyring, now: datetime
) -> Receipt:
    """Bind the key that an organisation asks for, signed by root; the key it had until now is ended with it.

    NotFound when nothing is asked for, RuleBroken while its holder has not signed.
    """
    found = request_of(connection, notary.host, organisation)
    if found is None:
        raise NotFound(f"{organisation[:160]} asks for no key.")
    if not found.proved:
        raise RuleBroken(f"{found.possession.key.method} has not signed yet: its holder does that in the portal.")
    _require_free(connection, notary.host, found.possession.key, keyring)
    statements = [say_own_key(notary.host, found.possession)]
    former = own_keys_of(connection, notary.host, organisation, keyring).in_use(organisation)
    if former:
        statements.insert(0, _end_by_root(former, notary.host))
    receipt = record_as(connection, [(new_uuid(), one) for one in statements], notary, now, root)[-1]
    drop_request(connection, organisation)
    _drop_documents(connection, organisation)
    audit.note(connection, "own-key-admit", organisation, "cli", now, key=found.possession.key.method)
    return receipt


def end_own_key(
    connection: Connection, organisation: str, notary: Notary, keyring: Keyring, now: datetime, since: datetime | None
) -> Receipt:
    """The holder ends the key it has, which may be lost `since` then. NotFound without one, InvalidEvent."""
    own = _in_use(connection, notary.host, organisation, keyring, now, since)
    role = role_of(connection, organisation)
    said = say_own_key_end(own, by=organisation, role=role, record="OrganisationRecord", compromised_since=since)
    receipt = record(connection, [said], notary, now)[0]
    _drop_documents(connection, organisation)
    audit.note(connection, "own-key-end", organisation, organisation, now, key=own.key.method, **_lost(since))
    return receipt


def revoke_own_key(
    connection: Connection,
    organisation: str,
    notary: Notary,
    root: Signer,
    keyring: Keyring,
    now: datetime,
    since: datetime | None,
) -> Receipt:
    """The operator ends a key with the root key: for a body that lost its account, too. NotFound, InvalidEvent."""
    own = _last(connection, notary.host, organisation, keyring, now, since)
    receipt = record_as(connection, [(new_uuid(), _end_by_root(own, notary.host, since))], notary, now, root)[0]
    _drop_documents(connection, organisation)
    audit.note(connection, "own-key-revoke", organisation, "cli", now, key=own.key.method, **_lost(since))
    return receipt


def falling_words(connection: Connection, own: OwnKey, trust: TrustList, since: datetime) -> int:
    """How many records by an own key no witness quorum covered before `since`: what falls with it."""
    seen = witnessed_before(connection, trust, since)
    method = f'"verificationMethod":"{own.key.method}"'.encode()
    rows = driver.run(connection, _SIGNED, (own.organisation, max(seen, own.bound)))
    return sum(method in bytes(body) for (body,) in rows)


def _last(
    connection: Connection, host: str, organisation: str, keyring: Keyring, now: datetime, since: datetime | None
) -> OwnKey:
    """The key in use, or the last one: a loss is often noticed after the key was replaced."""
    known = own_keys_of(connection, host, organisation, keyring).of(organisation)
    if not known:
        raise NotFound(f"{organisation[:160]} has no key of its own here.")
    return _lost_after(known[-1], now, since)


def _in_use(
    connection: Connection, host: str, organisation: str, keyring: Keyring, now: datetime, since: datetime | None
) -> OwnKey:
    own = own_keys_of(connection, host, organisation, keyring).in_use(organisation)
    if own is None:
        raise NotFound(f"{organisation[:160]} has no key of its own in use here.")
    return _lost_after(own, now, since)


def _lost_after(own: OwnKey, now: datetime, since: datetime | None) -> OwnKey:
    if since is not None and since > now:
        raise InvalidEvent(f"{rfc3339(since)} lies in the future: say when the key was lost, or may have been.")
    return own


def _end_by_root(own: OwnKey, host: str, since: datetime | None = None) -> Statement:
    return say_own_key_end(own, by=did_web(host), role="root", record="KeyRecord", compromised_since=since)


def _lost(since: datetime | None) -> dict[str, str]:
    return {"since": rfc3339(since)} if since else {}


def _drop_documents(connection: Connection, organisation: str) -> None:
    """They name the former key as their issuer."""
    connection.execute(delete(own_documents).where(own_documents.c.organisation == organisation))
