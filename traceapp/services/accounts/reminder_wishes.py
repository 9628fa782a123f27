"""Whether letters may remind a person, and in which language; an address that ends them without signing in."""

from __future__ import annotations

import hmac

from sqlalchemy import Connection, select, update

from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.db import driver
from traceapp.db.accounts import accounts
from traceapp.i18n import LANGUAGES
from traceapp.services.accounts.form_tokens import form_key
from traceapp.services.world import World

_MAC_DIGITS = 32


def wish_of(connection: Connection, account: str) -> tuple[bool, str]:
    """(whether letters remind of certificates that end, the language of letters)."""
    ((reminders, lang),) = driver.run(connection, "SELECT reminders, lang FROM accounts WHERE id = ?", (account,))
    return bool(reminders), str(lang)


def set_wish(connection: Connection, account: str, *, reminders: bool, lang: str | None = None) -> None:
    """Change what one wishes. InvalidEvent for a language that letters are not written in."""
    if lang is not None and lang not in LANGUAGES:
        raise InvalidEvent(f"Letters are written in {' and '.join(LANGUAGES)}, not in {lang[:10]!r}.")
    values = {"reminders": reminders, **({"lang": lang} if lang else {})}
    connection.execute(update(accounts).where(accounts.c.id == account).values(**values))


def stop_address(world: World, account: str) -> str:
    """Where whoever has this letter ends the reminders. It changes when the serial key does."""
    return f"{world.settings.base_url}/letters/{account}.{_mac(world, account)}"


def account_of_stop(world: World, connection: Connection, told: str) -> str:
    """The account whose reminders an address ends; NotFound for one that no letter named."""
    account, _, mac = told.rpartition(".")
    known = connection.execute(select(accounts.c.id).where(accounts.c.id == account)).scalar()
    if known is None or not hmac.compare_digest(mac.encode(), _mac(world, account).encode()):
        raise NotFound("This address ends no reminders any more: sign in, and change it under your account.")
    return account


def _mac(world: World, account: str) -> str:
    return hmac.digest(form_key(world), b"stop reminders\0" + account.encode(), "sha256").hex()[:_MAC_DIGITS]
