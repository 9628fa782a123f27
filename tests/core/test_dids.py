"""DIDs of other bodies: one spelling each, and one Ed25519 key that may assert."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.own_cast import OTHER, OWN, WEB, named
from traceapp.core.errors import InvalidIdentifier, Malformed
from traceapp.core.keys import jwk, multikey, public_bytes
from traceapp.core.own.dids import (
    LONGEST_DOCUMENT,
    NamedKey,
    asserting_keys,
    did_document_of,
    document_address,
    kept_form,
    named_key,
    require_did,
)

RAW, NAME = public_bytes(OWN), multikey(public_bytes(OWN))
KEY = f"did:key:{NAME}"
METHOD: dict[str, Any] = {"id": f"{WEB}#a", "type": "Multikey", "controller": WEB, "publicKeyMultibase": NAME}


def document(**changes: Any) -> bytes:
    """A DID document with one method."""
    return json.dumps({"id": WEB, "verificationMethod": [METHOD], "assertionMethod": [f"{WEB}#a"], **changes}).encode()


def test_a_did_key_is_its_key() -> None:
    assert named_key(KEY) == named_key(f"{KEY}#{NAME}") == NamedKey(f"{KEY}#{NAME}", RAW)
    assert named_key(KEY).did == KEY
    with pytest.raises(InvalidIdentifier, match="one verification method"):
        named_key(f"{KEY}#other")


@pytest.mark.parametrize(
    ("did", "address"),
    [
        ("did:web:example.org", "https://example.org/.well-known/did.json"),
        ("did:web:example.org:certs:vn", "https://example.org/certs/vn/did.json"),
        ("did:web:example.org%3A8443", "https://example.org:8443/.well-known/did.json"),
        (
            "did:web:xn--chng-nhn-1xb.example.vn%3A443:a_b.c-d",
            "https://xn--chng-nhn-1xb.example.vn:443/a_b.c-d/did.json",
        ),
    ],
)
def test_a_did_web_says_where_its_document_is(did: str, address: str) -> None:
    assert document_address(did) == address
    assert require_did(did) == did


@pytest.mark.parametrize(
    "did",
    [
        "", "did:web:", "did:web:localhost", "did:web:127.0.0.1", "did:web:10.0.0.1%3A80", "did:web:[::1]",
        "did:web:EXAMPLE.org", "did:web:example.org%3a8443", "did:web:example.org:8443:", "did:web:example.org%3A0",
        "did:web:example.org%3A65536", "did:web:example.org%2Fpath", "did:web:example.org:..:x",
        "did:web:example.org:.git",
        "did:web:example.org:a%2Fb", "did:web:user@example.org", "did:web:example.org/x", "did:web:example.org?x",
        "did:web:example..org", "did:web:-a.org", "did:web:example.org.", "did:web:exämple.org",
        "did:web:example.org\n",
        "did:key:", "did:key:z6Mk", "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "did:example:1",
        "did:web:" + "a" * 300 + ".org",
    ],
)  # fmt: skip
def test_every_other_spelling_is_refused(did: str) -> None:
    with pytest.raises(InvalidIdentifier):
        named_key(did, document())


def test_the_key_of_a_did_web_is_the_one_its_document_lets_assert() -> None:
    assert named_key(WEB, document()) == NamedKey(f"{WEB}#a", RAW)
    web_key = {"id": "#a", "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": jwk(RAW)}
    assert named_key(WEB, document(verificationMethod=[web_key], assertionMethod=["#a"])).raw == RAW
    assert named_key(WEB, document(verificationMethod=[], assertionMethod=[METHOD])).raw == RAW
    key = named(web=WEB)
    assert named_key(WEB, json.dumps(did_document_of(key, NAME)).encode()) == key
    assert kept_form(b'{ "b": 1,\n"a": 2}') == '{"a":2,"b":1}'


def test_of_several_keys_one_is_named() -> None:
    other = {**METHOD, "id": f"{WEB}#b", "publicKeyMultibase": multikey(public_bytes(OTHER))}
    several = document(verificationMethod=[METHOD, other], assertionMethod=[f"{WEB}#a", f"{WEB}#b", f"{WEB}#a"])
    with pytest.raises(Malformed, match="has 2 Ed25519 keys"):
        named_key(WEB, several)
    assert named_key(f"{WEB}#b", several).raw == public_bytes(OTHER)
    with pytest.raises(Malformed, match="has 0 Ed25519 keys"):
        named_key(f"{WEB}#c", several)


@pytest.mark.parametrize(
    "changes",
    [
        {"assertionMethod": []},
        {"assertionMethod": None},
        {"assertionMethod": [1, None, "x", f"{WEB}#", f"{WEB}#z"]},
        {"verificationMethod": None},
        {"verificationMethod": ["x", {"id": 5}]},
        {"verificationMethod": [{**METHOD, "controller": "did:web:else.example.vn"}]},
        {"verificationMethod": [{**METHOD, "id": "did:web:else.example.vn#a"}]},
        {"verificationMethod": [{**METHOD, "publicKeyMultibase": "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"}]},
        {"verificationMethod": [{**METHOD, "publicKeyMultibase": None, "publicKeyJwk": {"kty": "EC", "crv": "P-256"}}]},
        {"verificationMethod": [{**METHOD, "publicKeyMultibase": None, "publicKeyJwk": {**jwk(RAW), "x": "AA"}}]},
        {"verificationMethod": [{**METHOD, "publicKeyMultibase": None, "publicKeyJwk": {**jwk(RAW), "x": "é"}}]},
        {"verificationMethod": [{**METHOD, "publicKeyMultibase": None}]},
        {"assertionMethod": [{**METHOD, "id": 7}]},
    ],
)
def test_a_document_without_such_a_key_gives_none(changes: dict[str, Any]) -> None:
    assert asserting_keys(WEB, document(**changes)) == []


@pytest.mark.parametrize(
    "data", [b"", b"x" * (LONGEST_DOCUMENT + 1), b"[]", b"{", b'{"id":1,"id":2}', b'{"id":"did:web:x.vn"}']
)
def test_what_is_no_document_of_that_did_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        asserting_keys(WEB, data)
