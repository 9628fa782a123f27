"""Events as EPCIS 2.0: valid by its own schema, quantities as numbers in the right unit, nobody named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import demo, facts_of_demo
from tests.cast import HOST, LOT, OTHER_LOT, OTHER_PRODUCER, PLACE, PRODUCER, TODAY, thing_id
from tests.core.cast import SAID, SIGNER, at, harvest, said, signed, uuid_of
from tests.core.test_events import happened
from traceapp.core.acts import say_correction
from traceapp.core.canonical import JsonObject, canonicalise, parse_canonical
from traceapp.core.errors import InvalidEvent
from traceapp.core.events import PERSONAL, RESTRICTED_STAGES, Event, Goods, Stage, validate
from traceapp.core.handing_over import cases_in
from traceapp.core.readings import read_fact
from traceapp.core.statements import Statement, document, source_of
from traceapp.core.units import is_broken
from traceapp.core.vocabulary import EPCIS_CONTEXT

SCHEMA = Path(__file__).resolve().parents[2].parent / "shared/vectors/epcis-2.0-schema.json"
needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="the EPCIS schema is not beside this project")
CONTEXT = [EPCIS_CONTEXT, {"traceapp": f"https://{HOST}/vocab/v1#"}]


FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("uri")
def is_uri(value: object) -> bool:
    """Good enough for ids that this project makes."""
    return not isinstance(value, str) or re.fullmatch(r"[a-z]+:[!-~]+", value) is not None


@FORMATS.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    """An RFC 3339 time with its offset."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def schema() -> Any:
    """The published JSON Schema of EPCIS 2.0, draft 7."""
    return jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()), format_checker=FORMATS)


def require_valid(subject: JsonObject) -> None:
    """The event alone, and in a document, satisfies the schema once it has the context that its record has."""
    schema().validate({"@context": CONTEXT, **subject})
    schema().validate(
        {
            "@context": CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-21T11:05:00Z",
            "epcisBody": {"eventList": [subject]},
        }
    )


def subject_of(statement: Statement) -> JsonObject:
    """What stands in the signed record."""
    subject: JsonObject = parse_canonical(signed(statement).body or b"")["credentialSubject"]
    return subject


def elements(subject: JsonObject) -> Iterator[JsonObject]:
    """Every quantity element of an event."""
    for name in ("quantityList", "inputQuantityList", "outputQuantityList"):
        yield from subject.get(name, [])


GOODS = st.builds(
    Goods,
    name=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20).filter(str.strip),
    quantity=st.floats(1e-6, 1e9) | st.integers(1, 10**9),
    unit=st.sampled_from(["kg", "g", "tấn", "l", "ml", "m", "cm", "lít", "tạ", "KG", "chai", "bộ"]),
    from_lot=st.none() | st.just(OTHER_LOT),
).filter(lambda one: not is_broken(one.quantity, one.unit))
EVENTS = st.builds(
    lambda stage, inputs, outputs, start, days, place, label: replace(
        happened(stage),
        inputs=tuple(inputs),
        outputs=tuple(outputs) or happened(stage).outputs,
        start=start,
        end=start + timedelta(days=days),
        place=place,
        label_vi=label,
    ),
    st.sampled_from(Stage),
    st.lists(GOODS, max_size=3),
    st.lists(GOODS, max_size=3),
    st.dates(date(1900, 1, 1), date(2026, 11, 1)),
    st.integers(0, 20),
    st.none() | st.just(PLACE),
    st.text(st.characters(codec="utf-8"), max_size=20),
)


@pytest.mark.many
@needs_schema
@given(EVENTS)
def test_any_event_that_may_be_recorded_is_valid_epcis(event: Event) -> None:
    validate(event, TODAY)
    require_valid(subject_of(said(event)))


@needs_schema
@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_valid_epcis(stage: Stage) -> None:
    goods = (Goods("a", 1, "kg"),)
    for inputs in ((), goods):
        for outputs in (happened(stage).outputs, goods):
            require_valid(subject_of(said(happened(stage, inputs=inputs, outputs=outputs))))


@needs_schema
def test_the_schema_refuses_what_it_should() -> None:
    subject = subject_of(said())
    for changes in (
        {"eventTime": "2026-10-08"},
        {"eventTime": None},
        {"action": "SPRAY"},
        {"bizStep": "harvesting"},
        {"eventID": "no address"},
        {"quantityList": [{"epcClass": LOT, "quantity": "5"}]},
        {"errorDeclaration": {}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            require_valid({**subject, **changes})


@needs_schema
@pytest.mark.parametrize("lot", [one["lot"] for one in demo()["lots"]])
def test_every_event_of_the_demo_is_valid_epcis(lot: str) -> None:
    for fact in facts_of_demo(lot).events:
        require_valid(subject_of(said(fact.event, fact.source.role)))


@needs_schema
def test_a_correction_is_valid_epcis_and_keeps_the_name_of_the_event() -> None:
    wrong = subject_of(said())
    for right in (None, f"https://{HOST}/id/{uuid_of(2)}"):
        statement = say_correction(
            wrong, record=at(1), by=PRODUCER, role="producer", now=SAID, corrected_by=right, restricted=False
        )
        subject = subject_of(statement)
        require_valid(subject)
        assert subject["eventID"] == wrong["eventID"]


@pytest.mark.many
@given(EVENTS)
def test_quantities_are_numbers_and_measures_have_a_unit(event: Event) -> None:
    measured = {"kg", "g", "tấn", "l", "ml", "m", "cm", "lít", "tạ", "KG"}
    found = [one for one in elements(subject_of(said(event))) if "quantity" in one]
    for element in found:
        assert type(element["quantity"]) in (int, float) and element["quantity"] > 0
    assert sum("uom" in element for element in found) == sum(goods.unit in measured for goods in _told(event))


def _told(event: Event) -> tuple[Goods, ...]:
    """The goods that the event's EPCIS form lists."""
    transforming = {Stage.MIX, Stage.FERMENT, Stage.DRAW, Stage.PROCESS, Stage.PACKHOUSE, Stage.PACK}
    if event.stage in transforming and event.inputs and event.outputs:
        return event.inputs + event.outputs
    return event.outputs or event.inputs


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [
        (880.0, "kg", {"quantity": 880, "uom": "KGM"}),
        (2.5, "tấn", {"quantity": 2.5, "uom": "TNE"}),
        (1, "g", {"quantity": 1, "uom": "GRM"}),
        (1, "l", {"quantity": 1, "uom": "LTR"}),
        (500, "ml", {"quantity": 500, "uom": "MLT"}),
        (3, "m", {"quantity": 3, "uom": "MTR"}),
        (30, "cm", {"quantity": 30, "uom": "CMT"}),
        (1, "Kg", {"quantity": 1, "uom": "KGM"}),
        (0.1, "tạ", {"quantity": 10_000, "uom": "GRM"}),
        (0.3, "lít", {"quantity": 300, "uom": "MLT"}),
        (2, "m³", {"quantity": 2_000_000, "uom": "MLT"}),
        (1, "km", {"quantity": 1000, "uom": "MTR"}),
        (25, "chai", {"quantity": 25}),
        (25, "trái", {"quantity": 25}),
    ],
)
def test_a_measure_keeps_its_amount_and_a_count_has_no_unit(quantity: float, unit: str, expected: JsonObject) -> None:
    (element,) = elements(subject_of(said(harvest(outputs=(Goods("x", quantity, unit),)))))
    assert {name: value for name, value in element.items() if name != "epcClass"} == expected


def test_goods_in_and_out_of_a_changing_step_make_a_transformation() -> None:
    leaves, tea = Goods("búp chè", 100, "kg"), Goods("chè khô", 20, "kg")
    subject = subject_of(said(happened(Stage.PROCESS, inputs=(leaves,), outputs=(tea,))))
    assert (subject["type"], subject["bizStep"]) == ("TransformationEvent", "creating_class_instance")
    assert "action" not in subject and "quantityList" not in subject
    assert [one["quantity"] for one in subject["inputQuantityList"]] == [100]
    assert [one["quantity"] for one in subject["outputQuantityList"]] == [20]


def test_everything_else_is_an_observation_or_an_addition() -> None:
    tea = (Goods("chè khô", 20, "kg"),)
    one_sided = subject_of(said(happened(Stage.PROCESS, inputs=tea)))
    assert (one_sided["type"], one_sided["action"]) == ("ObjectEvent", "OBSERVE")
    assert [one["quantity"] for one in one_sided["quantityList"]] == [20]
    assert subject_of(said(harvest()))["action"] == "ADD"
    assert subject_of(said(happened(Stage.STORE)))["quantityList"] == [{"epcClass": LOT}]


def test_what_is_packed_is_the_lot_and_what_went_in_is_not() -> None:
    tea = Goods("chè", 10, "kg")
    both = subject_of(said(happened(Stage.PACK, inputs=(tea,), outputs=(tea,))))
    assert [one["epcClass"] for one in both["outputQuantityList"]] == [LOT]
    assert [one["epcClass"] == LOT for one in both["inputQuantityList"]] == [False]
    packed, stored = (happened(stage, outputs=(tea,)) for stage in (Stage.PACK, Stage.STORE))
    assert [one["epcClass"] == LOT for one in elements(subject_of(said(packed)))] == [True]
    assert [one["epcClass"] == LOT for one in elements(subject_of(said(stored)))] == [False]


def test_the_same_goods_have_the_same_name_and_goods_of_others_another() -> None:
    def name(goods: Goods, actor: str = PRODUCER) -> str:
        (element,) = elements(subject_of(said(happened(inputs=(goods,), actor=actor))))
        return str(element["epcClass"])

    tea = Goods("chè khô", 20, "kg")
    assert name(tea) == name(replace(tea, quantity=3, unit="g"))
    others = {name(tea, OTHER_PRODUCER), name(replace(tea, from_lot=OTHER_LOT)), name(replace(tea, name="chè"))}
    assert len(others | {name(tea)}) == 4
    assert all(one.startswith(f"https://{HOST}/id/") for one in others)


SECRETS = st.text("ABCDEFGHIJ", min_size=12, max_size=12)
PEOPLE = SECRETS | st.lists(SECRETS, min_size=1, max_size=3)


@pytest.mark.many
@given(st.dictionaries(st.sampled_from(sorted(PERSONAL)), PEOPLE, min_size=1))
def test_nobody_is_named_in_the_signed_bytes(people: dict[str, Any]) -> None:
    statement = said(harvest(kde={"plot": "A1", **people}))
    assert dict(statement.personal) == people
    body = signed(statement).body or b""
    for value in people.values():
        for secret in value if isinstance(value, list) else [value]:
            assert secret.encode() not in body
    assert set(parse_canonical(body)["traceapp:personal"]) == {f"traceapp:{name}" for name in people}


def test_a_person_who_was_not_named_leaves_no_hash() -> None:
    statement = said(harvest(kde={"plot": "A1", "operator": None}))
    assert statement.personal == {}
    assert "traceapp:personal" not in parse_canonical(signed(statement).body or b"")


@pytest.mark.parametrize("stage", Stage)
def test_what_passes_between_parties_is_restricted(stage: Stage) -> None:
    assert said(happened(stage)).restricted == (stage in RESTRICTED_STAGES)
    assert (stage in RESTRICTED_STAGES) == (stage in (Stage.SHIP, Stage.RECEIVE))


@pytest.mark.many
@given(EVENTS, st.dictionaries(st.sampled_from(["note", "dose", "area_ha"]), st.text("ab") | st.integers(0, 9)))
def test_an_event_reads_back_as_it_was_said(event: Event, more: dict[str, Any]) -> None:
    event = replace(event, kde={**event.kde, **more, "operator": "TV-04"})
    statement = said(event, assisted_by=thing_id("officer"), corrects=at(3))
    unsigned, values = document(
        statement, host=HOST, issuer=SIGNER.did, record_id=UUID(uuid_of(1)), now=SAID, nonce=b"", salts=[b"s" * 32]
    )
    stored = parse_canonical(canonicalise(unsigned))
    read: Any = read_fact(stored, source_of(stored, 1), {one.field: one.value for one in values})
    expected = {name: value for name, value in event.kde.items() if value is not None}
    assert read.event == replace(event, kde=_without_none(expected))
    assert read.restricted == statement.restricted
    assert read.source.assisted_by == thing_id("officer")


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(item) for name, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value


def test_an_amount_that_base_units_cannot_carry_is_refused_before_signing() -> None:
    with pytest.raises(InvalidEvent, match="would lose digits"):
        signed(said(harvest(outputs=(Goods("nước", 1e12, "m³"),))))


def test_goods_that_change_hands_name_both_parties_and_tell_each_thing_once() -> None:
    other, case = OTHER_PRODUCER, f"https://{HOST}/00/095200000000000017"
    cased = {"goods": "gói", "quantity": 24, "unit": "gói"}
    goods = (Goods("gói", 29, "gói"), Goods("chè rời", 2, "kg"))
    sent = happened(Stage.SHIP, inputs=goods, kde={"to": other, "cases": [case], "cased": cased})
    subject = subject_of(said(sent))
    assert [(one["type"], one["source"]) for one in subject["sourceList"]] == [
        ("owning_party", PRODUCER),
        ("possessing_party", PRODUCER),
    ]
    assert {one["destination"] for one in subject["destinationList"]} == {other}
    assert subject["epcList"] == [case]
    assert [one["quantity"] for one in subject["quantityList"]] == [5, 2], "what lies in the case is told by the case"
    came = happened(
        Stage.RECEIVE, outputs=(Goods("gói", 24, "gói"),), kde={"from": other, "cases": [case], "cased": cased}
    )
    received = subject_of(said(came))
    assert "quantityList" not in received
    assert received["sourceList"][0]["source"] == other
    assert received["destinationList"][0]["destination"] == PRODUCER
    stored = parse_canonical(signed(said(sent)).body or b"")
    read: Any = read_fact(stored, source_of(stored, 1), {})
    assert (cases_in(read.event), read.event.inputs) == ((case,), goods)
    nothing = subject_of(said(happened(Stage.RECEIVE, outputs=(), kde={"from": other, "note": "xe hỏng"})))
    assert nothing["quantityList"] == [{"epcClass": LOT}]


def test_a_load_to_somebody_without_an_id_is_told_as_before() -> None:
    subject = subject_of(said(happened(Stage.SHIP, inputs=(Goods("chè", 1, "kg"),), kde={"to": "Cửa hàng chị Ba"})))
    assert not {"sourceList", "destinationList", "epcList"} & set(subject)
    assert subject["traceapp:kde"] == {"traceapp:to": "Cửa hàng chị Ba"}


@needs_schema
@pytest.mark.parametrize("cases", [[], [f"https://{HOST}/00/095200000000000017"]])
def test_loads_with_parties_and_cases_are_valid_epcis(cases: list[str]) -> None:
    kde = {"to": OTHER_PRODUCER, "from": OTHER_PRODUCER, "cases": cases}
    cased = {"goods": "gói", "quantity": 24, "unit": "gói"} if cases else None
    for goods in ((), (Goods("gói", 24, "gói"),), (Goods("gói", 24, "gói"), Goods("chè", 1.5, "kg"))):
        require_valid(subject_of(said(happened(Stage.SHIP, inputs=goods, kde={**kde, "cased": cased}))))
        require_valid(subject_of(said(happened(Stage.RECEIVE, outputs=goods, kde={**kde, "cased": cased}))))
