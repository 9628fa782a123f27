"""Entries that have stopped, and entries copied untouched from lot to lot. Both may have good reasons: information."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from traceapp.core.dates import midnight, vietnamese_date
from traceapp.core.events import HOW_NOTED, PERSONAL, Event, Stage
from traceapp.core.facts import EventFact, Facts
from traceapp.core.findings import Finding, Mark, Severity

_FINISHED = frozenset({Stage.PACK, Stage.SHIP})
_MEASURED = ("checks", "results")


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """An unfinished lot that nobody wrote about for a while; then each entry that other lots have word for word."""
    last = _unfinished_since(facts)
    if last is not None and now >= _goes_stale(facts, last):
        data = {"last": last.isoformat(), "stale_days": facts.rulebook.stale_days}
        yield Finding("data-stale", Severity.INFO, when=last.isoformat(), data=data)
    yield from _copied(facts)


def moments(facts: Facts) -> Iterator[datetime]:
    """The midnight on which an unfinished lot becomes stale."""
    last = _unfinished_since(facts)
    if last is not None:
        yield _goes_stale(facts, last)


def _goes_stale(facts: Facts, last: date) -> datetime:
    return midnight(last + timedelta(days=facts.rulebook.stale_days))


def _unfinished_since(facts: Facts) -> date | None:
    """The day of the last entry for a lot that was neither packed nor sent."""
    if facts.lot is None or any(fact.stage in _FINISHED for fact in facts.events):
        return None
    written = [facts.lot.source, *(fact.source for fact in facts.events)]
    days = [vietnamese_date(source.record_time) for source in written]
    return max(days + [fact.event.end for fact in facts.events])


def _copied(facts: Facts) -> Iterator[Finding]:
    telling = [fact for fact in facts.events if _says_something_of_its_lot(fact.event)]
    days = {(fact.event.stage, fact.event.start) for fact in telling}
    # Only what could be the same is compared in full: a plot's sprays of years are not.
    others = [fact.event for fact in facts.all_events if (fact.stage, fact.event.start) in days]
    contents = [(other.lot, _content(other)) for other in others]
    for fact in telling:
        content = _content(fact.event)
        same = [lot for lot, other in contents if lot != fact.event.lot and other == content]
        if same:
            yield _copied_finding(fact, sorted(set(same)))


def _says_something_of_its_lot(event: Event) -> bool:
    """Goods and measurements are a lot's own; a spray or a field belongs to every lot of the plot by right."""
    return bool(event.outputs) or any(event.kde.get(name) for name in _MEASURED)


def _content(event: Event) -> tuple[object, ...]:
    # People enter as hashes with a salt of their own, so that two mentions of one person differ.
    kde = {name: value for name, value in event.kde.items() if name not in PERSONAL | HOW_NOTED}
    return event.stage, event.start, event.end, event.actor, event.place, event.inputs, event.outputs, kde


def _copied_finding(fact: EventFact, lots: list[str]) -> Finding:
    event = fact.event
    data = {
        "lots": lots,
        "stage": str(event.stage),
        "start": event.start.isoformat(),
        "label_vi": event.label_vi,
        "label_en": event.label_en,
    }
    return Finding("data-copied", Severity.INFO, Mark.DECLARED, fact.source.declared_by, event.start.isoformat(), data)
