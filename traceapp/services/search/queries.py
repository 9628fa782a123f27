"""Finding products by what people remember of them: a name, a producer, a commune, stars, a province.

What is found are identities: who shows them verifies them first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import Identity
from traceapp.core.errors import InvalidIdentifier
from traceapp.core.identifiers import Gtin, TraceCode
from traceapp.core.places import PROVINCES
from traceapp.core.searchable import LONGEST_QUESTION, STARS, read_question
from traceapp.core.statements import Statement
from traceapp.db import search_build
from traceapp.db.search import forget_removed
from traceapp.db.search_query import Wanted, count_by_province, count_by_stars, matches
from traceapp.db.tables import log_entries, record_subjects

A_PAGE = 20
FARTHEST = 980
"""How many products may be passed over: whoever has not found it by then asks more closely."""
MOST_PROVINCES = 4
MOST_TRIED = 5


@dataclass(frozen=True, slots=True)
class Found:
    """Products that answer a question: how many there are in all, and those of one page that begins behind `after`."""

    total: int
    products: tuple[Identity, ...]
    after: int = 0

    @property
    def following(self) -> int | None:
        """Where the next page begins; None where there is none, or where it would be too far."""
        reached = self.after + A_PAGE
        return reached if reached < self.total and reached <= FARTHEST else None


@dataclass(frozen=True, slots=True)
class Facets:
    """What answers could be narrowed to, with how many there are: by stars, and by province code."""

    stars: tuple[tuple[int, int], ...] = ()
    provinces: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, and what they narrowed it to: stars, a province's code."""

    text: str
    stars: int | None = None
    province: str | None = None

    @classmethod
    def of(cls, text: str, stars: str, province: str) -> Asked:
        """The same from an address; stars and provinces that do not exist narrow nothing.

        A space at the end stays: it says that the last word is whole.
        """
        known = int(stars) if stars in {str(one) for one in STARS} else None
        return cls(text.lstrip()[:LONGEST_QUESTION], known, province if province in PROVINCES else None)

    def wanted(self, now: datetime) -> Wanted:
        """The same for the index, on the Vietnamese day of `now`."""
        stars = frozenset(filter(None, [self.stars]))
        return Wanted(read_question(self.text), vietnamese_date(now), stars, self.province)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return read_question(self.text).is_empty and not self.stars and not self.province


def search(connection: Connection, asked: Asked, now: datetime, *, after: int = 0, most: int = A_PAGE) -> Found:
    """The products that answer, best first. Nothing asked for finds nothing; `after` beyond the end means the start."""
    if asked.is_empty:
        return Found(0, ())
    wanted, after = asked.wanted(now), max(0, min(after, FARTHEST))
    total, codes = matches(connection, wanted, most, after)
    if after and not codes:
        after = 0
        total, codes = matches(connection, wanted, most, after)
    return Found(total, tuple(_identities(codes)), after)


def facets(connection: Connection, asked: Asked, now: datetime) -> Facets:
    """What the answers could be narrowed to: stars within the chosen province, provinces within the chosen stars."""
    if asked.is_empty:
        return Facets()
    stars = count_by_stars(connection, Asked(asked.text, province=asked.province).wanted(now))
    provinces = count_by_province(connection, Asked(asked.text, asked.stars).wanted(now), MOST_PROVINCES)
    return Facets(tuple(stars), tuple(one for one in provinces if one[0] in PROVINCES))


def words_alone(connection: Connection, asked: Asked, now: datetime) -> list[tuple[str, int]]:
    """The words of a question that find something by themselves, with how many products each finds."""
    tried = list(dict.fromkeys(asked.text.split()))
    if len(tried) < 2:
        return []
    found = ((one, search(connection, Asked(one), now, most=1).total) for one in tried[:MOST_TRIED])
    return [(one, total) for one, total in found if total]


def _identities(codes: Iterable[str]) -> Iterable[Identity]:
    for code in codes:
        try:
            yield Identity(Gtin(code) if code.isdigit() else TraceCode(code))
        except InvalidIdentifier:
            # Somebody else wrote into the index: there is no such page.
            continue


def follow(connection: Connection, statements: Iterable[Statement]) -> None:
    """Keep the index in step with what was just recorded, in the same transaction."""
    things: list[str] = []
    makers: list[str] = []
    for statement in statements:
        subject = statement.subject
        match statement.type:
            case "OrganisationRecord" if subject.get("type") == "traceapp:Organisation":
                makers.append(subject["id"])
            case "ProductRecord":
                things.append(subject["id"])
            case "CertificateRecord":
                things.append(subject["traceapp:about"]["id"])
            case "LotRecord":
                search_build.file_lot(connection, subject["traceapp:product"]["id"], subject["traceapp:lot"])
    if things or makers:
        search_build.file_again(connection, things, makers)


def forget(connection: Connection, record: str) -> None:
    """File anew what a record (UUID) is about, now that personal values of it are gone; nothing of them stays."""
    about = (
        select(record_subjects.c.subject)
        .join(log_entries, log_entries.c.leaf_index == record_subjects.c.leaf_index)
        .where(log_entries.c.record_id == record)
    )
    search_build.file_again(connection, connection.execute(about).scalars().all())
    forget_removed(connection)


def rebuild(connection: Connection) -> int:
    """Make the index anew from the records. Returns how many products are in it."""
    return search_build.rebuild(connection)
