"""Waiting after a spray: harvest no sooner than its pre-harvest interval allows, on every plot that was harvested.

Days are civil days from the end of spraying to the start of harvest. Sprays count whatever lot they were filed under;
one within the harvest period breaks the interval however short it is; one after it does not matter. Veterinary drugs
and their withdrawal days follow the same rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from traceapp.core.events import Event, Stage
from traceapp.core.facts import EventFact, Facts
from traceapp.core.findings import Finding, Severity
from traceapp.core.list_subjects import WAITING, allowed_from
from traceapp.core.quantities import name_key
from traceapp.core.rules.lineage import events_of, lineage, spoken_mark

_SEASON_DAYS = 365


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Each broken interval, or the tightest one kept; then active ingredients that are not on the permitted list."""
    cases = list(_cases(facts))
    broken = [case for case in cases if case.broken]
    for case in broken:
        yield _finding("phi-broken", Severity.BAD, case)
    if cases and not broken:
        yield _finding("phi-kept", Severity.GOOD, min(cases, key=lambda case: case.spare))
    yield from _not_permitted(facts, cases)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: both the spray and the harvest have happened."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Wait:
    """A plot that waits after `spray`: it may be harvested from `allowed_from` on."""

    plot: str
    spray: Event
    days: int
    allowed_from: date


def waiting_days(event: Event) -> int | None:
    """The days that the label of what was sprayed or given asks for; None for any other event."""
    return int(event.kde[WAITING[event.stage]]) if event.stage in WAITING else None


def waits(events: Iterable[Event]) -> dict[str, Wait]:
    """For each plot of one producer's events (by its code as it compares) the wait that ends last."""
    found: dict[str, Wait] = {}
    for event in events:
        days = waiting_days(event)
        for plot in event.plots if days is not None else ():
            wait = Wait(plot, event, days or 0, allowed_from(event.end, days or 0))
            known = found.get(name_key(plot))
            if known is None or known.allowed_from <= wait.allowed_from:
                found[name_key(plot)] = wait
    return found


@dataclass(frozen=True, slots=True)
class _Case:
    """One harvest `days` after one spray on the same plot, where the label asks for `phi_days`."""

    harvest: EventFact
    spray: EventFact
    plot: str
    days: int
    phi_days: int

    @property
    def spare(self) -> int:
        return self.days - self.phi_days

    @property
    def within(self) -> bool:
        return self.days <= 0

    @property
    def broken(self) -> bool:
        return self.harvest.event.start < self.allowed_from

    @property
    def allowed_from(self) -> date:
        return allowed_from(self.spray.event.end, self.phi_days)


def _cases(facts: Facts) -> Iterator[_Case]:
    sprays: dict[tuple[str, str], list[EventFact]] = defaultdict(list)
    for fact in facts.all_events:
        if fact.stage in WAITING:
            for plot in _plots(fact):
                sprays[plot].append(fact)
    for harvest in events_of(facts, lineage(facts), Stage.HARVEST):
        found = {
            spray.source.record_id: (spray, name) for plot, name in _plots(harvest).items() for spray in sprays[plot]
        }
        for spray, name in found.values():
            if spray.event.start <= harvest.event.end:
                days = (harvest.event.start - spray.event.end).days
                yield _Case(harvest, spray, name, days, waiting_days(spray.event) or 0)


def _plots(fact: EventFact) -> dict[tuple[str, str], str]:
    """The plots of an event by whose they are and how they compare: in another producer's diary the same code is
    another plot.
    """
    owners = {fact.event.actor, fact.source.declared_by}
    return {(owner, name_key(plot)): plot for owner in owners for plot in fact.event.plots}


def _finding(code: str, severity: Severity, case: _Case) -> Finding:
    harvest, spray = case.harvest, case.spray
    data: dict[str, Any] = {
        "plot": case.plot,
        "active": spray.event.kde.get("active"),
        "sprayed": spray.event.end.isoformat(),
        "phi_days": case.phi_days,
        "allowed_from": case.allowed_from.isoformat(),
        "harvested": harvest.event.start.isoformat(),
        "days": case.days,
        "early": -case.spare,
        "within_harvest": case.within,
        "veterinary": spray.stage == Stage.VETDRUG,
        "lot": harvest.event.lot,
    }
    return Finding(
        code, severity, spoken_mark(harvest), harvest.source.declared_by, harvest.event.start.isoformat(), data
    )


def _not_permitted(facts: Facts, cases: list[_Case]) -> Iterator[Finding]:
    """One warning for each active ingredient of the season that the dated list does not name, or no list could."""
    permitted = {name_key(active) for active in facts.rulebook.permitted_actives}
    seen = set(permitted)
    for case in cases:
        active = str(case.spray.event.kde.get("active"))
        if case.spray.stage == Stage.PPP and case.days <= _SEASON_DAYS and name_key(active) not in seen:
            seen.add(name_key(active))
            yield _one_not_permitted(facts, case.spray, active, known=bool(permitted))


def _one_not_permitted(facts: Facts, spray: EventFact, active: str, *, known: bool) -> Finding:
    as_of = facts.rulebook.permitted_as_of
    sprayed = spray.event.end.isoformat()
    data = {
        "active": active,
        "list_known": known,
        "as_of": as_of.isoformat() if known and as_of else None,
        "sprayed": sprayed,
    }
    return Finding(
        "active-not-permitted", Severity.WARNING, spoken_mark(spray), spray.source.declared_by, sprayed, data
    )
