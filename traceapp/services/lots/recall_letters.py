"""Letters about recalls: one to each person of whoever holds goods of a lot, and to nobody two.

All are written down in the transaction that recalls. Whoever sends one has it alone meanwhile; what the mail server did
not take waits until somebody sends it once more. Nobody is written to about a notice that was answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text, update

from traceapp.db import driver
from traceapp.db.chain import recall_letters
from traceapp.db.types import Instant
from traceapp.services.accounts.people import is_mail

LEASE = timedelta(minutes=10)
"""How long whoever took a letter up has it: longer than a mail server may take, and then its sender was killed."""

_WRITE_DOWN = text(
    "INSERT INTO recall_letters (notice, account, tries, next) "
    "SELECT n.id, m.account, 0, :now FROM recall_notices n JOIN memberships m ON m.organisation = n.holder "
    "WHERE n.recall = :recall"
).bindparams(bindparam("now", type_=Instant))
_UNSENT = (
    "SELECT l.notice, l.account, a.login, n.lot FROM recall_letters l JOIN recall_notices n ON n.id = l.notice "
    "JOIN accounts a ON a.id = l.account JOIN memberships m ON m.account = a.id AND m.organisation = n.holder "
    "WHERE n.lot = ? AND n.seen IS NULL AND l.sent IS NULL AND a.disabled IS NULL ORDER BY l.tries, n.id, a.id"
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """A letter that did not go yet: about which notice of which lot, and to whom."""

    notice: int
    account: str
    login: str
    lot: str


def write_down(connection: Connection, recall: str, now: datetime) -> None:
    """A letter to each member of every holder who is told of this recall (its record's UUID)."""
    connection.execute(_WRITE_DOWN, {"recall": recall, "now": now})


def unsent_letters(connection: Connection, lot: str) -> list[Unsent]:
    """The letters of a lot's recalls that did not go; those that were tried least come first.

    So a few bad addresses stop no other letter, however often the button is pressed.
    """
    return [
        Unsent(notice, account, login, about)
        for notice, account, login, about in driver.run(connection, _UNSENT, (lot,))
        if is_mail(login)
    ]


def take_up(connection: Connection, letter: Unsent, now: datetime) -> bool:
    """Whether the letter is this sender's; of two who come at once it is one's. `settle` it after."""
    mine = [*_of(letter), recall_letters.c.sent.is_(None), recall_letters.c.next <= now]
    change = {"next": now + LEASE, "tries": recall_letters.c.tries + 1}
    return connection.execute(update(recall_letters).where(*mine).values(change)).rowcount == 1


def settle(connection: Connection, letter: Unsent, now: datetime, *, went: bool) -> None:
    """Write down that a letter that was taken up went, or that it may be taken up again."""
    change = {"sent": now} if went else {"next": now}
    connection.execute(update(recall_letters).where(*_of(letter)).values(change))


def _of(letter: Unsent) -> list[Any]:
    return [recall_letters.c.notice == letter.notice, recall_letters.c.account == letter.account]
