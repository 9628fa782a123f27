"""Records by what they are about, as one look at the database gives them, and the ways that were walked along them.

While notes are taken for a page, what was read once for it lies on its shelf: lots share most of what is read of them.
A way leads to the same records again as long as each subject on it has the same ones: then it need not be walked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from traceapp.core.evidence import StoredRecord
from traceapp.core.statements import record_url
from traceapp.db import driver
from traceapp.db.notes import taken
from traceapp.db.types import bytes_of
from traceapp.services.records.kept_records import Line, Values, line_of

MOST_WALKS = 512
Named = tuple[str, Line]
"""A record's UUID, or the number of a line that is gone from the log, and what is there."""


class Shelf:
    """What was read, by subject and by record."""

    def __init__(self, connection: Connection, host: str) -> None:
        self._connection = connection
        self._host = host
        self._about: dict[str, tuple[Named, ...]] = {}
        self._personal: dict[str, Values] = {}

    def about(self, subjects: Collection[str]) -> dict[str, tuple[Named, ...]]:
        """All records about each of the subjects; others may be among them."""
        if missing := set(subjects) - self._about.keys():
            found: dict[str, list[Named]] = {subject: [] for subject in missing}
            for subject, leaf_index, record_id, entry, body in driver.run_for(self._connection, _ABOUT, missing):
                # A line that is gone from the log leaves its number here: a hole that must show.
                name = str(record_id or f"entry-{leaf_index}")
                index, url = leaf_index if isinstance(leaf_index, int) else -1, record_url(self._host, name)
                found[subject].append((name, line_of(url, index, bytes_of(entry) or b"", bytes_of(body))))
            self._about.update((subject, tuple(lines)) for subject, lines in found.items())
        return self._about

    def personal(self, names: Iterable[str]) -> dict[str, Values]:
        """The personal values of each of the records; those of others may be among them."""
        known = self._personal
        missing = [name for name in names if name not in known]
        known.update(dict.fromkeys(missing, ()))
        for record_id, field, value, salt in driver.run_for(self._connection, _PERSONAL, missing):
            known[record_id] += ((field, value, salt),)
        return known


def shelf_of(connection: Connection, host: str) -> Shelf:
    """That of the page for which notes are taken; a new one for anybody else, whose next look may be at other rows."""
    notes = taken()
    if notes is None or notes.spoilt:
        return Shelf(connection, host)
    found: Shelf = notes.memo.setdefault(("shelf", connection.engine, host), Shelf(connection, host))
    # It outlives one look at the database, not the page.
    found._connection = connection
    return found


@dataclass(frozen=True, slots=True)
class Walk:
    """What lay along a way: the records about each subject, the personal values of some, and what it came to."""

    about: dict[str, tuple[Named, ...]]
    personal: dict[str, Values]
    records: tuple[StoredRecord, ...]

    def leads_there_again(self, shelf: Shelf) -> bool:
        """Whether it would come to the same records now; all of it is read for that, in two statements."""
        found = shelf.about(self.about.keys())
        if any(found[subject] != lines for subject, lines in self.about.items()):
            return False
        values = shelf.personal(self.personal)
        return all(values[name] == known for name, known in self.personal.items())


class KeptWalks:
    """The least recently walked are forgotten first."""

    def __init__(self) -> None:
        self._walks: OrderedDict[object, Walk] = OrderedDict()
        self._lock = Lock()

    def find(self, where: object) -> Walk | None:
        """The way that was walked last from there."""
        with self._lock:
            found = self._walks.get(where)
            if found is not None:
                self._walks.move_to_end(where)
            return found

    def keep(self, where: object, walk: Walk) -> None:
        """Keep it in the place of the one before."""
        with self._lock:
            self._walks[where] = walk
            self._walks.move_to_end(where)
            if len(self._walks) > MOST_WALKS:
                self._walks.popitem(last=False)


WALKS = KeptWalks()
"""This process's: which records a way leads to is told by the records alone."""

_ABOUT = (
    "SELECT s.subject, s.leaf_index, e.record_id, e.entry, r.body FROM record_subjects s "
    "LEFT JOIN log_entries e ON e.leaf_index = s.leaf_index LEFT JOIN records r ON r.record_id = e.record_id "
    "WHERE s.subject IN ({})"
)
_PERSONAL = "SELECT record_id, field, value, salt FROM personal WHERE record_id IN ({})"
