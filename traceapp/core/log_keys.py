"""The log's keys over time. Where its key is rotated, old and new sign each checkpoint until the old one retires.

What must stay true: from the size on at which a key began, a checkpoint counts only with its signature, or a later
key's. So whoever finds a retired key cannot continue the log with it, whatever a clock says; smaller checkpoints that
it signed in its time stay good.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from traceapp.core.checkpoint import Checkpoint, parse_checkpoint
from traceapp.core.counted import Counted
from traceapp.core.dates import rfc3339
from traceapp.core.errors import KeyNotValid, KeyRevoked, UnknownKey
from traceapp.core.keys import Keyring, PublicKey, Role
from traceapp.core.note import Algorithm, VerifierKey, parse_note


def head_name(origin: str) -> str:
    """How a witness files and serves a log's checkpoint: SHA-256 of its origin in hex."""
    return sha256(origin.encode()).hexdigest()


def log_origin(host: str) -> str:
    """The log's name: `HOST/log`."""
    return f"{host}/log"


def verifier_of(host: str, key: PublicKey) -> VerifierKey:
    """A log key of HOST as notes name it."""
    return VerifierKey(log_origin(host), Algorithm.ED25519, key.raw)


def verify_by_log(note: bytes, keyring: Keyring) -> tuple[Checkpoint, PublicKey]:
    """The checkpoint in a note, and the key on whose word it counts: an uncompromised one where there is one.

    Raises Malformed, UnknownKey (no log key of the keyring signed it, or another log), BadSignature, and KeyNotValid
    where only keys signed it that were retired at a smaller size. What a compromised key signed counts only once
    `require_seen_in_time` says so.
    """
    # 1. Log keys signed it, and no known key's signature is bad.
    parsed = parse_note(note)
    signers = [
        (verifier, key)
        for verifier, key in log_verifiers(keyring)
        if any((one.name, one.key_id) == (verifier.name, verifier.id) for one in parsed.signatures)
    ]
    if not signers:
        known = ", ".join(f"{one.name}+{one.id.hex()}" for one, _ in log_verifiers(keyring))
        signed = ", ".join(f"{one.name}+{one.key_id.hex()}" for one in parsed.signatures[:16])
        raise UnknownKey(f"no signature by {known}; signed by {signed}")
    for verifier, _ in signers:
        for signature in parsed.signatures_by(verifier):
            verifier.verify(parsed.body, signature)
    # 2. It is a checkpoint of this log.
    checkpoint = parse_checkpoint(parsed.body)
    if checkpoint.origin != log_origin(keyring.host):
        raise UnknownKey(f"expected a checkpoint of {log_origin(keyring.host)}, got one of {checkpoint.origin}")
    return checkpoint, _counting(checkpoint, [key for _, key in signers], keyring)


def _counting(checkpoint: Checkpoint, signers: list[PublicKey], keyring: Keyring) -> PublicKey:
    """3. One of the signers was the log's key at that size, or came after it."""
    began = max(one for _, key in log_verifiers(keyring) if (one := succession(key))[0] <= checkpoint.size)
    counting = [key for key in signers if succession(key) >= began]
    if not counting:
        raise KeyNotValid(
            f"The checkpoint of {Counted(checkpoint.size):entry|entries} is signed by a retired log key only: from "
            f"{Counted(began[0]):entry|entries} on another key signs this log."
        )
    return next((key for key in reversed(counting) if key.compromised_since is None), counting[-1])


def require_seen_in_time(key: PublicKey, seen: datetime | None) -> None:
    """KeyRevoked where the log's key was in other hands and no quorum of witnesses saw the checkpoint before that."""
    if key.compromised_since is not None and (seen is None or seen >= key.compromised_since):
        raise KeyRevoked(
            f"The log's key {key.multikey} is compromised since {rfc3339(key.compromised_since)}, and no quorum of "
            "witnesses saw this checkpoint before."
        )


def succession(key: PublicKey) -> tuple[int, bool]:
    """Which of two keys came later: the one that began at the larger size, or that is not retired."""
    return key.first_size or 0, key.retired is None


@lru_cache(maxsize=64)
def log_verifiers(keyring: Keyring) -> tuple[tuple[VerifierKey, PublicKey], ...]:
    """Every log key as notes name it, oldest first."""
    keys = sorted(keyring.of_role(Role.LOG), key=succession)
    return tuple((verifier_of(keyring.host, key), key) for key in keys)
