"""Inspections: recorded in the office, or sent once from a phone that wrote them without a connection."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from traceapp.adapters.photos import reencode
from traceapp.core.canonical import JsonObject, canonicalise
from traceapp.core.counted import Counted
from traceapp.core.dates import instant, vietnamese_date
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound
from traceapp.core.facts import CheckedItem
from traceapp.core.identifiers import nfc
from traceapp.core.inspections import CHECKED, PHOTO, RESULTS, Seen, say_seen
from traceapp.core.readings import require_readable
from traceapp.core.serials import canonical_serial, item_of, run_key
from traceapp.core.statements import record_uuid
from traceapp.db.inspections import inspection_photos, inspection_sends
from traceapp.db.tables import facilities
from traceapp.services.labels.runs import runs_of
from traceapp.services.records.signing import Notary, record
from traceapp.services.registry.registers import clean, owner_of_lot, role_of

MAY_INSPECT = ("inspectorate", "authority")
NOT_ISSUED = CheckedItem("label-issued", "fail")
"""Noted by the service itself on an inspection of a pack whose serial no label of the lot carries."""
LONGEST_NOTE = 1000
MOST_CHECKS = 40
_WORD = re.compile(r"[a-z0-9-]{1,40}")
_KEY = re.compile(r"[0-9a-f]{32}")
_PHOTO_WIDTHS = (1104,)
_CLOCKS_APART = timedelta(minutes=10)
_OLDEST = timedelta(days=90)

SerialKey = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a report: its record's UUID, and whether it was here already."""

    record_id: str
    again: bool


def inspect_thing(
    connection: Connection, about: str, seen: Seen, by: str, notary: Notary, now: datetime, *,
    serial_key: SerialKey, photo: bytes | None = None,
) -> str:  # fmt: skip
    """Record what an inspector saw of `about`: the path of a lot or of one of its items, or a facility's id.

    `photo` is as uploaded; it stays outside the record and can be erased. Returns the record's UUID. Forbidden for
    anybody but an inspectorate or authority; NotFound, InvalidEvent, PhotoRefused.
    """
    role = role_of(connection, by)
    if role not in MAY_INSPECT:
        raise Forbidden("Only an inspectorate or an authority inspects.")
    seen = _sound(_about(connection, about, seen, notary.host, serial_key), now)
    small = reencode(photo, widths=_PHOTO_WIDTHS, least_edge=200, sharp=False).variants[-1].data if photo else None
    hashed = sha256(small).hexdigest() if small else None
    statement = require_readable(say_seen(seen, by, role, photo=hashed))
    uuid = record_uuid(record(connection, [statement], notary, now)[0].record_id)
    if small:
        connection.execute(insert(inspection_photos).values(record_id=uuid, photo=small))
    return uuid


def send(
    connection: Connection, key: str, about: str, seen: Seen, by: str, notary: Notary, now: datetime, *,
    serial_key: SerialKey, photo: bytes | None = None,
) -> Sent:  # fmt: skip
    """`inspect_thing` for a report that a phone may send again: under one `key` (32 hex digits) it is recorded once.

    Conflict where that key came with another report, or from another organisation. InvalidEvent for what is no such
    key.
    """
    if not _KEY.fullmatch(key):
        raise InvalidEvent(f"{key[:40]!r} is no key of a report: 32 hexadecimal digits.")
    said = canonicalise({"about": about, "photo": sha256(photo).hexdigest() if photo else None, **_plain(seen)})
    known = connection.execute(select(inspection_sends).where(inspection_sends.c.key == key)).first()
    if known is not None:
        if (known.organisation, known.said) != (by, sha256(said).digest()):
            raise Conflict("Another report was sent under this report's key: write it anew.")
        return Sent(known.record_id, again=True)
    uuid = inspect_thing(connection, about, seen, by, notary, now, serial_key=serial_key, photo=photo)
    values = {"key": key, "organisation": by, "said": sha256(said).digest(), "record_id": uuid, "at": now}
    connection.execute(insert(inspection_sends).values(**values))
    return Sent(uuid, again=False)


def _plain(seen: Seen) -> JsonObject:
    return {**asdict(seen), "day": seen.day.isoformat()}


def photo_of(connection: Connection, record_id: str) -> bytes:
    """An inspection's photo as WebP, by its record's UUID; NotFound where there is none, or it was erased."""
    query = select(inspection_photos.c.photo).where(inspection_photos.c.record_id == record_id)
    found: bytes | None = connection.execute(query).scalar()
    if found is None:
        raise NotFound("This report has no photo, or it was erased.")
    return found


def forget_photo(connection: Connection, record_id: str, field: str | None) -> None:
    """Delete the photo of a record whose personal value `field` (None: all of them) was erased."""
    if field in (None, PHOTO):
        connection.execute(delete(inspection_photos).where(inspection_photos.c.record_id == record_id))


def _about(connection: Connection, about: str, seen: Seen, host: str, serial_key: SerialKey) -> Seen:
    """`seen`, of what it names; an item's serial becomes its number."""
    if about.startswith("https://"):
        if connection.execute(select(facilities.c.id).where(facilities.c.id == about)).scalar() is None:
            raise NotFound(f"There is no facility {about[:120]}.")
        return replace(seen, facility=about)
    identity = parse_path(about).identity
    if identity is None or identity.lot is None:
        raise InvalidEvent("An inspection is of a lot, of one of its packs, or of a facility: scan a label of the lot.")
    lot = f"https://{host}{replace(identity, variant=None, serial=None).path}"
    owner_of_lot(connection, lot)
    if identity.serial is None:
        return replace(seen, lot=lot)
    item = _item(connection, lot, canonical_serial(identity.serial), serial_key)
    return replace(seen, lot=lot, item=item, checks=seen.checks if item else (*seen.checks, NOT_ISSUED))


def _item(connection: Connection, lot: str, serial: str, serial_key: SerialKey) -> int | None:
    for run in runs_of(connection, lot):
        item = item_of(run_key(serial_key(run.serial_key), run.printed_path), serial)
        if item is not None and run.first <= item < run.first + run.count:
            return item
    return None


def _sound(seen: Seen, now: datetime) -> Seen:
    """`seen` with its text in one spelling; InvalidEvent for what no inspection says."""
    if seen.result not in RESULTS:
        raise InvalidEvent(f"{seen.result[:40]!r} is no result of an inspection: use one of {', '.join(RESULTS)}.")
    names = [seen.checklist or "none", *(one.code for one in seen.checks)]
    if len(seen.checks) > MOST_CHECKS or not all(map(_WORD.fullmatch, names)):
        raise InvalidEvent("A checklist has at most 40 questions, each with a code of letters, digits and dashes.")
    if odd := next((one.result for one in seen.checks if one.result not in CHECKED), None):
        raise InvalidEvent(f"{odd[:40]!r} is no answer to a question: use one of {', '.join(CHECKED)}.")
    if len({one.code for one in seen.checks}) < len(seen.checks):
        raise InvalidEvent("A question of the checklist was answered twice.")
    if seen.note and len(seen.note) > LONGEST_NOTE:
        raise InvalidEvent(f"The note has {Counted(len(seen.note)):character|characters}; {LONGEST_NOTE} at most.")
    _require_time(seen, now)
    measured = tuple(replace(one, what=nfc(one.what), value=nfc(one.value)) for one in seen.measured)
    texts = {name: clean(getattr(seen, name)) for name in ("note", "seal", "sample")}
    return replace(seen, measured=measured, **texts)


def _require_time(seen: Seen, now: datetime) -> None:
    """A phone's clock may be wrong: what it dates after now, or long before, is refused with the reason."""
    if seen.day > vietnamese_date(now) or (seen.made and instant(seen.made) > now + _CLOCKS_APART):
        raise InvalidEvent(f"The report is dated {seen.made or seen.day}, after now: set the clock, write it anew.")
    if seen.day < vietnamese_date(now - _OLDEST):
        raise InvalidEvent(f"The report is dated {seen.day}, more than {_OLDEST.days} days ago: look at the clock.")
