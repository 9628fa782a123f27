"""Whether a lot's stages follow one another: ordered by start, and free to overlap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts
from traceapp.core.findings import Finding, Mark, Severity

_RANK = {
    Stage.SOURCE: 1,
    Stage.HARVEST: 1,
    Stage.MIX: 2,
    Stage.FERMENT: 2,
    Stage.DRAW: 2,
    Stage.PROCESS: 2,
    Stage.PACKHOUSE: 2,
    Stage.PACK: 3,
    Stage.SHIP: 4,
    Stage.RECEIVE: 5,
    Stage.SELL: 6,
}
"""Goods are there, then worked on, packed, sent, received, sold. Other stages may come at any time."""


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """The first stage of each rank may not start before the first of the rank before it."""
    first: dict[int, EventFact] = {}
    for fact in facts.events:
        rank = _RANK.get(fact.stage)
        if rank is not None and (rank not in first or fact.event.start < first[rank].event.start):
            first[rank] = fact
    steps = [first[rank] for rank in sorted(first)]
    if len(steps) < 2:
        return
    wrong = next((pair for pair in pairwise(steps) if pair[0].event.start > pair[1].event.start), None)
    if wrong is None:
        data: dict[str, Any] = {"count": len(facts.events)}
        yield Finding("stages-ordered", Severity.GOOD, Mark.DECLARED, steps[0].source.declared_by, data=data)
    else:
        data = {"first": _told(wrong[0]), "then": _told(wrong[1])}
        yield Finding("stages-disordered", Severity.INFO, Mark.DECLARED, wrong[1].source.declared_by, data=data)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: order does not change by itself."""
    yield from ()


def _told(fact: EventFact) -> dict[str, Any]:
    event = fact.event
    return {
        "stage": str(event.stage),
        "start": event.start.isoformat(),
        "label_vi": event.label_vi,
        "label_en": event.label_en,
    }
