"""What consumers ask a producer, and what they report: kept from the public until somebody answers.

Words and answers are nobody's signed statement and in no record: see docs/adr/0006. Whatever tells who sent a message
lies in a table of its own, is shown on no page, and can be erased.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, Select, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from traceapp.core.counted import Counted
from traceapp.core.digital_link import Identity
from traceapp.core.errors import Conflict, InvalidEvent, NotFound
from traceapp.core.identifiers import CROCKFORD, canonical_crockford, nfc, shown
from traceapp.db import driver
from traceapp.db.tables import message_private, messages, products
from traceapp.db.types import bytes_of
from traceapp.services.messages.words import suspicion, without_contacts
from traceapp.services.operating import audit
from traceapp.services.records.verdicts import lot_id, product_id

LONGEST_WORDS = 1000
LONGEST_CONTACT = 120
LONGEST_REPLY = 2000
SHOWN = 3
SENDER_KEPT = timedelta(days=90)
"""How long contact and photo are kept after the answer."""
_GROUPS, _GROUP = 5, 4


class Kind(StrEnum):
    """What a message is."""

    QUESTION = "question"
    REPORT = "report"


class State(StrEnum):
    """Where a message stands. `held` waits like `new`, but somebody should look why first."""

    NEW = "new"
    HELD = "held"
    ANSWERED = "answered"
    REFUSED = "refused"


WAITING = (State.NEW, State.HELD)


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody sends about `identity`. `form` names the form it came in, so that nothing is taken twice.

    `photo` has been re-encoded; `odd` says that the form looked as if a program had filled it in.
    """

    identity: Identity
    words: str
    lang: str
    form: bytes
    contact: str | None = None
    photo: bytes | None = None
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its sender and whoever answers may see it; who sent it is not in here.

    `reply` is the answer, or the reason of a refusal; `closed_by` the organisation that gave it.
    """

    reference: str
    kind: Kind
    path: str
    product: str
    lot: str | None
    lang: str
    words: str
    sent: datetime
    state: State
    held_for: str | None
    reply: str | None
    closed: datetime | None
    closed_by: str | None
    public: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer, as a page shows it; `lot` is the number of the lot it was about.

    `lang` is the language of the page that the question was written on.
    """

    words: str
    reply: str
    sent: datetime
    closed: datetime
    lot: str | None
    lang: str


@dataclass(frozen=True, slots=True)
class Private:
    """What a message holds of its sender."""

    contact: str | None = None
    photo: bytes | None = None


def ask(connection: Connection, letter: Letter, host: str, now: datetime) -> str:
    """Keep a question to the producer and return its reference. NotFound where there is nobody to ask."""
    product = product_id(host, letter.identity)
    if connection.execute(select(products.c.id).where(products.c.id == product)).first() is None:
        raise NotFound(f"Nobody registered {letter.identity.product}: there is no producer to ask.")
    return _keep(connection, Kind.QUESTION, letter, host, now)


def report(connection: Connection, letter: Letter, host: str, now: datetime) -> str:
    """Keep a report and return its reference; also of a code that nobody ever issued."""
    return _keep(connection, Kind.REPORT, letter, host, now)


def _keep(connection: Connection, kind: Kind, letter: Letter, host: str, now: datetime) -> str:
    words, contact = _text(letter.words, LONGEST_WORDS), (letter.contact or "").strip() or None
    if contact:
        contact = _text(contact, LONGEST_CONTACT)
    held_for = "form" if letter.odd else suspicion(words)
    reference = _new_reference()
    values = {
        "reference": reference,
        "form": letter.form,
        "kind": kind,
        "path": letter.identity.path,
        "product": product_id(host, letter.identity),
        "lot": lot_id(host, letter.identity),
        "lang": letter.lang,
        "words": words,
        "sent": now,
        "state": State.HELD if held_for else State.NEW,
        "held_for": held_for,
        "public": False,
    }
    try:
        key = connection.execute(insert(messages).values(values).returning(messages.c.id)).scalar_one()
    except IntegrityError as cause:
        raise Conflict("This form was sent already: open it anew to send something else.") from cause
    if contact or letter.photo:
        connection.execute(insert(message_private).values(message=key, contact=contact, photo=letter.photo))
    return reference


def _text(text: str, most: int) -> str:
    kept = nfc(text, multiline=True).strip()
    if not 0 < len(kept) <= most:
        raise InvalidEvent(f"The text has {Counted(len(kept)):character|characters}: write 1 to {most}.")
    return kept


def _new_reference() -> str:
    letters = [secrets.choice(CROCKFORD) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))


def sent_in(connection: Connection, form: bytes) -> str | None:
    """The reference of the message that came in a form, None where none did."""
    found: str | None = connection.execute(select(messages.c.reference).where(messages.c.form == form)).scalar()
    return found


def find(connection: Connection, reference: str) -> Message:
    """One message by its reference, however it is spelled; NotFound."""
    wanted = _canonical(reference)
    rows = driver.rows_of(connection, messages, "reference = ?", (wanted,)) if wanted else []
    if not rows:
        raise NotFound(f"There is no message {shown(reference[:40])}: look at its number again, letter by letter.")
    return _message(rows[0])


def listed(connection: Connection, states: Collection[State] = WAITING) -> list[Message]:
    """Messages in those states, the oldest first."""
    return _read(connection, _SEEN.where(messages.c.state.in_(list(states))).order_by(messages.c.id))


def private_of(connection: Connection, reference: str) -> Private:
    """What is held of the sender, for whoever answers; empty where nothing is, or no more."""
    rows = driver.run(connection, _PRIVATE, (find(connection, reference).reference,))
    return Private(rows[0][0], bytes_of(rows[0][1])) if rows else Private()


_PRIVATE = "SELECT p.contact, p.photo FROM message_private p JOIN messages m ON m.id = p.message WHERE m.reference = ?"


def answer(
    connection: Connection, reference: str, words: str, by: str, now: datetime, *, public: bool = True
) -> Message:
    """The producer's answer. From now on a question shows on its product's page, unless it is not `public`.

    A report and its answer are shown to its sender only. Conflict where it was answered before.
    """
    message = find(connection, reference)
    if message.state is State.ANSWERED:
        raise Conflict(f"{message.reference} was answered already: refuse it first, which takes the answer back.")
    shown = public and message.kind is Kind.QUESTION
    return _close(connection, message, State.ANSWERED, _text(words, LONGEST_REPLY), by, now, public=shown)


def refuse(connection: Connection, reference: str, reason: str, by: str, now: datetime) -> Message:
    """Refuse a message, or take its answer off the page again; its sender sees the reason."""
    message = find(connection, reference)
    return _close(connection, message, State.REFUSED, _text(reason, LONGEST_REPLY), by, now, public=False)


def _close(
    connection: Connection, message: Message, state: State, reply: str, by: str, now: datetime, *, public: bool
) -> Message:
    values = {"state": state, "reply": reply, "closed": now, "closed_by": by, "public": public}
    connection.execute(update(messages).where(messages.c.reference == message.reference).values(values))
    audit.note(connection, f"message-{state}", message.product, by, now, public=int(public))
    return find(connection, message.reference)


def erase_contact(connection: Connection, reference: str, actor: str, now: datetime) -> None:
    """Erase who sent a message: contact and photo. NotFound where nothing of it is held."""
    message = find(connection, reference)
    key = select(messages.c.id).where(messages.c.reference == message.reference).scalar_subquery()
    if not connection.execute(delete(message_private).where(message_private.c.message == key)).rowcount:
        raise NotFound(f"Nothing is held of the sender of {message.reference}.")
    audit.note(connection, "erase", message.product, actor, now, what="sender of a message")


def erase(connection: Connection, reference: str, actor: str, now: datetime) -> None:
    """Erase a message altogether, as its sender may ask: words, answer, contact and photo."""
    message = find(connection, reference)
    key = select(messages.c.id).where(messages.c.reference == message.reference).scalar_subquery()
    connection.execute(delete(message_private).where(message_private.c.message == key))
    connection.execute(delete(messages).where(messages.c.reference == message.reference))
    audit.note(connection, "erase", message.product, actor, now, what="a message")


def forget_senders(connection: Connection, now: datetime) -> int:
    """Drop contact and photo of what was closed long ago. Returns of how many messages."""
    old = select(messages.c.id).where(messages.c.closed < now - SENDER_KEPT)
    return connection.execute(delete(message_private).where(message_private.c.message.in_(old))).rowcount


def answered_of(connection: Connection, host: str, identity: Identity, most: int = SHOWN) -> tuple[Answered, ...]:
    """The questions about a product or lot answered last, newest first. A lot's page leaves other lots' out."""
    chosen = [messages.c.product == product_id(host, identity), messages.c.state == State.ANSWERED, messages.c.public]
    if identity.lot is not None:
        chosen.append(or_(messages.c.lot.is_(None), messages.c.lot == lot_id(host, identity)))
    query = _SEEN.where(*chosen).order_by(messages.c.closed.desc(), messages.c.id.desc()).limit(most)
    return tuple(
        Answered(
            words=without_contacts(one.words),
            reply=one.reply,
            sent=one.sent,
            closed=one.closed,
            lot=unquote(one.lot.rpartition("/10/")[2]) if one.lot else None,
            lang=one.lang,
        )
        for one in _read(connection, query)
        if one.reply and one.closed
    )


_SEEN: Select[tuple[object, ...]] = select(*(messages.c[name] for name in Message.__dataclass_fields__))


def _read(connection: Connection, query: Select[tuple[object, ...]]) -> list[Message]:
    return [_message(row) for row in connection.execute(query).mappings()]


def _message(row: Any) -> Message:
    told = {name: row[name] for name in Message.__dataclass_fields__}
    return Message(**{**told, "kind": Kind(told["kind"]), "state": State(told["state"])})


def _canonical(reference: str) -> str | None:
    """A reference as it was given out; None for what cannot be one."""
    bare = canonical_crockford(re.sub(r"[\s-]", "", reference[:60]))
    if len(bare) != _GROUPS * _GROUP or not set(bare) <= set(CROCKFORD):
        return None
    return "-".join(bare[at : at + _GROUP] for at in range(0, len(bare), _GROUP))
