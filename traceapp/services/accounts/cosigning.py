"""A producer's own passkey beside the service's signature: enrolled in the log, then one touch for what was signed.

Asked for after signing, and never instead of it: whoever has no passkey, or no wish, loses nothing. An officer who
types for a producer does not cosign: the key would not be the producer's.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as EcKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy import Connection, select, update
from webauthn import generate_authentication_options, options_to_json
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from traceapp.core.canonical import JsonObject
from traceapp.core.cosigning import (
    MOST_RECORDS,
    challenge_of,
    document_hash,
    say_cosignature,
    say_passkey,
    say_passkey_withdrawn,
)
from traceapp.core.errors import Forbidden, NotFound, RuleBroken, VerificationError
from traceapp.core.keys import base64url
from traceapp.core.statements import is_restricted, record_uuid, subjects_of, thing_url
from traceapp.core.webauthn import Assertion, RecordedKey, verify_assertion
from traceapp.db import driver
from traceapp.db.account_trust import cosigned_records, cosigning_keys
from traceapp.db.accounts import passkeys
from traceapp.db.types import instant_of
from traceapp.services.accounts import tokens
from traceapp.services.accounts.passkeys import BROKEN, Asked, host_of, id_of
from traceapp.services.accounts.people import Member, MemberRole
from traceapp.services.accounts.tokens import Kind
from traceapp.services.log.entries import Receipt
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary, new_uuid, parse_document, record
from traceapp.services.registry.registers import role_of
from traceapp.services.world import World

OFFERED = timedelta(minutes=30)
"""For so long after signing a cosignature is offered."""
TYPES = ("TraceEvent", "LotRecord", "ProductRecord", "CorrectionRecord", "RecallRecord", "FacilityRecord")
NOT_ACCEPTED = "This passkey did not sign these records: try again, or leave it."


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A passkey enrolled for cosigning; `passkey` is its id in base64url, as its owner's list has it."""

    id: str
    passkey: str
    name: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """One record that can be cosigned now, by its UUID."""

    record_id: str
    type: str
    body: bytes


def enrol(
    connection: Connection, member: Member, passkey: str, base_url: str, notary: Notary, now: datetime
) -> Receipt:
    """Record that one of the member's passkeys (base64url) cosigns for its organisation from now on.

    Forbidden for an officer, NotFound for somebody else's key, RuleBroken for one that is enrolled, or cannot be used.
    """
    _require_own_hand(member)
    mine = (passkeys.c.account == member.account, passkeys.c.id == id_of({"rawId": passkey}))
    row = connection.execute(select(passkeys).where(*mine)).first()
    if row is None:
        raise NotFound("There is no such passkey.")
    if any(one.passkey == passkey for one in enrolled(connection, member)):
        raise RuleBroken("This passkey cosigns already.")
    by, key_id = member.declared_by, thing_url(notary.host, new_uuid())
    key = _recorded(row.public_key, base_url)
    made = record(connection, [say_passkey(key_id, key, by=by, role=role_of(connection, by))], notary, now)[0]
    values = {"passkey": row.id, "account": member.account, "organisation": by, "made": now}
    connection.execute(cosigning_keys.insert().values(id=key_id, record_id=record_uuid(made.record_id), **values))
    audit.note(connection, "passkey-enrolled", key_id, by, now, record=made.record_id)
    return made


def _require_own_hand(member: Member) -> None:
    if member.role is MemberRole.OFFICER:
        raise Forbidden("Whoever types for a producer does not sign with the producer's own key.")


def _recorded(cose: bytes, base_url: str) -> RecordedKey:
    """A COSE key as a record tells it; RuleBroken for an algorithm that nobody verifies here."""
    try:
        key = decoded_public_key_to_cryptography(decode_credential_public_key(cose))
    except BROKEN as cause:
        raise RuleBroken("This passkey cannot be used for cosigning: make another on this device.") from cause
    site = (host_of(base_url), base_url)
    match key:
        case EcKey() if isinstance(key.curve, SECP256R1):
            numbers = key.public_numbers()
            return RecordedKey("ES256", _text(numbers.x, 32), _text(numbers.y, 32), *site)
        case Ed25519PublicKey():
            return RecordedKey("EdDSA", base64url(key.public_bytes_raw()), "", *site)
        case RSAPublicKey():
            rsa = key.public_numbers()
            return RecordedKey("RS256", _text(rsa.n, (rsa.n.bit_length() + 7) // 8), _text(rsa.e, 3), *site)
    raise RuleBroken("This passkey cannot be used for cosigning: make another on this device.")


def _text(number: int, length: int) -> str:
    return base64url(number.to_bytes(length, "big"))


def enrolled(connection: Connection, member: Member) -> Sequence[Enrolled]:
    """The member's passkeys that cosign for its organisation, as long as the account has them."""
    return [
        Enrolled(key, urlsafe_b64encode(passkey).decode(), name, instant_of(made))
        for key, passkey, name, made in driver.run(connection, _ENROLLED, (member.account, member.organisation))
    ]


_ENROLLED = (
    "SELECT c.id, c.passkey, p.name, c.made FROM cosigning_keys c JOIN passkeys p ON p.id = c.passkey "
    "WHERE c.account = ? AND c.organisation = ? AND c.withdrawn IS NULL ORDER BY c.made"
)


def withdraw(connection: Connection, member: Member, key: str, notary: Notary, now: datetime) -> None:
    """From now on this passkey cosigns nothing more; what it cosigned stays. NotFound for anybody else's."""
    if all(one.id != key for one in enrolled(connection, member)):
        raise NotFound("There is no such passkey among those that cosign.")
    by = member.declared_by
    made = record(connection, [say_passkey_withdrawn(key, by=by, role=role_of(connection, by))], notary, now)[0]
    connection.execute(update(cosigning_keys).where(cosigning_keys.c.id == key).values(withdrawn=now))
    audit.note(connection, "passkey-withdrawn", key, by, now, record=made.record_id)


def offered(connection: Connection, member: Member, now: datetime) -> Sequence[Offered]:
    """What the member recorded for its organisation just now and nobody cosigned yet, in the order of the log.

    What only its parties may read is left out: a cosignature is public.
    """
    if member.organisation is None or member.role is MemberRole.OFFICER:
        return []
    found = (
        Offered(row[0], row[1], bytes(row[2]))
        for row in driver.run(connection, _LATEST, (member.account, MOST_RECORDS))
    )
    told = ((one, parse_document(one.body)) for one in found if one.type in TYPES)
    return [one for one, document in told if _is_open(member, document, now)][::-1]


_LATEST = (
    "SELECT r.record_id, r.type, r.body FROM account_records a JOIN log_entries e ON e.leaf_index = a.leaf_index "
    "JOIN records r ON r.record_id = e.record_id LEFT JOIN cosigned_records c ON c.record_id = r.record_id "
    "WHERE a.account = ? AND c.record_id IS NULL ORDER BY a.leaf_index DESC LIMIT ?"
)


def _is_open(member: Member, document: JsonObject, now: datetime) -> bool:
    own = document["traceapp:declaredBy"]["id"] == member.organisation
    recent = now - datetime.fromisoformat(document["validFrom"]) <= OFFERED
    return bool(own and recent and not is_restricted(document))


def ask(
    connection: Connection, member: Member, records: Sequence[str], base_url: str, now: datetime
) -> tuple[Asked, Sequence[Offered]] | None:
    """What the browser is to ask an enrolled passkey for these records (UUIDs; none: all that are offered).

    None where there is nothing to cosign, or no passkey to do it with.
    """
    keys = enrolled(connection, member)
    chosen = [one for one in offered(connection, member, now) if not records or one.record_id in records]
    if not keys or not chosen:
        return None
    about = {"records": [one.record_id for one in chosen]}
    state = tokens.make(connection, Kind.COSIGN, now, account=member.account, about=about)
    options = generate_authentication_options(
        rp_id=host_of(base_url),
        challenge=challenge_of([document_hash(one.body) for one in chosen]),
        allow_credentials=[PublicKeyCredentialDescriptor(id=urlsafe_b64decode(one.passkey)) for one in keys],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(state, json.loads(options_to_json(options))), chosen


def cosign(world: World, member: Member, state: str, credential: Mapping[str, Any]) -> Receipt:
    """Record the answer of a passkey for the records it was asked about. RuleBroken for any other answer."""
    now = world.clock()
    with world.write_aside() as connection:
        asked = tokens.take(connection, Kind.COSIGN, state, now)
    if asked is None or not hmac.compare_digest(asked.account or "", member.account):
        raise RuleBroken("This took too long: open the page again.")
    assertion = _assertion(credential)
    with world.write() as connection:
        wanted = set(asked.about["records"])
        chosen = [one for one in offered(connection, member, now) if one.record_id in wanted]
        row = _key(connection, member, credential)
        if row is None or len(chosen) != len(wanted):
            raise RuleBroken(NOT_ACCEPTED)
        hashes = [document_hash(one.body) for one in chosen]
        try:
            verify_assertion(assertion, _recorded(row.public_key, world.settings.base_url), challenge_of(hashes))
        except VerificationError as cause:
            raise RuleBroken(NOT_ACCEPTED) from cause
        return _file(connection, world, member, row.id, list(zip(chosen, hashes, strict=True)), assertion)


def _file(
    connection: Connection,
    world: World,
    member: Member,
    key: str,
    signed: Sequence[tuple[Offered, bytes]],
    assertion: Assertion,
) -> Receipt:
    """The record of a cosignature that holds, and which records it is of."""
    by, now = member.declared_by, world.clock()
    documents = [parse_document(one.body) for one, _ in signed]
    statement = say_cosignature(
        key,
        [(document["id"], digest) for document, (_, digest) in zip(documents, signed, strict=True)],
        assertion,
        # Filed under what the records are about, so that the same pages and bundles carry it.
        about={subjects_of(document)[0] for document in documents},
        by=by,
        role=role_of(connection, by),
    )
    made = record(connection, [statement], member.notary(world.notary), now)[0]
    rows = [(one.record_id, record_uuid(made.record_id)) for one, _ in signed]
    driver.insert(connection, cosigned_records, rows)
    audit.note(connection, "cosigned", key, by, now, record=made.record_id, records=len(rows))
    return made


def _key(connection: Connection, member: Member, credential: Mapping[str, Any]) -> Any:
    """The enrolled passkey that answered: its name in records, and its COSE key."""
    query = (
        select(cosigning_keys.c.id, passkeys.c.public_key)
        .join(passkeys, passkeys.c.id == cosigning_keys.c.passkey)
        .where(cosigning_keys.c.account == member.account, cosigning_keys.c.organisation == member.organisation)
        .where(cosigning_keys.c.withdrawn.is_(None), cosigning_keys.c.passkey == id_of(credential))
    )
    return connection.execute(query).first()


def _assertion(credential: Mapping[str, Any]) -> Assertion:
    try:
        answer = credential["response"]
        parts = [answer[name] for name in ("authenticatorData", "clientDataJSON", "signature")]
        return Assertion(*(_bytes(str(one)) for one in parts))
    except BROKEN as cause:
        raise RuleBroken(NOT_ACCEPTED) from cause


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
