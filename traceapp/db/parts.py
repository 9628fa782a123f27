"""What was worked out of the databases, for whichever page rests on it next: for as long as it would come out the same.

A part is found by what was asked for (its key names all that it depends on, beside the databases), and is told again
while every statement that was run to work it out would be answered as it was. Pages that rest on a part do not repeat
its notes: for all of them it is asked once after each commit whether it still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, ParamSpec, TypeVar, cast

from sqlalchemy import Connection

from traceapp.db import notes
from traceapp.db.notes import Notes
from traceapp.db.recently_used import RecentlyUsed
from traceapp.db.watch import Look, Watch

P = ParamSpec("P")
T = TypeVar("T")

MOST_BYTES = 32 << 20
AT_LEAST = 4096
"""Bytes that a part takes beside its notes, about."""


class Glance:
    """How the databases look at the moment `now` of a request, each looked at once, when it is asked about first.

    `parts` are those that the request may rest on.
    """

    def __init__(self, parts: Parts, now: datetime) -> None:
        self.parts = parts
        self.now = now
        self.watches = parts.watches
        self._seen: dict[Watch, Look | None] = {}

    @cached_property
    def everything(self) -> tuple[Look | None, ...]:
        """How each looks: what is committed from here on shows in the next glance."""
        return tuple([self.of(watch) for watch in self.watches])

    def of(self, watch: Watch) -> Look | None:
        """How that one looks; None where it does not say."""
        if watch not in self._seen:
            self._seen[watch] = watch.look()
        return self._seen[watch]

    def is_told(self, told: Told) -> bool:
        """Whether all that was read for it and for its parts would be answered alike; what is asked is asked once."""
        waiting = dict.fromkeys(told.and_parts())
        if any(one.is_gone for one in waiting):
            return False
        for at, watch in enumerate(self.watches):
            # What happens in a database of which nothing was read changes nothing.
            asked = [one for one in waiting if watch.engine in one.notes.reads and self._is_news(watch, one.looks[at])]
            answers = watch.answers([one.notes.reads[watch.engine].values() for one in asked]) if asked else []
            # Of all of them: a page that is made anew rests on those that hold still. What is gone stays gone, whatever
            # a thread finds that asked before it was.
            for one, is_alike in zip(asked, answers, strict=True):
                if is_alike:
                    one.looks[at] = self.of(watch)
                else:
                    one.is_gone = True
            if not all(answers):
                return False
        return True

    def knows(self, told: Told) -> bool:
        """The same, at once where nothing was committed since it was seen to be so."""
        if told.known_at == self.everything and None not in self.everything:
            return not told.is_gone
        is_told = self.is_told(told)
        if is_told:
            told.known_at = self.everything
        return is_told

    def _is_news(self, watch: Watch, before: Look | None) -> bool:
        now = self.of(watch)
        return now is None or now != before


@dataclass(eq=False, slots=True)
class Told:
    """Something made from `since` on, of what is in `notes`, which the databases told when they looked as in `looks`.

    It is known by what it is and not by what it says. Once it `is_gone` nobody asks again, whoever else rests on it.
    `until`: when time changes it, or what it rests on; `known_at`: how everything looked when all that was told still.
    """

    notes: Notes
    since: datetime
    looks: list[Look | None]
    is_gone: bool = False
    until: datetime | None = field(init=False)
    known_at: tuple[Look | None, ...] = ()

    def __post_init__(self) -> None:
        known = [self.notes.until, *(part.until for part in self.notes.parts)]
        self.until = min((one for one in known if one), default=None)
        self.since = max([self.since, *(part.since for part in self.notes.parts)])

    def weight(self) -> int:
        """About how many bytes the notes take, with those of its parts."""
        return self.notes.weight + sum(part.weight() for part in self.notes.parts)

    def holds(self, now: datetime) -> bool:
        """Whether time alone has not changed it."""
        return self.since <= now and (self.until is None or now < self.until)

    def and_parts(self) -> Iterator[Told]:
        """It and all that it rests on."""
        yield self
        for part in self.notes.parts:
            yield from part.and_parts()


@dataclass(eq=False, slots=True)
class Part(Told):
    """Something that pages rest on: `value`, which nobody may change."""

    value: Any = field(kw_only=True)

    def weight(self) -> int:
        """About how many bytes it takes."""
        # Without arguments `super` would mean the class that `slots` replaced.
        return AT_LEAST + super(Part, self).weight()


class Parts:
    """All parts of one process, up to MOST_BYTES of notes: those asked for longest ago are forgotten first."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self.watches = tuple({one.engine: one for one in watches}.values())
        self._watched = {one.engine for one in self.watches}
        self._kept: RecentlyUsed[Hashable, Part] = RecentlyUsed(MOST_BYTES)

    def part(self, key: Hashable, make: Callable[[], T], outer: Notes) -> T:
        """What `make` made of the databases for this key, or makes of them now, for the page with the `outer` notes."""
        known, glance = self._kept.find(key), cast(Glance, outer.glance)
        if known is None or not known.holds(glance.now) or not glance.knows(known):
            with notes.taken_apart(outer) as taken:
                value = make()
                if not taken.reads.keys() <= self._watched:
                    taken.spoil("of a database that nobody watches")
            if taken.spoilt:
                return value
            # What was known while it was made holds a connection, and all that was read.
            taken.memo.clear()
            known = Part(taken, glance.now, list(glance.everything), value=value)
            self._kept.keep(key, known)
        outer.parts[known] = None
        return cast(T, known.value)

    def forget(self) -> None:
        """Everything."""
        self._kept.forget()


def shared(make: Callable[P, T]) -> Callable[P, T]:
    """A function of the databases and of its arguments alone, whose answer is told again while it would be the same.

    So it is for pages that take notes; anybody else has it made each time. Nobody may change what it answers, and it
    asks for the time only where it says until when its answer holds (db/notes.py).
    """

    @wraps(make)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        outer = notes.taken()
        if outer is None or outer.spoilt or outer.glance is None:
            return make(*args, **kwargs)
        key = (make, *map(_fixed, args), *[(name, _fixed(one)) for name, one in kwargs.items()])
        return cast(Parts, outer.glance.parts).part(key, lambda: make(*args, **kwargs), outer)

    return told


_FIXED: Mapping[type, Callable[[Any], Hashable]] = {
    # Every one leads to the same database.
    Connection: lambda _: None,
    list: tuple,
    set: frozenset,
    type({}.keys()): frozenset,
}


def _fixed(argument: Any) -> Hashable:
    """What of an argument the answer depends on, so that it can be a key."""
    fix = _FIXED.get(type(argument))
    return fix(argument) if fix else cast(Hashable, argument)
