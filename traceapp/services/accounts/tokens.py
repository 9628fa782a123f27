"""Secrets that are sent or handed out once: links, codes, challenges, forms that wait. Only their hash is kept."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from traceapp.db.accounts import account_tokens


class Kind(StrEnum):
    """What a token opens."""

    SIGN_UP = "sign-up"
    INVITATION = "invitation"
    RESET = "reset"
    CHALLENGE = "challenge"
    KEPT_FORM = "kept-form"
    STEP_UP = "step-up"
    COSIGN = "cosign"


LASTS = {
    Kind.SIGN_UP: timedelta(hours=1),
    Kind.INVITATION: timedelta(days=7),
    Kind.RESET: timedelta(hours=1),
    Kind.CHALLENGE: timedelta(minutes=5),
    Kind.KEPT_FORM: timedelta(days=1),
    Kind.STEP_UP: timedelta(minutes=5),
    Kind.COSIGN: timedelta(minutes=30),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a token stands for."""

    kind: Kind
    account: str | None
    about: Mapping[str, Any]
    made: datetime


def hashed(token: str) -> bytes:
    """What is stored of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def make(
    connection: Connection,
    kind: Kind,
    now: datetime,
    *,
    account: str | None = None,
    about: Mapping[str, Any] | None = None,
) -> str:
    """A new token; it is nowhere but in the answer."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(account_tokens).where(account_tokens.c.expires < now))
    values = {"kind": str(kind), "account": account, "about": json.dumps(about or {}, ensure_ascii=False)}
    connection.execute(
        insert(account_tokens).values(token=hashed(token), made=now, expires=now + LASTS[kind], **values)
    )
    return token


def find(connection: Connection, kind: Kind, token: str, now: datetime) -> Found | None:
    """What a token stands for, while it lasts."""
    query = select(account_tokens).where(
        account_tokens.c.token == hashed(token), account_tokens.c.kind == str(kind), account_tokens.c.expires >= now
    )
    row = connection.execute(query).first()
    return Found(kind, row.account, json.loads(row.about), row.made) if row else None


def take(connection: Connection, kind: Kind, token: str, now: datetime) -> Found | None:
    """The same, and it opens nothing any more."""
    found = find(connection, kind, token, now)
    if found is None:
        return None
    gone = connection.execute(delete(account_tokens).where(account_tokens.c.token == hashed(token)))
    # Of two that come at once, one takes it.
    return found if gone.rowcount == 1 else None


def revoke(connection: Connection, kind: Kind, account: str) -> None:
    """No token of that kind opens the account any more."""
    connection.execute(
        delete(account_tokens).where(account_tokens.c.kind == str(kind), account_tokens.c.account == account)
    )


def forget_oldest(connection: Connection, kind: Kind, account: str | None, most: int) -> None:
    """Of an account's tokens of that kind, or of nobody's, the newest `most` are left."""
    same = (account_tokens.c.kind == str(kind)) & account_tokens.c.account.is_not_distinct_from(account)
    newest = account_tokens.c.made.desc(), account_tokens.c.token
    too_many = select(account_tokens.c.token).where(same).order_by(*newest).offset(most)
    connection.execute(delete(account_tokens).where(account_tokens.c.token.in_(too_many)))


def about_of(connection: Connection, token_hash: bytes) -> Mapping[str, Any]:
    """What a token, known by its hash only, is about."""
    query = select(account_tokens.c.about).where(account_tokens.c.token == token_hash)
    found: Mapping[str, Any] = json.loads(connection.execute(query).scalar_one())
    return found
