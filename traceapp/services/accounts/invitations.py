"""Inviting somebody into an organisation: a link that works once, by letter or from hand to hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete

from traceapp.core.errors import Forbidden, NotFound
from traceapp.db import driver
from traceapp.db.accounts import account_tokens
from traceapp.db.types import instant_of
from traceapp.services.accounts import tokens
from traceapp.services.accounts.passwords import make_hash, require_good
from traceapp.services.accounts.people import Member, MemberRole, create_account, join, members_of
from traceapp.services.accounts.tokens import Kind
from traceapp.services.operating import audit
from traceapp.services.records.names import name_of
from traceapp.services.records.signing import Notary


@dataclass(frozen=True, slots=True)
class Invitation:
    """To be a member of an organisation. `to` is the address it was sent to, empty where it was handed over."""

    organisation: str
    organisation_name: str
    role: MemberRole
    to: str
    by: str


def may_invite(connection: Connection, member: Member) -> bool:
    """An owner may; an officer may where there is no owner yet, to bring the household itself in."""
    if member.organisation is None or member.role is MemberRole.OWNER:
        return member.organisation is not None
    owners = [one for one in members_of(connection, member.organisation) if one.role is MemberRole.OWNER]
    return member.role is MemberRole.OFFICER and not owners


def invite_by_member(connection: Connection, member: Member, role: MemberRole, to: str, now: datetime) -> str:
    """An invitation by a member; Forbidden for who may not. Returns its token, which is nowhere else."""
    if not may_invite(connection, member):
        raise Forbidden("Only an owner invites others.")
    return invite(connection, member.declared_by, role, to, member.account, now)


def invite(connection: Connection, organisation: str, role: MemberRole, to: str, by: str, now: datetime) -> str:
    """An invitation by the operator, or by whoever was found to be allowed."""
    token = tokens.make(
        connection, Kind.INVITATION, now, about={"organisation": organisation, "role": str(role), "to": to, "by": by}
    )
    audit.note_account(connection, "invited", organisation, by, now, role=str(role))
    return token


def find(connection: Connection, token: str, now: datetime) -> Invitation:
    """The invitation of a link; NotFound once it was used, withdrawn or is a week old."""
    found = tokens.find(connection, Kind.INVITATION, token, now)
    if found is None:
        raise NotFound("This invitation was used already or is over: ask for another.")
    about = found.about
    name = name_of(connection, about["organisation"])
    return Invitation(about["organisation"], name, MemberRole(about["role"]), about["to"], about["by"])


def accept(connection: Connection, token: str, account: str, notary: Notary, now: datetime) -> Invitation:
    """An account that is signed in becomes a member. NotFound, Conflict where it is one already."""
    found = find(connection, token, now)
    tokens.take(connection, Kind.INVITATION, token, now)
    join(connection, account, found.organisation, found.role, found.by, notary, now)
    return found


def accept_as_new(
    connection: Connection, token: str, login: str, name: str, password: str, lang: str, notary: Notary, now: datetime
) -> str:
    """Somebody without an account becomes a member. RuleBroken for a poor password, Conflict for a login in use."""
    find(connection, token, now)
    hashed = make_hash(require_good(password, login, name))
    account = create_account(connection, login, name, hashed, lang, now)
    accept(connection, token, account, notary, now)
    return account


@dataclass(frozen=True, slots=True)
class Open:
    """An invitation that waits; `id` is its token's hash, which opens nothing."""

    id: str
    to: str
    role: MemberRole
    expires: datetime


def open_of(connection: Connection, organisation: str, now: datetime) -> Sequence[Open]:
    """Invitations into an organisation that nobody used yet."""
    rows = driver.run(connection, _OPEN, (str(Kind.INVITATION),))
    waiting = [(token.hex(), json.loads(about), instant_of(expires)) for token, about, expires in rows]
    return [
        Open(name, about["to"], MemberRole(about["role"]), expires)
        for name, about, expires in waiting
        if about["organisation"] == organisation and expires >= now
    ]


_OPEN = "SELECT token, about, expires FROM account_tokens WHERE kind = ? ORDER BY made"


def withdraw(connection: Connection, organisation: str, invitation: str, by: str, now: datetime) -> None:
    """The link opens nothing any more; NotFound for one of another organisation."""
    if all(one.id != invitation for one in open_of(connection, organisation, now)):
        raise NotFound("There is no such invitation.")
    connection.execute(delete(account_tokens).where(account_tokens.c.token == bytes.fromhex(invitation)))
    audit.note_account(connection, "invitation-withdrawn", organisation, by, now)
