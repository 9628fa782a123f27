"""Made-up scans whose truth is known: honest packs as people carry, give, show and scan them, and packs with one label
printed many times over. The same seed makes the same scans.

The shares are assumptions, stated so that they can be argued with: no field data stands behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from traceapp.core.places import PROVINCES
from traceapp.core.scans.dice import Dice
from traceapp.core.scans.distances import least_km
from traceapp.core.scans.memory import DAY, HOUR

DAYS = 14
WRONG_PLACE = 0.01
"""How often the operator's table of networks puts a fixed line into another province."""
SAYS_PLACE = 0.03
"""How often a visitor on a mobile network says where they are."""
LOT_SIZE = 500

_CODES = tuple(PROVINCES)
_CROWDED = (*_CODES, *("01", "79") * 6, *("31", "48", "75", "92", "40", "38") * 2)
_MINUTE = 60


class Kind(StrEnum):
    """What happens to a pack."""

    FAMILY = "family"
    GIFT = "gift to another province"
    SHELF = "looked at by shoppers"
    FEAST = "Tết feast"
    STAFF = "shop's staff"
    ONE_PHONE = "phone that changes address"
    STALL = "stall that shows one pack"
    CLONE_FAST = "copies sold in a day"
    CLONE_BRISK = "copies sold in a few days"
    CLONE_SLOW = "copies sold in weeks"


HONEST = (
    (555, Kind.FAMILY),
    (150, Kind.GIFT),
    (220, Kind.SHELF),
    (40, Kind.FEAST),
    (20, Kind.STAFF),
    (13, Kind.ONE_PHONE),
    (2, Kind.STALL),
)
CLONES = ((60, Kind.CLONE_FAST), (40, Kind.CLONE_BRISK))
_COPIES_TAKE = {
    Kind.CLONE_FAST: (8 * HOUR, 22 * HOUR),
    Kind.CLONE_BRISK: (2 * DAY, 5 * DAY),
    Kind.CLONE_SLOW: (14 * DAY, 28 * DAY),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Where a phone's traffic comes from. `province` is what the table of networks says, None for a mobile network."""

    address: str
    province: str | None
    where: str


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan, `at` in seconds. `said` is the province a visitor chooses after it; `copy`: of a copied label."""

    at: int
    item: int
    line: Line
    said: str | None = None
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one item."""

    item: int
    kind: Kind
    scans: tuple[Scan, ...]

    @property
    def is_honest(self) -> bool:
        """Whether there is one pack only."""
        return not any(scan.copy for scan in self.scans)


class Traffic:
    """Makes stories; `start` is a midnight in Vietnam, in seconds."""

    def __init__(self, seed: int, start: int) -> None:
        self._dice = Dice(seed)
        self._start = start
        self._homes = 0

    def honest(self, first: int, count: int) -> Iterator[Story]:
        """Stories of items `first` …, one pack each."""
        for item in range(first, first + count):
            kind = self._dice.weighted(HONEST)
            yield Story(item, kind, _in_order(_MAKERS[kind](self, item)))

    def copied(self, first: int, count: int, kind: Kind | None = None) -> Iterator[Story]:
        """Stories of items whose label was copied; the pack with the first one is sold to a family."""
        for item in range(first, first + count):
            chosen = kind or self._dice.weighted(CLONES)
            yield Story(item, chosen, _in_order([*self._family(item), *self._copies(item, chosen)]))

    def home(self, where: str) -> Line:
        """A fixed line of its own, which the table of networks knows."""
        # An odd factor goes round all 2^21 addresses, and puts those that follow each other far apart.
        self._homes = (self._homes + 1_234_567) % 2**21
        address = f"113.{160 + (self._homes >> 16)}.{self._homes >> 8 & 255}.{self._homes & 255}"
        told = self._dice.pick(_CODES) if self._dice.chance(WRONG_PLACE) else where
        return Line(address, told, where)

    def mobile(self, where: str) -> Line:
        """A phone: an IPv6 network of its own, or one of the addresses that the carrier's customers share."""
        dice, area = self._dice, int(where)
        if dice.chance(0.6):
            return Line(f"2402:800:{area:x}{dice.below(16):x}:{dice.below(65536):x}::1", None, where)
        return Line(f"27.{area}.{dice.below(4)}.{dice.below(256)}", None, where)

    def _someone(self, home: Line) -> Line:
        return home if self._dice.chance(0.55) else self.mobile(home.where)

    def _anywhere(self) -> str:
        return self._dice.pick(_CROWDED)

    def _moment(self) -> int:
        """A moment awake; before Tết there are three times as many."""
        day: int = self._dice.pick((*range(DAYS), *range(DAYS - 4, DAYS), *range(DAYS - 4, DAYS)))
        return self._start + day * DAY + self._dice.between(7 * HOUR, 22 * HOUR)

    def _scan(self, at: int, item: int, line: Line, *, copy: bool = False) -> Scan:
        said = line.where if line.province is None and self._dice.chance(SAYS_PLACE) else None
        return Scan(at, item, line, said, copy)

    def _family(self, item: int, at: int | None = None, where: str | None = None) -> list[Scan]:
        """One to four people at home, one to five scans, now and then more; half of them at once."""
        dice, home, at = self._dice, self.home(where or self._anywhere()), at or self._moment()
        people = [self._someone(home) for _ in range(dice.weighted(((55, 1), (30, 2), (10, 3), (5, 4))))]
        scans = dice.weighted(((45, 1), (25, 2), (15, 3), (8, 4), (4, 5), (3, dice.between(6, 9))))
        spread = 20 * _MINUTE if dice.chance(0.5) else DAY
        return [self._scan(at + dice.below(spread), item, dice.pick(people)) for _ in range(scans)]

    def _gift(self, item: int) -> list[Scan]:
        """Bought in one province, scanned there, carried to another as fast as one travels, and scanned again."""
        dice, at, here = self._dice, self._moment(), self._anywhere()
        there = self._anywhere()
        journey = HOUR + least_km(here, there) * HOUR // 60
        fastest = min(journey, 4 * HOUR + least_km(here, there) * HOUR // 600)
        arrives = at + 2 * HOUR + fastest + dice.below(2 * DAY)
        return [
            *(self._scan(at + dice.below(2 * HOUR), item, self.mobile(here)) for _ in range(dice.between(0, 2))),
            *self._family(item, arrives, there),
        ]

    def _shelf(self, item: int) -> list[Scan]:
        """Shoppers take it up and put it back for a week, half of them in the shop's network; one buys it."""
        dice, at = self._dice, self._moment()
        shop = self.home(self._anywhere())
        shoppers = [
            self._scan(at - dice.below(7 * DAY), item, shop if dice.chance(0.5) else self.mobile(shop.where))
            for _ in range(dice.between(1, 6))
        ]
        return [*shoppers, *self._family(item, at + HOUR, shop.where)]

    def _feast(self, item: int) -> list[Scan]:
        """A dozen guests around one table; some scan, some twice, half in the host's network. Every other pack was
        scanned before by those who brought it, from wherever they live."""
        dice, at, home = self._dice, self._moment(), self.home(self._anywhere())
        bought = self._family(item, at - dice.between(2 * DAY, 4 * DAY)) if dice.chance(0.5) else []
        guests = [self._someone(home) for _ in range(dice.between(5, 14))]
        return bought + [
            self._scan(at + dice.below(4 * HOUR), item, one)
            for one in guests
            for _ in range(dice.weighted(((40, 0), (45, 1), (15, 2))))
        ]

    def _staff(self, item: int) -> list[Scan]:
        """One to four who show customers how it works, with one pack, many times a day; then it is sold as well."""
        dice, shop = self._dice, self.home(self._anywhere())
        staff = [self._someone(shop) for _ in range(dice.between(1, 4))]
        first, days = self._moment(), dice.between(1, 5)
        shown = [
            self._scan(first + day * DAY + dice.below(9 * HOUR), item, dice.pick(staff))
            for day in range(days)
            for _ in range(dice.between(4, 25))
        ]
        buyer = self._anywhere() if dice.chance(0.15) else shop.where
        return [*shown, *self._family(item, first + days * DAY + dice.below(2 * DAY), buyer)]

    def _one_phone(self, item: int) -> list[Scan]:
        """Its owner comes back to it for days, each few hours under another address."""
        dice, where, at = self._dice, self._anywhere(), self._moment()
        found = []
        for _ in range(dice.between(2, 10)):
            line, at = self.mobile(where), at + dice.between(HOUR, 20 * HOUR)
            found += [self._scan(at + number * 300, item, line) for number in range(dice.between(1, 3))]
        return found

    def _stall(self, item: int) -> list[Scan]:
        """One pack lies open at a market for days; visitors try their phones on it."""
        dice, where, first = self._dice, self._anywhere(), self._moment() // DAY * DAY
        busy = dice.weighted(((50, 6), (30, 14), (20, 40)))
        return [
            self._scan(first + day * DAY + dice.between(2 * HOUR, 11 * HOUR), item, self.mobile(where))
            for day in range(dice.between(1, 4))
            for _ in range(dice.between(busy // 2, busy))
        ]

    def _copies(self, item: int, kind: Kind) -> list[Scan]:
        """Households in one to six provinces that each bought a copy."""
        dice, at = self._dice, self._moment()
        took = dice.between(*_COPIES_TAKE[kind])
        markets = [self._anywhere() for _ in range(dice.weighted(((10, 1), (20, 2), (25, 3), (20, 4), (25, 6))))]
        found: list[Scan] = []
        while len(found) < 20:
            when, home = at + dice.below(took), self.home(dice.pick(markets))
            people = [self._someone(home) for _ in range(dice.between(1, 2))]
            found += [
                self._scan(when + dice.below(HOUR), item, dice.pick(people), copy=True)
                for _ in range(dice.weighted(((55, 1), (30, 2), (15, 3))))
            ]
        return found


_MAKERS = {
    Kind.FAMILY: Traffic._family,
    Kind.GIFT: Traffic._gift,
    Kind.SHELF: Traffic._shelf,
    Kind.FEAST: Traffic._feast,
    Kind.STAFF: Traffic._staff,
    Kind.ONE_PHONE: Traffic._one_phone,
    Kind.STALL: Traffic._stall,
}


def _in_order(scans: list[Scan]) -> tuple[Scan, ...]:
    return tuple(sorted(scans, key=lambda scan: scan.at))
