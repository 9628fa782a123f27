"""Proving oneself once more for one act that cannot be taken back: by a passkey, else by the password.

The passkey signs a challenge over what is done, the fields of the form included, and a nonce that serves once within a
few minutes: an answer fits no other act, no other person, and no second time. A password is counted as at the door. An
organisation may ask for passkeys alone (`require_passkeys`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from webauthn import generate_authentication_options, options_to_json, verify_authentication_response
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from traceapp.core.canonical import canonicalise
from traceapp.core.errors import Forbidden, RuleBroken
from traceapp.db import driver
from traceapp.db.account_trust import passkey_rules
from traceapp.db.accounts import passkeys
from traceapp.services.accounts import tokens
from traceapp.services.accounts.passkeys import BROKEN, Asked, host_of, id_of
from traceapp.services.accounts.people import Member
from traceapp.services.accounts.sign_in import Refusal, check_password
from traceapp.services.accounts.tokens import Kind
from traceapp.services.operating import audit
from traceapp.services.world import World

_PURPOSE = "traceapp-step-up-v1"
_NONCE_BYTES = 32


class How(StrEnum):
    """By what somebody proved themselves."""

    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - a word of the trail


class Unproved(StrEnum):
    """Why somebody did not."""

    WRONG = "wrong"
    WAIT = "wait"
    LATE = "late"
    PASSKEY_ONLY = "passkey-only"


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done: its `name` for the trail, the address it is sent to, and every field of the form."""

    name: str
    path: str
    fields: tuple[tuple[str, str], ...]

    def challenge(self, account: str, nonce: bytes) -> bytes:
        """SHA-256 of the RFC 8785 form of all of it: what the passkey signs."""
        told = {
            "purpose": _PURPOSE,
            "act": self.name,
            "path": self.path,
            "fields": [list(one) for one in sorted(self.fields)],
            "account": account,
            "nonce": nonce.hex(),
        }
        return hashlib.sha256(canonicalise(told)).digest()


def ask(connection: Connection, member: Member, act: Act, base_url: str, now: datetime) -> Asked | None:
    """What the browser is to ask one of the account's passkeys; None where it has none."""
    known = _passkeys_of(connection, member.account)
    if not known:
        return None
    nonce = secrets.token_bytes(_NONCE_BYTES)
    about = {"nonce": urlsafe_b64encode(nonce).decode()}
    state = tokens.make(connection, Kind.STEP_UP, now, account=member.account, about=about)
    options = generate_authentication_options(
        rp_id=host_of(base_url),
        challenge=act.challenge(member.account, nonce),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(state, json.loads(options_to_json(options)))


def _passkeys_of(connection: Connection, account: str) -> Sequence[bytes]:
    query = select(passkeys.c.id).where(passkeys.c.account == account).order_by(passkeys.c.created)
    return connection.execute(query).scalars().all()


def by_passkey(world: World, member: Member, act: Act, state: str, credential: Mapping[str, Any]) -> Unproved | None:
    """None once one of the member's own passkeys answered for exactly this act, just now; noted in the trail."""
    base_url, now = world.settings.base_url, world.clock()
    with world.write_aside() as connection:
        # Taken in a transaction of its own: whatever comes of it, it serves no second time.
        asked = tokens.take(connection, Kind.STEP_UP, state, now)
    if asked is None or not hmac.compare_digest(asked.account or "", member.account):
        return Unproved.LATE
    with world.write_aside() as connection:
        mine = (passkeys.c.account == member.account, passkeys.c.id == id_of(credential))
        row = connection.execute(select(passkeys).where(*mine)).first()
        if row is None:
            return Unproved.WRONG
        try:
            found = verify_authentication_response(
                credential=dict(credential),
                expected_challenge=act.challenge(member.account, urlsafe_b64decode(asked.about["nonce"])),
                expected_rp_id=host_of(base_url),
                expected_origin=base_url,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except BROKEN:
            return Unproved.WRONG
        used = {"sign_count": found.new_sign_count, "used": now}
        connection.execute(update(passkeys).where(passkeys.c.id == row.id).values(used))
        _note(connection, member, act, How.PASSKEY, now)
    return None


def by_password(world: World, member: Member, act: Act, password: str, network: str) -> Unproved | None:
    """None for the member's own password, unless its organisation takes passkeys alone; wrong ones are counted."""
    with world.read() as connection:
        if asks_for_passkeys(connection, member.organisation):
            return Unproved.PASSKEY_ONLY
    found = check_password(world, member.login, password, network)
    if isinstance(found, Refusal):
        return Unproved.WAIT if found is Refusal.WAIT else Unproved.WRONG
    with world.write_aside() as connection:
        _note(connection, member, act, How.PASSWORD, world.clock())
    return None


def _note(connection: Connection, member: Member, act: Act, how: How, now: datetime) -> None:
    told = {"act": act.name, "path": act.path, "how": str(how)}
    if member.organisation is not None:
        told["organisation"] = member.organisation
    audit.note_account(connection, "step-up", member.account, member.account, now, **told)


def asks_for_passkeys(connection: Connection, organisation: str | None) -> bool:
    """Whether an organisation takes no password where a passkey is asked for."""
    return bool(driver.run(connection, "SELECT 1 FROM passkey_rules WHERE organisation = ?", (organisation,)))


def require_passkeys(connection: Connection, member: Member, now: datetime, *, required: bool) -> None:
    """An owner says so for its organisation. Forbidden for others; RuleBroken for an owner who has no passkey yet."""
    if not member.is_owner:
        raise Forbidden("Only an owner says by what an organisation's people prove themselves.")
    if required and not _passkeys_of(connection, member.account):
        raise RuleBroken("Make a passkey of your own first: without one you would be shut out yourself.")
    set_rule(connection, member.declared_by, member.account, now, required=required)


def set_rule(connection: Connection, organisation: str, by: str, now: datetime, *, required: bool) -> None:
    """The same, by an owner's account or by the operator (`cli`)."""
    connection.execute(delete(passkey_rules).where(passkey_rules.c.organisation == organisation))
    if required:
        connection.execute(insert(passkey_rules).values(organisation=organisation, since=now))
    audit.note_account(connection, "passkeys-required", by, by, now, organisation=organisation, required=int(required))
