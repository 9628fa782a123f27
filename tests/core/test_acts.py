"""What is done to a lot: each act reads back as it was said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.cast import AUTHORITY, INSPECTOR, LOT, PRODUCER, thing_id
from tests.core.cast import SAID, at, label_run, said, signed
from traceapp.core.acts import say_correction, say_hold, say_inspection, say_label_void, say_recall
from traceapp.core.canonical import parse_canonical
from traceapp.core.errors import InvalidEvent
from traceapp.core.facts import Correction, Labelled
from traceapp.core.readings import read_fact
from traceapp.core.statements import Statement, source_of

DAY = date(2026, 11, 1)


def read(statement: Statement) -> Any:
    """The fact that the signed record states."""
    document = parse_canonical(signed(statement).body or b"")
    return read_fact(document, source_of(document, 1), {})


def test_a_label_run_says_what_it_puts_under_a_certificate() -> None:
    under = Labelled("https://id.example.vn/id/certificate", 0.2, 1.7)
    assert read(label_run(1000, labelled=[under])).labelled == (under,)
    assert read(label_run(1000)).labelled == ()


def test_a_label_run_reads_back() -> None:
    found = read(label_run(24, first=11, signed=True))
    assert (found.id, found.lot, found.first, found.count) == (thing_id("run 11"), LOT, 11, 24)
    assert (found.signed, found.serial_key_id, found.printed_path) == (True, "serial-1", "/01/09520000000127/10/L1")
    assert found.holds(11) and found.holds(34) and not found.holds(10) and not found.holds(35)


@pytest.mark.parametrize(("first", "count"), [(0, 5), (1, 0), (-1, 5), (1, -5), (True, 1), (1.5, 1)])
def test_a_run_of_no_labels_is_refused(first: Any, count: Any) -> None:
    with pytest.raises(InvalidEvent, match="LabelRunRecord could not be read"):
        label_run(count, first=first)


def test_void_labels_read_back() -> None:
    found = read(say_label_void(LOT, first=3, last=5, reason="in mờ", by=PRODUCER, role="producer"))
    assert (found.lot, found.first, found.last, found.reason) == (LOT, 3, 5, "in mờ")
    for first, last in ((5, 3), (0, 3)):
        with pytest.raises(InvalidEvent, match=f"no items are {first} to {last}"):
            say_label_void(LOT, first=first, last=last, reason="x", by=PRODUCER, role="producer")


@pytest.mark.parametrize("released", [True, False])
def test_a_hold_and_a_release_read_back(released: bool) -> None:
    found = read(say_hold(LOT, released=released, reason="chờ kiểm nghiệm", by=AUTHORITY, role="authority"))
    assert (found.lot, found.released, found.reason) == (LOT, released, "chờ kiểm nghiệm")
    assert (found.source.declared_by, found.source.role) == (AUTHORITY, "authority")


def test_a_recall_reads_back() -> None:
    words = {"reason_vi": "ẩm", "reason_en": "damp", "action_vi": "trả lại", "action_en": "return", "scope": "all"}
    found = read(say_recall(lot=LOT, day=DAY, by=PRODUCER, role="producer", **words))
    assert (found.lot, found.day, found.reason_vi, found.reason_en) == (LOT, DAY, "ẩm", "damp")
    assert (found.action_vi, found.action_en) == ("trả lại", "return")
    short = read(say_recall(lot=LOT, day=DAY, by=PRODUCER, role="producer", reason_vi="ẩm"))
    assert (short.reason_en, short.action_vi, short.action_en) == (None, None, None)


def test_a_recall_says_why_in_vietnamese() -> None:
    with pytest.raises(InvalidEvent, match="reason_vi"):
        say_recall(lot=LOT, day=DAY, by=PRODUCER, role="producer", reason_en="damp")


def test_an_inspection_reads_back() -> None:
    for note in ("kho khô ráo", None):
        statement = say_inspection(lot=LOT, day=DAY, result="pass", note=note, by=INSPECTOR, role="inspectorate")
        found = read(statement)
        assert (found.lot, found.day, found.result, found.note) == (LOT, DAY, "pass", note)


@pytest.mark.parametrize("restricted", [True, False])
def test_a_correction_names_what_it_corrects_and_says_when_and_why(restricted: bool) -> None:
    event = parse_canonical(signed(said()).body or b"")["credentialSubject"]
    statement = say_correction(
        event, record=at(3), by=PRODUCER, role="producer", now=SAID, corrected_by=at(5), restricted=restricted
    )
    assert statement.restricted is restricted
    assert statement.subject == {
        **event,
        "errorDeclaration": {
            "declarationTime": "2026-10-10T03:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": [at(5)],
        },
    }
    found = read(statement)
    assert isinstance(found, Correction)
    assert (found.corrects, found.source.declared_by) == (at(3), PRODUCER)


def test_an_event_that_never_happened_is_corrected_by_none_and_says_why() -> None:
    told = {"record": at(3), "by": PRODUCER, "role": "producer", "now": SAID, "corrected_by": None}
    statement = say_correction({}, **told, restricted=False, reason="Hôm ấy mưa, không phun")
    assert statement.subject["traceapp:reason"] == "Hôm ấy mưa, không phun"
    assert "correctiveEventIDs" not in statement.subject["errorDeclaration"]
