"""The DIDs of other bodies, and the one Ed25519 key that each names: `did:key` and `did:web`.

A `did:key` is its key. A `did:web` names a host whose owner serves a DID document; it is never fetched here: whoever
registers it brings the document, which is kept in the log, and anybody may compare it with what the host serves.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from traceapp.core.canonical import JsonObject, canonicalise, parse_object
from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidIdentifier, Malformed
from traceapp.core.keys import parse_multikey

LONGEST_DID = 300
LONGEST_DOCUMENT = 16_000
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_WEB = re.compile(rf"did:web:(?P<host>(?:{_LABEL}\.)+{_TOP})(?:%3A(?P<port>[1-9]\d{{0,4}}))?(?P<path>(?::{_SEGMENT})*)")
_FRAGMENT = re.compile(r"[A-Za-z0-9._~-]{1,120}")
_KEY = "did:key:"
_LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A verification method (`DID#fragment`) and the 32 bytes of its Ed25519 key."""

    method: str
    raw: bytes

    @property
    def did(self) -> str:
        """Whose key it is."""
        return self.method.partition("#")[0]


def require_did(text: str) -> str:
    """`text`, if it is a `did:key` of an Ed25519 key or a `did:web` in its one spelling; InvalidIdentifier."""
    if len(text) > LONGEST_DID:
        raise InvalidIdentifier(f"A DID here has at most {LONGEST_DID} characters, this one {len(text)}.")
    if text.startswith(_KEY):
        _raw_of(text)
    else:
        document_address(text)
    return text


def document_address(did: str) -> str:
    """Where the owner of a `did:web` serves its DID document (did:web method, section 2.3); InvalidIdentifier."""
    found = _WEB.fullmatch(did)
    if found is None or int(found["port"] or 1) > _LARGEST_PORT:
        raise InvalidIdentifier(
            f"{did[:160]!r} is no DID that is taken here: write did:key:z6Mk…, or did:web: and a host's name in lower "
            "case, with a port as %3A8443 and folders behind colons, such as did:web:example.org:certification."
        )
    host = found["host"] + (f":{found['port']}" if found["port"] else "")
    folders = found["path"].replace(":", "/") or "/.well-known"
    return f"https://{host}{folders}/did.json"


def named_key(did: str, document: bytes = b"") -> NamedKey:
    """The key of a DID: of `did:key` from its name alone, of `did:web` from the DID document that came with it.

    `did` may name the verification method (`…#key-1`) where the document has several. InvalidIdentifier, Malformed.
    """
    controller, _, fragment = did.partition("#")
    require_did(controller)
    if controller.startswith(_KEY):
        key = NamedKey(f"{controller}#{controller.removeprefix(_KEY)}", _raw_of(controller))
        if did not in (controller, key.method):
            raise InvalidIdentifier(f"The one verification method of {controller} is {key.method}.")
        return key
    found = [one for one in asserting_keys(controller, document) if one.method == did or not fragment]
    if len(found) != 1:
        raise Malformed(
            f"The DID document has {Counted(len(found)):Ed25519 key|Ed25519 keys} for {did[:160]} in assertionMethod, "
            "and one is taken: name it as did:web:…#key-1."
        )
    return found[0]


def asserting_keys(did: str, document: bytes) -> list[NamedKey]:
    """Ed25519 keys that a DID document lets make assertions, each method once; Malformed for another DID's document."""
    if not 0 < len(document) <= LONGEST_DOCUMENT:
        raise Malformed(
            f"A DID document has 1 to {LONGEST_DOCUMENT} bytes, this one {len(document)}: paste your did.json."
        )
    told = parse_object(document)
    if told.get("id") != did:
        raise Malformed(f"This DID document is of {str(told.get('id'))[:160]}, not of {did}.")
    methods = {name: one for one in _objects(told.get("verificationMethod")) if (name := _name(one.get("id"), did))}
    asserted = told.get("assertionMethod")
    keys: dict[str, NamedKey] = {}
    for one in asserted if isinstance(asserted, list) else []:
        method = one if isinstance(one, dict) else methods.get(_name(one, did))
        if (
            method
            and method.get("controller") == did
            and (raw := _key_of(method))
            and (name := _name(method.get("id"), did))
        ):
            keys[name] = NamedKey(name, raw)
    return list(keys.values())


def kept_form(document: bytes) -> str:
    """A DID document as its record keeps it: RFC 8785, whatever spaces it was pasted with."""
    return canonicalise(parse_object(document)).decode()


def did_document_of(key: NamedKey, multikey: str) -> JsonObject:
    """What the owner of a `did:web` serves for one key."""
    method = {"id": key.method, "type": "Multikey", "controller": key.did, "publicKeyMultibase": multikey}
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": key.did,
        "verificationMethod": [method],
        "assertionMethod": [key.method],
    }


def _raw_of(did: str) -> bytes:
    try:
        return parse_multikey(did.removeprefix(_KEY))
    except Malformed as cause:
        raise InvalidIdentifier(f"{did[:160]!r} is no did:key of an Ed25519 key: {cause}") from cause


def _objects(value: Any) -> Iterator[JsonObject]:
    return (one for one in (value if isinstance(value, list) else []) if isinstance(one, dict))


def _name(value: Any, did: str) -> str:
    """A method's full name, also where the document writes only its fragment; empty for what names none of this DID."""
    controller, mark, fragment = value.partition("#") if isinstance(value, str) else ("", "", "")
    fits = mark and controller in ("", did) and _FRAGMENT.fullmatch(fragment)
    return f"{did}#{fragment}" if fits else ""


def _key_of(method: Mapping[str, Any]) -> bytes | None:
    """The Ed25519 key of a verification method; None for a key of another kind."""
    multibase, jwk = method.get("publicKeyMultibase"), method.get("publicKeyJwk")
    if isinstance(multibase, str):
        try:
            return parse_multikey(multibase)
        except Malformed:
            return None
    if isinstance(jwk, dict) and (jwk.get("kty"), jwk.get("crv")) == ("OKP", "Ed25519"):
        return _jwk_bytes(jwk.get("x"))
    return None


def _jwk_bytes(text: Any) -> bytes | None:
    try:
        raw = base64.b64decode(f"{text}=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == 32 else None
