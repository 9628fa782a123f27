"""Whether an authority has confirmed that the producer is who it says, and that its GTIN is its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from traceapp.core.dates import rfc3339
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Mark, Severity


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Confirmed, or unconfirmed: `disputed` where somebody contests the GTIN (which holds label runs), `denied` where
    an authority decided that it is another's, `changed` where the producer says of itself what was not confirmed.
    """
    if facts.product is None:
        return
    producer = facts.producer
    disputed = producer is not None and producer.gtin_disputed
    if producer is None or producer.identity_confirmed_by is None or disputed:
        denied = {"denied": True} if producer and producer.gtin_denied else {}
        changed = {"changed": True} if producer and producer.identity_changed else {}
        yield Finding("identity-unconfirmed", Severity.WARNING, data={"disputed": disputed, **denied, **changed})
        return
    since = rfc3339(producer.identity_confirmed_at) if producer.identity_confirmed_at else None
    yield Finding("identity-confirmed", Severity.GOOD, Mark.CONFIRMED, producer.identity_confirmed_by, since)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: a confirmation has no end date."""
    yield from ()
