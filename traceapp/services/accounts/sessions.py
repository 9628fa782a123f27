"""Sessions on the server: a random token in a cookie, its hash here, and whom it acts for."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, select, update

from traceapp.core.errors import NotFound
from traceapp.db.accounts import accounts, memberships, sessions
from traceapp.db.tables import organisations
from traceapp.services.accounts.people import Member, MemberRole, organisations_of
from traceapp.services.accounts.tokens import hashed
from traceapp.services.operating import audit
from traceapp.services.records.names import name_of

LASTS = timedelta(days=30)
"""Since it was used last, for those who make things."""
LASTS_OF_OFFICES = timedelta(hours=12)
"""For those whose word confirms others."""
KEPT = timedelta(days=7)
"""How long an ended session tells whose form it was."""
TOUCHED_EVERY = timedelta(hours=1)
OFFICES = frozenset({"authority", "certifier", "laboratory", "council", "inspectorate"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it; `id` is the hash of its token in hex."""

    id: str
    agent: str
    started: datetime
    seen: datetime
    is_this: bool


def start(connection: Connection, account: str, agent: str, now: datetime, *, how: str) -> str:
    """A new session, for the account's first organisation; returns its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    mine = organisations_of(connection, account)
    organisation = mine[0].organisation if mine else None
    connection.execute(delete(sessions).where(sessions.c.expires < now - KEPT))
    connection.execute(
        insert(sessions).values(
            token=hashed(token),
            account=account,
            organisation=organisation,
            agent=agent[:80],
            started=now,
            seen=now,
            expires=now + _lasts(connection, organisation),
        )
    )
    audit.note_account(connection, "sign-in", account, account, now, how=how)
    return token


def _lasts(connection: Connection, organisation: str | None) -> timedelta:
    role = connection.execute(select(organisations.c.role).where(organisations.c.id == organisation)).scalar()
    return LASTS_OF_OFFICES if role in OFFICES else LASTS


_WHO = (
    select(
        sessions.c.token,
        sessions.c.account,
        sessions.c.expires,
        sessions.c.seen,
        accounts.c.name,
        accounts.c.login,
        accounts.c.lang,
        accounts.c.party,
        memberships.c.organisation,
        memberships.c.role.label("member_role"),
        organisations.c.role.label("organisation_role"),
    )
    .join(accounts, accounts.c.id == sessions.c.account)
    .join(
        memberships,
        and_(memberships.c.account == sessions.c.account, memberships.c.organisation == sessions.c.organisation),
        isouter=True,
    )
    .join(organisations, organisations.c.id == memberships.c.organisation, isouter=True)
    .where(accounts.c.disabled.is_(None))
)


def find(connection: Connection, token: str, now: datetime) -> tuple[Member, datetime, datetime] | None:
    """Who holds a token, when the session was seen last and when it ends; None for one unknown, ended or expired."""
    row = connection.execute(_WHO.where(sessions.c.token == hashed(token), sessions.c.expires >= now)).first()
    if row is None:
        return None
    member = Member(
        account=row.account,
        name=row.name,
        login=row.login,
        lang=row.lang,
        session=row.token,
        organisation=row.organisation,
        organisation_name=name_of(connection, row.organisation) if row.organisation else "",
        organisation_role=row.organisation_role or "",
        role=MemberRole(row.member_role) if row.member_role else None,
        party=row.party,
    )
    return member, row.seen, row.expires


def touch(connection: Connection, member: Member, now: datetime) -> None:
    """The session lives on."""
    ends = now + _lasts(connection, member.organisation)
    connection.execute(update(sessions).where(sessions.c.token == member.session).values(seen=now, expires=ends))


def account_of_ended(connection: Connection, token: str) -> str | None:
    """Whose session a token was, for as long as that is kept."""
    found: str | None = connection.execute(select(sessions.c.account).where(sessions.c.token == hashed(token))).scalar()
    return found


def act_for(connection: Connection, member: Member, organisation: str) -> None:
    """Act for another organisation of the same account; NotFound where it is no member."""
    if all(one.organisation != organisation for one in organisations_of(connection, member.account)):
        raise NotFound("There is no such organisation among yours.")
    connection.execute(update(sessions).where(sessions.c.token == member.session).values(organisation=organisation))


def listed(connection: Connection, member: Member, now: datetime) -> Sequence[Listed]:
    """The account's open sessions, the latest first."""
    query = (
        select(sessions)
        .where(sessions.c.account == member.account, sessions.c.expires >= now)
        .order_by(sessions.c.seen.desc())
    )
    return [
        Listed(row.token.hex(), row.agent, row.started, row.seen, hmac.compare_digest(row.token, member.session))
        for row in connection.execute(query)
    ]


def end(connection: Connection, member: Member, session: str, now: datetime) -> None:
    """End one of the account's sessions by its id; NotFound for anybody else's."""
    try:
        token = bytes.fromhex(session)
    except ValueError:
        token = b""
    mine = (sessions.c.account == member.account, sessions.c.token == token)
    if connection.execute(delete(sessions).where(*mine)).rowcount == 0:
        raise NotFound("There is no such session.")
    audit.note_account(connection, "sign-out", member.account, member.account, now)


def end_all(connection: Connection, member: Member, now: datetime) -> int:
    """End every session of the account, this one too; how many there were."""
    ended = connection.execute(delete(sessions).where(sessions.c.account == member.account)).rowcount
    audit.note_account(connection, "sign-out-everywhere", member.account, member.account, now, sessions=ended)
    return ended


def csrf_token(token: str) -> str:
    """What a form of this session carries: made from the session's secret, so that nobody else's fits."""
    return urlsafe_b64encode(hmac.digest(token.encode("utf-8", "replace"), b"traceapp csrf v1", "sha256")).decode()
