"""Keys of other bodies (certifiers, laboratories, councils, authorities) that sign for themselves.

Only the root key says whose such a key is, in a KeyRecord that carries the holder's own signature over the very same
words: neither the service nor the holder can bind a key alone. What is judged by is the order of the log, which
nobody chooses: a key signs what is logged behind its KeyRecord and before its end, whatever time stands in a proof.

The body itself may end its key at any time through its account; a word that takes trust away needs no root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from traceapp.core import keys
from traceapp.core.canonical import JsonObject
from traceapp.core.credential import verify_by
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import InvalidIdentifier, KeyNotValid, Malformed, UnknownKey
from traceapp.core.facts import Source
from traceapp.core.keys import Keyring, PublicKey, Role, did_web
from traceapp.core.own.dids import NamedKey, named_key
from traceapp.core.statements import Statement, details_of, to_terms

HOLDERS = frozenset({"certifier", "laboratory", "council", "authority"})
"""Roles of organisations that may have a key of their own."""
POSSESSION = "traceapp-own-key-v1"
SAYABLE = frozenset({"traceapp:CertificateState", "traceapp:CertificateVisit"})
"""What an own key signs; everything else is the service's to sign."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Possession:
    """A key, the organisation that holds it, and the holder's signature (`proof`) over exactly that.

    `document` is the DID document of a did:web, as it is kept; empty for a did:key.
    """

    organisation: str
    key: NamedKey
    nonce: str
    proof: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class OwnKeyWord:
    """A KeyRecord's word that a key is an organisation's."""

    organisation: str
    key: NamedKey
    source: Source


@dataclass(frozen=True, slots=True)
class OwnKeyEnd:
    """The word that a key signs no more; `compromised_since` is when somebody else may have had it."""

    method: str
    source: Source
    by_root: bool
    compromised_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnKey:
    """What the log says of one key. `bound` and `ended` are leaf indexes: it signs what is logged between them."""

    organisation: str
    key: NamedKey
    valid_from: datetime
    bound: int
    record_id: str
    ended: int | None = None
    compromised_since: datetime | None = None

    @property
    def public(self) -> PublicKey:
        """As a verifier uses it."""
        return PublicKey(Role.RECORD, self.key.raw, self.valid_from, None, self.compromised_since)


class OwnKeys:
    """The own keys that the log has told of so far; taught in the order of the log."""

    def __init__(self) -> None:
        self._keys: dict[str, OwnKey] = {}

    def __iter__(self) -> Iterator[OwnKey]:
        return iter(self._keys.values())

    def learn(self, fact: object) -> None:
        """Take in a verified fact. The first word on a key stays; only its holder, or the root key, ends it."""
        if isinstance(fact, OwnKeyWord):
            own = OwnKey(
                fact.organisation, fact.key, fact.source.record_time, fact.source.leaf_index, fact.source.record_id
            )
            self._keys.setdefault(fact.key.method, own)
        elif isinstance(fact, OwnKeyEnd):
            known = self._keys.get(fact.method)
            if known and (fact.by_root or fact.source.declared_by == known.organisation):
                self._keys[fact.method] = _ended(known, fact)

    def find(self, method: str, leaf_index: int) -> OwnKey:
        """The key called `method`, as good for entry `leaf_index`; UnknownKey, KeyNotValid."""
        own = self._keys.get(method)
        if own is None or leaf_index <= own.bound:
            raise UnknownKey(
                f"No trusted key is called {method[:160]}, and no KeyRecord before this one tells whose it is."
            )
        if own.ended is not None and leaf_index > own.ended:
            raise KeyNotValid(f"{method[:160]} signs no more since entry {own.ended}; this is entry {leaf_index}.")
        return own

    def called(self, method: str) -> OwnKey | None:
        """The key of that name, whatever it is good for."""
        return self._keys.get(method)

    def of(self, organisation: str) -> tuple[OwnKey, ...]:
        """All keys that an organisation ever had, oldest first."""
        return tuple(own for own in self if own.organisation == organisation)

    def in_use(self, organisation: str) -> OwnKey | None:
        """The key that an organisation signs with now."""
        return next((own for own in reversed(self.of(organisation)) if own.ended is None), None)


def _ended(known: OwnKey, end: OwnKeyEnd) -> OwnKey:
    """The first end stays; of several times of loss the earliest counts."""
    lost = [one for one in (known.compromised_since, end.compromised_since) if one is not None]
    ended = end.source.leaf_index if known.ended is None else known.ended
    return replace(known, ended=ended, compromised_since=min(lost, default=None))


def verify_logged(
    data: bytes, keyring: Keyring, own: OwnKeys, leaf_index: int
) -> tuple[JsonObject, PublicKey, OwnKey | None]:
    """Check stored bytes that stand at `leaf_index`, whoever signed them: the service's keys, or a body's own one.

    Returns the document, its key, and the own key if it was one. Raises what `verify_bytes` raises.
    """
    used: list[OwnKey] = []

    def find(method: str, document: JsonObject) -> PublicKey:
        if method.partition("#")[0] == did_web(keyring.host):
            return keyring.find(method, Role.ROOT if is_key_record(document) else Role.RECORD)
        used.append(own.find(method, leaf_index))
        require_sayable(document, used[0])
        return used[0].public

    document, key = verify_by(data, find)
    return document, key, used[0] if used else None


def is_key_record(document: Document) -> bool:
    """Whether this calls itself a KeyRecord: those are the root key's to sign."""
    types = document.get("type")
    return isinstance(types, list) and "KeyRecord" in types


def require_sayable(document: Document, own: OwnKey) -> None:
    """KeyNotValid unless this is a public word on a certificate, said by the organisation that holds the key."""
    declared, subject = document.get("traceapp:declaredBy"), document.get("credentialSubject")
    by = declared.get("id") if isinstance(declared, dict) else None
    if by != own.organisation:
        raise KeyNotValid(
            f"{own.key.method[:160]} is the key of {own.organisation}; this record is of {str(by)[:160]}."
        )
    kind = subject.get("type") if isinstance(subject, dict) else None
    if document.get("type") != ["VerifiableCredential", "CertificateRecord"] or kind not in SAYABLE:
        raise KeyNotValid(f"{own.key.method[:160]} signs words on certificates, not a {str(kind)[:80]}.")
    if not isinstance(subject, dict) or not isinstance(subject.get("traceapp:declaration"), dict):
        raise KeyNotValid("What an own key signs names the very declaration it is about; this record does not.")
    if (
        document.get("traceapp:disclosure") != "public"
        or {"traceapp:personal", "traceapp:assistedBy"} & document.keys()
    ):
        raise KeyNotValid("What an own key signs is public and its holder's alone; this record is not.")


# --- binding a key, and ending it -------------------------------------------------------------------------------------


def possession_text(host: str, possession: Possession) -> str:
    """What the holder signs, as UTF-8 without a line end: whose key it is, at which service."""
    key = possession.key
    lines = (POSSESSION, host, possession.organisation, key.method, keys.multikey(key.raw), possession.nonce)
    return "\n".join(lines)


def require_possession(host: str, possession: Possession) -> None:
    """BadSignature, or Malformed, unless the holder of the key signed."""
    proof = possession.proof
    signature = keys.base58_decode(proof[1:]) if proof[:1] == "z" and len(proof) <= 100 else b""
    if len(signature) != 64:
        raise Malformed("The proof of possession is z and base58btc of the 64 bytes of an Ed25519 signature.")
    keys.verify(possession.key.raw, signature, possession_text(host, possession).encode())


def say_own_key(host: str, possession: Possession) -> Statement:
    """A key is an organisation's: for the root key to sign. BadSignature where its holder did not."""
    require_possession(host, possession)
    key = possession.key
    details = {
        "publicKeyMultibase": keys.multikey(key.raw),
        "nonce": possession.nonce,
        "possession": possession.proof,
        "didDocument": possession.document or None,
    }
    subject: JsonObject = {
        "id": key.method,
        "type": "traceapp:OwnKey",
        "traceapp:about": {"id": possession.organisation},
        **to_terms(details),
    }
    return Statement("KeyRecord", subject, did_web(host), "root")


def say_own_key_end(
    own: OwnKey, *, by: str, role: str, record: str, compromised_since: datetime | None = None
) -> Statement:
    """A key signs no more. `record` is OrganisationRecord where its holder says so, KeyRecord where root does."""
    lost = rfc3339(compromised_since) if compromised_since else None
    subject: JsonObject = {
        "id": own.key.method,
        "type": "traceapp:OwnKeyEnd",
        "traceapp:about": {"id": own.organisation},
        **to_terms({"compromisedSince": lost}),
    }
    return Statement(record, subject, by, role)


def read_own_key(document: Document, source: Source, personal: Mapping[str, Any]) -> OwnKeyWord:
    """A KeyRecord that binds a key; its holder's signature is checked again here."""
    details = details_of(document)
    text = details.get("didDocument", "")
    key = _named(details["id"], text.encode())
    organisation = details["about"]["id"]
    if keys.multikey(key.raw) != details["publicKeyMultibase"]:
        raise ValueError(f"{key.method} is another key than the record says")
    host = str(document["issuer"]).removeprefix("did:web:").replace("%3A", ":")
    require_possession(host, Possession(organisation, key, details["nonce"], details["possession"]))
    return OwnKeyWord(organisation, key, source)


def _named(method: str, document: bytes) -> NamedKey:
    try:
        return named_key(method, document)
    except InvalidIdentifier as cause:
        raise ValueError(str(cause)) from cause


def read_own_key_end(document: Document, source: Source, personal: Mapping[str, Any]) -> OwnKeyEnd:
    """The end of a key."""
    details = details_of(document)
    lost = details.get("compromisedSince")
    return OwnKeyEnd(details["id"], source, is_key_record(document), instant(lost) if lost else None)
