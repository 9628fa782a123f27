"""A certification body with a key of its own: it registers the key and signs on a machine that knows no service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core.canonical import canonicalise, parse_object
from traceapp.core.credential import Signer, secure
from traceapp.core.facts import CertificateState
from traceapp.core.keys import Role, multikey, public_bytes
from traceapp.core.own.dids import NamedKey, did_document_of
from traceapp.core.own.documents import sign_offered, sign_possession
from traceapp.services.certificates.own_keys import admit_own_key, ask_own_key, prove_own_key
from traceapp.services.certificates.own_words import Offered, offer_state, take_signed
from traceapp.services.log.entries import Receipt
from traceapp.services.world import World


@dataclass(frozen=True)
class OwnBody:
    """A body at a service: its organisation's id, its private key, and where it has one its did:web."""

    world: World
    organisation: str
    private: Ed25519PrivateKey
    web: str | None = None

    @property
    def multikey(self) -> str:
        return multikey(public_bytes(self.private))

    @property
    def did(self) -> str:
        return self.web or f"did:key:{self.multikey}"

    @property
    def method(self) -> str:
        return f"{self.did}#{self.multikey}"

    @property
    def document(self) -> bytes:
        """The did.json of a did:web."""
        key = NamedKey(self.method, public_bytes(self.private))
        return canonicalise(did_document_of(key, self.multikey)) if self.web else b""

    def ask(self) -> str:
        """Ask for the key and prove it; returns the text that was signed."""
        world = self.world
        with world.write() as connection:
            keyring, now = world.keyring(connection), world.clock()
            asked = ask_own_key(connection, world.host, self.organisation, self.did, self.document, keyring, now)
            proof = sign_possession(asked.text.encode(), self.private)
            prove_own_key(connection, world.host, self.organisation, proof)
        return asked.text

    def register(self) -> Receipt:
        """The same, admitted by the operator."""
        self.ask()
        world = self.world
        root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
        with world.write() as connection:
            keyring, now = world.keyring(connection), world.clock()
            return admit_own_key(connection, self.organisation, world.notary, root, keyring, now)

    def offered(
        self, certificate: str, state: CertificateState = CertificateState.CONFIRMED, reason: str = ""
    ) -> Offered:
        """A document to sign."""
        world = self.world
        with world.write() as connection:
            keyring, now = world.keyring(connection), world.clock()
            return offer_state(
                connection, certificate, state, self.organisation, world.host, keyring, now, reason=reason
            )

    def signed(self, offered: Offered, at: datetime | None = None) -> bytes:
        """The document, signed."""
        return sign_offered(offered.body, self.private, self.method, at or self.world.clock())

    def forged(self, offered: Offered, at: datetime | None = None, **changes: Any) -> bytes:
        """Another document than the one offered, with a proof that fits it."""
        signer = Signer(self.private, self.method)
        return secure({**parse_object(offered.body), **changes}, signer, at or self.world.clock())

    def bring(self, data: bytes, certificate: str) -> Receipt:
        """Bring a signed document back."""
        world = self.world
        with world.write() as connection:
            keyring, now = world.keyring(connection), world.clock()
            return take_signed(connection, data, certificate, self.organisation, world.notary, keyring, now)

    def say(self, certificate: str, state: CertificateState = CertificateState.CONFIRMED, reason: str = "") -> Receipt:
        """Offer, sign and bring back."""
        return self.bring(self.signed(self.offered(certificate, state, reason)), certificate)


def private_key(number: int) -> Ed25519PrivateKey:
    """The same key for the same number."""
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
