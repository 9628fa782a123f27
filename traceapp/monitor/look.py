"""One look at a log.

1. The trust file: the pinned one, or one that its root key signed as a later version.
2. The checkpoint is signed by the log's key of that size, and cosigned as the pinned policy asks.
3. The entries since the last look, on top of the tree verified then, make exactly its root: the log only grew.
4. Each record is the one that its entry names; those made in one's name are told of unless they were accepted, or
   signed with a key of one's own. So is every key that somebody calls one's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from traceapp.core.checkpoint import Checkpoint, cosignature_times
from traceapp.core.counted import Counted
from traceapp.core.credential import verify_proof
from traceapp.core.errors import CannotBeChecked, InconsistentLog, NotFound, TraceappError, VerificationError
from traceapp.core.keys import PublicKey, parse_multikey
from traceapp.core.log_entry import read_entry
from traceapp.core.log_keys import require_seen_in_time, verify_by_log
from traceapp.core.policy import parse_policy
from traceapp.core.tail import entry_bundles, extend, record_bundles, require_hash, require_root
from traceapp.core.trust import follow_trust
from traceapp.monitor.source import Source
from traceapp.monitor.state import Made, State, Store

_BOUND = "traceapp:OwnKey"
_OF_KEYS = (_BOUND, "traceapp:OwnKeyEnd")


class Status(IntEnum):
    """Exit status: the worst that was seen. UNREADABLE: the log could not be checked this time."""

    GOOD = 0
    UNKNOWN_RECORD = 1
    UNREADABLE = 2
    NOT_WITNESSED = 3
    FORKED = 4


@dataclass(slots=True)
class Look:
    """What one look saw. `evidence` is the folder of what a forked log signed."""

    size: int = 0
    problems: list[tuple[Status, str]] = field(default_factory=list)
    evidence: Path | None = None

    @property
    def status(self) -> Status:
        """The worst of the problems: a fork, then an unknown record, then whatever could not be checked."""
        order = (Status.FORKED, Status.UNKNOWN_RECORD, Status.UNREADABLE, Status.NOT_WITNESSED)
        found = {status for status, _ in self.problems}
        return next((status for status in order if status in found), Status.GOOD)


def look(state: State, source: Source, store: Store, now: datetime) -> Look:
    """Look once, and remember what was verified. Total: whatever the other side serves becomes a problem."""
    found = Look(size=state.frontier.size)
    served: dict[str, bytes] = {}
    try:
        _follow_trust(state, source, found, now)
        served["served.checkpoint"] = note = source.log("checkpoint")
        checkpoint, key = verify_by_log(note, state.trust.keyring())
        _require_witnesses(state, note, key, found)
        _follow_log(state, source, checkpoint, note)
        found.size = state.frontier.size
    except InconsistentLog as cause:
        found.evidence = _keep(state, store, served, str(cause), now)
        found.problems.append((Status.FORKED, f"The log was forked or rolled back: {cause}."))
    except (VerificationError, TraceappError) as cause:
        found.problems.append((Status.UNREADABLE, f"The log could not be checked: {cause}"))
    else:
        store.write(state)
    found.problems += [(Status.UNKNOWN_RECORD, f"Not known here: {one.line()}") for one in state.unknown.values()]
    return found


def _follow_trust(state: State, source: Source, found: Look, now: datetime) -> None:
    """Keys change: a later trust file counts once the root that is pinned has signed it."""
    try:
        body = source.get(".well-known/traceapp-trust.json")
        state.trust = follow_trust(lambda version: source.log(f"trust/{version}.json"), body, state.trust)
    except NotFound:
        # An exported log has none beside it: the pinned one goes on.
        pass
    except VerificationError as cause:
        found.problems.append((Status.UNREADABLE, f"The service's trust file does not follow the pinned one: {cause}"))
    if now >= state.trust.valid_until:
        found.problems.append(
            (Status.UNREADABLE, "The trust file is no longer valid; or is this machine's clock wrong?")
        )


def _require_witnesses(state: State, note: bytes, key: PublicKey, found: Look) -> None:
    policy = parse_policy(state.trust.policy)
    times = cosignature_times(note, policy.witness_keys)
    quorum = policy.quorum_time(times)
    require_seen_in_time(key, None if quorum is None else datetime.fromtimestamp(quorum, UTC))
    if not policy.is_met(times):
        found.problems.append(
            (Status.NOT_WITNESSED, "The published checkpoint carries fewer witnesses' signatures than its policy asks.")
        )


def _follow_log(state: State, source: Source, checkpoint: Checkpoint, note: bytes) -> None:
    seen = state.frontier.size
    if checkpoint.size < seen:
        raise InconsistentLog(f"{Counted(seen):entry was|entries were} published before, now it says {checkpoint.size}")
    frontier = state.frontier.copy()
    unknown, restricted = dict(state.unknown), state.restricted
    bundles = zip(
        entry_bundles(source.log, seen, checkpoint.size),
        record_bundles(source.log, seen, checkpoint.size),
        strict=True,
    )
    for entries, bodies in bundles:
        first = frontier.size
        extend(frontier, entries)
        for offset, (entry, body) in enumerate(zip(entries, bodies, strict=True)):
            restricted += not body
            for one in _made(entry, body, first + offset, state):
                if one.record_id not in state.accepted:
                    unknown[one.record_id] = one
    require_root(frontier, checkpoint, seen)
    state.frontier, state.checkpoint, state.unknown, state.restricted = frontier, note, unknown, restricted


def _made(entry: bytes, body: bytes, leaf_index: int, state: State) -> Iterator[Made]:
    """The record, if it is one made in one's name by whoever. An entry of an unknown kind is passed over."""
    if not body:
        return
    try:
        said = read_entry(entry)
    except CannotBeChecked:
        return
    require_hash(body, said["sha256"], said["id"])
    # Looked for as text first: most records are other people's, and taking each apart would cost ten times as much.
    if any(name.encode() in body for name in state.names):
        document = json.loads(body)
        name, kind = _spoken_for(document)
        if name in state.names and not _is_own(document, state.own_keys):
            yield Made(said["id"], leaf_index, kind, str(document.get("validFrom")), name)


def _spoken_for(document: dict[str, Any]) -> tuple[str, str]:
    """In whose name a record is made, and what it is: a key is bound, or ended, in the name of its holder."""
    kind = str(document.get("type", ["", "?"])[-1])
    subject = document.get("credentialSubject")
    if isinstance(subject, dict) and subject.get("type") in _OF_KEYS:
        return str((subject.get("traceapp:about") or {}).get("id")), f"{kind} of the key {subject.get('id')}"
    return str((document.get("traceapp:declaredBy") or {}).get("id")), kind


def _is_own(document: dict[str, Any], own_keys: tuple[str, ...]) -> bool:
    """Whether one of one's own keys signed, or is the very key that is bound here."""
    subject = document.get("credentialSubject")
    if isinstance(subject, dict) and subject.get("type") == _BOUND:
        return subject.get("traceapp:publicKeyMultibase") in own_keys
    return any(_fits(document, parse_multikey(one)) for one in own_keys)


def _fits(document: dict[str, Any], raw: bytes) -> bool:
    try:
        verify_proof(document, raw)
    except TraceappError:
        return False
    return True


def _keep(state: State, store: Store, served: dict[str, bytes], reason: str, now: datetime) -> Path:
    """Both checkpoints, signed by the same key, are what shows anybody that the log has two histories."""
    told = f"{reason}\n\nseen.checkpoint was verified here earlier, served.checkpoint is what is served now.\n"
    files = {**served, "seen.checkpoint": state.checkpoint, "trust.json": state.trust.body, "README.txt": told.encode()}
    return store.keep_evidence(files, now)
