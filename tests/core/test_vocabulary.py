"""The three contexts of a record: two published ones to the byte, and our own."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import pytest

from traceapp.core import vocabulary as module
from traceapp.core.canonical import canonicalise, parse_canonical
from traceapp.core.vocabulary import (
    CONTEXTS,
    CREDENTIALS_CONTEXT,
    EPCIS_CONTEXT,
    SIGNED_TYPES,
    context_urls,
    contexts,
    vocabulary,
    vocabulary_bytes,
    vocabulary_hash,
    vocabulary_url,
)

HOST = "id.example.vn"
V1 = "59a6397a4c470e921e15d08f7a06fafadd858305143b8ec51304007d5dbf824e"


def test_a_record_names_three_contexts_and_credentials_first() -> None:
    assert context_urls(HOST) == [
        "https://www.w3.org/ns/credentials/v2",
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://id.example.vn/vocab/v1",
    ]


def test_every_context_that_a_record_names_is_at_hand() -> None:
    assert list(contexts(HOST)) == context_urls(HOST)
    assert all(isinstance(json.loads(data)["@context"], dict) for data in contexts(HOST).values())


def test_the_published_contexts_are_the_bytes_the_manifest_hashes() -> None:
    manifest = json.loads((files(module.__package__) / "contexts" / "manifest.json").read_bytes())
    assert {url: entry["sha256"] for url, entry in manifest.items()} == {
        url: hashlib.sha256(data).hexdigest() for url, data in CONTEXTS.items()
    }


def test_the_credentials_context_has_the_digest_that_w3c_prints() -> None:
    # Verifiable Credentials Data Model v2.0, appendix B.1.
    digest = hashlib.sha256(CONTEXTS[CREDENTIALS_CONTEXT]).hexdigest()
    assert digest == "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"


def test_the_epcis_context_is_that_of_the_standard_not_of_its_drafts() -> None:
    terms = json.loads(CONTEXTS[EPCIS_CONTEXT])["@context"]
    assert (terms["type"], terms["epcis"], terms["cbv"]) == (
        "@type",
        "https://ref.gs1.org/epcis/",
        "https://ref.gs1.org/cbv/",
    )
    assert "isA" not in terms


def test_the_published_contexts_cannot_be_replaced() -> None:
    with pytest.raises(TypeError):
        CONTEXTS[EPCIS_CONTEXT] = b"{}"  # type: ignore[index]


def test_the_vocabulary_is_protected_and_has_one_prefix() -> None:
    terms = vocabulary(HOST)["@context"]
    assert isinstance(terms, dict)
    assert (terms["@protected"], terms["@version"]) == (True, 1.1)
    assert terms["traceapp"] == "https://id.example.vn/vocab/v1#"


def test_every_signed_type_is_a_term() -> None:
    terms = vocabulary(HOST)["@context"]
    assert isinstance(terms, dict)
    assert {name: terms[name] for name in SIGNED_TYPES} == {name: f"traceapp:{name}" for name in SIGNED_TYPES}


def test_no_term_of_ours_is_a_term_of_the_published_contexts() -> None:
    ours = {name for name in json.loads(vocabulary_bytes(HOST))["@context"] if not name.startswith("@")}
    for data in CONTEXTS.values():
        assert ours.isdisjoint(json.loads(data)["@context"])


def test_the_vocabulary_is_served_as_canonical_json() -> None:
    assert parse_canonical(vocabulary_bytes(HOST)) == vocabulary(HOST)
    assert vocabulary_bytes(HOST) == canonicalise(vocabulary(HOST))


def test_version_one_of_the_vocabulary_never_changes() -> None:
    assert vocabulary_hash(HOST) == hashlib.sha256(vocabulary_bytes(HOST)).hexdigest() == V1


def test_each_host_has_its_own_vocabulary() -> None:
    assert vocabulary_url("localhost:8000") == "https://localhost:8000/vocab/v1"
    assert b'"traceapp":"https://localhost:8000/vocab/v1#"' in vocabulary_bytes("localhost:8000")
    assert vocabulary_hash("localhost:8000") != vocabulary_hash(HOST)
