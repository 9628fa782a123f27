"""Every record expands in JSON-LD safe mode without network, and says in its graph what it says in its JSON."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import NPM, expand_all, losses
from tests.contract.samples import HOST, LOT, SAMPLES, jcs, sign
from tests.core.cast import signed
from tests.core.test_readings import STATEMENTS
from traceapp.core.vocabulary import CREDENTIALS_CONTEXT, EPCIS_CONTEXT, SIGNED_TYPES, contexts, vocabulary_url

pytestmark = pytest.mark.usefixtures("npm_dir")

CONTEXTS = contexts(HOST)
VOCABULARY = vocabulary_url(HOST) + "#"
OTHER = "https://example.org/#"
KNOWN_NAMESPACES = (
    VOCABULARY,
    "https://ref.gs1.org/epcis/",
    "https://ref.gs1.org/cbv/",
    "https://www.w3.org/2018/credentials#",
    "https://www.w3.org/ns/credentials/status#",
    "https://w3id.org/security#",
    "https://schema.org/",
    "http://purl.org/dc/terms/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
)


def observation(**changes: Any) -> bytes:
    """The sample observation with fields of its subject replaced."""
    document = copy.deepcopy(SAMPLES["an observation"])
    document["credentialSubject"] |= changes
    return jcs(document)


def test_there_is_a_sample_of_every_type_that_is_signed() -> None:
    assert {document["type"][1] for document in SAMPLES.values()} >= set(SIGNED_TYPES)


def test_every_type_of_record_expands_with_its_proof() -> None:
    names, documents = zip(*((name, sign(document)) for name, document in SAMPLES.items()), strict=True)
    errors = {
        name: said.error for name, said in zip(names, expand_all(documents, CONTEXTS), strict=True) if not said.ok
    }
    assert errors == {}


def test_every_term_of_a_record_belongs_to_a_vocabulary_we_know() -> None:
    # A misspelt prefix ("tracapp:lot") is an absolute address of an unknown scheme: safe mode does not object.
    said = expand_all([sign(document) for document in SAMPLES.values()], CONTEXTS)
    strangers = {term for one in said for term in one.terms if not term.startswith(KNOWN_NAMESPACES)}
    assert strangers == set()
    assert any(term.startswith("tracapp:") for term in expand_all([observation(**{"tracapp:x": 1})], CONTEXTS)[0].terms)


def test_the_terms_are_those_of_epcis_and_of_the_vocabulary() -> None:
    terms = expand_all([sign(SAMPLES["a transformation"])], CONTEXTS)[0].terms
    expected = ("https://ref.gs1.org/epcis/TransformationEvent", "https://ref.gs1.org/epcis/inputQuantityList")
    assert {*expected, f"{VOCABULARY}TraceEvent", f"{VOCABULARY}kde", f"{VOCABULARY}fix_temp_c"} <= set(terms)


def test_no_sample_holds_a_value_that_its_graph_would_lose() -> None:
    assert [loss for document in SAMPLES.values() for loss in losses(document)] == []


def test_a_null_or_a_list_in_a_list_is_seen_though_safe_mode_is_silent() -> None:
    lossy = {
        "traceapp:kde": {"traceapp:max": None, "traceapp:rows": [[1]], "traceapp:none": []},
        "traceapp:geometry": [[1]],
    }
    assert expand_all([observation(**lossy)], CONTEXTS)[0].ok
    assert [*losses(lossy)] == [
        ".traceapp:kde.traceapp:max is null",
        ".traceapp:kde.traceapp:rows[0] is a list in a list",
        ".traceapp:kde.traceapp:none is []",
    ]


MEANINGLESS: list[tuple[dict[str, Any], str]] = [
    ({"temperature": 4}, "invalid property"),
    ({"traceapp:kde": {"temperature": 4}}, "invalid property"),
    ({"traceapp:kde": {"traceapp:nhiệt độ": 4}}, "invalid property"),
    ({"traceapp:name": {"vi": "chè", "en": "tea"}}, "invalid property"),
    ({"type": "Harvest"}, "relative @type reference"),
    ({"bizLocation": {"id": "/414/9520000900021"}}, "relative @id reference"),
    ({"bizStep": "spraying"}, "relative object reference"),
    ({"quantityList": [{"epcClass": "chè khô", "quantity": 1}]}, "relative object reference"),
    ({"quantityList": [{"epcClass": f"https://{HOST}/01/09520000000127/10/A B"}]}, "relative object reference"),
    ({"certificationInfo": "VG-1"}, "relative object reference"),
    ({"traceapp:fromLot": "DM2610B"}, "relative object reference"),
    ({"id": LOT, "eventID": LOT}, "colliding keywords"),
]


def test_a_shape_that_means_nothing_in_json_ld_is_refused_with_the_reason() -> None:
    said = expand_all([observation(**changes) for changes, _ in MEANINGLESS], CONTEXTS)
    wrong = [
        (changes, one) for (changes, reason), one in zip(MEANINGLESS, said, strict=True) if reason not in one.error
    ]
    assert wrong == []


def test_a_context_that_is_not_at_hand_is_not_fetched() -> None:
    document = SAMPLES["an observation"] | {"@context": [*CONTEXTS, "https://example.org/elsewhere"]}
    said = expand_all([jcs(document)], CONTEXTS)[0]
    assert not said.ok
    assert "the network is not asked" in said.error


def test_a_record_cannot_give_a_protected_term_another_meaning() -> None:
    names = ("traceapp", "TraceEvent", "eventTime", "VerifiableCredential")
    said = expand_all(
        [jcs(SAMPLES["an observation"] | {"@context": [*CONTEXTS, {name: OTHER}]}) for name in names], CONTEXTS
    )
    assert ["tried to redefine a protected term" in one.error for one in said] == [True] * len(names)


def test_the_vocabulary_collides_with_neither_published_context_in_any_order() -> None:
    document = SAMPLES["a transformation"] | {"@context": [CREDENTIALS_CONTEXT, vocabulary_url(HOST), EPCIS_CONTEXT]}
    assert expand_all([jcs(document)], CONTEXTS)[0].ok


def test_a_host_with_a_port_has_a_vocabulary_too() -> None:
    document = json.loads(jcs(SAMPLES["a transformation"]).replace(HOST.encode(), b"localhost:8000"))
    document["issuer"] = "did:web:localhost%3A8000"
    assert expand_all([jcs(document)], contexts("localhost:8000"))[0].ok


def test_the_credentials_context_is_the_one_the_verifiers_ship() -> None:
    shipped = (NPM / "node_modules/@digitalbazaar/credentials-context/contexts/v2.jsonld").read_bytes()
    assert json.loads(CONTEXTS[CREDENTIALS_CONTEXT]) == json.loads(shipped)


def test_the_epcis_context_expands_a_bare_event_with_every_kind_of_list() -> None:
    event = {
        "@context": EPCIS_CONTEXT,
        "type": "ObjectEvent",
        "eventID": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "eventTime": "2026-10-08T00:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "epcList": [f"{LOT}/21/7"],
        "persistentDisposition": {"set": ["completeness_verified"]},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:0614141.00001.1618034"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
        "sensorElementList": [
            {"sensorReport": [{"type": "Temperature", "value": 3.5, "component": "x", "uom": "CEL"}]}
        ],
    }
    said = expand_all([jcs(event)], CONTEXTS)[0]
    assert said.ok, said.error
    names = {term.rpartition("/")[2] for term in said.terms}
    assert {"bizTransactionType", "sourceOrDestinationType", "measurementType", "component", "set"} <= names


def test_the_epcis_context_knows_the_words_of_the_published_schema() -> None:
    schema_file = Path(__file__).resolve().parents[2].parent / "shared/vectors/epcis-2.0-schema.json"
    if not schema_file.exists():
        pytest.skip("the published EPCIS 2.0 schema is not beside this project")
    defined = json.loads(schema_file.read_text())["definitions"]
    context = json.loads(CONTEXTS[EPCIS_CONTEXT])["@context"]
    for name in ("bizStep", "disposition"):
        assert set(context[name]["@context"]) == set(_collected(defined[name], "enum")), name
    events = [schema for name, schema in defined.items() if name.endswith("Event")]
    assert set(_collected(events, "properties")) - {"@context"} <= set(context)


def _collected(schema: Any, key: str) -> list[str]:
    """Every word under `key`, at any depth of a JSON Schema."""
    if isinstance(schema, dict):
        inner = [word for value in schema.values() for word in _collected(value, key)]
        return [*schema.get(key, ()), *inner]
    return [word for one in schema for word in _collected(one, key)] if isinstance(schema, list) else []


def test_doubts_passkeys_and_cosignatures_expand_without_loss() -> None:
    kinds = ("doubt", "lift", "passkey", "passkey withdrawn", "cosignature")
    documents = [signed(STATEMENTS[one], account_key=bytes(32)).body or b"" for one in kinds]
    found = expand_all(documents, contexts(HOST))
    assert [one.error for one in found] == [""] * len(kinds)
    assert all(any(term.endswith("vocab/v1#account") for term in one.terms) for one in found)
    assert [list(losses(json.loads(one))) for one in documents] == [[]] * len(kinds)
