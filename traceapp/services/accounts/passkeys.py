"""Passkeys (WebAuthn level 3): a key in the phone instead of a password, for the host that labels carry.

The browser's own user verification (finger, face, screen lock) is required: a passkey alone signs in.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from traceapp.core.errors import Forbidden, NotFound, RuleBroken
from traceapp.db import driver
from traceapp.db.accounts import accounts, passkeys, sessions
from traceapp.db.types import instant_of, read_instant
from traceapp.services.accounts import tokens
from traceapp.services.accounts.people import Member
from traceapp.services.accounts.tokens import Kind
from traceapp.services.operating import audit

BROKEN = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What the library may raise over an answer that no browser made."""
FRESH = timedelta(minutes=10)
"""For so long after signing in a passkey is made without being asked for the password again."""
REFUSED = "This passkey was not accepted: try it again, or sign in with the password."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser is asked: `state` comes back with its answer."""

    state: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key as its owner sees it; `id` in base64url."""

    id: str
    name: str
    created: datetime
    used: datetime | None


def require_fresh(connection: Connection, member: Member, now: datetime) -> None:
    """Forbidden where the session is older than a moment: whoever found it open would make a key that stays."""
    started = connection.execute(select(sessions.c.started).where(sessions.c.token == member.session)).scalar()
    if started is None or now - started > FRESH:
        raise Forbidden("Give the password once more before you make a passkey.")


def ask_for_new(connection: Connection, member: Member, base_url: str, now: datetime) -> Asked:
    """Ask the browser to make a key for this account."""
    known = connection.execute(select(passkeys.c.id).where(passkeys.c.account == member.account)).scalars()
    options = generate_registration_options(
        rp_id=host_of(base_url),
        rp_name="traceapp",
        user_id=member.account.encode(),
        user_name=member.login,
        user_display_name=member.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _asked(connection, options, now, account=member.account)


def ask_to_sign_in(connection: Connection, base_url: str, now: datetime) -> Asked:
    """Ask the browser for any key it has for us; it names no account, and tells of none."""
    options = generate_authentication_options(
        rp_id=host_of(base_url), user_verification=UserVerificationRequirement.REQUIRED
    )
    return _asked(connection, options, now)


def _asked(connection: Connection, options: Any, now: datetime, *, account: str | None = None) -> Asked:
    challenge = urlsafe_b64encode(options.challenge).decode()
    state = tokens.make(connection, Kind.CHALLENGE, now, account=account, about={"challenge": challenge})
    return Asked(state, json.loads(options_to_json(options)))


def add(
    connection: Connection,
    member: Member,
    state: str,
    credential: Mapping[str, Any],
    name: str,
    base_url: str,
    now: datetime,
) -> None:
    """Keep the key that the browser made; RuleBroken for an answer that does not verify."""
    challenge = _challenge(connection, state, member.account, now)
    try:
        made = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=host_of(base_url),
            expected_origin=base_url,
            require_user_verification=True,
        )
    except BROKEN as cause:
        raise RuleBroken(REFUSED) from cause
    if connection.execute(select(passkeys.c.id).where(passkeys.c.id == made.credential_id)).first():
        raise RuleBroken("This passkey is known already: use it to sign in.")
    values = {"account": member.account, "public_key": made.credential_public_key, "sign_count": made.sign_count}
    connection.execute(insert(passkeys).values(id=made.credential_id, name=name[:80], created=now, **values))
    audit.note_account(connection, "passkey-added", member.account, member.account, now)


def verify(connection: Connection, state: str, credential: Mapping[str, Any], base_url: str, now: datetime) -> str:
    """The account whose key answered; RuleBroken for any other answer."""
    challenge = _challenge(connection, state, None, now)
    row = connection.execute(_KEY.where(passkeys.c.id == id_of(credential))).first()
    if row is None:
        raise RuleBroken(REFUSED)
    try:
        found = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=host_of(base_url),
            expected_origin=base_url,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except BROKEN as cause:
        raise RuleBroken(REFUSED) from cause
    connection.execute(
        update(passkeys).where(passkeys.c.id == row.id).values(sign_count=found.new_sign_count, used=now)
    )
    return str(row.account)


_KEY = select(passkeys).join(accounts, accounts.c.id == passkeys.c.account).where(accounts.c.disabled.is_(None))


def _challenge(connection: Connection, state: str, account: str | None, now: datetime) -> bytes:
    """The challenge, which is used up by that; RuleBroken for another account's, or after five minutes."""
    found = tokens.take(connection, Kind.CHALLENGE, state, now)
    if found is None or not hmac.compare_digest(found.account or "", account or ""):
        raise RuleBroken("This took too long: start again.")
    return base64url_to_bytes(found.about["challenge"])


def id_of(credential: Mapping[str, Any]) -> bytes:
    """Which key answered; empty for an answer that names none."""
    try:
        return base64url_to_bytes(str(credential["rawId"]))
    except BROKEN:
        return b""


def host_of(base_url: str) -> str:
    """The site that keys are made for."""
    return urlsplit(base_url).hostname or ""


def listed(connection: Connection, account: str) -> Sequence[Passkey]:
    """The account's keys, the first ones first."""
    return [
        Passkey(urlsafe_b64encode(key).decode(), name, instant_of(created), read_instant(used))
        for key, name, created, used in driver.run(connection, _LISTED, (account,))
    ]


_LISTED = "SELECT id, name, created, used FROM passkeys WHERE account = ? ORDER BY created"


def remove(connection: Connection, member: Member, passkey: str, now: datetime) -> None:
    """Forget one of the account's keys; NotFound for anybody else's."""
    mine = (passkeys.c.account == member.account, passkeys.c.id == id_of({"rawId": passkey}))
    if connection.execute(delete(passkeys).where(*mine)).rowcount == 0:
        raise NotFound("There is no such passkey.")
    audit.note_account(connection, "passkey-removed", member.account, member.account, now)
