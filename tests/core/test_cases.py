"""Cases: their codes, what their records say, and what lies in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import biip
import pytest

from tests.cast import HOST, LOT, OTHER_LOT, PRODUCER
from tests.core.cast import signed
from tests.core.test_epcis import needs_schema, require_valid, subject_of
from traceapp.core.canonical import parse_canonical
from traceapp.core.cases import case_gtin, held_now, joined, overlap, say_case, sscc_of
from traceapp.core.errors import InvalidEvent, InvalidIdentifier, Malformed
from traceapp.core.facts import CaseFact, Content
from traceapp.core.identifiers import Gtin
from traceapp.core.readings import read_fact
from traceapp.core.statements import Statement, source_of, subjects_of

CASE = f"https://{HOST}/00/089312340000000011"
DAY = date(2026, 10, 10)
HELD = (Content(LOT, 1, 24), Content(OTHER_LOT, 5, 5))


def told(contents: tuple[Content, ...] = HELD, *, unpacked: bool = False, **more: Any) -> Statement:
    return say_case(CASE, contents, unpacked=unpacked, day=DAY, by=PRODUCER, role="producer", **more)


def read(statement: Statement, leaf: int = 1, **changed: Any) -> CaseFact:
    document = parse_canonical(signed(statement).body or b"")
    document["credentialSubject"].update(changed)
    fact = read_fact(document, source_of(document, leaf), {})
    assert isinstance(fact, CaseFact)
    return fact


def test_an_sscc_is_one_for_gs1s_own_reader_too() -> None:
    for prefix in ("8931234", "893123456", "893123456789"):
        made = sscc_of(prefix, 42, 3)
        assert biip.parse(f"00{made}").sscc is not None
        assert made[1 : 1 + len(prefix)] == prefix


@pytest.mark.parametrize(
    ("prefix", "reference", "extension"),
    [
        ("893", 1, 0),
        ("8931234567890", 1, 0),
        ("89312a4", 1, 0),
        ("8931234", 10**9, 0),
        ("8931234", -1, 0),
        ("8931234", 1, 10),
    ],
)
def test_an_sscc_that_cannot_be_is_refused(prefix: str, reference: int, extension: int) -> None:
    with pytest.raises(InvalidIdentifier):
        sscc_of(prefix, reference, extension)


def test_a_case_of_items_has_a_gtin_of_its_own() -> None:
    made = case_gtin(Gtin("09520000000127"))
    assert (made, made[1:13]) == ("19520000000124", "952000000012")
    for wrong in ("0", "9", "12", ""):
        with pytest.raises(InvalidIdentifier, match="from 1 to 8"):
            case_gtin(Gtin("09520000000127"), wrong)


@needs_schema
def test_packing_and_unpacking_are_valid_epcis() -> None:
    for unpacked in (False, True):
        require_valid(subject_of(told(unpacked=unpacked)))


def test_a_case_is_packed_with_counts_and_item_numbers_and_never_with_serials() -> None:
    subject = subject_of(told())
    assert (subject["type"], subject["action"], subject["bizStep"]) == ("AggregationEvent", "ADD", "packing")
    assert subject["childQuantityList"] == [{"epcClass": LOT, "quantity": 24}, {"epcClass": OTHER_LOT, "quantity": 1}]
    assert "childEPCs" not in subject
    gone = subject_of(told(unpacked=True))
    assert (gone["action"], gone["bizStep"]) == ("DELETE", "unpacking")


def test_a_case_record_is_about_the_case_and_not_about_every_lot_in_it() -> None:
    """A lot's page would otherwise read a record for each of its cases."""
    document = parse_canonical(signed(told()).body or b"")
    assert subjects_of(document) == (CASE,)


def test_what_was_said_is_read_again() -> None:
    fact = read(told())
    assert (fact.case, fact.day, fact.unpacked, fact.contents) == (CASE, DAY, False, HELD)
    assert read(told(unpacked=True)).unpacked


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "OBSERVE"},
        {"traceapp:contents": "all"},
        {"traceapp:contents": [{"traceapp:lot": {"id": LOT}, "traceapp:first": 0, "traceapp:last": 3}]},
        {"traceapp:contents": [{"traceapp:lot": {"id": LOT}, "traceapp:first": 4, "traceapp:last": 3}]},
        {"traceapp:contents": [{"traceapp:lot": {"id": LOT}, "traceapp:first": "1", "traceapp:last": 3}]},
        {"traceapp:about": None},
        {"traceapp:start": "yesterday"},
    ],
)
def test_a_signed_record_of_another_shape_states_nothing(changed: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="breaks its own shape"):
        read(told(), **changed)


@pytest.mark.parametrize(
    "contents",
    [
        (),
        (Content(LOT, 0, 3),),
        (Content(LOT, 5, 3),),
        (Content(LOT, 1, 5), Content(LOT, 5, 9)),
        (Content(LOT, 1, 100_001),),
        tuple(Content(LOT, number, number) for number in range(1, 102)),
    ],
)
def test_contents_that_cannot_be_are_refused(contents: tuple[Content, ...]) -> None:
    with pytest.raises(InvalidEvent):
        told(contents)


def test_items_of_different_lots_never_overlap() -> None:
    assert overlap(Content(LOT, 1, 5), Content(LOT, 5, 9))
    assert not overlap(Content(LOT, 1, 5), Content(OTHER_LOT, 5, 9))
    assert not overlap(Content(LOT, 1, 5), Content(LOT, 6, 9))


def test_who_opened_a_case_can_be_kept_from_the_public() -> None:
    assert told(unpacked=True, restricted=True).restricted


def test_neighbouring_items_are_shown_as_one_range() -> None:
    held = (Content(OTHER_LOT, 13, 24), Content(LOT, 25, 30), Content(LOT, 1, 12), Content(LOT, 13, 24))
    assert joined(held) == (Content(OTHER_LOT, 13, 24), Content(LOT, 1, 30))
    apart = (Content(LOT, 1, 5), Content(LOT, 7, 9))
    assert joined(apart) == apart
    assert joined(()) == ()


def test_a_case_holds_what_was_packed_since_it_was_last_opened() -> None:
    first, opened, again = (
        replace(fact, source=replace(fact.source, leaf_index=leaf))
        for leaf, fact in enumerate([read(told()), read(told(unpacked=True)), read(told((Content(LOT, 30, 31),)))])
    )
    assert held_now([first]) == HELD
    assert held_now([opened, first]) == ()
    assert held_now([again, first, opened]) == (Content(LOT, 30, 31),)
    assert held_now([]) == ()
