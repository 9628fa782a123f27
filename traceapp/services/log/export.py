"""The published log as static files: what a mirror, a monitor, a verifier or a recovery reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, select

from traceapp.core.checkpoint import parse_checkpoint
from traceapp.core.counted import Counted
from traceapp.core.errors import Conflict, NotFound, VerificationError
from traceapp.core.note import VerifierKey, parse_note
from traceapp.core.tail import records_path
from traceapp.core.tiles import Tile, tree_tiles
from traceapp.db.tables import log_entries, lots, products, records, trust_lists
from traceapp.services.log.entries import read_records, read_tile
from traceapp.services.log.heads import Published


def export_log(
    connection: Connection, published: Published, log_key: VerifierKey, directory: Path, *, hidden: bool = False
) -> None:
    """Write checkpoint, tiles, entries, records, trust files and the log's key. The checkpoint comes last: it promises
    the rest. `hidden`: with the records that only their parties may read, for the operator's own keeping.
    """
    made: set[Path] = set()
    for path, data in _files(connection, published[0], hidden=hidden):
        target = directory / path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        target.write_bytes(data)
    (directory / "vkey").write_text(log_key.format() + "\n", encoding="ascii")
    (directory / "checkpoint").write_bytes(published[2])


def require_earlier(folder: Path, published: Published, log_key: VerifierKey) -> None:
    """That a folder to be replaced holds no log but an earlier state of this one. Conflict: the last copy of what was
    lost here may lie there.
    """
    file = folder / "checkpoint"
    if not file.is_file():
        return
    try:
        found = parse_checkpoint(parse_note(file.read_bytes()).body)
    except VerificationError as cause:
        raise Conflict(f"{file} is no checkpoint: name another folder.") from cause
    if found.origin != log_key.name:
        raise Conflict(f"{folder} holds the log {found.origin[:100]}: name another folder.")
    if found.size > published[0]:
        raise Conflict(
            f"{folder} holds {Counted(found.size):entry|entries}, and {published[0]} are published here: "
            "run traceapp log recover --from it, or name another folder."
        )


def read_trust_file(connection: Connection, version: int) -> bytes:
    """The trust file of one version; NotFound."""
    found: bytes | None = connection.execute(
        select(trust_lists.c.body).where(trust_lists.c.version == version)
    ).scalar()
    if found is None:
        raise NotFound(f"There is no trust file of version {version}.")
    return found


def _files(connection: Connection, size: int, *, hidden: bool) -> Iterator[tuple[str, bytes]]:
    for version, body in connection.execute(select(trust_lists.c.version, trust_lists.c.body)):
        yield f"trust/{version}.json", body
    for tile in tree_tiles(size):
        yield tile.path, read_tile(connection, tile, size)
        if tile.level == 0:
            index, width = tile.index, tile.width
            entries = Tile("entries", index, width)
            yield entries.path, read_tile(connection, entries, size)
            yield records_path(index, width), read_records(connection, index, width, size, hidden=hidden)


def logged_records(connection: Connection, size: int) -> Iterator[tuple[int, str, bytes]]:
    """(leaf index, UUID, bytes) of the first `size` records of the log."""
    query = (
        select(log_entries.c.leaf_index, records.c.record_id, records.c.body)
        .join(records, records.c.record_id == log_entries.c.record_id)
        .where(log_entries.c.leaf_index < size)
        .order_by(log_entries.c.leaf_index)
    )
    for row in connection.execute(query):
        yield row[0], row[1], row[2]


def paths_of_things(connection: Connection, host: str) -> list[str]:
    """Paths of every product and lot, as labels carry them."""
    ids = [
        *connection.execute(select(products.c.id).order_by(products.c.id)).scalars(),
        *connection.execute(select(lots.c.id).order_by(lots.c.id)).scalars(),
    ]
    return [one.removeprefix(f"https://{host}") for one in ids]
