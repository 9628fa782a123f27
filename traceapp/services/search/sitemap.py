"""What search engines may know of: the addresses of products and lots, each with the time of its newest record.

Products and lots are public; items have no address here, and of a restricted event no more is told than that something
was recorded. A part is everything between two keys, read in their order and never by counting rows from the start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Column, Connection, ScalarSelect, Table, select

from traceapp.core.digital_link import parse_path
from traceapp.core.errors import InvalidIdentifier
from traceapp.db.tables import log_entries, lots, products, record_subjects, records
from traceapp.services.world import World

Kind = Literal["products", "lots"]
KINDS: Final[tuple[Kind, ...]] = ("products", "lots")
THINGS_A_PART: Final = 1000
MOST_A_PART: Final = 3000
"""What a part may grow to before all are cut anew; in two languages an eighth of what a sitemap may hold."""
CUT_FOR: Final = timedelta(days=1)

_TABLES: Final[dict[str, Table]] = {"products": products, "lots": lots}


@dataclass(frozen=True, slots=True)
class Newest:
    """How far the log has come: while it is the same, so is every sitemap."""

    leaf_index: int
    record_time: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """Things of a kind whose paths come after `after`, up to and with `to`; None leaves that side open."""

    kind: Kind
    after: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the parts begin and end, found at an instant and a place in the log by a walk through everything."""

    parts: tuple[Part, ...]
    at: datetime
    leaf_index: int

    def holds(self, now: datetime, leaf_index: int) -> bool:
        """Whether no part can have outgrown MOST_A_PART: nothing comes in without a record of its own."""
        added = leaf_index - self.leaf_index
        return self.at <= now < self.at + CUT_FOR and 0 <= added <= MOST_A_PART - THINGS_A_PART


@dataclass(frozen=True, slots=True)
class Entry:
    """A page by its path, and when the newest record about it was made."""

    path: str
    changed: datetime | None


def newest(world: World) -> Newest | None:
    """The newest record; None where there is none."""
    with world.read() as connection:
        found = connection.execute(_NEWEST).first()
    return Newest(found.leaf_index, found.record_time) if found else None


def cut(world: World) -> Cut:
    """Everything, in parts of THINGS_A_PART; as it was cut last, while it may stay so."""
    now, known, last = world.clock(), newest(world), world.__dict__.get("_sitemap")
    leaf_index = known.leaf_index if known else -1
    if not isinstance(last, Cut) or not last.holds(now, leaf_index):
        with world.read() as connection:
            found = tuple(part for kind in KINDS for part in _parts(connection, world.host, kind))
        last = world.__dict__["_sitemap"] = Cut(found, now, leaf_index)
    return last


def _parts(connection: Connection, host: str, kind: Kind) -> Iterator[Part]:
    ids, after = _TABLES[kind].c.id, None
    while True:
        later = select(ids).order_by(ids).offset(THINGS_A_PART - 1).limit(1)
        last = connection.execute(later.where(ids > after) if after else later).scalar()
        yield Part(kind, after and _path(host, after), last and _path(host, last))
        if last is None:
            return
        after = last


def entries(world: World, part: Part) -> list[Entry]:
    """The things of a part, at most MOST_A_PART; what a table names that could be no page of ours is passed over."""
    ids = _TABLES[part.kind].c.id
    wanted = select(ids, _changed(ids)).order_by(ids).limit(MOST_A_PART)
    wanted = wanted.where(ids > _id(world.host, part.after)) if part.after else wanted
    wanted = wanted.where(ids <= _id(world.host, part.to)) if part.to else wanted
    with world.read() as connection:
        found = [Entry(_path(world.host, name), changed) for name, changed in connection.execute(wanted)]
    return [entry for entry in found if _is_page(entry.path)]


def _changed(ids: Column[str]) -> ScalarSelect[datetime]:
    """When the newest record about a thing was made."""
    return (
        select(records.c.record_time)
        .select_from(record_subjects)
        .join(log_entries, log_entries.c.leaf_index == record_subjects.c.leaf_index)
        .join(records, records.c.record_id == log_entries.c.record_id)
        .where(record_subjects.c.subject == ids)
        .order_by(record_subjects.c.leaf_index.desc())
        .limit(1)
        .scalar_subquery()
    )


_NEWEST = (
    select(log_entries.c.leaf_index, records.c.record_time)
    .join(records, records.c.record_id == log_entries.c.record_id)
    .order_by(log_entries.c.leaf_index.desc())
    .limit(1)
)


def _path(host: str, name: str) -> str:
    return name.removeprefix(f"https://{host}")


def _id(host: str, path: str) -> str:
    return f"https://{host}{path}"


def _is_page(path: str) -> bool:
    """Whether it is the one spelling of a product's or lot's path."""
    try:
        identity = parse_path(path).identity
    except InvalidIdentifier:
        return False
    return identity is not None and identity.serial is None and identity.path == path
