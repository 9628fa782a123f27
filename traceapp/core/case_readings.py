"""From a verified AggregationEvent to what was put into a case, or taken out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traceapp.core.dates import civil_date
from traceapp.core.facts import CaseFact, Content, Source
from traceapp.core.shape import as_tuple, require_shape

_UNPACKED = {"ADD": False, "DELETE": True}


def read_case(document: Mapping[str, Any], source: Source, personal: Mapping[str, Any]) -> CaseFact:
    """A TraceEvent whose EPCIS event is an AggregationEvent."""
    subject = document["credentialSubject"]
    found = CaseFact(
        case=subject["traceapp:about"]["id"],
        day=civil_date(subject["traceapp:start"]),
        unpacked=_UNPACKED[subject["action"]],
        contents=tuple(_content(one) for one in as_tuple(subject["traceapp:contents"])),
        source=source,
    )
    return require_shape(found)


def _content(line: Mapping[str, Any]) -> Content:
    found = require_shape(Content(line["traceapp:lot"]["id"], line["traceapp:first"], line["traceapp:last"]))
    if not 1 <= found.first <= found.last:
        raise ValueError(f"no items are {found.first} to {found.last}")
    return found
