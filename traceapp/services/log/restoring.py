"""Bringing a restored database up to what is published: exactly the entries it lacks, and no other.

What must stay true: nothing is appended that the log's key did not sign; the entries that are here already are a
beginning of the published log; every record fetched is the one that its entry names, signed by a key of the trust file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select

from traceapp.adapters.outgoing import get
from traceapp.core.checkpoint import Checkpoint, cosignature_times, parse_checkpoint
from traceapp.core.counted import Counted
from traceapp.core.dates import instant
from traceapp.core.errors import InconsistentLog, LogAhead, NotFound, TraceappError, Unavailable
from traceapp.core.evidence import StoredRecord, read_records
from traceapp.core.keys import Keyring
from traceapp.core.log_entry import read_entry
from traceapp.core.log_keys import log_verifiers, verify_by_log
from traceapp.core.merkle import Frontier, leaf_hash
from traceapp.core.note import Note, parse_note
from traceapp.core.own.keys import OwnKeys
from traceapp.core.statements import record_type, record_uuid, subjects_of
from traceapp.core.tail import entry_bundles, extend, record_bundles, require_hash, require_root
from traceapp.db import chain_build, driver, search_build
from traceapp.db.tables import checkpoints, log_entries, record_subjects, records
from traceapp.services.log.heads import newest_head
from traceapp.services.log.sightings import (
    Fetch,
    Sighting,
    head_path,
    require_no_less,
    require_same_tree,
    seen_by_witnesses,
)
from traceapp.services.log.tree import insert_tiles, stored_tree
from traceapp.services.log.trust_between import Place, bring_trust
from traceapp.services.log.witnessed import policy_of, store_cosignature
from traceapp.services.operating import audit
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.records.own_keys import OWN_KEY_MARK, every_own_key
from traceapp.services.records.signing import parse_document
from traceapp.services.records.stored import Stored, require_stored
from traceapp.services.world import World

_HOW = (
    "Stop the service and find these records: in another export or mirror (give it with a further --from), in a newer "
    "backup of the database, or as {uuid}.json from their parties, in a folder records/ given with --from."
)


@dataclass(slots=True)
class Recovered:
    """What was brought back: `first` … `size - 1`, found at `place`. `seen_by` are witnesses that it was compared
    with, `silent` those that could not be asked.
    """

    first: int
    size: int
    place: str = ""
    rows: int = 0
    seen_by: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(slots=True)
class _Missing:
    """The entries and records that the database lacks, verified."""

    entries: list[bytes] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)


def recover(world: World, places: Sequence[Place], ask: Fetch = get) -> Recovered:
    """Append what is published and not here. LogAhead says exactly what is lacking where it cannot be done.

    A place may be a witness, which holds no entries: nothing less than it has seen is taken. So are, by `ask`, the
    witnesses that the trust file names.
    """
    bring_trust(world, places)
    with world.read() as connection:
        seen, silent = seen_by_witnesses(world, connection, ask)
    with world.write() as connection:
        checkpoint, note, place = _newest(world, connection, places, seen)
        frontier = _own_tree(connection)
        first = frontier.size
        if checkpoint.size < first:
            raise LogAhead(
                f"{place.place} knows {Counted(checkpoint.size):entry|entries}, this database {first}: nothing to "
                "fetch."
            )
        missing = _fetch(world, connection, places, place, frontier, checkpoint)
        require_same_tree(seen, connection, frontier, missing.entries, place.place)
        rows = 0
        if missing.entries:
            _append(connection, frontier, first, missing, _own_signatures(note, world.keyring(connection)))
            rows = _index_again(connection)
            audit.note(connection, "log-recover", world.host, "cli", world.clock(), first=first, size=checkpoint.size)
        _keep_cosignatures(world, connection, note, checkpoint.size)
    world.published.advance(checkpoint.size, note, checkpoint.root)
    world.alarm.set({name: size for name, size in world.alarm.read().items() if size > checkpoint.size})
    return Recovered(first, checkpoint.size, place.place, rows, tuple(one.place for one in seen), tuple(silent))


def _newest(
    world: World, connection: Connection, places: Sequence[Place], seen: list[Sighting]
) -> tuple[Checkpoint, bytes, Place]:
    """The largest signed checkpoint of all places with entries, at least as large as what was published from here or
    seen by witnesses. `seen` takes what places without entries have.
    """
    found: list[tuple[Checkpoint, bytes, Place]] = []
    problems: list[str] = []
    keyring = world.keyring(connection)
    for place in places:
        try:
            note, has_entries = _head(place, world.host)
            checkpoint = verify_by_log(note, keyring)[0]
        except TraceappError as cause:
            problems.append(f"{place.place}: {cause}")
            continue
        if has_entries:
            found.append((checkpoint, note, place))
        else:
            seen.append(Sighting(place.place, checkpoint))
            problems.append(
                f"{place.place} is a witness: it has seen {Counted(checkpoint.size):entry|entries} and holds none."
            )
    if not found:
        raise LogAhead(f"None of the places given has a checkpoint that this log signed. {' '.join(problems)}")
    best = max(found, key=lambda one: one[0].size)
    require_no_less(seen, best[0], best[2].place)
    published = world.published.read()
    if published and published[0] > best[0].size:
        raise LogAhead(
            f"{Counted(published[0]):entry is|entries are} published, {best[2].place} knows {best[0].size}: give a "
            "place that knows all, such as a newer export, a mirror, or another machine that serves this log."
        )
    if published and published[0] == best[0].size and published[1] != best[0].root:
        raise InconsistentLog(
            f"{best[2].place} and {world.settings.data_dir / 'published'} hold two roots for "
            f"{Counted(best[0].size):entry|entries}, both signed: the log was forked. Keep both and tell the "
            "witnesses; nothing was changed."
        )
    return best


def _head(place: Place, host: str) -> tuple[bytes, bool]:
    """The checkpoint of a place, and whether it has the entries too; a witness has only that."""
    try:
        return place.log("checkpoint"), True
    except NotFound:
        return place.get(head_path(host)), False


def _own_tree(connection: Connection) -> Frontier:
    newest = newest_head(connection)
    if newest is None:
        raise Unavailable("There is no log here yet: restore a backup of the database first.")
    try:
        return stored_tree(connection, *newest[:2])
    except LogAhead as cause:
        raise InconsistentLog(
            "The database is not whole: run traceapp audit, and restore a backup that passes it."
        ) from cause


def _fetch(
    world: World,
    connection: Connection,
    places: Sequence[Place],
    place: Place,
    frontier: Frontier,
    checkpoint: Checkpoint,
) -> _Missing:
    """Everything that is not here, verified before a row is written."""
    found, first = _Missing(), frontier.size
    keyring = world.keyring(connection)
    tree = frontier.copy()
    for entries in entry_bundles(place.log, first, checkpoint.size):
        extend(tree, entries)
        found.entries += entries
    try:
        require_root(tree, checkpoint, first)
    except InconsistentLog as cause:
        raise InconsistentLog(
            f"The {Counted(first):entry of this database is|entries of this database are} no beginning of the "
            f"published log ({cause}). It went on by itself: keep it, stop the service, and restore a backup from "
            "before that."
        ) from cause
    bodies = [body for bundle in record_bundles(place.log, first, checkpoint.size) for body in bundle]
    own = every_own_key(connection, world.host, keyring)
    found.stored = list(_verified(world.host, keyring, own, places, found.entries, bodies, first))
    return found


def _verified(
    host: str,
    keyring: Keyring,
    own: OwnKeys,
    places: Sequence[Place],
    entries: Sequence[bytes],
    bodies: Sequence[bytes],
    first: int,
) -> Iterator[Stored]:
    lacking: list[str] = []
    for leaf_index, (entry, shown) in enumerate(zip(entries, bodies, strict=True), first):
        said = read_entry(entry)
        uuid = record_uuid(said["id"])
        body = shown or _elsewhere(places, uuid, said)
        if body is None:
            lacking.append(uuid)
            continue
        require_hash(body, said["sha256"], said["id"])
        document = parse_document(body)
        kind, at = record_type(document), instant(document["validFrom"])
        one = Stored(uuid, entry, leaf_hash(entry), body, kind, at, leaf_index)
        require_stored(one, host, keyring, own)
        if OWN_KEY_MARK in body:
            read_records([StoredRecord(said["id"], leaf_index, entry, body)], keyring, own)
        yield one
    if lacking:
        raise LogAhead(
            f"{len(lacking)} of {Counted(len(entries)):missing record|missing records} may be read by their parties "
            f"only and are in none of the places given: {', '.join(lacking[:20])}. {_HOW}"
        )


def _elsewhere(places: Sequence[Place], uuid: str, said: Any) -> bytes | None:
    """The record by its name, where a place has it so."""
    for place in places:
        for path in (f"records/{uuid}.json", f"records/{uuid}"):
            try:
                body = place.get(path)
                require_hash(body, said["sha256"], said["id"])
            except TraceappError:
                continue
            return body
    return None


def _append(connection: Connection, frontier: Frontier, first: int, missing: _Missing, note: bytes) -> None:
    stored = missing.stored
    driver.insert(connection, records, [(one.record_id, one.type, one.record_time, one.body) for one in stored])
    driver.insert(
        connection,
        log_entries,
        [(first + at, one.record_id, one.entry, one.leaf_hash) for at, one in enumerate(stored)],
    )
    insert_tiles(connection, first, [one.leaf_hash for one in stored])
    extend(frontier, missing.entries)
    connection.execute(insert(checkpoints).values(size=frontier.size, root=frontier.root(), note=note))
    about = [
        (subject, first + at)
        for at, one in enumerate(stored)
        for subject in subjects_of(parse_document(one.body or b"{}"))
    ]
    driver.insert(connection, record_subjects, about)


def _index_again(connection: Connection) -> int:
    """Everything that is an index over records, from all of them."""
    index = IndexRows()
    query = (
        select(records.c.body)
        .join(log_entries, log_entries.c.record_id == records.c.record_id)
        .order_by(log_entries.c.leaf_index)
    )
    for body in connection.execute(query).scalars():
        index.add(parse_document(body))
    changed = index.write_missing(connection)
    chain_build.rebuild(connection)
    search_build.rebuild(connection)
    return changed


def _own_signatures(note: bytes, keyring: Keyring) -> bytes:
    """The checkpoint as the log alone signed it: witnesses' signatures have a table of their own."""
    parsed = parse_note(note)
    names = {(key.name, key.id) for key, _ in log_verifiers(keyring)}
    own = tuple(one for one in parsed.signatures if (one.name, one.key_id) in names)
    return Note(parsed.body, own).to_bytes()


def _keep_cosignatures(world: World, connection: Connection, note: bytes, size: int) -> None:
    parsed = parse_note(note)
    parse_checkpoint(parsed.body)
    for key, seen in cosignature_times(note, policy_of(world.trust(connection)).witness_keys).items():
        line = next(one for one in parsed.signatures if (one.name, one.key_id) == (key.name, key.id)).line()
        store_cosignature(connection, size, key, seen, f"{line}\n".encode())
