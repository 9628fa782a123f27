"""Where a lot's goods came from: the lot itself and every lot it took goods from, at any depth.

What is wrong with an ingredient is wrong with what was made from it; what is right with it is not. So the families
that judge events look for faults along the whole lineage, and for merits in the lot alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts
from traceapp.core.findings import Mark

_MARK_OF_ROLE = {
    "laboratory": Mark.TESTED,
    "inspectorate": Mark.INSPECTED,
    "certifier": Mark.CONFIRMED,
    "council": Mark.CONFIRMED,
    "authority": Mark.CONFIRMED,
}


def own_lot(facts: Facts) -> str | None:
    """The id of the lot itself; known from its events alone when its own record cannot be read."""
    if facts.lot is not None:
        return facts.lot.id
    return facts.events[0].event.lot if facts.events else None


def lineage(facts: Facts) -> tuple[str, ...]:
    """Ids of the lot and of every lot that goods in it came from, the lot first; empty where no lot is known."""
    taken: dict[str, list[str]] = defaultdict(list)
    for fact in facts.all_events:
        taken[fact.event.lot] += [goods.from_lot for goods in fact.event.inputs if goods.from_lot]
    own = own_lot(facts)
    found = {own: None} if own else {}
    waiting = list(found)
    for lot in waiting:  # grows while it is read; each lot once, so that a circle ends
        new = [other for other in dict.fromkeys(taken[lot]) if other not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return tuple(found)


def events_of(facts: Facts, lots: Collection[str], *stages: Stage) -> Iterator[EventFact]:
    """Events of these lots and stages (all stages where none is named), in order of start."""
    wanted = frozenset(lots)
    return (
        fact for fact in facts.all_events if fact.event.lot in wanted and (not stages or fact.event.stage in stages)
    )


def spoken_mark(fact: EventFact) -> Mark:
    """Who stands behind an event, by the role of whoever declared it."""
    return _MARK_OF_ROLE.get(fact.source.role, Mark.DECLARED)
