"""Diary entries before they are signed: kept once however often they are sent, changed by versions, dropped.

A draft may hold anything; a checked one can be signed (services/diary/signing.py). What a phone wrote down without
signal arrives under the key it was given there, with the time at which it was made.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from traceapp.core.canonical import canonicalise
from traceapp.core.diary.fields import FORMS
from traceapp.core.diary.filling import TYPED_IN
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Stage
from traceapp.db import driver
from traceapp.db.diary import diary_entries, diary_photos
from traceapp.db.parts import shared
from traceapp.db.types import instant_of
from traceapp.services.records.events import require_correctable
from traceapp.services.records.signing import new_uuid
from traceapp.services.registry.registers import owner_of_lot

MOST_TYPED = 20_000
MOST_INPUTS = 300
MOST_OPEN = 500
"""Drafts that one producer can leave lying."""
_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
_SALT_BYTES = 32


class State(StrEnum):
    """How far an entry is."""

    DRAFT = "draft"
    CHECKED = "checked"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Writer:
    """For whom somebody writes, and the account that does."""

    organisation: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry as it comes in. `key` names it for ever; `photo` is WebP; `corrects` the record that it says right."""

    key: str
    stage: Stage
    typed: Mapping[str, str]
    made_at: datetime
    lot: str | None = None
    copied: Sequence[str] = ()
    photo: bytes | None = None
    corrects: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it is kept; nothing typed is left of it once it is signed."""

    id: str
    stage: Stage
    lot: str | None
    typed: Mapping[str, str]
    copied: tuple[str, ...]
    made_at: datetime
    received_at: datetime
    state: State
    version: int
    corrects: str | None
    record_id: str | None


def keep(connection: Connection, writer: Writer, sent: Sent, now: datetime) -> Kept:
    """Keep an entry as a draft. The same key with the same content is the entry that is there already.

    Conflict for the same key with another content; InvalidEvent, NotFound, Forbidden for what cannot be kept.
    """
    _require_keepable(connection, writer, sent)
    salt, entry = secrets.token_bytes(_SALT_BYTES), str(new_uuid())
    values = {
        "id": entry,
        "organisation": writer.organisation,
        "key": sent.key,
        "digest": _digest(sent, salt),
        "salt": salt,
        "stage": str(sent.stage),
        "lot": sent.lot,
        "typed": _json(dict(sent.typed)),
        "copied": _json(sorted(sent.copied)),
        # A phone's clock may run ahead; nothing was made after it came.
        "made_at": min(sent.made_at, now),
        "received_at": now,
        "made_by": writer.account,
        "state": State.DRAFT.value,
        "version": 1,
        "corrects": sent.corrects,
    }
    if not _under_key(connection, writer.organisation, sent.key) and _insert_once(connection, values):
        if sent.photo:
            put_photo(connection, entry, sent.photo)
        return find(connection, writer.organisation, entry)
    [(known, digest, known_salt)] = _under_key(connection, writer.organisation, sent.key)
    if known_salt is not None and not hmac.compare_digest(bytes(digest), _digest(sent, bytes(known_salt))):
        raise Conflict("Another entry came under the same key before: write this one down again as a new entry.")
    return find(connection, writer.organisation, known)


def change(
    connection: Connection,
    writer: Writer,
    entry: str,
    version: int,
    typed: Mapping[str, str],
    *,
    lot: str | None,
    copied: Sequence[str] = (),
    photo: bytes | None = None,
    state: State = State.DRAFT,
) -> Kept:
    """Replace what was typed in version `version`. Conflict where somebody changed or signed it since."""
    _require_small(typed)
    _require_own_lot(connection, writer, lot)
    values = {
        "typed": _json(dict(typed)),
        "copied": _json(sorted(copied)),
        "lot": lot,
        "state": state.value,
        "version": version + 1,
    }
    _act(connection, writer, entry, version, update(diary_entries).values(values))
    if photo:
        put_photo(connection, entry, photo)
    return find(connection, writer.organisation, entry)


def drop(connection: Connection, writer: Writer, entry: str, version: int) -> None:
    """Throw a draft away. Conflict where somebody changed or signed it since."""
    _act(connection, writer, entry, version, delete(diary_entries))


def _act(connection: Connection, writer: Writer, entry: str, version: int, statement: Any) -> None:
    table = diary_entries.c
    here = (table.id == entry) & (table.organisation == writer.organisation)
    unsigned = (table.version == version) & (table.state != State.SIGNED.value)
    if not connection.execute(statement.where(here & unsigned)).rowcount:
        if find(connection, writer.organisation, entry).state is State.SIGNED:
            raise Conflict("This entry is signed: it is corrected by a new one, with the reason.")
        raise Conflict("This entry was changed elsewhere since you opened it: compare the two and save again.")


@shared
def find(connection: Connection, organisation: str, entry: str) -> Kept:
    """One entry; NotFound, for anybody else's too."""
    rows = driver.run(connection, f"{_ENTRIES} AND id = ?", (organisation, entry))
    if not rows:
        raise NotFound(f"There is no diary entry {entry[:60]}.")
    return _kept(rows[0])


def find_under(connection: Connection, organisation: str, key: str) -> Kept:
    """The entry that came under a key; NotFound where none did."""
    rows = driver.run(connection, f"{_ENTRIES} AND key = ?", (organisation, key))
    if not rows:
        raise NotFound("No entry came under that key.")
    return _kept(rows[0])


@shared
def open_entries(connection: Connection, organisation: str) -> tuple[Kept, ...]:
    """What is not signed, in the order in which it was made."""
    return tuple(map(_kept, driver.run(connection, _OPEN, (organisation, State.SIGNED.value, MOST_OPEN))))


_ENTRIES = (
    "SELECT id, stage, lot, typed, copied, made_at, received_at, state, version, corrects, record_id "
    "FROM diary_entries WHERE organisation = ?"
)
_OPEN = f"{_ENTRIES} AND state <> ? ORDER BY made_at, id LIMIT ?"


def photo_of(connection: Connection, organisation: str, entry: str) -> bytes:
    """An entry's photo, as WebP; NotFound where it has none."""
    find(connection, organisation, entry)
    data: bytes | None = connection.execute(select(diary_photos.c.data).where(diary_photos.c.entry == entry)).scalar()
    if data is None:
        raise NotFound("This entry has no photo.")
    return data


@shared
def has_photo(connection: Connection, entry: str) -> bool:
    """Whether it has one."""
    return bool(driver.run(connection, "SELECT 1 FROM diary_photos WHERE entry = ?", (entry,)))


def put_photo(connection: Connection, entry: str, data: bytes) -> None:
    """Put a photo on an entry, in place of any before."""
    connection.execute(delete(diary_photos).where(diary_photos.c.entry == entry))
    connection.execute(insert(diary_photos).values(entry=entry, data=data))


def forget(connection: Connection, record_id: str, field: str | None) -> None:
    """Forget what is left of people in a signed entry: its photo, and the salt that could tell the rest."""
    ids = [row[0] for row in driver.run(connection, "SELECT id FROM diary_entries WHERE record_id = ?", (record_id,))]
    for entry in ids:
        driver.change(connection, "UPDATE diary_entries SET salt = NULL WHERE id = ?", (entry,))
        if field in (None, "photo"):
            driver.change(connection, "DELETE FROM diary_photos WHERE entry = ?", (entry,))


def _insert_once(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Whether this row is the first of its key: another worker may be taking the same entry at this moment."""
    try:
        with connection.begin_nested():
            connection.execute(insert(diary_entries).values(values))
    except IntegrityError:
        return False
    return True


def _under_key(connection: Connection, organisation: str, key: str) -> list[driver.Row]:
    """Id, digest and salt of the one entry that is kept under this key, if any."""
    sql = "SELECT id, digest, salt FROM diary_entries WHERE organisation = ? AND key = ?"
    return driver.run(connection, sql, (organisation, key))


def _kept(row: driver.Row) -> Kept:
    entry, stage, lot, typed, copied, made_at, received_at, state, version, corrects, record_id = row
    return Kept(
        entry, Stage(stage), lot, json.loads(typed), tuple(json.loads(copied)),
        instant_of(made_at), instant_of(received_at), State(state), version, corrects, record_id,
    )  # fmt: skip


def _require_keepable(connection: Connection, writer: Writer, sent: Sent) -> None:
    if not _KEY.fullmatch(sent.key):
        raise InvalidEvent(f"{sent.key[:40]!r} is no key of an entry: 8 to 64 letters, digits and dashes.")
    if sent.stage not in FORMS:
        raise RuleBroken(f"{sent.stage} is not written into a diary.")
    _require_small(sent.typed)
    _require_own_lot(connection, writer, sent.lot)
    if sent.corrects:
        require_correctable(connection, sent.corrects, writer.organisation)
    if len(open_entries(connection, writer.organisation)) >= MOST_OPEN:
        raise RuleBroken(f"{MOST_OPEN} entries wait to be signed: sign them or throw some away first.")


def _require_small(typed: Mapping[str, str]) -> None:
    if len(typed) > MOST_INPUTS or sum(len(name) + len(text) for name, text in typed.items()) > MOST_TYPED:
        raise InvalidEvent(f"An entry holds at most {MOST_INPUTS} inputs and {MOST_TYPED} characters: split it.")


def _require_own_lot(connection: Connection, writer: Writer, lot: str | None) -> None:
    if lot and owner_of_lot(connection, lot)[1] != writer.organisation:
        raise Forbidden("A lot is written about by its own producer.")


def _digest(sent: Sent, salt: bytes) -> bytes:
    said = {
        "stage": str(sent.stage),
        "lot": sent.lot,
        # Whoever reads another language meanwhile sends the same entry.
        "typed": {name: text for name, text in sent.typed.items() if name != TYPED_IN},
        "copied": sorted(sent.copied),
        # A phone draws its photo anew when the answer to the first try was lost: the same picture, other bytes.
        "photo": bool(sent.photo),
        "corrects": sent.corrects,
    }
    return hmac.digest(salt, canonicalise(said), "sha256")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
