"""A lot's public events as one EPCIS 2.0 document, for whoever keeps such events in a repository of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from traceapp.core.canonical import JsonObject, parse_object
from traceapp.core.dates import rfc3339
from traceapp.core.errors import NotFound
from traceapp.core.evidence import Evidence
from traceapp.core.facts import EventFact, Facts, RecordState
from traceapp.core.vocabulary import EPCIS_CONTEXT, vocabulary_url

SCHEMA_VERSION = "2.0"


def public_events(facts: Facts) -> tuple[EventFact, ...]:
    """The lot's own events whose records verified and that everybody may read, in order of start."""
    good = {check.record_id for check in facts.checks if check.state is RecordState.GOOD}
    return tuple(fact for fact in facts.events if not fact.restricted and fact.source.record_id in good)


def epcis_document(evidence: Evidence, facts: Facts, host: str, now: datetime) -> JsonObject:
    """An EPCISDocument of the lot's public events, each as it was signed, with the record that it stands in.

    `facts` are those that `evidence` states. NotFound where there is nothing to tell.
    """
    events = list(_signed_events(evidence, facts))
    if not events:
        raise NotFound(f"There are no public events of {evidence.identity.path[:120]}: ask for a lot.")
    return {
        "@context": [EPCIS_CONTEXT, vocabulary_url(host)],
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": rfc3339(now),
        "epcisBody": {"eventList": events},
    }


def _signed_events(evidence: Evidence, facts: Facts) -> Iterator[JsonObject]:
    bodies = {record.record_id: record.body for record in evidence.records}
    for fact in public_events(facts):
        event = parse_object(bodies[fact.source.record_id] or b"")["credentialSubject"]
        yield {**event, "traceapp:record": {"id": fact.source.record_id}}
