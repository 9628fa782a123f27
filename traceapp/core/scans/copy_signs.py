"""What the remembered scans of one item say about copies of its label: numbers first, then whether they are too many.

Three signs, none of which one visitor alone can give:
- many: 20 scans in 24 hours. Of one visitor, and of a neighbourhood whose addresses cost nothing, as many are counted
  as a household makes; after somebody said that nothing is left, those of others count double.
- far: two visitors at two places in less time than a pack can be carried there, within two hours. Where a place is only
  what a visitor chose, three visitors must disagree.
- to and fro: within a week many visitors, and their places changing from one province to another: 12 with one change,
  8 with two, 4 with three. A gift makes one journey, and is scanned by few.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from traceapp.core.scans.distances import least_km, too_fast
from traceapp.core.scans.memory import HOUR, Memory, Visit

HOUSEHOLD = (1, 5)
"""How often a household scans one pack."""
MANY_SCANS = 20
SEVERAL = 4
FAR_APART = 2 * HOUR
TO_AND_FRO = 16
PER_TURN = 4
NAMED_FROM = 5
"""A province is named from so many scans on."""


class Signs(NamedTuple):
    """The numbers of 24 hours; `week`, `heads` (visitors come anew) and `turns` (changes of province) are of 7 days.

    `named` are provinces of so many scans that they may be told, `after` scans by others after somebody said that
    nothing is left, `far` (kilometres at the least, minutes) of the two scans that are furthest apart.
    """

    scans: int
    visitors: int
    provinces: int
    named: tuple[str, ...]
    week: int
    heads: int
    turns: int
    after: int
    far: tuple[int, int] | None
    many: bool

    @property
    def are_of_copies(self) -> bool:
        """Whether they are too many for one pack."""
        return self.many or self.far is not None or self.to_and_fro

    @property
    def to_and_fro(self) -> bool:
        """Whether the week's visitors and journeys are too many; never of a visitor who is alone today."""
        return self.turns > 0 and self.visitors > 1 and self.heads + PER_TURN * self.turns >= TO_AND_FRO


def signs_of(memory: Memory, latest: Visit | None) -> Signs:
    """The signs in a memory that has forgotten what is old; `latest` is the visit that was just added or placed."""
    visits, days, known = memory.visits, memory.days, _by_province(memory.visits)
    visitors = len({one.visitor for one in visits}) if len(visits) > 1 else len(visits)
    return Signs(
        scans=sum([one.count for one in visits]),
        visitors=visitors,
        provinces=len(known),
        named=tuple(sorted(code_of(one) for one, count in known.items() if count >= NAMED_FROM)) if known else (),
        week=sum([day.scans for day in days]),
        heads=sum([day.heads for day in days]),
        turns=sum([day.turns for day in days]),
        after=sum(one.count for one in visits if _is_after(one, memory.used_up)) if memory.used_up else 0,
        far=_far_from(latest, visits) if latest and latest.province and visitors > 1 else None,
        many=visitors >= SEVERAL and _is_many(memory),
    )


def _by_province(visits: Iterable[Visit]) -> dict[int, int]:
    known: dict[int, int] = {}
    for one in visits:
        if one.province:
            known[one.province] = known.get(one.province, 0) + one.count
    return known


def code_of(number: int) -> str:
    """A province's code from its number."""
    return f"{number:02}"


def _is_many(memory: Memory) -> bool:
    """Whether 20 scans count, of several households."""
    counted: dict[bytes, dict[bytes, tuple[int, int]]] = {}
    cheap = set()
    for one in memory.visits:
        if not one.speaks:
            continue
        heads = counted.setdefault(one.network, {})
        scans, weight = heads.get(one.visitor, (0, 1))
        heads[one.visitor] = (scans + one.count, max(weight, 1 + _is_after(one, memory.used_up)))
        if one.cheap:
            cheap.add(one.network)
    households = sum(1 if network in cheap else len(heads) for network, heads in counted.items())
    scans = sum(_counted(heads.values(), is_cheap=network in cheap) for network, heads in counted.items())
    return households >= SEVERAL and scans >= MANY_SCANS


def _counted(heads: Iterable[tuple[int, int]], *, is_cheap: bool) -> int:
    """Scans that count of one neighbourhood: as many as a household makes, or one of each address that costs money."""
    total, most, least = 0, 0, 0
    for scans, weight in heads:
        total += min(scans, HOUSEHOLD[1]) * weight
        most = max(most, HOUSEHOLD[1] * weight)
        least += weight
    return min(total, most) if is_cheap else max(min(total, most), least)


def _is_after(visit: Visit, used_up: int) -> bool:
    return 0 < used_up <= visit.began and not visit.used_up


def _far_from(latest: Visit, visits: Iterable[Visit]) -> tuple[int, int] | None:
    """How far from `latest` others were too shortly before or after it."""
    found, certain, told = [], False, set()
    for one in visits:
        if not (one.speaks and latest.speaks and one.province) or one.visitor == latest.visitor:
            continue
        apart = min(abs(latest.ended - one.ended), abs(latest.ended - one.began))
        here, there = code_of(latest.province), code_of(one.province)
        if apart > FAR_APART or not too_fast(here, there, apart):
            continue
        if not (one.chosen or latest.chosen):
            certain = True
        elif one.network == latest.network:
            continue
        told.add(one.visitor)
        found.append((least_km(here, there), apart // 60))
    return max(found) if certain or len(told) > 1 else None
