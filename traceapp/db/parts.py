"""What was worked out of the databases, for whichever page rests on it next: for as long as it would come out the same.

A part is found by what was asked for (its key names all that it depends on, beside the databases), and is told again
while every statement that was run to work it out would be answered as it was. Pages that rest on a part do not repeat
its notes: for all of them it is asked once after each commit whether it still holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar, cast

from traceapp.db import notes
from traceapp.db.notes import Notes
from traceapp.db.watch import Look, Watch

T = TypeVar("T")

MOST_BYTES = 32 << 20


class Glance:
    """How the databases look at one moment of a request, each looked at once, when it is asked about first."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self.watches = watches
        self._seen: dict[Watch, Look | None] = {}

    def of(self, watch: Watch) -> Look | None:
        """How that one looks; None where it does not say."""
        if watch not in self._seen:
            self._seen[watch] = watch.look()
        return self._seen[watch]

    def all(self) -> list[Look | None]:
        """How each looks: what is committed from here on shows in the next glance."""
        return [self.of(watch) for watch in self.watches]


@dataclass(eq=False, slots=True)
class Told:
    """Something made from `since` on, of what is in `notes`, which the databases told when they looked as in `looks`.

    It is known by what it is and not by what it says.
    """

    notes: Notes
    since: datetime
    looks: list[Look | None]

    def weight(self) -> int:
        """About how many bytes the notes take, with those of its parts."""
        return self.notes.weight + sum(part.weight() for part in self.notes.parts)

    def holds(self, now: datetime) -> bool:
        """Whether time alone has not changed it."""
        until = self.notes.until
        is_now = self.since <= now and (until is None or now < until)
        return is_now and all(part.holds(now) for part in self.notes.parts)

    def is_told(self, glance: Glance) -> bool:
        """Whether all that was read for it would be answered alike; it is asked where a database looks otherwise."""
        looks = []
        for watch, before in zip(glance.watches, self.looks, strict=True):
            reads = self.notes.reads.get(watch.engine)
            # What happens in a database of which nothing was read changes nothing here.
            now = glance.of(watch) if reads else before
            if reads and (now is None or now != before) and not watch.answers(reads.values()):
                return False
            looks.append(now)
        self.looks = looks
        return all(part.is_told(glance) for part in self.notes.parts)


@dataclass(eq=False, slots=True)
class Part(Told):
    """Something that pages rest on: `value`, which nobody may change."""

    value: Any = field(kw_only=True)


class Parts:
    """All parts of one process, up to MOST_BYTES of notes: those asked for longest ago are forgotten first."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Hashable, tuple[Part, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def part(self, key: Hashable, make: Callable[[], T], now: datetime) -> T:
        """What `make` makes of the databases, or made of them. Outside pages that take notes it is made each time."""
        outer = notes.taken()
        if outer is None or outer.spoilt or outer.glance is None:
            return make()
        known = self._find(key)
        if known is None or not known.holds(now) or not known.is_told(outer.glance):
            with notes.taken_apart(outer) as taken:
                value = make()
            if taken.spoilt:
                return value
            known = Part(taken, now, outer.glance.all(), value=value)
            self._keep(key, known)
        outer.parts[known] = None
        return cast(T, known.value)

    def forget(self) -> None:
        """Everything."""
        with self._lock:
            self._parts.clear()
            self._bytes = 0

    def _find(self, key: Hashable) -> Part | None:
        with self._lock:
            if key not in self._parts:
                return None
            self._parts.move_to_end(key)
            return self._parts[key][0]

    def _keep(self, key: Hashable, part: Part) -> None:
        weight = part.weight()
        with self._lock:
            self._bytes += weight - self._parts.pop(key, (None, 0))[1]
            self._parts[key] = part, weight
            while self._bytes > MOST_BYTES:
                self._bytes -= self._parts.popitem(last=False)[1][1]
