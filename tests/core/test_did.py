"""The DID document and key set: record keys, and none that was lost among those that may assert."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.cast import HOST
from tests.core.cast import EPOCH, KEYS
from traceapp.core.did import did_document, key_set
from traceapp.core.keys import PublicKey, Role, jwk, thumbprint

CURRENT = next(key for key in KEYS if key.role is Role.RECORD)
RETIRED = replace(CURRENT, raw=b"r" * 32, retired=EPOCH + timedelta(days=1))
LOST = replace(
    CURRENT,
    raw=b"l" * 32,
    retired=EPOCH + timedelta(days=3),
    compromised_since=EPOCH + timedelta(days=2),
    revoked=EPOCH + timedelta(days=3),
)
ALL = (*KEYS, RETIRED, LOST)
DID = f"did:web:{HOST}"


def names(key: PublicKey) -> list[str]:
    """The two names of a key."""
    return [f"{DID}#{key.multikey}", f"{DID}#{thumbprint(key.raw)}"]


def test_every_record_key_is_there_in_both_forms() -> None:
    document = did_document(HOST, ALL)
    assert document["id"] == DID
    assert [method["id"] for method in document["verificationMethod"]] == names(CURRENT) + names(RETIRED) + names(LOST)
    assert {method["controller"] for method in document["verificationMethod"]} == {DID}
    multikey, web_key = document["verificationMethod"][:2]
    assert (multikey["type"], multikey["publicKeyMultibase"]) == ("Multikey", CURRENT.multikey)
    assert web_key["type"] == "JsonWebKey"
    assert web_key["publicKeyJwk"] == {**jwk(CURRENT.raw), "kid": thumbprint(CURRENT.raw)}
    assert document["@context"][0] == "https://www.w3.org/ns/did/v1"


def test_a_lost_key_asserts_nothing_and_says_when_it_was_revoked() -> None:
    document = did_document(HOST, ALL)
    assert document["assertionMethod"] == names(CURRENT) + names(RETIRED)
    revoked = {method["id"]: method["revoked"] for method in document["verificationMethod"] if "revoked" in method}
    assert revoked == dict.fromkeys(names(LOST), "2026-01-04T00:00:00Z")


def test_root_label_and_log_keys_are_nowhere() -> None:
    others = [key for key in KEYS if key.role is not Role.RECORD]
    text = str(did_document(HOST, ALL)) + str(key_set(ALL))
    assert not any(key.multikey in text or jwk(key.raw)["x"] in text for key in others)
    assert did_document(HOST, others)["verificationMethod"] == [] and key_set(others) == {"keys": []}


def test_the_key_set_holds_what_may_assert() -> None:
    assert key_set(ALL) == {
        "keys": [
            {**jwk(key.raw), "kid": thumbprint(key.raw), "use": "sig", "alg": "EdDSA"} for key in (CURRENT, RETIRED)
        ]
    }


def test_a_port_is_escaped() -> None:
    document = did_document("localhost:8000", KEYS)
    assert document["id"] == "did:web:localhost%3A8000"
    assert all(method["id"].startswith("did:web:localhost%3A8000#") for method in document["verificationMethod"])
