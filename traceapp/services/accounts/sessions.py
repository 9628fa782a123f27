"""Sessions on the server: a random token in a cookie, its hash here, and whom it acts for."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from traceapp.core.errors import NotFound
from traceapp.db import driver
from traceapp.db.accounts import sessions
from traceapp.db.tables import organisations
from traceapp.db.types import instant_of, read_instant
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
    """A new session, for the organisation that the account acted for last; returns its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    organisation = _last_acted_for(connection, account)
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


def _last_acted_for(connection: Connection, account: str) -> str | None:
    """Whoever signs in again, perhaps in the middle of a form, goes on where they were."""
    mine = [one.organisation for one in organisations_of(connection, account)]
    latest = select(sessions.c.organisation).where(sessions.c.account == account).order_by(sessions.c.seen.desc())
    last = connection.execute(latest.limit(1)).scalar()
    return last if last in mine else next(iter(mine), None)


def _lasts(connection: Connection, organisation: str | None) -> timedelta:
    role = connection.execute(select(organisations.c.role).where(organisations.c.id == organisation)).scalar()
    return LASTS_OF_OFFICES if role in OFFICES else LASTS


_WHO = (
    "SELECT s.expires, s.seen, a.id, a.name, a.login, a.lang, a.party, m.organisation, m.role, o.role "
    "FROM sessions s JOIN accounts a ON a.id = s.account "
    "LEFT JOIN memberships m ON m.account = s.account AND m.organisation = s.organisation "
    "LEFT JOIN organisations o ON o.id = m.organisation WHERE s.token = ? AND a.disabled IS NULL"
)


def find(connection: Connection, token: str, now: datetime) -> tuple[Member, datetime, datetime] | None:
    """Who holds a token, when the session was seen last and when it ends; None for one unknown, ended or expired."""
    # Asked before every page: SQLAlchemy would take longer over it than many a page takes in all.
    rows = driver.run(connection, _WHO, (hashed(token),))
    ends, seen = map(read_instant, rows[0][:2]) if rows else (None, None)
    if ends is None or seen is None or ends < now:
        return None
    account, name, login, lang, party, organisation, role, organisation_role = rows[0][2:]
    member = Member(
        account=account,
        name=name,
        login=login,
        lang=lang,
        session=hashed(token),
        organisation=organisation,
        organisation_name=name_of(connection, organisation) if organisation else "",
        organisation_role=organisation_role or "",
        role=MemberRole(role) if role else None,
        party=party,
    )
    return member, seen, ends


def touch(connection: Connection, member: Member, now: datetime) -> None:
    """The session lives on."""
    ends = now + _lasts(connection, member.organisation)
    connection.execute(update(sessions).where(sessions.c.token == member.session).values(seen=now, expires=ends))


def account_of_ended(connection: Connection, token: str) -> str | None:
    """Whose session a token was, for as long as that is kept."""
    found: str | None = connection.execute(select(sessions.c.account).where(sessions.c.token == hashed(token))).scalar()
    return found


def act_for(connection: Connection, member: Member, organisation: str, now: datetime) -> None:
    """Act for another organisation of the same account, for as long as sessions of its kind last; NotFound where it is
    no member.
    """
    if all(one.organisation != organisation for one in organisations_of(connection, member.account)):
        raise NotFound("There is no such organisation among yours.")
    ends = now + _lasts(connection, organisation)
    mine = update(sessions).where(sessions.c.token == member.session)
    connection.execute(mine.values(organisation=organisation, expires=ends))


def listed(connection: Connection, member: Member, now: datetime) -> Sequence[Listed]:
    """The account's open sessions, the latest first."""
    return [
        Listed(token.hex(), agent, instant_of(started), instant_of(seen), hmac.compare_digest(token, member.session))
        for token, agent, started, seen, ends in driver.run(connection, _LISTED, (member.account,))
        if instant_of(ends) >= now
    ]


_LISTED = "SELECT token, agent, started, seen, expires FROM sessions WHERE account = ? ORDER BY seen DESC"


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


def csrf_token(token: str, organisation: str | None) -> str:
    """What a form of this session carries: made from the session's secret, so that nobody else's fits.

    A form that was opened for one organisation is not sent for another to which another tab went over since.
    """
    about = f"traceapp csrf v1 {organisation or ''}".encode()
    return urlsafe_b64encode(hmac.digest(token.encode("utf-8", "replace"), about, "sha256")).decode()
