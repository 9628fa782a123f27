"""People and the organisations they act for. An account is a person; what it may do follows from its memberships."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Insert, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from traceapp.core.errors import Conflict, Forbidden, InvalidIdentifier, NotFound, RuleBroken
from traceapp.core.identifiers import nfc
from traceapp.db import driver
from traceapp.db.account_trust import account_keys, account_records
from traceapp.db.accounts import account_tokens, accounts, memberships, passkeys, recovery_codes, sessions
from traceapp.db.parts import shared
from traceapp.db.types import instant_of
from traceapp.services.accounts.passwords import make_hash, require_good
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary, new_uuid
from traceapp.services.registry.registers import register_organisation, role_of

LONGEST_NAME = 80
_MAIL = re.compile(r"(?=.{3,120}\Z)[^\s@<>\",;:]+@[^\s@<>\",;:]+\.[^\s@<>\",;:.]{2,}")
_PHONE = re.compile(r"0\d{9,10}")


class MemberRole(StrEnum):
    """What somebody is in an organisation. An officer types for it and is named in its records beside it."""

    OWNER = "owner"
    STAFF = "staff"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Member:
    """Who is signed in, and for whom.

    `session` is the hash of the session's token. `organisation` is None, and its name and roles empty, until the
    account is of one. `party` is an officer's own id in records.
    """

    account: str
    name: str
    login: str
    lang: str
    session: bytes
    organisation: str | None = None
    organisation_name: str = ""
    organisation_role: str = ""
    role: MemberRole | None = None
    party: str | None = None

    @property
    def declared_by(self) -> str:
        """The organisation that records name as the one who says it; Forbidden for an account of none."""
        if self.organisation is None:
            raise Forbidden("This account belongs to no organisation yet: set one up first.")
        return self.organisation

    @property
    def assisted_by(self) -> str | None:
        """Whom records name as the one who typed it, where that is not the organisation itself."""
        return self.party if self.role is MemberRole.OFFICER else None

    def notary(self, notary: Notary) -> Notary:
        """The notary for records that this member makes: each is marked, an assisting officer is named in each."""
        return replace(notary, assisted_by=self.assisted_by, account=self.account)

    @property
    def is_owner(self) -> bool:
        """Whether this member may invite, and change who is a member."""
        return self.role is MemberRole.OWNER


@dataclass(frozen=True, slots=True)
class Belonging:
    """One account in one organisation."""

    account: str
    name: str
    login: str
    organisation: str
    role: MemberRole
    since: datetime
    disabled: bool


def login_of(text: str) -> str:
    """A mail address or a Vietnamese phone number as accounts are found by it; InvalidIdentifier for anything else."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    digits = re.sub(r"[\s.()-]", "", folded)
    if digits.startswith("+84"):
        digits = "0" + digits.removeprefix("+84")
    if _PHONE.fullmatch(digits):
        return digits
    if _MAIL.fullmatch(folded):
        return folded
    raise InvalidIdentifier(f"{text[:40]!r} is neither a mail address nor a phone number: write one of the two.")


def is_mail(login: str) -> bool:
    """Whether letters can be sent to it."""
    return "@" in login


def create_account(
    connection: Connection, login: str, name: str, password: str | None, lang: str, now: datetime
) -> str:
    """A new account; returns its id. `password` is a hash that `make_hash` made. Conflict for a login that is taken."""
    if account_called(connection, login) is not None:
        raise Conflict("There is an account of that name already: sign in with it.")
    account = str(new_uuid())
    values = {"login": login, "name": _name(name), "lang": lang, "password": password, "created": now}
    _insert_once(connection, insert(accounts).values(id=account, **values), "There is an account of that name already.")
    audit.note_account(connection, "account-made", account, account, now)
    return account


def _name(text: str) -> str:
    name = " ".join(nfc(" ".join(text.split())).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise RuleBroken(f"A name has 1 to {LONGEST_NAME} characters; this one has {len(name)}.")
    return name


def account_called(connection: Connection, login: str) -> str | None:
    """The id of the account with that login."""
    found: str | None = connection.execute(select(accounts.c.id).where(accounts.c.login == login)).scalar()
    return found


def new_password(connection: Connection, account: str, password: str, now: datetime, *, how: str) -> None:
    """Set a password and end every session: whoever knew the old one is out. RuleBroken for a poor one."""
    login = connection.execute(select(accounts.c.login).where(accounts.c.id == account)).scalar_one()
    set_hash(connection, login, make_hash(require_good(password, login)), now, how=how)


def set_hash(connection: Connection, login: str, hashed: str, now: datetime, *, how: str = "operator") -> None:
    """The same with a hash that `make_hash` made."""
    account = account_called(connection, login) or ""
    connection.execute(update(accounts).where(accounts.c.id == account).values(password=hashed))
    connection.execute(delete(sessions).where(sessions.c.account == account))
    audit.note_account(connection, "password", account, account, now, how=how)


def join(
    connection: Connection, account: str, organisation: str, role: MemberRole, by: str, notary: Notary, now: datetime
) -> None:
    """Make an account a member. Conflict where it is one. An officer gets an id by which records name it."""
    role_of(connection, organisation)
    if role_in(connection, account, organisation) is not None:
        raise Conflict("This account is a member of that organisation already.")
    if role is MemberRole.OFFICER:
        party_of(connection, account, notary, now)
    values = {"account": account, "organisation": organisation, "role": str(role), "since": now}
    _insert_once(connection, insert(memberships).values(values), "This account is a member already.")
    audit.note_account(connection, "joined", account, by, now, organisation=organisation, role=str(role))


def _insert_once(connection: Connection, statement: Insert, taken: str) -> None:
    """Of two who come at once, one is told."""
    try:
        connection.execute(statement)
    except IntegrityError as cause:
        raise Conflict(taken) from cause


def party_of(connection: Connection, account: str, notary: Notary, now: datetime) -> str:
    """The officer as records name them, made when first needed; the name is a person's and can be erased."""
    row = connection.execute(select(accounts.c.party, accounts.c.name).where(accounts.c.id == account)).one()
    if row.party is not None:
        return str(row.party)
    told = {"name": row.name, "role": "endorser", "legal_form": "Cá nhân"}
    party, _ = register_organisation(connection, told, notary, now)
    connection.execute(update(accounts).where(accounts.c.id == account).values(party=party))
    return party


def role_in(connection: Connection, account: str, organisation: str) -> MemberRole | None:
    """What an account is in an organisation; None where it is nothing."""
    query = select(memberships.c.role).where(
        memberships.c.account == account, memberships.c.organisation == organisation
    )
    found = connection.execute(query).scalar()
    return MemberRole(found) if found else None


def change_role(
    connection: Connection,
    organisation: str,
    account: str,
    role: MemberRole | None,
    by: str,
    notary: Notary,
    now: datetime,
) -> None:
    """Give a member another role, or none any more. NotFound; RuleBroken for the last owner."""
    present = role_in(connection, account, organisation)
    if present is None:
        raise NotFound("There is no such member.")
    if present is MemberRole.OWNER and role is not MemberRole.OWNER and _owners(connection, organisation) == 1:
        raise RuleBroken("An organisation keeps one owner at least: make somebody else an owner first.")
    mine = (memberships.c.account == account, memberships.c.organisation == organisation)
    if role is None:
        connection.execute(delete(memberships).where(*mine))
        # Whoever is out acts for nobody, in sessions that are open too.
        owned = (sessions.c.account == account, sessions.c.organisation == organisation)
        connection.execute(update(sessions).where(*owned).values(organisation=None))
    else:
        if role is MemberRole.OFFICER:
            party_of(connection, account, notary, now)
        connection.execute(update(memberships).where(*mine).values(role=str(role)))
    audit.note_account(connection, "role", account, by, now, organisation=organisation, role=str(role or "none"))


def _owners(connection: Connection, organisation: str) -> int:
    query = (
        select(func.count())
        .select_from(memberships.join(accounts, accounts.c.id == memberships.c.account))
        .where(memberships.c.organisation == organisation, memberships.c.role == str(MemberRole.OWNER))
        .where(accounts.c.disabled.is_(None))
    )
    return connection.execute(query).scalar() or 0


@shared
def members_of(connection: Connection, organisation: str) -> Sequence[Belonging]:
    """Who is a member, the first ones first."""
    return _belongings(connection, "m.organisation = ?", organisation)


@shared
def organisations_of(connection: Connection, account: str) -> Sequence[Belonging]:
    """What an account is a member of, the first ones first."""
    return _belongings(connection, "m.account = ?", account)


def everybody(connection: Connection) -> Sequence[Belonging]:
    """Every membership there is."""
    return _belongings(connection, "1 = 1")


_BELONGINGS = (
    "SELECT m.account, a.name, a.login, m.organisation, m.role, m.since, a.disabled "
    "FROM memberships m JOIN accounts a ON a.id = m.account WHERE {} ORDER BY m.since, a.id"
)


def _belongings(connection: Connection, where: str, *values: str) -> Sequence[Belonging]:
    return [
        Belonging(account, name, login, organisation, MemberRole(role), instant_of(since), disabled is not None)
        for account, name, login, organisation, role, since, disabled in driver.run(
            connection, _BELONGINGS.format(where), values
        )
    ]


def disable(connection: Connection, login: str, by: str, now: datetime) -> str:
    """Nobody signs in with this account any more, and who is signed in is out. NotFound. Returns its id."""
    account = account_called(connection, login)
    if account is None:
        raise NotFound(f"There is no account {login[:60]!r}: see traceapp accounts list.")
    connection.execute(update(accounts).where(accounts.c.id == account).values(disabled=now))
    connection.execute(delete(sessions).where(sessions.c.account == account))
    audit.note_account(connection, "disabled", account, by, now)
    return account


def erase(connection: Connection, login: str, by: str, now: datetime) -> str:
    """Forget the person behind an account: name, login, password, keys and codes. What was signed names no account;
    an officer's name in records is erased as every personal value is. NotFound. Returns the account's id.
    """
    account = disable(connection, login, by, now)
    gone = {"login": f"erased {account}", "name": "", "password": None}
    connection.execute(update(accounts).where(accounts.c.id == account).values(gone))
    for table in (passkeys, recovery_codes, account_tokens, account_keys, account_records):
        connection.execute(delete(table).where(table.c.account == account))
    audit.note_account(connection, "erased", account, by, now)
    return account
