"""What witnesses saw, and when: cosignatures as stored, each verified before it counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby

from sqlalchemy import Connection, select

from traceapp.core.checkpoint import verify_cosignature
from traceapp.core.errors import VerificationError
from traceapp.core.evidence import Evidence
from traceapp.core.keys import Role
from traceapp.core.log_keys import require_seen_in_time, verify_by_log
from traceapp.core.note import VerifierKey, add_signatures
from traceapp.core.policy import Policy, parse_policy
from traceapp.core.trust import TrustList
from traceapp.db.tables import checkpoints, cosignatures

Seen = tuple[int, bytes, datetime]
"""A checkpoint that a quorum saw: its size, its note with their signatures, and when the quorum was complete."""
_AT_ONCE = 64


def policy_of(trust: TrustList) -> Policy:
    """The log policy that a trust file states."""
    return parse_policy(trust.policy)


def store_cosignature(connection: Connection, size: int, key: VerifierKey, time: int, line: bytes) -> None:
    """Keep a verified cosignature on the checkpoint of `size`. The first by a witness on it stays."""
    name = witness_name(key)
    taken = select(cosignatures.c.size).where(cosignatures.c.size == size, cosignatures.c.witness == name)
    if connection.execute(taken).first() is None:
        seen = datetime.fromtimestamp(time, UTC)
        connection.execute(cosignatures.insert().values(size=size, witness=name, time=seen, line=line))


def witness_name(key: VerifierKey) -> str:
    """How a witness is named in the table: key name and key id."""
    return f"{key.name}+{key.id.hex()}"


def lines_on(connection: Connection, size: int) -> dict[str, bytes]:
    """The stored cosignature lines on the checkpoint of `size`, by witness."""
    rows = connection.execute(select(cosignatures).where(cosignatures.c.size == size).order_by(cosignatures.c.witness))
    return {row.witness: row.line for row in rows}


def last_seen(connection: Connection, key: VerifierKey) -> int:
    """The size that a witness cosigned last, as far as is stored here; 0 before the first."""
    query = select(cosignatures.c.size).where(cosignatures.c.witness == witness_name(key))
    return connection.execute(query.order_by(cosignatures.c.size.desc()).limit(1)).scalar() or 0


def first_seen(connection: Connection, trust: TrustList, leaf_index: int) -> Seen | None:
    """The earliest checkpoint with a quorum that covers this entry. None: no quorum has seen it."""
    return next(_quorate(connection, trust, leaf_index), None)


def witnessed_before(connection: Connection, trust: TrustList, since: datetime) -> int:
    """How many entries a quorum had seen before `since`."""
    seen = 0
    for size, _, time in _quorate(connection, trust, 0):
        if time >= since:
            break
        seen = size
    return seen


def with_witnesses(connection: Connection, evidence: Evidence, trust: TrustList) -> Evidence:
    """The evidence with what witnesses saw of each record. Where none are named it is returned as it is, unasked."""
    if not policy_of(trust).witnesses:
        return evidence
    found = seen_by_leaf(connection, trust, [one.leaf_index for one in evidence.records])
    records = tuple(
        replace(one, witnessed_at=found[one.leaf_index][2]) if one.leaf_index in found else one
        for one in evidence.records
    )
    return replace(evidence, records=records, witnesses_configured=True)


def seen_by_leaf(connection: Connection, trust: TrustList, leaves: Iterable[int]) -> dict[int, Seen]:
    """The earliest quorate checkpoint of each of these entries; those that no quorum saw are left out."""
    found: dict[int, Seen] = {}
    known: Seen | None = None
    for leaf in sorted(set(leaves)):
        # The checkpoint that covers an earlier entry first covers this one too, if it is large enough.
        if known is None or known[0] <= leaf:
            known = first_seen(connection, trust, leaf)
        if known is None:
            break
        found[leaf] = known
    return found


def _quorate(connection: Connection, trust: TrustList, leaf_index: int) -> Iterator[Seen]:
    """Checkpoints that cover an entry and that a quorum saw, smallest first."""
    policy = policy_of(trust)
    known = {witness_name(key): key for key in policy.witness_keys}
    above = leaf_index
    while known and (rows := _cosigned(connection, above, known)):
        for (size, note), group in groupby(rows, key=lambda row: (row[0], row[1])):
            seen = _if_quorate(policy, size, note, {known[row[2]]: row[3] for row in group})
            yield from (one for one in seen if _counts(one, trust))
        above = rows[-1][0]


def _counts(seen: Seen, trust: TrustList) -> bool:
    """Whether a verifier would take the log's signature: a key that was lost counts as far as it was seen before."""
    if not any(key.role is Role.LOG and key.compromised_since for key in trust.keys):
        return True
    try:
        require_seen_in_time(verify_by_log(seen[1], trust.keyring())[1], seen[2])
    except VerificationError:
        return False
    return True


def _cosigned(
    connection: Connection, above: int, known: Mapping[str, VerifierKey]
) -> list[tuple[int, bytes, str, bytes]]:
    sizes = (
        select(cosignatures.c.size)
        .where(cosignatures.c.size > above, cosignatures.c.witness.in_(sorted(known)))
        .distinct()
        .order_by(cosignatures.c.size)
        .limit(_AT_ONCE)
    )
    query = (
        select(cosignatures.c.size, checkpoints.c.note, cosignatures.c.witness, cosignatures.c.line)
        .join(checkpoints, checkpoints.c.size == cosignatures.c.size)
        .where(cosignatures.c.size.in_(sizes), cosignatures.c.witness.in_(sorted(known)))
        .order_by(cosignatures.c.size, cosignatures.c.witness)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def _if_quorate(policy: Policy, size: int, note: bytes, lines: Mapping[VerifierKey, bytes]) -> Iterator[Seen]:
    times: dict[VerifierKey, int] = {}
    signed = note
    for key, line in lines.items():
        try:
            times[key] = _verified(note, line, key)
            signed = add_signatures(signed, line)
        except VerificationError:
            # Whoever wrote that row was no witness: it counts for nothing.
            continue
    complete = policy.quorum_time(times)
    if complete is not None:
        yield size, signed, datetime.fromtimestamp(complete, UTC)


@lru_cache(maxsize=4096)
def _verified(note: bytes, line: bytes, key: VerifierKey) -> int:
    return verify_cosignature(add_signatures(note, line), key)
