"""The trust file: every public key with its history, the hosts, the vocabulary's hash and the log's policy.

A credential signed by the root key. A verifier pins one and then refuses a lower version, the same version with other
bytes, and another HOST.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from traceapp.core.canonical import JsonObject, parse_canonical
from traceapp.core.credential import Signer, secure, verify_proof
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import InvalidEvent, KeyNotValid, Malformed, UnknownKey
from traceapp.core.keys import Keyring, PublicKey, Role, did_web, multikey, parse_multikey
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.statements import to_terms
from traceapp.core.vocabulary import context_urls, vocabulary_hash, vocabulary_url


@dataclass(frozen=True, slots=True)
class TrustList:
    """A read trust file. `body` is its exact bytes."""

    host: str
    version: int
    valid_from: datetime
    valid_until: datetime
    hosts: tuple[str, ...]
    keys: tuple[PublicKey, ...]
    log_key: VerifierKey
    policy: str
    body: bytes

    def keyring(self, *, pinned: bool = True) -> Keyring:
        """The keys as a verifier uses them."""
        return Keyring(self.host, self.keys, pinned=pinned)


def log_origin(host: str) -> str:
    """The log's name: `HOST/log`."""
    return f"{host}/log"


def make_trust_list(
    *,
    host: str,
    version: int,
    hosts: Iterable[str],
    keys: Iterable[PublicKey],
    valid: tuple[datetime, datetime],
    root: Signer,
) -> bytes:
    """The signed bytes of a trust file valid from `valid[0]` until `valid[1]`."""
    all_keys = list(keys)
    log_keys = [key for key in all_keys if key.role is Role.LOG and key.retired is None]
    vkey = VerifierKey(log_origin(host), Algorithm.ED25519, log_keys[-1].raw).format()
    document: JsonObject = {
        "@context": context_urls(host),
        "id": f"https://{host}/.well-known/traceapp-trust.json",
        "type": ["VerifiableCredential", "TrustList"],
        "issuer": did_web(host),
        "validFrom": rfc3339(valid[0]),
        "validUntil": rfc3339(valid[1]),
        "credentialSubject": {
            "id": did_web(host),
            "type": "traceapp:Service",
            "traceapp:version": version,
            "traceapp:hosts": sorted(set(hosts)),
            "traceapp:keys": [_key_terms(key) for key in all_keys],
            "traceapp:vocabulary": {"id": vocabulary_url(host), "traceapp:sha256": vocabulary_hash(host)},
            "traceapp:logPolicy": f"log {vkey}\nquorum none\n",
        },
    }
    return secure(document, root, valid[0])


def _key_terms(key: PublicKey) -> JsonObject:
    return to_terms(
        {
            "role": str(key.role),
            "key": multikey(key.raw) if key.role is not Role.SERIAL else key.raw.hex(),
            "validFrom": rfc3339(key.valid_from),
            "retired": rfc3339(key.retired) if key.retired else None,
            "revoked": rfc3339(key.revoked) if key.revoked else None,
            "compromisedSince": rfc3339(key.compromised_since) if key.compromised_since else None,
            "keyRecord": key.record_id,
        }
    )


def read_trust_list(body: bytes, *, pinned: TrustList | None = None) -> TrustList:
    """Read and verify a trust file; with `pinned`, also against the one that is trusted already.

    Raises a VerificationError: Malformed, UnknownKey (another host, or a root that the pinned file does not hold),
    BadSignature, KeyNotValid (a lower version, or the same with other bytes).
    """
    found = parse_trust_list(body)
    roots = found.keyring() if pinned is None else pinned.keyring()
    document = parse_canonical(body)
    method = str(document["proof"].get("verificationMethod")) if isinstance(document.get("proof"), dict) else ""
    if pinned is not None:
        _require_successor(found, pinned)
    verify_proof(document, roots.find(method, Role.ROOT).raw)
    return found


def _require_successor(found: TrustList, pinned: TrustList) -> None:
    if found.host != pinned.host:
        raise UnknownKey(f"This trust file is of {found.host}; the pinned one is of {pinned.host}.")
    if found.version < pinned.version:
        raise KeyNotValid(
            f"This trust file is version {found.version}, older than the pinned version {pinned.version}."
        )
    if found.version == pinned.version and found.body != pinned.body:
        raise KeyNotValid(f"Two different trust files call themselves version {found.version}.")


def parse_trust_list(body: bytes) -> TrustList:
    """A trust file as it stands, its signature not looked at; Malformed. Only to say what it claims to be."""
    document = parse_canonical(body)
    try:
        return _read(document, body)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, InvalidEvent) as cause:
        raise Malformed(f"This is no trust file: {cause!r}.") from cause


def _read(document: JsonObject, body: bytes) -> TrustList:
    subject: JsonObject = document["credentialSubject"]
    host = document["issuer"].removeprefix("did:web:").replace("%3A", ":")
    if document["type"] != ["VerifiableCredential", "TrustList"] or subject["id"] != did_web(host):
        raise ValueError("its type or its subject is another")
    policy = subject["traceapp:logPolicy"]
    return TrustList(
        host=host,
        version=int(subject["traceapp:version"]),
        valid_from=instant(document["validFrom"]),
        valid_until=instant(document["validUntil"]),
        hosts=tuple(str(one) for one in subject["traceapp:hosts"]),
        keys=tuple(_read_key(terms) for terms in subject["traceapp:keys"]),
        log_key=VerifierKey.parse(policy.splitlines()[0].removeprefix("log ")),
        policy=policy,
        body=body,
    )


def _read_key(terms: dict[str, Any]) -> PublicKey:
    role = Role(terms["traceapp:role"])
    text = terms["traceapp:key"]
    return PublicKey(
        role=role,
        raw=bytes.fromhex(text) if role is Role.SERIAL else parse_multikey(text),
        valid_from=instant(terms["traceapp:validFrom"]),
        retired=_instant_or_none(terms.get("traceapp:retired")),
        compromised_since=_instant_or_none(terms.get("traceapp:compromisedSince")),
        revoked=_instant_or_none(terms.get("traceapp:revoked")),
        record_id=terms.get("traceapp:keyRecord"),
    )


def _instant_or_none(text: str | None) -> datetime | None:
    return instant(text) if text else None
