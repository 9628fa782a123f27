"""Inspections: what an inspector saw of a lot, of one item of it, or of a facility, said and read.

An item is named by its number, never by its serial: a serial in a public record could be printed by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from traceapp.core.canonical import JsonObject
from traceapp.core.dates import civil_date, instant
from traceapp.core.facts import CheckedItem, InspectionFact, Measured, Source
from traceapp.core.shape import as_tuple
from traceapp.core.statements import Statement, details_of, to_terms

RESULTS = ("pass", "fail")
CHECKED = ("pass", "fail", "none")
PHOTO = "photo"
"""The personal field of a report's photo: SHA-256 of its bytes, of which the record carries a keyed hash."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen, before anybody signs it. Either `lot` (with `item`, if it was one) or `facility` is an id."""

    day: date
    result: str
    lot: str | None = None
    item: int | None = None
    facility: str | None = None
    note: str | None = None
    checklist: str | None = None
    checks: tuple[CheckedItem, ...] = ()
    measured: tuple[Measured, ...] = ()
    seal: str | None = None
    sample: str | None = None
    made: str | None = None


def say_seen(seen: Seen, by: str, role: str, *, photo: str | None = None) -> Statement:
    """The statement of an inspection; `photo` is the SHA-256 of a photo in hex, which stays outside the record."""
    details = {
        "day": seen.day.isoformat(),
        "result": seen.result,
        "note": seen.note,
        "item": seen.item,
        "checklist": seen.checklist,
        "checks": [asdict(one) for one in seen.checks] or None,
        "measured": [asdict(one) for one in seen.measured] or None,
        "seal": seen.seal,
        "sample": seen.sample,
        "made": seen.made,
    }
    about: JsonObject = (
        {"traceapp:lot": {"id": seen.lot}} if seen.lot is not None else {"traceapp:about": {"id": seen.facility}}
    )
    subject: JsonObject = {"type": "traceapp:Inspection", **about, **to_terms(details)}
    return Statement("InspectionRecord", subject, by, role, personal={PHOTO: photo} if photo else {})


def read_inspection(document: Mapping[str, Any], source: Source, personal: Mapping[str, Any]) -> InspectionFact:
    """An InspectionRecord."""
    details = details_of(document)
    made = details.get("made")
    if made is not None:
        instant(made)
    return InspectionFact(
        lot=details["lot"]["id"] if "lot" in details else "",
        day=civil_date(details["day"]),
        result=details["result"],
        source=source,
        note=details.get("note"),
        item=details.get("item"),
        facility=None if "lot" in details else details["about"]["id"],
        checklist=details.get("checklist"),
        checks=tuple(CheckedItem(**one) for one in as_tuple(details.get("checks", []))),
        measured=tuple(Measured(**one) for one in as_tuple(details.get("measured", []))),
        seal=details.get("seal"),
        sample=details.get("sample"),
        made=made,
        photo=PHOTO in personal,
    )
