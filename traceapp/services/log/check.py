"""Re-proving everything stored, and naming the first thing wrong.

1. Entries are gapless; each names its record and the hash of its bytes; each leaf hash is its entry's.
2. Each record is canonical and signed by the right key, a body's own key included; its index of subjects is what the
   record says.
3. Full tiles hold the leaf hashes, and the roots of the tiles below.
4. Every checkpoint is signed by the log's key of that size and has the root of its size; the head is the last one.
5. Trust files follow each other, and every key in them has its KeyRecord; every cosignature is by a witness that one of
   them names, on a checkpoint that is there, at the time its row says.
6. The published checkpoint is one of these; the audit trail is unbroken; the guards are in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from traceapp.core.canonical import JsonObject
from traceapp.core.checkpoint import verify_cosignature
from traceapp.core.counted import Counted
from traceapp.core.errors import InconsistentLog, NotInLog, VerificationError
from traceapp.core.keys import Keyring
from traceapp.core.merkle import Frontier
from traceapp.core.note import VerifierKey, add_signatures, parse_signatures
from traceapp.core.statements import subjects_of
from traceapp.core.tiles import TileWriter, tile_path, tile_root
from traceapp.core.trust import TrustList, read_trust_list
from traceapp.db.guards import require_guards
from traceapp.db.tables import (
    checkpoints,
    cosignatures,
    log_entries,
    log_lock,
    log_tiles,
    record_subjects,
    records,
    trust_lists,
)
from traceapp.services.log.heads import Published
from traceapp.services.log.witnessed import policy_of, witness_name
from traceapp.services.operating import audit
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.records.own_keys import every_own_key
from traceapp.services.records.stored import Checker, Problems, Signed, Stored, checker

BATCH = 1024


@dataclass(frozen=True, slots=True)
class LogReport:
    """How much was re-proved."""

    entries: int
    tiles: int
    checkpoints: int
    audit_lines: int


def check_log(
    connection: Connection,
    host: str,
    keyring: Keyring,
    published: Published | None,
    index: IndexRows | None = None,
) -> LogReport:
    """Walk everything. What is raised (a VerificationError; Unavailable for a missing guard) names the first fault.

    `index` is filled with what the records say, for whoever compares the tables with it.
    """
    require_guards(connection)
    count = connection.execute(select(func.count()).select_from(log_entries)).scalar() or 0
    with checker(host, keyring, every_own_key(connection, host, keyring), count) as help:
        walk = _Walk(connection, host, help, index)
        walk.checkpoints()
        walk.entries()
    walk.head()
    walk.trust_files()
    walk.cosignatures()
    walk.nothing_beside_the_log()
    if published is not None and walk.roots.get(published[0]) != published[1]:
        raise InconsistentLog(
            f"The published checkpoint of {Counted(published[0]):entry|entries} is none that this database signed."
        )
    lines = audit.require_intact(connection)
    return LogReport(walk.frontier.size, walk.tiles, len(walk.roots), lines)


class _Walk:
    """The tree as it is rebuilt, entry by entry."""

    def __init__(self, connection: Connection, host: str, help: Checker, index: IndexRows | None) -> None:
        self._help = help
        self._index = index
        self._connection = connection
        self._host = host
        self._writer = TileWriter()
        self.frontier = Frontier()
        self.roots: dict[int, bytes] = {}
        self.tiles = 0
        self._key_records: set[str] = set()
        self._witnesses: dict[str, VerifierKey] = {}

    def checkpoints(self) -> None:
        """Every checkpoint is signed by the log's key of that size, and signs what its row says."""
        ahead = self._signed_after(-1)
        while ahead:
            (rows, problems), ahead = ahead, self._signed_after(ahead[0][-1][0])
            for (size, root, _), problem in zip(rows, problems, strict=True):
                if problem:
                    raise type(problem)(f"The checkpoint of {Counted(size):entry|entries}: {problem}") from problem
                self.roots[size] = root

    def _signed_after(self, size: int) -> tuple[list[Signed], Problems] | None:
        place = checkpoints.c.size
        query = select(place, checkpoints.c.root, checkpoints.c.note).where(place > size).order_by(place).limit(BATCH)
        rows = [(row[0], row[1], row[2]) for row in self._connection.execute(query)]
        return (rows, self._help.check_signed(rows)) if rows else None

    def entries(self) -> None:
        """Every entry with its record, in order."""
        ahead = self._stored_from(0)
        while ahead:
            # Whoever helps has the next ones in hand while these are looked at here.
            (rows, problems), ahead = ahead, self._stored_from(ahead[0][-1].leaf_index + 1)
            found = [self._leaf(row, problems) for row in rows]
            self._require_subjects(rows, found)
            self._require_tiles([row.leaf_hash for row in rows])

    def _stored_from(self, first: int) -> tuple[list[Any], Problems] | None:
        place = log_entries.c.leaf_index
        query = (
            select(log_entries, records.c.body, records.c.type, records.c.record_time)
            .join(records, records.c.record_id == log_entries.c.record_id, isouter=True)
            .where(place >= first)
            .order_by(place)
            .limit(BATCH)
        )
        rows = list(self._connection.execute(query))
        stored = [
            Stored(row.record_id, row.entry, row.leaf_hash, row.body, row.type, row.record_time, row.leaf_index)
            for row in rows
        ]
        return (rows, self._help.check(stored)) if rows else None

    def _leaf(self, row: Any, problems: Problems) -> JsonObject:
        index = self.frontier.size
        if row.leaf_index != index:
            raise NotInLog(f"Entry {index} is missing; the next one is {row.leaf_index}.")
        if problem := next(problems):
            raise type(problem)(f"Entry {index}: {problem}") from problem
        # Its bytes are canonical: read without looking for what canonical bytes cannot hold.
        document: JsonObject = orjson.loads(row.body)
        self.frontier.append(row.leaf_hash)
        root = self.roots.get(index + 1)
        if root is not None and root != self.frontier.root():
            raise InconsistentLog(
                f"The checkpoint of {Counted(index + 1):entry|entries} has another root than the entries."
            )
        if row.type == "KeyRecord":
            self._key_records.add(document["id"])
        if self._index is not None:
            self._index.add(document)
        return document

    def _require_subjects(self, rows: list[Any], documents: list[JsonObject]) -> None:
        """The index that pages look records up by is what the records say: nothing hidden, nothing slipped in."""
        first, last = rows[0].leaf_index, rows[-1].leaf_index
        place = record_subjects.c.leaf_index
        found: dict[int, set[str]] = {}
        query = select(record_subjects).where(place >= first, place <= last)
        for row in self._connection.execute(query):
            found.setdefault(row.leaf_index, set()).add(row.subject)
        for row, document in zip(rows, documents, strict=True):
            said = set(subjects_of(document))
            if found.get(row.leaf_index, set()) != said:
                raise InconsistentLog(f"Entry {row.leaf_index}: its index of subjects is not what its record says.")

    def _require_tiles(self, leaves: list[bytes]) -> None:
        for level, index, hashes in self._writer.extend(leaves):
            row = self._connection.execute(
                select(log_tiles).where(log_tiles.c.level == level, log_tiles.c.tile == index)
            ).first()
            if row is None or row.hashes != hashes or row.root != tile_root(hashes):
                raise InconsistentLog(f"{tile_path(level, index)} is not what its entries make.")
            self.tiles += 1

    def head(self) -> None:
        """The last checkpoint is the tree that was rebuilt; and whoever appends has something to hold."""
        if self._connection.execute(select(log_lock)).first() is None:
            raise InconsistentLog("The row of log_lock is gone, which writers wait for: put it back (id 1).")
        size = self.frontier.size
        if size and max(self.roots, default=0) != size:
            raise InconsistentLog(
                f"The log holds {Counted(size):entry|entries}, but the last checkpoint has "
                f"{max(self.roots, default=0)}."
            )

    def trust_files(self) -> None:
        """Versions are gapless; each is signed by a root key of the one before; the log shows every key in them."""
        known: TrustList | None = None
        for row in self._connection.execute(select(trust_lists).order_by(trust_lists.c.version)):
            expected = known.version + 1 if known else 1
            try:
                known = read_trust_list(row.body, pinned=known)
            except VerificationError as cause:
                raise type(cause)(f"The trust file of version {row.version}: {cause}") from cause
            if (known.version, row.version, known.host) != (expected, expected, self._host):
                raise InconsistentLog(f"The trust file of version {row.version} is of another version or host.")
            if unlogged := [key.multikey for key in known.keys if key.record_id not in self._key_records]:
                raise NotInLog(
                    f"The trust file of version {row.version} names {unlogged[0]}, which no KeyRecord shows."
                )
            self._witnesses.update((witness_name(key), key) for key in policy_of(known).witness_keys)

    def cosignatures(self) -> None:
        """Who saw which checkpoint when is what that witness signed."""
        with_notes = select(cosignatures, checkpoints.c.note).join(
            checkpoints, checkpoints.c.size == cosignatures.c.size, isouter=True
        )
        for row in self._connection.execute(with_notes.order_by(cosignatures.c.size, cosignatures.c.witness)):
            what = f"The cosignature by {row.witness} on {Counted(row.size):entry|entries}"
            key = self._witnesses.get(row.witness)
            if key is None:
                raise InconsistentLog(f"{what}: no trust file names that witness.")
            if row.note is None:
                raise InconsistentLog(f"{what}: there is no checkpoint of that size.")
            try:
                seen = verify_cosignature(add_signatures(row.note, row.line), key)
            except VerificationError as cause:
                raise type(cause)(f"{what}: {cause}") from cause
            if row.time is None or row.time.timestamp() != seen or len(parse_signatures(row.line)) != 1:
                raise InconsistentLog(f"{what}: its row says another time, or more, than was signed.")

    def nothing_beside_the_log(self) -> None:
        """No record, tile or index row that the walk did not meet."""
        for table, expected in ((records, self.frontier.size), (log_tiles, self.tiles)):
            found = self._connection.execute(select(func.count()).select_from(table)).scalar() or 0
            if found != expected:
                raise NotInLog(f"{table.name} has {Counted(found):row|rows}; the log accounts for {expected}.")
        beyond = select(func.count()).where(record_subjects.c.leaf_index >= self.frontier.size)
        if self._connection.execute(beyond).scalar():
            raise InconsistentLog("The index of subjects names entries that do not exist.")
