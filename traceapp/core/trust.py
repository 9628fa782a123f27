"""The trust file: every public key with its history, the hosts, the vocabulary's hash and the log's policy.

A credential signed by the root key. A verifier pins one and then refuses a lower version, the same version with other
bytes, and another HOST.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from traceapp.core.canonical import JsonObject, canonicalise, parse_canonical
from traceapp.core.credential import Signer, secure, verify_bytes
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import CannotBeChecked, InvalidEvent, KeyNotValid, Malformed, UnknownKey
from traceapp.core.keys import Keyring, PublicKey, Role, did_web, multikey, parse_multikey
from traceapp.core.log_keys import log_origin, succession, verifier_of
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.policy import NO_WITNESSES, parse_policy
from traceapp.core.shape import as_tuple, require_shape
from traceapp.core.statements import to_terms
from traceapp.core.vocabulary import context_urls, vocabulary_hash, vocabulary_url

_LOG = "log "


@dataclass(frozen=True, slots=True)
class TrustList:
    """A read trust file. `vocabulary` is the SHA-256 of /vocab/v1 in hex, `body` the file's exact bytes, `log_key` the
    newest of the log's keys."""

    host: str
    version: int
    valid_from: datetime
    valid_until: datetime
    hosts: tuple[str, ...]
    keys: tuple[PublicKey, ...]
    log_key: VerifierKey
    policy: str
    vocabulary: str
    body: bytes

    @property
    def witnessing(self) -> str:
        """The log policy below the lines that name the log's keys: witnesses, groups and quorum."""
        return "".join(line for line in self.policy.splitlines(keepends=True) if not line.startswith(_LOG))

    def keyring(self, *, pinned: bool = True) -> Keyring:
        """The keys as a verifier uses them."""
        return Keyring(self.host, self.keys, pinned=pinned)


def make_trust_list(
    *,
    host: str,
    version: int,
    hosts: Iterable[str],
    keys: Iterable[PublicKey],
    valid: tuple[datetime, datetime],
    root: Signer,
    witnessing: str = NO_WITNESSES,
    new_root: Signer | None = None,
) -> bytes:
    """The signed bytes of a trust file valid from `valid[0]` until `valid[1]`. KeyNotValid without a log key in use.

    `witnessing` is the log policy below the lines that name the log: its key, and before it in time those that sign
    beside it for a while yet. `new_root` also signs where the root key changes.
    """
    all_keys = list(keys)
    log_keys = sorted((key for key in all_keys if key.role is Role.LOG and signs_at(key, valid[0])), key=succession)
    if not any(key.retired is None for key in log_keys):
        raise KeyNotValid(
            "No log key is in use, and a trust file names the one that signs the log: make a new key first."
        )
    logs = "".join(f"{_LOG}{verifier_of(host, key).format()}\n" for key in reversed(log_keys))
    document = _document(host, version, hosts, all_keys, valid, f"{logs}{witnessing}")
    if new_root is None:
        return secure(document, root, valid[0])
    signed = [parse_canonical(secure(document, signer, valid[0])) for signer in (root, new_root)]
    return canonicalise({**document, "proof": [one["proof"] for one in signed]})


def signs_at(key: PublicKey, now: datetime) -> bool:
    """Whether a key is in use, alone or beside the one that takes over from it."""
    return key.compromised_since is None and (key.retired is None or now < key.retired)


def _document(
    host: str,
    version: int,
    hosts: Iterable[str],
    keys: Iterable[PublicKey],
    valid: tuple[datetime, datetime],
    policy: str,
) -> JsonObject:
    return {
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
            "traceapp:keys": [_key_terms(key) for key in keys],
            "traceapp:vocabulary": {"id": vocabulary_url(host), "traceapp:sha256": vocabulary_hash(host)},
            "traceapp:logPolicy": policy,
        },
    }


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
            "fromSize": key.first_size,
        }
    )


def read_trust_list(body: bytes, *, pinned: TrustList | None = None) -> TrustList:
    """Read and verify a trust file; with `pinned`, also against the one that is trusted already.

    Raises a VerificationError: Malformed, UnknownKey (another host, or a root that the pinned file does not hold),
    BadSignature, KeyNotValid (a lower version, the same with other bytes, a root that may not sign any more).
    """
    found = parse_trust_list(body)
    if pinned is not None:
        if body == pinned.body:
            return found
        _require_successor(found, pinned)
    _require_root(body, found, pinned)
    return found


def follow_trust(fetch: Callable[[int], bytes], newest: bytes, pinned: TrustList) -> TrustList:
    """The newest trust file, reached from the pinned one. `fetch(version)` gives those between.

    Where the root changed since, only the file that changed it is signed by both: it is a step that cannot be left out.
    """
    wanted = parse_trust_list(newest)
    while True:
        try:
            return read_trust_list(newest, pinned=pinned)
        except UnknownKey:
            if wanted.host != pinned.host or wanted.version <= pinned.version + 1:
                raise
        pinned = read_trust_list(fetch(pinned.version + 1), pinned=pinned)


def _require_root(body: bytes, found: TrustList, pinned: TrustList | None) -> None:
    """Each proof is by a root key that the file itself names; one of them, where one is pinned, by a root key of that.

    A file that changes the root carries two: the old root says who follows it, the new one that it holds the key.
    """
    keyring = found.keyring()
    known = pinned.keyring() if pinned else keyring
    roots = [_signer_of(one, keyring, pinned=known) for one in _with_one_proof(body)]
    trusted = [root for root in roots if root is not None]
    if not trusted:
        raise UnknownKey(f"No root key that is pinned signed version {found.version} of the trust file.")
    # Whoever finds a retired root can date what it signs into its time: a verifier that knows it retired goes by that.
    for root in trusted:
        if root.compromised_since is not None or (pinned is not None and root.retired is not None):
            raise KeyNotValid(
                f"The root key {root.multikey} is no longer in use; it may not sign version {found.version}."
            )


def _signer_of(body: bytes, keyring: Keyring, *, pinned: Keyring) -> PublicKey | None:
    """The key of a proof as the pinned keyring knows it; None where only the file itself names it."""
    try:
        return verify_bytes(body, pinned, Role.ROOT)[1]
    except UnknownKey:
        if pinned is keyring:
            raise
        verify_bytes(body, keyring, Role.ROOT)
        return None


def _with_one_proof(body: bytes) -> Iterator[bytes]:
    """The file with each of its proofs alone: that is what each signs (Data Integrity, proof sets)."""
    document = parse_canonical(body)
    proofs = document.get("proof")
    if not isinstance(proofs, list):
        yield body
        return
    if len(proofs) != 2:
        raise Malformed(f"A trust file carries one proof, or two where the root changes; this one {len(proofs)}.")
    for proof in proofs:
        yield canonicalise({**document, "proof": proof})


def _require_successor(found: TrustList, pinned: TrustList) -> None:
    if found.host != pinned.host:
        raise UnknownKey(f"This trust file is of {found.host}; the pinned one is of {pinned.host}.")
    if found.version < pinned.version:
        raise KeyNotValid(
            f"This trust file is version {found.version}, older than the pinned version {pinned.version}."
        )
    if found.version == pinned.version:
        raise KeyNotValid(f"Two different trust files call themselves version {found.version}.")


def parse_trust_list(body: bytes) -> TrustList:
    """A trust file as it stands, its signature not looked at; Malformed. Only to say what it claims to be."""
    document = parse_canonical(body)
    try:
        return _read(document, body)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, InvalidEvent, CannotBeChecked) as cause:
        raise Malformed(f"This is no trust file: {cause!r}.") from cause


def _read(document: JsonObject, body: bytes) -> TrustList:
    subject: JsonObject = document["credentialSubject"]
    host = document["issuer"].removeprefix("did:web:").replace("%3A", ":")
    if document["type"] != ["VerifiableCredential", "TrustList"]:
        raise ValueError("its type is another")
    if not document["issuer"] == subject["id"] == did_web(host):
        raise ValueError("its issuer and its subject are not one service")
    keys = tuple(_read_key(terms) for terms in as_tuple(subject["traceapp:keys"]))
    policy = subject["traceapp:logPolicy"]
    found = TrustList(
        host=host,
        version=subject["traceapp:version"],
        valid_from=instant(document["validFrom"]),
        valid_until=instant(document["validUntil"]),
        hosts=as_tuple(subject["traceapp:hosts"]),
        keys=keys,
        log_key=_log_key(policy, host, keys),
        policy=policy,
        vocabulary=subject["traceapp:vocabulary"]["traceapp:sha256"],
        body=body,
    )
    return require_shape(found)


def _log_key(policy: str, host: str, keys: Iterable[PublicKey]) -> VerifierKey:
    """The key of HOST's own log in the policy: one of the file's log keys, so that it has a history."""
    usable = [one.raw for one in keys if one.role is Role.LOG and one.compromised_since is None]
    word, _, vkey = policy.splitlines()[0].partition(" ")
    key = VerifierKey.parse(vkey)
    if (word, key.name, key.algorithm) != ("log", log_origin(host), Algorithm.ED25519):
        raise ValueError(f"its policy begins with {word} {key.name}, not with the log of {host}")
    if any((one.name, one.public in usable) != (key.name, True) for one in parse_policy(policy).logs):
        raise ValueError("a log key of its policy is none of its log keys, or a compromised one")
    return key


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
        first_size=terms.get("traceapp:fromSize"),
    )


def _instant_or_none(text: str | None) -> datetime | None:
    return None if text is None else instant(text)
