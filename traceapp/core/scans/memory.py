"""What is remembered of one item's scans: for a day its visitors, under a hash that is thrown away; for a week counts.

It is as small as a row and travels in one: read, changed, written back. A visit is one visitor's scans in one hour at
one place, so that ten thousand scans by one visitor are no more than a day has hours.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

HOUR = 3600
DAY = 24 * HOUR
WEEK_DAYS = 7
MOST_VISITS = 128
"""Beyond these an item has long been looked at; the numbers then say the least there were."""

_VERSION = 1
_HEAD = struct.Struct("<B?BIB")
_DAY = struct.Struct("<HIHB")
_VISIT = struct.Struct("<I8s4sBHHIB")
_VIETNAM = 7 * HOUR
_MOST_TURNS = 2**8 - 1
_MOST_HEADS = 2**16 - 1
_MOST_COUNT = 2**32 - 1


class Visitor(NamedTuple):
    """This day's keyed hash of an address, and the same under yesterday's key (empty when that is gone).

    `network` is the same of its neighbourhood; `cheap` where addresses of one cost nothing, so that many are still one.
    """

    today: bytes
    yesterday: bytes
    network: bytes = b""
    network_yesterday: bytes = b""
    cheap: bool = False


@dataclass(slots=True)
class Visit:
    """One visitor's scans in one hour at one place (a province's code as a number, 0 unknown).

    `first` and `last` are seconds of that hour. `speaks`: may count towards a suspicion. `chosen`: the visitor named
    the place. `cheap`: as of a visitor. `used_up`: the visitor said that nothing is left.
    """

    hour: int
    visitor: bytes
    network: bytes
    province: int
    first: int
    last: int
    count: int
    speaks: bool = True
    chosen: bool = False
    cheap: bool = False
    used_up: bool = False

    @property
    def began(self) -> int:
        """When its first scan was."""
        return self.hour * HOUR + self.first

    @property
    def ended(self) -> int:
        """When its last scan was."""
        return self.hour * HOUR + self.last


@dataclass(slots=True)
class Day:
    """One Vietnamese day: its scans, visitors who came anew, and how often the province was another than before."""

    day: int
    scans: int = 0
    heads: int = 0
    turns: int = 0


@dataclass(slots=True)
class Memory:
    """All of it, the oldest first. `place` is the last known province, `used_up` when somebody said that nothing is
    left (0: nobody did), `suspected` whether there is a suspicion to be read.
    """

    visits: list[Visit] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    place: int = 0
    used_up: int = 0
    suspected: bool = False

    @property
    def oldest(self) -> int | None:
        """When the oldest visit began that is remembered."""
        return self.visits[0].began if self.visits else None

    def forget(self, seconds: int, longest: int = DAY) -> None:
        """Forget visits that began `longest` ago or earlier, and days before the week that ends now."""
        if self.visits and self.visits[0].began <= seconds - longest:
            self.visits = [one for one in self.visits if one.began > seconds - longest]
        week = _day(seconds) - WEEK_DAYS
        if self.days and self.days[0].day <= week:
            self.days = [one for one in self.days if one.day > week]

    def visits_of(self, visitor: Visitor) -> list[Visit]:
        """Their visits, from now on under today's hash."""
        found = [one for one in self.visits if one.visitor in (visitor.today, visitor.yesterday)]
        for one in found:
            one.visitor = visitor.today
        return found

    def add(self, visitor: Visitor, own: Sequence[Visit], seconds: int, province: int, *, speaks: bool) -> Visit:
        """One more scan by whom these visits are `own`."""
        self._count(own, seconds, province, speaks=speaks)
        hour = seconds // HOUR
        for visit in own:
            if visit.hour == hour and (visit.province == province or (visit.chosen and not province)):
                visit.count, visit.last = visit.count + 1, seconds % HOUR
                return visit
        network = visitor.network or visitor.today[-4:]
        for visit in self.visits:
            if visit.network == visitor.network_yesterday:
                visit.network = network
        visit = Visit(hour, visitor.today, network, province, seconds % HOUR, seconds % HOUR, 1, speaks)
        visit.cheap, visit.used_up = visitor.cheap, any(one.used_up for one in own)
        self.visits.append(visit)
        if len(self.visits) > MOST_VISITS:
            self.visits.remove(min(self.visits[:-1], key=lambda one: (one.speaks, one.began)))
        return visit

    def _count(self, own: Sequence[Visit], seconds: int, province: int, *, speaks: bool) -> None:
        if not self.days or self.days[-1].day != _day(seconds):
            self.days.append(Day(_day(seconds)))
        day = self.days[-1]
        day.scans += 1
        day.heads += speaks and not own
        if speaks and province:
            day.turns += self.place not in (0, province) and all(one.province != self.place for one in own)
            self.place = province

    @classmethod
    def read(cls, data: bytes | None) -> Memory:
        """From a row; nothing where there is none yet, or where it is of a version that is not known here."""
        if not data or data[0] != _VERSION:
            return cls()
        _, suspected, place, used_up, count = _HEAD.unpack_from(data)
        at = _HEAD.size + count * _DAY.size
        days = [Day(*found) for found in _DAY.iter_unpack(data[_HEAD.size : at])]
        # The bits are, lowest first: speaks, chosen, cheap, used_up.
        visits = [
            Visit(hour, who, net, where, first, last, number, bits & 1 > 0, bits & 2 > 0, bits & 4 > 0, bits & 8 > 0)
            for hour, who, net, where, first, last, number, bits in _VISIT.iter_unpack(data[at:])
        ]
        return cls(visits, days, place, used_up, suspected)

    def packed(self) -> bytes:
        """For a row."""
        parts = [_HEAD.pack(_VERSION, self.suspected, self.place, self.used_up, len(self.days))]
        parts += [
            _DAY.pack(one.day, min(one.scans, _MOST_COUNT), min(one.heads, _MOST_HEADS), min(one.turns, _MOST_TURNS))
            for one in self.days
        ]
        for one in self.visits:
            bits = one.speaks | one.chosen << 1 | one.cheap << 2 | one.used_up << 3
            count = min(one.count, _MOST_COUNT)
            parts.append(
                _VISIT.pack(one.hour, one.visitor, one.network, one.province, one.first, one.last, count, bits)
            )
        return b"".join(parts)


def _day(seconds: int) -> int:
    return (seconds + _VIETNAM) // DAY
