"""Getting in again: a link by letter, or one of ten codes on paper, which work once each."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from traceapp.core.errors import NotFound
from traceapp.core.identifiers import CROCKFORD, canonical_crockford
from traceapp.db import driver
from traceapp.db.accounts import accounts, recovery_codes
from traceapp.services.accounts import tokens
from traceapp.services.accounts.people import account_called, new_password
from traceapp.services.accounts.tokens import Kind
from traceapp.services.operating import audit

CODES = 10
CODE_LETTERS = 12
"""Sixty bits: nobody finds one by trying, so a plain hash keeps it."""


def new_codes(connection: Connection, account: str, now: datetime) -> Sequence[str]:
    """Ten new codes in place of all earlier ones; they are shown once."""
    codes = ["".join(secrets.choice(CROCKFORD) for _ in range(CODE_LETTERS)) for _ in range(CODES)]
    connection.execute(delete(recovery_codes).where(recovery_codes.c.account == account))
    connection.execute(insert(recovery_codes), [{"account": account, "code": _hashed(code)} for code in codes])
    audit.note_account(connection, "recovery-codes", account, account, now)
    return ["-".join(code[at : at + 4] for at in range(0, CODE_LETTERS, 4)) for code in codes]


def codes_left(connection: Connection, account: str) -> int:
    """How many codes still work."""
    sql = "SELECT count(*) FROM recovery_codes WHERE account = ? AND used IS NULL"
    return int(driver.run(connection, sql, (account,))[0][0])


def begin_reset(connection: Connection, login: str, now: datetime) -> str | None:
    """The token of a link to a new password; None where no account that may sign in has that login."""
    account = account_called(connection, login)
    if account is None or _is_disabled(connection, account):
        return None
    tokens.revoke(connection, Kind.RESET, account)
    return tokens.make(connection, Kind.RESET, now, account=account)


def reset_token_for_code(connection: Connection, login: str, code: str, now: datetime) -> str | None:
    """The same for who has one of the codes, which is used up by that."""
    account = account_called(connection, login)
    hashed = _hashed("".join(letter for letter in canonical_crockford(code) if letter in CROCKFORD))
    fitting = (recovery_codes.c.account == account, recovery_codes.c.code == hashed, recovery_codes.c.used.is_(None))
    if connection.execute(update(recovery_codes).where(*fitting).values(used=now)).rowcount != 1:
        return None
    return begin_reset(connection, login, now)


def is_open(connection: Connection, token: str, now: datetime) -> bool:
    """Whether a link still leads to a new password."""
    return tokens.find(connection, Kind.RESET, token, now) is not None


def finish_reset(connection: Connection, token: str, password: str, now: datetime) -> str:
    """Set the new password, once; returns the account. NotFound for an old link, RuleBroken for a poor password."""
    found = tokens.take(connection, Kind.RESET, token, now)
    if found is None or found.account is None:
        raise NotFound("This link was used already or is older than an hour: ask for another.")
    new_password(connection, found.account, password, now, how="reset")
    return found.account


def _is_disabled(connection: Connection, account: str) -> bool:
    return connection.execute(select(accounts.c.disabled).where(accounts.c.id == account)).scalar() is not None


def _hashed(code: str) -> bytes:
    return tokens.hashed(f"traceapp recovery {code}")
