"""The log: appending under one lock, proofs, tiles, and what may be published.

What must stay true: the entries are gapless from 0; the newest checkpoint is that of all of them; no two checkpoints
share a size; nothing is appended while the published checkpoint is ahead of the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from traceapp.core.checkpoint import Checkpoint, sign_checkpoint
from traceapp.core.counted import Counted
from traceapp.core.errors import LogAhead, NotFound
from traceapp.core.log_entry import entry_of
from traceapp.core.merkle import EMPTY_ROOT, Frontier, consistency_proof, inclusion_proof, leaf_hash
from traceapp.core.statements import is_restricted, is_uuid, record_uuid
from traceapp.core.tail import encode_records, records_path
from traceapp.core.tiles import TILE_WIDTH, HashReader, Tile, encode_entries, tile_width
from traceapp.core.tlog_proof import format_proof
from traceapp.db import driver
from traceapp.db.tables import checkpoints, log_entries, log_lock, records
from traceapp.services.log.heads import Published, checkpoint_root, follow, newest_head, newest_to_follow, require_begun
from traceapp.services.log.tree import KnownTree, hash_reader, insert_tiles, read_hashes

PUBLISHED = "published"
AWAITING = "awaiting-witness"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a capture answers: the record's id (URL), its leaf index, and the committed checkpoint that holds it.

    `status` is PUBLISHED, or AWAITING where witnesses are asked before that checkpoint is published.
    """

    record_id: str
    leaf_index: int
    checkpoint: bytes
    status: str = PUBLISHED


@dataclass(frozen=True, slots=True)
class Log:
    """Who signs the log, where to read what is published already, and whether witnesses see it before the public.

    `outgoing`: earlier keys that sign beside the present one until they retire. `tree`: what was appended to last.
    """

    origin: str
    private: Ed25519PrivateKey
    published: Callable[[], Published | None]
    witnessed: bool = False
    outgoing: Callable[[], Sequence[Ed25519PrivateKey]] = tuple
    tree: KnownTree = field(default_factory=KnownTree)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A signed record on its way into the log."""

    record_id: str
    type: str
    time: datetime
    body: bytes


def start(connection: Connection, log: Log) -> None:
    """Make the empty tree. Unavailable when entries were published under this name already."""
    connection.execute(insert(log_lock).values(id=1))
    require_not_behind(connection, log, log.published())


def append(connection: Connection, log: Log, new: Sequence[NewRecord]) -> tuple[Receipt, ...]:
    """Store records and log them: one append, one checkpoint, however many they are.

    Holds the log's lock until the caller commits. LogAhead when the published checkpoint is ahead.
    """
    if not new:
        return ()
    first, root = _size_and_root(newest_to_follow(connection))
    tree = log.tree.at(connection, first, root)
    _refuse_if_behind(connection, log.published(), first, root)
    entries = [entry_of(record.record_id, record.body) for record in new]
    leaves = [leaf_hash(entry) for entry in entries]
    _insert_records(connection, new)
    _insert_entries(connection, first, new, entries, leaves)
    insert_tiles(connection, first, leaves)
    tree.extend(leaves)
    newest = _insert_checkpoint(connection, log, tree)
    follow(connection, newest)
    status = AWAITING if log.witnessed else PUBLISHED
    return tuple(Receipt(record.record_id, first + offset, newest[2], status) for offset, record in enumerate(new))


def require_not_behind(connection: Connection, log: Log, published: Published | None) -> None:
    """LogAhead unless the database holds all that is `published`, and its own last checkpoint.

    That is read before `connection` looks: a capture that is published in between is no sign of a database left behind.
    """
    require_begun(connection)
    size, root = _size_and_root(newest_head(connection))
    log.tree.at(connection, size, root)
    _refuse_if_behind(connection, published, size, root)


def _size_and_root(newest: Published | None) -> tuple[int, bytes]:
    return newest[:2] if newest else (0, EMPTY_ROOT)


def _refuse_if_behind(connection: Connection, published: Published | None, size: int, root: bytes) -> None:
    """Never two roots for one size: what the world has seen is what is appended to."""
    if published is None or published[:2] == (size, root):
        return
    if published[0] > size or (published[0] and checkpoint_root(connection, published[0]) != published[1]):
        raise LogAhead(
            f"{Counted(published[0]):entry is|entries are} published, the database holds {size}, or others: is it a "
            "restored backup or a stale copy? Nothing was appended, as that would fork the log. Run traceapp log "
            "recover."
        )


def _insert_records(connection: Connection, new: Sequence[NewRecord]) -> None:
    rows = [(record_uuid(one.record_id), one.type, one.time, one.body) for one in new]
    driver.insert(connection, records, rows)


def _insert_entries(
    connection: Connection, first: int, new: Sequence[NewRecord], entries: Sequence[bytes], leaves: Sequence[bytes]
) -> None:
    rows = [
        (first + offset, record_uuid(one.record_id), entry, leaf)
        for offset, (one, entry, leaf) in enumerate(zip(new, entries, leaves, strict=True))
    ]
    try:
        driver.insert(connection, log_entries, rows)
    except IntegrityError as cause:
        raise LogAhead(
            f"The database holds entries beyond its last checkpoint of {first}, which somebody took away: nothing was "
            "appended. Run traceapp log check, then traceapp log recover."
        ) from cause


def _insert_checkpoint(connection: Connection, log: Log, tree: Frontier) -> Published:
    size, root = tree.size, tree.root()
    note = sign_checkpoint(Checkpoint(log.origin, size, root), log.private, *log.outgoing())
    driver.insert(connection, checkpoints, [(size, root, note)])
    log.tree.keep(tree, root)
    return size, root, note


def read_tile(connection: Connection, tile: Tile, size: int) -> bytes:
    """The bytes of a tile of the published tree of `size`; NotFound where that tree has no such tile."""
    width = tile_width(tile.level, tile.index, size)
    if not 0 < tile.width <= width:
        raise NotFound(f"The log of {Counted(size):entry|entries} has no {tile.path}.")
    if tile.level == "entries":
        first = tile.index * TILE_WIDTH
        place = log_entries.c.leaf_index
        query = select(log_entries.c.entry).where(place >= first, place < first + tile.width).order_by(place)
        return encode_entries(connection.execute(query).scalars())
    return read_hashes(connection, tile.level, tile.index, tile.width)


def read_records(connection: Connection, index: int, width: int, size: int, *, hidden: bool = False) -> bytes:
    """A bundle of the records behind an entry bundle of the published tree of `size`; NotFound where there is none.

    Restricted records are left empty, unless `hidden` ones are asked for too: for the operator's own keeping.
    """
    if not 0 < width <= tile_width("entries", index, size):
        raise NotFound(f"The log of {Counted(size):entry|entries} has no {records_path(index, width)}.")
    first = index * TILE_WIDTH
    bodies: dict[int, bytes] = dict(driver.run(connection, _BODIES, (first, first + width)))
    found = (bodies.get(at) or b"" for at in range(first, first + width))
    return encode_records(one if hidden else _shown(one) for one in found)


_BODIES = (
    "SELECT e.leaf_index, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index >= ? AND e.leaf_index < ?"
)
_RESTRICTED = b'"traceapp:disclosure":"restricted"'


def _shown(body: bytes) -> bytes:
    # Looked for as text first: what is restricted says so in canonical JSON, so nothing restricted is missed.
    return b"" if _RESTRICTED in body and is_restricted(json.loads(body)) else body


def prove_inclusion(reader: HashReader, leaf_index: int, note: bytes) -> bytes:
    """The tlog-proof of one entry to the checkpoint `note` of the reader's tree."""
    return format_proof(leaf_index, inclusion_proof(leaf_index, reader.size, reader.node), note)


def prove_consistency(connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
    """What shows that the tree of `new` extends that of `old`."""
    return consistency_proof(old, new, hash_reader(connection, new).node)


def place_of(connection: Connection, record_id: str) -> tuple[bytes, int]:
    """(entry bytes, leaf index) of a record by its UUID; NotFound."""
    query = select(log_entries.c.entry, log_entries.c.leaf_index).where(log_entries.c.record_id == record_id)
    row = connection.execute(query).first() if is_uuid(record_id) else None
    if row is None:
        raise NotFound(f"There is no record {record_id[:60]} in the log.")
    return row.entry, row.leaf_index
