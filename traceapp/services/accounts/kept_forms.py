"""Forms that were sent when the session had ended: they wait a day for their sender to sign in again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from traceapp.services.accounts import tokens as account_tokens
from traceapp.services.accounts.tokens import Kind

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form for `path`; `files` are names of files that have to be chosen again."""

    path: str
    fields: Fields
    files: Sequence[str]


def keep(connection: Connection, form: KeptForm, account: str | None, now: datetime) -> str:
    """Keep a form for an account, or for whoever holds the token; returns the token. Proofs are left out."""
    fields = [
        (name, value)
        for name, value in form.fields
        if "password" not in name and name != "csrf" and not name.startswith("step-up")
    ]
    about = {"path": form.path, "fields": fields, "files": list(form.files)}
    return account_tokens.make(connection, Kind.KEPT_FORM, now, account=account, about=about)


def find(connection: Connection, token: str, account: str, now: datetime) -> KeptForm | None:
    """The form that waits for this account."""
    found = account_tokens.find(connection, Kind.KEPT_FORM, token, now)
    if found is None or found.account not in (None, account):
        return None
    fields = [(str(name), str(value)) for name, value in found.about["fields"]]
    return KeptForm(str(found.about["path"]), fields, [str(name) for name in found.about["files"]])


def drop(connection: Connection, token: str, now: datetime) -> None:
    """It was sent, or thrown away."""
    account_tokens.take(connection, Kind.KEPT_FORM, token, now)
