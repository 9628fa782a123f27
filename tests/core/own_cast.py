"""A certifier with a key of its own, in the ledger of the core's tests."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cast import CERTIFIER, HOST, PRODUCER, thing_id
from tests.core.cast import ROOT, SAID, Ledger, tea
from traceapp.core.canonical import canonicalise
from traceapp.core.credential import Signer
from traceapp.core.evidence import StoredRecord
from traceapp.core.facts import CertificateState
from traceapp.core.keys import base58_encode, multikey, public_bytes
from traceapp.core.own.dids import NamedKey, did_document_of
from traceapp.core.own.keys import OwnKey, Possession, possession_text, say_own_key, say_own_key_end
from traceapp.core.registers import say_certificate, say_certificate_state, say_certificate_visit
from traceapp.core.statements import Statement

OWN = Ed25519PrivateKey.from_private_bytes(b"\x41" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x42" * 32)
CERTIFICATE = thing_id("certificate own")
LATER = SAID + timedelta(hours=1)
WEB = "did:web:chungnhan.example.vn"


def named(private: Ed25519PrivateKey = OWN, web: str | None = None) -> NamedKey:
    """The key by its did:key, or by a did:web."""
    name = multikey(public_bytes(private))
    return NamedKey(f"{web or f'did:key:{name}'}#{name}", public_bytes(private))


def signer(private: Ed25519PrivateKey = OWN, web: str | None = None) -> Signer:
    """The same as whoever signs with it."""
    return Signer(private, named(private, web).method)


def possession(private: Ed25519PrivateKey = OWN, web: str | None = None, organisation: str = CERTIFIER) -> Possession:
    """The key, signed for by its holder."""
    key = named(private, web)
    document = canonicalise(did_document_of(key, multikey(key.raw))).decode() if web else ""
    bare = Possession(organisation, key, "nonce", document=document)
    proof = "z" + base58_encode(private.sign(possession_text(HOST, bare).encode()))
    return Possession(organisation, key, "nonce", proof, document)


def bound(ledger: Ledger, told: Possession | None = None, root: Signer = ROOT) -> StoredRecord:
    """The KeyRecord that binds a key."""
    return ledger.say(say_own_key(HOST, told or possession()), signer=root)


def certificate(ledger: Ledger, number: str = "VG-1", id: str = CERTIFICATE) -> StoredRecord:
    """The producer's declaration of a certificate."""
    details = {"scheme": "VIETGAP", "number": number, "issued": "2026-01-10", "expires": "2027-01-20"}
    said = say_certificate(id, PRODUCER, CERTIFIER, details, declared_by=PRODUCER, role="producer", status_index=7)
    return ledger.say(said)


def word(
    about: StoredRecord,
    state: CertificateState = CertificateState.CONFIRMED,
    by: str = CERTIFIER,
    id: str = CERTIFICATE,
) -> Statement:
    """A word on the certificate, naming its declaration."""
    declaration = (about.record_id, hashlib.sha256(about.body or b"").hexdigest())
    return say_certificate_state(
        id, PRODUCER, state, by=by, role="certifier", status_index=7, reason="Vì sao", declaration=declaration
    )


def visit(about: StoredRecord) -> Statement:
    """A surveillance visit."""
    declaration = (about.record_id, hashlib.sha256(about.body or b"").hexdigest())
    return say_certificate_visit(
        CERTIFICATE, PRODUCER, date(2026, 10, 1), result="kept", note=None, by=CERTIFIER, role="certifier",
        declaration=declaration,
    )  # fmt: skip


def end(since: datetime | None = None, *, by: str = CERTIFIER, private: Ed25519PrivateKey = OWN) -> Statement:
    """The holder's word that the key signs no more."""
    own = OwnKey(CERTIFIER, named(private), SAID, 0, "")
    return say_own_key_end(own, by=by, role="certifier", record="OrganisationRecord", compromised_since=since)


def confirmed(**options: Any) -> tuple[Ledger, StoredRecord]:
    """The tea with a certificate that was confirmed with the own key; and its declaration."""
    ledger = tea()
    bound(ledger, **options)
    declared = certificate(ledger)
    ledger.say(word(declared), at=LATER, signer=signer())
    return ledger, declared
