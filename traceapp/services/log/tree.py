"""The log's tree, as its stored hashes make it; of the newest one, what appending needs is kept in memory."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from traceapp.core.counted import Counted
from traceapp.core.errors import LogAhead, Malformed
from traceapp.core.merkle import EMPTY_ROOT, Frontier, tree_root
from traceapp.core.tiles import TILE_WIDTH, HashReader, completed_tiles, tile_root
from traceapp.db import driver
from traceapp.db.tables import log_entries, log_tiles

_LEAVES = "SELECT leaf_hash FROM log_entries WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index"


class KnownTree:
    """The tree that this process saw last. Appending needs some twenty of its hashes, whose root says that they are it.

    Whoever appends holds the log's lock: nobody else comes here meanwhile.
    """

    def __init__(self) -> None:
        self._known = EMPTY_ROOT, Frontier()

    def at(self, connection: Connection, size: int, root: bytes) -> Frontier:
        """The tree of `size` entries that was signed with `root`; LogAhead where the stored hashes make another."""
        known = self._known[1]
        if self._known[0] != root or known.size != size:
            known = _followed(connection, known, size, root)
            self.keep(known, root)
        return known.copy()

    def keep(self, tree: Frontier, root: bytes) -> None:
        """What the next append begins with, once this one is committed; if it is not, its root will tell."""
        self._known = root, tree


def _followed(connection: Connection, known: Frontier, size: int, root: bytes) -> Frontier:
    """From what is known, where another process appended a little; from the tiles otherwise."""
    if known.size <= size <= known.size + TILE_WIDTH:
        tree = known.copy()
        tree.extend(leaf for (leaf,) in driver.run(connection, _LEAVES, (known.size, size)))
        if tree.size == size and tree.root() == root:
            return tree
    return stored_tree(connection, size, root)


def stored_tree(connection: Connection, size: int, root: bytes) -> Frontier:
    """The tree of the first `size` entries, from their hashes; LogAhead where these do not make `root`."""
    try:
        tree = Frontier.of(size, hash_reader(connection, size).node)
    except Malformed:
        tree = Frontier()
    if tree.root() == root:
        return tree
    raise LogAhead(
        f"The database has signed a checkpoint of {Counted(size):entry|entries}, but holds a tree with another root: "
        "nothing was appended. Run traceapp log check, then traceapp log recover."
    )


def root_at(connection: Connection, size: int) -> bytes:
    """The root of the first `size` committed entries."""
    return tree_root(size, hash_reader(connection, size).node)


def hash_reader(connection: Connection, size: int) -> HashReader:
    """The nodes of the tree of `size`, read from the database."""
    return HashReader(size, lambda level, index, width: read_hashes(connection, level, index, width))


def read_hashes(connection: Connection, level: int, tile: int, width: int) -> bytes:
    """The first `width` hashes of a tile, full or partial: leaf hashes at level 0, tile roots above."""
    if width == TILE_WIDTH:
        found: bytes | None = connection.execute(
            select(log_tiles.c.hashes).where(log_tiles.c.level == level, log_tiles.c.tile == tile)
        ).scalar()
        if found is not None:
            return found
    start_at = tile * TILE_WIDTH
    if level == 0:
        column, place = log_entries.c.leaf_hash, log_entries.c.leaf_index
        query = select(column).where(place >= start_at, place < start_at + width).order_by(place)
    else:
        column, place = log_tiles.c.root, log_tiles.c.tile
        query = (
            select(column)
            .where(log_tiles.c.level == level - 1, place >= start_at, place < start_at + width)
            .order_by(place)
        )
    return b"".join(connection.execute(query).scalars())


def insert_tiles(connection: Connection, size: int, leaves: Sequence[bytes]) -> None:
    """Store the tiles that become full when these leaf hashes are appended to a tree of `size`."""

    def partial(level: int) -> bytes:
        count = size >> 8 * level
        return read_hashes(connection, level, count // TILE_WIDTH, count % TILE_WIDTH)

    rows = [
        (level, index, hashes, tile_root(hashes)) for level, index, hashes in completed_tiles(size, leaves, partial)
    ]
    driver.insert(connection, log_tiles, rows)
