"""Letters about certificates that end: once to each person for each certificate, 90, 30 and 7 days before.

What is due is written down first, one row for each letter. Whoever takes a row up has it for a while; a worker that was
killed, or a mail server that took nothing, leaves it to be tried again. A row that a later reminder has overtaken, or
whose certificate no longer stands, was declined by its issuer or followed by a later decision, is dropped.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from traceapp.adapters.mail import Letter
from traceapp.core.dates import VIETNAM, vietnamese_date
from traceapp.core.errors import Unavailable
from traceapp.core.expiry import reminder_for
from traceapp.db.accounts import accounts, memberships
from traceapp.db.certificates import certificate_reminders
from traceapp.db.types import Instant
from traceapp.i18n.letters import Ending, reminder_text
from traceapp.services.accounts.people import is_mail
from traceapp.services.accounts.reminder_wishes import stop_address
from traceapp.services.certificates.lists import Listed, every_standing, has_follower, listed_of, thing_name
from traceapp.services.certificates.statements import holder_of
from traceapp.services.records.names import name_of
from traceapp.services.world import World

log = logging.getLogger("traceapp")

DAY_BEGINS, DAY_ENDS = 7, 20
"""Hours in Vietnam between which letters go out: nobody's phone rings at night."""
LEASE = timedelta(minutes=10)
"""How long whoever took letters up has them for itself."""
PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=12)
"""How long a letter rests that was not taken, the first time and at most."""
GIVE_UP = 3
"""Letters in a row that are not taken: the server is down, and the others wait for the next round."""
_KEY = ("certificate", "days", "account")

_NOTE = text(
    "INSERT INTO certificate_reminders (certificate, days, account, state, tries, next) "
    "VALUES (:certificate, :days, :account, 'waiting', 0, :now) ON CONFLICT (certificate, days, account) DO NOTHING"
).bindparams(bindparam("now", type_=Instant))

Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that is to be said to one person now; `rows` are the reminders it is made of, `tries` so far at most."""

    account: str
    login: str
    lang: str
    rows: Sequence[Key]
    endings: Sequence[Ending]
    tries: int


def plan(world: World) -> int:
    """Write down every reminder that is due today and was not written down before. Returns how many."""
    now = world.clock()
    with world.read() as connection:
        wanted = list(_wanted(connection, now))
        known = {(row[0], row[1], row[2]) for row in connection.execute(select(certificate_reminders))}
    missing = [one for one in wanted if one not in known]
    if not missing:
        return 0
    with world.write_aside() as connection:
        return sum(_note(connection, one, now) for one in missing)


def _wanted(connection: Connection, now: datetime) -> Iterator[Key]:
    readers: dict[str, list[str]] = {}
    for organisation, account in _readers(connection):
        readers.setdefault(organisation, []).append(account)
    for paper in every_standing(connection):
        if paper.is_reminded_of and (due := _days_due(paper, now)) and not has_follower(connection, paper):
            yield from ((paper.id, due, account) for account in readers.get(holder_of(connection, paper.about), ()))


def _days_due(paper: Listed, now: datetime) -> int | None:
    left = paper.days_left(vietnamese_date(now))
    return (reminder_for(left) or None) if left is not None else None


def _readers(connection: Connection) -> Iterator[tuple[str, str]]:
    """(organisation, account) of everybody whom letters may remind."""
    query = (
        select(memberships.c.organisation, accounts.c.id, accounts.c.login)
        .join(accounts, accounts.c.id == memberships.c.account)
        .where(accounts.c.disabled.is_(None), accounts.c.reminders)
    )
    return ((row.organisation, row.id) for row in connection.execute(query) if is_mail(row.login))


def _note(connection: Connection, key: Key, now: datetime) -> int:
    """Of two workers who come at once, one writes the row."""
    return connection.execute(_NOTE, {**dict(zip(_KEY, key, strict=True)), "now": now}).rowcount


def send_due(world: World, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what waits, by day; returns how many letters went out. What the server does not take waits longer."""
    if not DAY_BEGINS <= world.clock().astimezone(VIETNAM).hour < DAY_ENDS:
        return 0
    sent = failed = 0
    while failed < GIVE_UP and not stopping():
        bundle = _take_up(world)
        if bundle is None:
            break
        if bundle.endings and not _send(world, bundle):
            failed += 1
            continue
        failed, sent = 0, sent + bool(bundle.endings)
    return sent


def _send(world: World, bundle: Bundle) -> bool:
    """Whether the letter went out; that is written down either way."""
    stop = stop_address(world, bundle.account)
    subject, words = reminder_text(bundle.endings, bundle.lang, world.settings.base_url, stop)
    try:
        world.mailer.send(Letter(bundle.login, subject, words, _reference(bundle.rows), stop))
    except Unavailable as cause:
        log.warning("a reminder waits: %s", cause)
        rest = min(PAUSE * 2 ** min(bundle.tries, 10), LONGEST_PAUSE)
        with world.write_aside() as connection:
            _change(connection, bundle.rows, state="waiting", next=world.clock() + rest)
        return False
    with world.write_aside() as connection:
        _change(connection, bundle.rows, state="sent", next=world.clock())
    return True


def _reference(rows: Iterable[Key]) -> str:
    told = "\n".join(f"{certificate} {days} {account}" for certificate, days, account in sorted(rows))
    return f"reminder.{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _take_up(world: World) -> Bundle | None:
    """The letters that wait for one person, for this worker alone; None where nothing waits."""
    now = world.clock()
    with world.write_aside() as connection:
        waits = (certificate_reminders.c.state == "waiting") & (certificate_reminders.c.next <= now)
        first = select(certificate_reminders.c.account).where(waits).order_by(certificate_reminders.c.next).limit(1)
        account = connection.execute(first).scalar()
        if account is None:
            return None
        taken = connection.execute(
            update(certificate_reminders)
            .where(waits, certificate_reminders.c.account == account)
            .values(next=now + LEASE, tries=certificate_reminders.c.tries + 1)
            .returning(*(certificate_reminders.c[name] for name in _KEY), certificate_reminders.c.tries)
        ).all()
        # Empty where another worker was a moment faster: then this one looks again.
        return _bundle(connection, account, taken, now)


def _bundle(connection: Connection, account: str, taken: Sequence[Any], now: datetime) -> Bundle:
    """What is left to say of the rows that were taken up; the others are dropped."""
    person = connection.execute(select(accounts.c.login, accounts.c.lang).where(accounts.c.id == account)).one()
    wanted = {organisation for organisation, reader in _readers(connection) if reader == account}
    papers = {one.id: one for one in listed_of(connection, {row.certificate for row in taken})}
    rows, endings = [], []
    for row in taken:
        paper, key = papers[row.certificate], (row.certificate, row.days, row.account)
        holder = holder_of(connection, paper.about)
        is_due = paper.is_reminded_of and _days_due(paper, now) == row.days and not has_follower(connection, paper)
        if is_due and holder in wanted:
            rows.append(key)
            endings.append(_ending(connection, paper, holder, person.lang, now))
        else:
            _change(connection, [key], state="dropped", next=now)
    return Bundle(account, person.login, person.lang, rows, endings, max((row.tries - 1 for row in taken), default=0))


def _ending(connection: Connection, paper: Listed, holder: str, lang: str, now: datetime) -> Ending:
    ends = paper.ends or vietnamese_date(now)
    days = (ends - vietnamese_date(now)).days
    about = thing_name(connection, paper.about, lang)
    return Ending(paper.scheme, paper.number, name_of(connection, holder), about, days, ends)


def _change(connection: Connection, rows: Iterable[Key], **values: Any) -> None:
    for key in rows:
        connection.execute(update(certificate_reminders).where(*_of(key)).values(**values))


def _of(key: Key) -> tuple[Any, ...]:
    return tuple(certificate_reminders.c[name] == value for name, value in zip(_KEY, key, strict=True))
