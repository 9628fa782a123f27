"""The service's DID document (did:web) and its JSON Web Key Set: record keys only.

Label, log and root keys are in neither: they never make assertions (FORMATS, keys).
"""

from __future__ import annotations

from collections.abc import Iterable

from traceapp.core.canonical import JsonObject
from traceapp.core.dates import rfc3339
from traceapp.core.keys import PublicKey, Role, did_web, jwk, thumbprint

_CONTEXT = [
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
]


def did_document(host: str, keys: Iterable[PublicKey]) -> JsonObject:
    """Every record key as Multikey and as JsonWebKey; only uncompromised ones may assert."""
    did = did_web(host)
    record_keys = [key for key in keys if key.role is Role.RECORD]
    return {
        "@context": _CONTEXT,
        "id": did,
        "verificationMethod": [method for key in record_keys for method in _methods(did, key)],
        "assertionMethod": [
            method["id"] for key in record_keys if key.compromised_since is None for method in _methods(did, key)
        ],
    }


def _methods(did: str, key: PublicKey) -> list[JsonObject]:
    multikey: JsonObject = {
        "id": f"{did}#{key.multikey}",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": key.multikey,
    }
    name = thumbprint(key.raw)
    web_key: JsonObject = {
        "id": f"{did}#{name}",
        "type": "JsonWebKey",
        "controller": did,
        "publicKeyJwk": {**jwk(key.raw), "kid": name},
    }
    revoked = {"revoked": rfc3339(key.revoked)} if key.revoked else {}
    return [{**multikey, **revoked}, {**web_key, **revoked}]


def key_set(keys: Iterable[PublicKey]) -> JsonObject:
    """The record keys that may assert, as a JWK Set (RFC 7517)."""
    asserting = [key for key in keys if key.role is Role.RECORD and key.compromised_since is None]
    return {"keys": [{**jwk(key.raw), "kid": thumbprint(key.raw), "use": "sig", "alg": "EdDSA"} for key in asserting]}
