"""An authenticator of our own making: it answers as a phone would, or wrongly in one respect."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from traceapp.core.keys import base64url
from traceapp.core.webauthn import Assertion, RecordedKey

PRESENT, VERIFIED = 0x01, 0x04
RP_ID, ORIGIN = "id.example.vn", "https://id.example.vn"
_RSA: list[rsa.RSAPrivateKey] = []


@dataclass(frozen=True)
class Authenticator:
    """One passkey. `number` tells it from others of the same algorithm."""

    number: int = 1
    algorithm: str = "ES256"
    rp_id: str = RP_ID
    origin: str = ORIGIN

    @cached_property
    def _private(self) -> Any:
        match self.algorithm:
            case "ES256":
                return ec.derive_private_key(self.number + 1000, ec.SECP256R1())
            case "EdDSA":
                return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([self.number]) * 32)
        if not _RSA:
            _RSA.append(rsa.generate_private_key(65537, 2048))
        return _RSA[0]

    @property
    def credential_id(self) -> bytes:
        return f"passkey {self.algorithm} {self.number}".encode()

    @property
    def key(self) -> RecordedKey:
        """Its public half as a record tells it."""
        public = self._private.public_key()
        if self.algorithm == "ES256":
            numbers = public.public_numbers()
            x, y = (base64url(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
            return RecordedKey("ES256", x, y, self.rp_id, self.origin)
        if self.algorithm == "EdDSA":
            return RecordedKey("EdDSA", base64url(public.public_bytes_raw()), "", self.rp_id, self.origin)
        numbers = public.public_numbers()
        return RecordedKey("RS256", base64url(numbers.n.to_bytes(256, "big")), "AQAB", self.rp_id, self.origin)

    @property
    def cose(self) -> bytes:
        """Its public half as a browser hands it over at registration (RFC 9052), written by hand."""
        key = self.key
        raw = [_raw(one) for one in (key.first, key.second)]
        match self.algorithm:
            case "ES256":
                return b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + raw[0] + b"\x22\x58\x20" + raw[1]
            case "EdDSA":
                return b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20" + raw[0]
        return b"\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00" + raw[0] + b"\x21\x43" + raw[1]

    def answer(
        self, challenge: bytes, /, *, flags: int = PRESENT | VERIFIED, rp_id: str = "", **told: Any
    ) -> Assertion:
        """The answer to a challenge; `told` replaces members of the client's data."""
        data = hashlib.sha256((rp_id or self.rp_id).encode()).digest() + bytes([flags]) + bytes(4)
        said = {"type": "webauthn.get", "challenge": base64url(challenge), "origin": self.origin, "crossOrigin": False}
        client = json.dumps({**said, **told}).encode()
        return Assertion(data, client, self._sign(data + hashlib.sha256(client).digest()))

    def _sign(self, message: bytes) -> bytes:
        match self.algorithm:
            case "ES256":
                return bytes(self._private.sign(message, ec.ECDSA(SHA256())))
            case "EdDSA":
                return bytes(self._private.sign(message))
        return bytes(self._private.sign(message, padding.PKCS1v15(), SHA256()))

    def credential(self, options: Mapping[str, Any], **how: Any) -> dict[str, Any]:
        """What a browser sends back for these options."""
        said = self.answer(_raw(options["challenge"]), **how)
        name = base64url(self.credential_id)
        response = {
            "authenticatorData": base64url(said.authenticator_data),
            "clientDataJSON": base64url(said.client_data),
            "signature": base64url(said.signature),
        }
        return {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": response}

    @property
    def listed(self) -> str:
        """Its id as its owner's list has it."""
        return urlsafe_b64encode(self.credential_id).decode()


def _raw(text: str) -> bytes:

    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
