"""Reading the audit trails: what was done, by whom, when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from traceapp.core.folding import fold
from traceapp.db.tables import account_trail, audit


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a trail. `trail` is `acts`, or `accounts` for sign-ins, roles and keys of people."""

    trail: str
    seq: int
    at: str
    action: str
    subject: str
    actor: str
    details: str

    def text(self) -> str:
        """As it is printed."""
        said = f"{self.at}  {self.trail}:{self.seq}  {self.action}  {self.subject}  by {self.actor}  {self.details}"
        return said.rstrip()


def search(connection: Connection, words: str, since: datetime | None = None) -> Iterator[Line]:
    """Lines, oldest first, that hold every word, whatever its tones and case; all lines where there are no words."""
    wanted = fold(words).split()
    found: list[Line] = []
    for name, table in (("acts", audit), ("accounts", account_trail)):
        query = select(table.c.line).order_by(table.c.seq)
        if since is not None:
            query = query.where(table.c.at >= since)
        for line in connection.execute(query).scalars():
            one = _read(name, line)
            if all(word in fold(one.text()) for word in wanted):
                found.append(one)
    return iter(sorted(found, key=lambda one: (one.at, one.trail, one.seq)))


def _read(trail: str, line: bytes) -> Line:
    said = json.loads(line)
    details = " ".join(f"{name}={value}" for name, value in said["details"].items())
    return Line(trail, said["seq"], said["at"], said["action"], said["subject"], said["actor"], details)
