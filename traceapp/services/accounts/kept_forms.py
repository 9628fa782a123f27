"""Forms that were sent when the session had ended: they wait a day for their sender to sign in again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from traceapp.services.accounts import tokens as account_tokens
from traceapp.services.accounts.tokens import Kind

Fields = Sequence[tuple[str, str]]
MOST_OF_ACCOUNT = 20
MOST_OF_NOBODY = 200
"""Forms that wait, of one account and of all senders who cannot be told: anybody can send one, so the oldest go."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form for `path`; `files` are (field, name) of files that have to be chosen again: they are not kept.

    `page` is the address on which it stood, where that is known.
    """

    path: str
    fields: Fields
    files: Fields
    page: str = ""

    @property
    def wanted(self) -> Sequence[tuple[str, str, bool]]:
        """(field, names, whether several) of the files to be chosen again."""
        named: dict[str, list[str]] = {}
        for field, name in self.files:
            named.setdefault(field, []).append(name)
        return [(field, ", ".join(names), len(names) > 1) for field, names in named.items()]


def keep(connection: Connection, form: KeptForm, account: str | None, now: datetime) -> str:
    """Keep a form for an account, or for whoever holds the token; returns the token. Proofs are left out."""
    fields = [
        (name, value)
        for name, value in form.fields
        if "password" not in name and name != "csrf" and not name.startswith("step-up")
    ]
    about = {"path": form.path, "fields": fields, "files": [list(one) for one in form.files], "page": form.page}
    token = account_tokens.make(connection, Kind.KEPT_FORM, now, account=account, about=about)
    most = MOST_OF_NOBODY if account is None else MOST_OF_ACCOUNT
    account_tokens.forget_oldest(connection, Kind.KEPT_FORM, account, most)
    return token


def find(connection: Connection, token: str, account: str, now: datetime) -> KeptForm | None:
    """The form that waits for this account."""
    found = account_tokens.find(connection, Kind.KEPT_FORM, token, now)
    if found is None or found.account not in (None, account):
        return None
    fields = [(str(name), str(value)) for name, value in found.about["fields"]]
    files = [(str(field), str(name)) for field, name in found.about["files"]]
    return KeptForm(str(found.about["path"]), fields, files, str(found.about.get("page", "")))


def drop(connection: Connection, token: str, now: datetime) -> None:
    """It was sent, or thrown away."""
    account_tokens.take(connection, Kind.KEPT_FORM, token, now)
