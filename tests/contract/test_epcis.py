"""Every event that the service recorded is a valid EPCIS 2.0 event by GS1's own schema."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import select

from traceapp.core.vocabulary import EPCIS_CONTEXT
from traceapp.db.tables import records
from traceapp.services.world import World

SCHEMA = Path(__file__).resolve().parents[2].parent / "shared/vectors/epcis-2.0-schema.json"


@pytest.fixture(scope="module")
def judge() -> jsonschema.Draft7Validator:
    if not SCHEMA.exists():
        pytest.skip("GS1's EPCIS 2.0 schema is not beside this project")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return jsonschema.Draft7Validator(schema)


@pytest.fixture(scope="module")
def events(shared_demo: World) -> list[dict[str, Any]]:
    with shared_demo.read() as connection:
        bodies = connection.execute(select(records.c.body).where(records.c.type == "TraceEvent")).scalars().all()
    return [json.loads(body)["credentialSubject"] for body in bodies]


def alone(event: dict[str, Any]) -> dict[str, Any]:
    """The event as it stands without its record, whose context it borrows."""
    return {"@context": [EPCIS_CONTEXT, {"traceapp": "https://id.example.vn/vocab/v1#"}], **event}


def document(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@context": [EPCIS_CONTEXT, {"traceapp": "https://id.example.vn/vocab/v1#"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-21T05:00:00Z",
        "epcisBody": {"eventList": events},
    }


def test_every_recorded_event_is_valid_alone(judge: jsonschema.Draft7Validator, events: list[dict[str, Any]]) -> None:
    assert len(events) == 75
    assert all(datetime.fromisoformat(event["eventTime"]).utcoffset() == timedelta(hours=7) for event in events)
    wrong = {event["traceapp:stage"]: one.message for event in events for one in judge.iter_errors(alone(event))}
    assert wrong == {}


def test_all_of_them_are_one_valid_document(judge: jsonschema.Draft7Validator, events: list[dict[str, Any]]) -> None:
    assert [one.message for one in judge.iter_errors(document(events))] == []


@pytest.mark.parametrize(
    "change",
    [
        {"eventTime": 20261121},
        {"eventTimeZoneOffset": "7"},
        {"action": "EAT"},
        {"type": "TransformationEvent"},
        {"bizStep": ["accepting"]},
        {"quantityList": [{"epcClass": "https://id.example.vn/01/09520000000127/10/A", "quantity": "ten"}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_refuses_what_is_no_event(
    judge: jsonschema.Draft7Validator, events: list[dict[str, Any]], change: dict[str, Any]
) -> None:
    observed = next(event for event in events if event["type"] == "ObjectEvent")
    assert judge.is_valid(alone(observed))
    assert not judge.is_valid(alone(observed | change))
