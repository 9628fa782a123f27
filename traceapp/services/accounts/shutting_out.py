"""Whoever used an account that is in other hands is out of it, and does not get in again by what they made there."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from traceapp.core.errors import Conflict
from traceapp.db.account_trust import account_keys, cosigning_keys
from traceapp.db.accounts import account_tokens, accounts, passkeys, recovery_codes, sessions
from traceapp.db.tables import account_trail
from traceapp.services.accounts.people import is_mail
from traceapp.services.accounts.recovery import codes_left
from traceapp.services.operating import audit


def shut_out(connection: Connection, account: str, since: datetime, now: datetime) -> None:
    """Whoever used the account is out: its sessions, what was sent to it, keys and recovery codes made since."""
    mine = account_keys.c.account == account
    connection.execute(update(account_keys).where(mine, account_keys.c.ended.is_(None)).values(ended=now))
    connection.execute(delete(sessions).where(sessions.c.account == account))
    connection.execute(delete(account_tokens).where(account_tokens.c.account == account))
    connection.execute(delete(passkeys).where(passkeys.c.account == account, passkeys.c.created >= since))
    made = (cosigning_keys.c.account == account, cosigning_keys.c.made >= since)
    connection.execute(update(cosigning_keys).where(*made).values(withdrawn=now))
    if _made_codes(connection, account, since):
        connection.execute(delete(recovery_codes).where(recovery_codes.c.account == account))


def _made_codes(connection: Connection, account: str, since: datetime) -> bool:
    """Whether the present recovery codes were made since then, by whoever it was."""
    query = select(account_trail.c.line).where(account_trail.c.at >= since)
    said = (json.loads(line) for line in connection.execute(query).scalars() if b"recovery-codes" in line)
    return any((one["action"], one["subject"]) == ("recovery-codes", account) for one in said)


def take_password(connection: Connection, account: str, by: str, now: datetime) -> None:
    """The password opens nothing any more. Conflict where nothing would be left to get in with."""
    login = connection.execute(select(accounts.c.login).where(accounts.c.id == account)).scalar_one()
    has_key = connection.execute(select(passkeys.c.id).where(passkeys.c.account == account)).first() is not None
    if not is_mail(login) and not has_key and not codes_left(connection, account):
        raise Conflict("Without its password nobody gets into this account again: it has no mail, code or passkey.")
    connection.execute(update(accounts).where(accounts.c.id == account).values(password=None))
    audit.note_account(connection, "password", account, by, now, how="dropped")
