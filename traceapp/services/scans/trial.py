"""Made-up scans put through the counting as real ones are, and what came of them beside what is true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from traceapp.core.scans import poison
from traceapp.core.scans.memory import DAY
from traceapp.core.scans.traffic import DAYS, LOT_SIZE, Kind, Line, Scan, Story, Traffic
from traceapp.services.scans.counting import say_place, say_used_up, scan_item
from traceapp.services.scans.store import ScanStore

WITHIN = 20
"""So many scans of copies may pass until the label is suspected."""
AIMED_AT = 500
ADDRESSES = 100
_COPIED_ITEMS, _POISONED_ITEMS, _USED_UP_ITEMS = 10_000_000, 20_000_000, 30_000_000
_POISONED = (DAYS + 30) * DAY
LASTS = _POISONED + 5 * DAY
"""Seconds from the start until all is played."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of so many items, so many."""

    name: str
    of: int
    found: int

    @property
    def share(self) -> float:
        """0 … 1."""
        return self.found / self.of if self.of else 0.0


@dataclass(slots=True)
class Trial:
    """Plays scans into a store, as items of lots whose ids begin with `prefix`. `knows_places`: by a network table."""

    store: ScanStore
    prefix: str
    knows_places: bool = True
    copies: dict[int, int] = field(default_factory=dict)
    suspected: dict[int, int] = field(default_factory=dict)
    """Items with a suspicion, and how many scans of copies there had been."""

    def play(self, scans: Iterable[Scan]) -> None:
        """Scan in this order."""
        for scan in scans:
            lot, now = self.lot_of(scan.item), datetime.fromtimestamp(scan.at, UTC)
            visitor = self.store.visitor(scan.line.address, now)
            self.copies[scan.item] = self.copies.get(scan.item, 0) + scan.copy
            province = scan.line.province if self.knows_places else None
            fact = scan_item(self.store, lot, scan.item, visitor, now, province)
            if scan.said:
                say_place(self.store, lot, scan.item, visitor, now, scan.said)
            if fact.suspicion:
                self.suspected.setdefault(scan.item, self.copies[scan.item])

    def lot_of(self, item: int) -> str:
        """The id of an item's lot."""
        return f"{self.prefix}{item // LOT_SIZE}"

    def say_used_up(self, items: Iterable[int], line: Line, at: int) -> None:
        """One visitor scans each item and says that nothing is left."""
        for item in items:
            now = datetime.fromtimestamp(at, UTC)
            visitor = self.store.visitor(line.address, now)
            scan_item(self.store, self.lot_of(item), item, visitor, now)
            say_used_up(self.store, self.lot_of(item), item, visitor, now)

    def wrongly(self, name: str, stories: Sequence[Story]) -> Tally:
        """Honest items that are suspected."""
        return Tally(name, len(stories), sum(one.item in self.suspected for one in stories))

    def rightly(self, name: str, stories: Sequence[Story]) -> Tally:
        """Copied labels that were suspected within 20 scans of the copies."""
        found = sum(self.suspected.get(one.item, WITHIN + 1) <= WITHIN for one in stories)
        return Tally(name, len(stories), found)


def in_order(stories: Iterable[Story]) -> list[Scan]:
    """All their scans as they come in."""
    return sorted((scan for story in stories for scan in story.scans), key=lambda scan: scan.at)


def try_honest(trial: Trial, seed: int, count: int, start: int) -> Iterator[Tally]:
    """Honest packs: all, then by what happens to them."""
    stories = list(Traffic(seed, start).honest(1, count))
    trial.play(in_order(stories))
    yield trial.wrongly("honest packs suspected", stories)
    for kind in Kind:
        if of_kind := [one for one in stories if one.kind is kind]:
            yield trial.wrongly(f"  {kind}", of_kind)


def try_copied(trial: Trial, seed: int, count: int, start: int, kind: Kind | None = None) -> Iterator[Tally]:
    """Copied labels: all, then by how fast they are sold; those of `kind` alone, where it is given."""
    stories = list(Traffic(seed + 1, start).copied(_COPIED_ITEMS, count, kind))
    trial.play(in_order(stories))
    yield trial.rightly(f"copied labels noticed by scan {WITHIN}" if kind is None else f"  {kind}", stories)
    for one in Kind if kind is None else ():
        if of_kind := [story for story in stories if story.kind is one]:
            yield trial.rightly(f"  {one}", of_kind)


def try_poison(trial: Trial, start: int, aimed_at: int = AIMED_AT) -> Iterator[Tally]:
    """People who want honest packs suspected: how many of those they aim at are. Each attack has a lot of its own."""
    lines, at = poison.homes(ADDRESSES), start + _POISONED
    one, scans = lines[0], 20 * aimed_at
    server_room, own_line = poison.one_ipv4_network(ADDRESSES), poison.one_ipv6_line(ADDRESSES)
    attacks: dict[str, Callable[[Sequence[int]], Iterator[Scan]]] = {
        f"1 address × {scans:,} scans": lambda items: poison.one_address(one, items, at, scans),
        f"1 address × {scans:,} on one pack": lambda items: poison.one_address(one, items[:1], at, scans),
        "100 addresses, 25 scans a pack": lambda items: poison.many_scans(lines, items, at),
        "100 neighbours of one IPv4 /24": lambda items: poison.many_scans(server_room, items, at),
        "100 networks of one IPv6 line": lambda items: poison.many_scans(own_line, items, at),
        "100 addresses that lie about places": lambda items: poison.far_places(lines, items, at),
    }
    for number, (name, attack) in enumerate(attacks.items()):
        first = _POISONED_ITEMS + number * LOT_SIZE
        items = range(first, first + aimed_at)
        trial.play(attack(items))
        yield Tally(name, aimed_at, sum(item in trial.suspected for item in items))


def try_used_up(trial: Trial, seed: int, count: int, start: int) -> Tally:
    """One visitor says of every pack in the shop that nothing is left; then honest people buy and scan them."""
    stories = list(Traffic(seed + 2, start).honest(_USED_UP_ITEMS, count))
    trial.say_used_up([one.item for one in stories], poison.homes(1)[0], start - DAY // 2)
    trial.play(in_order(stories))
    return trial.wrongly("1 address says “used up” of all packs", stories)
