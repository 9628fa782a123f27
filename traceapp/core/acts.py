"""What is done to a lot after it was made: labels issued and voided, held, released, recalled, inspected, corrected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from traceapp.core.canonical import JsonObject
from traceapp.core.dates import rfc3339
from traceapp.core.facts import Labelled
from traceapp.core.inspections import Seen, say_seen
from traceapp.core.readings import require_readable
from traceapp.core.statements import Statement, to_terms


def say_label_run(
    run: str,
    lot: str,
    *,
    first: int,
    count: int,
    signed: bool,
    serial_key: str,
    path: str,
    by: str,
    role: str,
    labelled: Iterable[Labelled] = (),
) -> Statement:
    """Items `first` … `first + count - 1` of `lot` get labels; `serial_key` is a key's id, `path` the printed path."""
    details = {
        "first": first,
        "count": count,
        "signed": signed,
        "serialKey": serial_key,
        "printedPath": path,
        "labelled": [asdict(one) for one in labelled] or None,
    }
    subject: JsonObject = {
        "id": run,
        "type": "traceapp:LabelRun",
        "traceapp:lot": {"id": lot},
        **to_terms(details),
    }
    return require_readable(Statement("LabelRunRecord", subject, by, role))


def say_label_void(lot: str, *, first: int, last: int, reason: str, by: str, role: str) -> Statement:
    """Labels of items `first` … `last` no longer count: lost, damaged, misprinted."""
    return _of_lot("LabelVoidRecord", "LabelVoid", lot, by, role, first=first, last=last, reason=reason)


def say_hold(lot: str, *, released: bool, reason: str, by: str, role: str) -> Statement:
    """A lot is held back, or released."""
    action = "release" if released else "hold"
    return _of_lot("HoldRecord", "Hold", lot, by, role, action=action, reason=reason)


def say_recall(*, lot: str, day: date, by: str, role: str, **words: Any) -> Statement:
    """A lot is recalled from `day`; `words`: reason_vi (needed), reason_en, action_vi, action_en, scope."""
    return _of_lot("RecallRecord", "Recall", lot, by, role, day=day.isoformat(), **words)


def say_inspection(*, lot: str, day: date, result: str, note: str | None, by: str, role: str) -> Statement:
    """What an inspector saw of a lot, in short; inspections.py has the rest."""
    return require_readable(say_seen(Seen(day, result, lot=lot, note=note), by, role))


def say_correction(
    event: JsonObject,
    *,
    record: str,
    by: str,
    role: str,
    now: datetime,
    corrected_by: str | None,
    restricted: bool,
    reason: str = "",
) -> Statement:
    """An earlier event was wrong: the same EPCIS event with an errorDeclaration (EPCIS 2.0 section 7.4.1.4).

    `record` is the id of the record corrected, `corrected_by` that of the record which says it right, if any; `reason`
    is why, in words.
    """
    declaration: JsonObject = {"declarationTime": rfc3339(now), "reason": "incorrect_data"}
    if corrected_by:
        declaration["correctiveEventIDs"] = [corrected_by]
    subject = {**event, "errorDeclaration": declaration, **to_terms({"reason": reason or None})}
    return Statement("CorrectionRecord", subject, by, role, corrects=record, restricted=restricted)


def _of_lot(record: str, kind: str, lot: str, by: str, role: str, **details: Any) -> Statement:
    subject: JsonObject = {"type": f"traceapp:{kind}", "traceapp:lot": {"id": lot}, **to_terms(details)}
    return require_readable(Statement(record, subject, by, role))
