"""What was said of the lot after it was made: recalled, held, seen by an inspector; and whether it has expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from traceapp.core.dates import midnight, rfc3339, vietnamese_date
from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts, RecallFact
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.rules.lineage import events_of, lineage, own_lot

INSPECTION_SEVERITY = {"pass": Severity.GOOD, "fail": Severity.WARNING}
"""How the results that an inspector can sign colour the page; any other result is information."""


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Recalls of the lot and of what went into it, its hold, its expiry, its inspections."""
    lots = lineage(facts)
    yield from (_recalled(recall, own=recall.lot == lots[0]) for recall in _recalls(facts) if recall.lot in lots)
    yield from _on_hold(facts)
    expires = facts.lot.expires if facts.lot else None
    if expires and vietnamese_date(now) > expires:
        yield Finding("lot-expired", Severity.WARNING, when=expires.isoformat(), data={"expires": expires.isoformat()})
    yield from _inspected(facts)


def moments(facts: Facts) -> Iterator[datetime]:
    """The midnight after the lot's last good day."""
    if facts.lot and facts.lot.expires and facts.lot.expires < date.max:
        yield midnight(facts.lot.expires + timedelta(days=1))


def _recalls(facts: Facts) -> Iterator[RecallFact]:
    """Orders of recall, and recalls that a producer wrote into the diary as an event."""
    yield from facts.recalls
    yield from (_as_recall(fact) for fact in events_of(facts, lineage(facts), Stage.RECALL))


def _as_recall(fact: EventFact) -> RecallFact:
    kde = fact.event.kde
    return RecallFact(
        lot=fact.event.lot,
        day=fact.event.start,
        reason_vi=str(kde.get("reason") or fact.event.label_vi),
        source=fact.source,
        reason_en=fact.event.label_en or None,
        action_vi=kde.get("action"),
    )


def _recalled(recall: RecallFact, *, own: bool) -> Finding:
    data = {
        "lot": recall.lot,
        "day": recall.day.isoformat(),
        "reason_vi": recall.reason_vi,
        "reason_en": recall.reason_en,
        "action_vi": recall.action_vi,
        "action_en": recall.action_en,
    }
    code = "lot-recalled" if own else "input-recalled"
    mark = Mark.CONFIRMED if recall.source.role == "authority" else Mark.DECLARED
    return Finding(code, Severity.BAD, mark, recall.source.declared_by, recall.day.isoformat(), data)


def _on_hold(facts: Facts) -> Iterator[Finding]:
    """The last word on holding this lot counts."""
    said = [hold for hold in facts.holds if hold.lot == own_lot(facts)]
    last = max(said, key=lambda hold: (hold.source.leaf_index, hold.source.record_time), default=None)
    if last is not None and not last.released:
        mark = Mark.CONFIRMED if last.source.role == "authority" else Mark.DECLARED
        since = rfc3339(last.source.record_time)
        yield Finding("lot-on-hold", Severity.WARNING, mark, last.source.declared_by, since, {"reason": last.reason})


def _inspected(facts: Facts) -> Iterator[Finding]:
    for seen in facts.inspections:
        if seen.facility or seen.lot == own_lot(facts):
            severity = INSPECTION_SEVERITY.get(seen.result, Severity.INFO)
            facility = facts.facilities.get(seen.facility or "")
            data = {
                "result": seen.result,
                "note": seen.note,
                "item": seen.item,
                "place": bool(seen.facility),
                "place_name": facility.name if facility else None,
                "record": seen.source.record_id,
            }
            yield Finding("inspected", severity, Mark.INSPECTED, seen.source.declared_by, seen.day.isoformat(), data)
