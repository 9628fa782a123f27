"""A record as a JSON Web Token (W3C VC-JOSE-COSE): who wrote it, for tools that know tokens and no Data Integrity.

It proves authorship, not logging. Header: alg EdDSA, typ vc+jwt, cty vc, and the key's RFC 7638 thumbprint as it stands
in the DID document; payload: the record without its proof.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core.canonical import JsonObject, canonicalise
from traceapp.core.errors import KeyNotValid
from traceapp.core.keys import base64url, did_web, public_bytes, thumbprint

VC_JWT = "application/vc+jwt"


def vc_jwt(document: JsonObject, host: str, private: Ed25519PrivateKey) -> bytes:
    """The token of a verified record, signed by HOST's record key; KeyNotValid for another issuer's record."""
    require_own_issuer(document, host)
    header = {
        "alg": "EdDSA",
        "cty": "vc",
        "kid": f"{did_web(host)}#{thumbprint(public_bytes(private))}",
        "typ": "vc+jwt",
    }
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    text = f"{base64url(canonicalise(header))}.{base64url(canonicalise(unsigned))}".encode()
    return text + b"." + base64url(private.sign(text)).encode()


def require_own_issuer(document: JsonObject, host: str) -> None:
    """KeyNotValid for a record that somebody else issued, such as a certifier with a key of its own."""
    if document.get("issuer") != did_web(host):
        raise KeyNotValid(f"{str(document.get('issuer'))[:120]} issued this record: only it can sign a token for it.")
