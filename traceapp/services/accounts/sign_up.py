"""Signing up: an address, and a code sent to it. Who has an account is told so in the letter, never on a page."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from traceapp.core.errors import NotFound
from traceapp.db.accounts import account_tokens
from traceapp.services.accounts import tokens
from traceapp.services.accounts.passwords import make_hash, require_good
from traceapp.services.accounts.people import account_called, create_account
from traceapp.services.accounts.tokens import Kind

CODE_DIGITS = 6
MOST_TRIES = 5
MOST_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-up that waits for its code. `code` is None in the letter to somebody who has an account already."""

    token: str
    login: str
    code: str | None
    lang: str


def begin(connection: Connection, login: str, name: str, password: str, lang: str, now: datetime) -> Pending:
    """Keep what was typed until the code comes back. RuleBroken for a poor password."""
    # Hashed whether it is needed or not: how long it takes says nothing of who is known.
    hashed = make_hash(require_good(password, login, name))
    known = account_called(connection, login) is not None
    about = {"login": login, "name": name, "password": hashed, "lang": lang, "known": known, "tries": 0, "letters": 0}
    token = tokens.make(connection, Kind.SIGN_UP, now, about=about)
    return renew(connection, token, now)


def renew(connection: Connection, token: str, now: datetime) -> Pending:
    """A new code for a sign-up that waits; NotFound once it is over, or after too many letters."""
    found = tokens.find(connection, Kind.SIGN_UP, token, now)
    if found is None or found.about["letters"] >= MOST_LETTERS:
        raise NotFound("This sign-up is over: start it again.")
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    _keep(connection, token, {**found.about, "code": _hashed(code), "letters": found.about["letters"] + 1})
    return Pending(token, found.about["login"], None if found.about["known"] else code, found.about["lang"])


def waiting(connection: Connection, token: str, now: datetime) -> str:
    """The address that a code was sent to; NotFound once it is over."""
    found = tokens.find(connection, Kind.SIGN_UP, token, now)
    if found is None:
        raise NotFound("This sign-up is over: start it again.")
    return str(found.about["login"])


def finish(connection: Connection, token: str, code: str, now: datetime) -> str | None:
    """The new account, None for a wrong code. NotFound once it is over: after an hour, or five wrong codes.

    A wrong code is counted: the caller commits.
    """
    found = tokens.find(connection, Kind.SIGN_UP, token, now)
    if found is None or found.about["tries"] >= MOST_TRIES:
        raise NotFound("This sign-up is over: start it again.")
    about = found.about
    digits = "".join(letter for letter in code if letter.isascii() and letter.isdigit())
    fits = hmac.compare_digest(_hashed(digits), about["code"])
    # Somebody signed up meanwhile, or before: no code makes a second account.
    if not fits or about["known"] or account_called(connection, about["login"]) is not None:
        _keep(connection, token, {**about, "tries": about["tries"] + 1})
        return None
    tokens.take(connection, Kind.SIGN_UP, token, now)
    return create_account(connection, about["login"], about["name"], about["password"], about["lang"], now)


def _keep(connection: Connection, token: str, about: Mapping[str, Any]) -> None:
    connection.execute(
        update(account_tokens)
        .where(account_tokens.c.token == tokens.hashed(token))
        .values(about=json.dumps(about, ensure_ascii=False))
    )


def _hashed(code: str) -> str:
    return tokens.hashed(f"traceapp sign-up {code}").hex()
