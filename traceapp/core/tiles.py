"""The tree as static files (C2SP tlog-tiles): runs of up to 256 hashes, and of the entries beneath them.

A tile at level L holds the roots of perfect subtrees of 256^L leaves; a full one is itself hashed into level L + 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from traceapp.core.counted import Counted
from traceapp.core.errors import Malformed, NotInLog
from traceapp.core.merkle import HASH_SIZE

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_SIZE
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 65_535

Level = int | Literal["entries"]
# A tile that will never change: its level, its number within the level, 8,192 bytes.
FullTile = tuple[int, int, bytes]

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True)
class Tile:
    """One tile: its level (or the entries), its number within the level, and how many hashes or entries it holds."""

    level: Level
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if self.level != "entries" and not 0 <= self.level <= MAX_LEVEL:
            raise Malformed(f"tile level {self.level}: expected 0 to {MAX_LEVEL}, or entries")
        if not 0 <= self.index < 2**63:
            raise Malformed(f"tile index {self.index}: expected 0 to 2^63 - 1")
        if not 1 <= self.width <= TILE_WIDTH:
            raise Malformed(f"tile width {self.width}: expected 1 to {TILE_WIDTH}; an empty tile does not exist")

    @property
    def path(self) -> str:
        """Where the tile is served, below the log's prefix."""
        number, low = divmod(self.index, 1000)
        groups = f"{low:03}"
        while number:
            number, low = divmod(number, 1000)
            groups = f"x{low:03}/{groups}"
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"tile/{self.level}/{groups}{partial}"


def tile_path(level: Level, index: int, width: int = TILE_WIDTH) -> str:
    """`tile/0/x001/x234/067`, with `.p/W` where the tile is partial."""
    return Tile(level, index, width).path


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """`tile/entries/x001/x234/067`, with `.p/W` where the bundle is partial."""
    return Tile("entries", index, width).path


def parse_tile_path(text: str) -> Tile:
    """The tile a path names; raises Malformed on any but the one canonical spelling."""
    match = _PATH.fullmatch(text)
    if match is None:
        raise Malformed(f"{text[:80]!r} is no tile path; expected something like tile/0/x001/067 or tile/0/005.p/17")
    level, groups, width = match.groups()
    index = int(groups.replace("x", "").replace("/", ""))
    tile = Tile("entries" if level == "entries" else int(level), index, int(width or TILE_WIDTH))
    if tile.path != text:
        raise Malformed(f"{text!r} is not how this tile is written; ask for {tile.path}")
    return tile


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry behind its length in two bytes, big-endian.

    Malformed for an entry that is too long for that.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise Malformed(
                f"an entry of {Counted(len(entry)):byte|bytes} does not fit in a bundle; the most is {MAX_ENTRY_BYTES}"
            )
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_entries(data: bytes) -> tuple[bytes, ...]:
    """The entries of a bundle; raises Malformed where it breaks off."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if max(start, at) > len(data):
            raise Malformed(
                f"entry bundle breaks off in entry {len(entries)}, after {Counted(len(data)):byte|bytes}; fetch it "
                "again"
            )
        entries.append(data[start:at])
    return tuple(entries)


def tile_width(level: Level, index: int, size: int) -> int:
    """What the tile holds in a tree of `size` leaves: 256 hashes or entries where full, 0 where it does not exist."""
    hashes = size if level == "entries" else size >> TILE_HEIGHT * level
    return min(max(hashes - index * TILE_WIDTH, 0), TILE_WIDTH)


def tree_tiles(size: int) -> Iterator[Tile]:
    """Every hash tile of a tree of `size` leaves, level by level, the partial ones included."""
    level = 0
    while hashes := size >> TILE_HEIGHT * level:
        for index in range(-(-hashes // TILE_WIDTH)):
            yield Tile(level, index, tile_width(level, index, size))
        level += 1


def tile_root(hashes: bytes) -> bytes:
    """The root over a full tile: its one hash in the level above. Malformed for a partial one."""
    if len(hashes) != TILE_BYTES:
        raise Malformed(f"expected a full tile of {TILE_BYTES} bytes, got {len(hashes)}; a partial tile has no root")
    return _subtrees(hashes)[TILE_HEIGHT]


def completed_tiles(size: int, leaves: Sequence[bytes], partial: Callable[[int], bytes]) -> Iterator[FullTile]:
    """The tiles that become full when leaf hashes are appended to a tree of `size`, lower levels first.

    `partial(level)` gives the hashes already in the last, partial tile of that level. It is called only for a level
    whose tile fills now, so most appends read nothing.
    """
    for level, index, hashes, _ in _complete(size, leaves, partial):
        yield level, index, hashes


class TileWriter:
    """Tiles of a tree that grows in memory: it keeps the partial tile of each level and hands out the full ones."""

    def __init__(self, size: int = 0, partials: Sequence[bytes] = ()) -> None:
        """Start empty, or from a tree of `size` leaves and the hashes in its partial tile at each level from 0 up."""
        self.size = size
        self._partials = dict(enumerate(partials))
        for level in range(size.bit_length() // TILE_HEIGHT + 1):
            _held(self.partial, level, (size >> TILE_HEIGHT * level) % TILE_WIDTH)

    def partial(self, level: int) -> bytes:
        """The hashes in the last, partial tile of a level; empty where there is none."""
        return self._partials.get(level, b"")

    def extend(self, leaves: Sequence[bytes]) -> list[FullTile]:
        """Append leaf hashes; the tiles that this filled, lower levels first."""
        full = []
        grown = {0: [b"".join(leaves)]}
        for level, index, hashes, root in _complete(self.size, leaves, self.partial):
            full.append((level, index, hashes))
            grown.setdefault(level + 1, []).append(root)
        for level, hashes_added in grown.items():
            held = self.partial(level) + b"".join(hashes_added)
            self._partials[level] = held[len(held) // TILE_BYTES * TILE_BYTES :]
        self.size += len(leaves)
        return full


class HashReader:
    """The nodes of a tree of `size` leaves, read from its tiles; each tile is read and hashed once.

    It trusts what it reads: a proof made from it is checked by whoever receives the proof.
    """

    def __init__(self, size: int, read_tile: Callable[[int, int, int], bytes]) -> None:
        """`read_tile(level, index, width)` returns `width` hashes, and raises what it likes where it cannot."""
        self.size = size
        self._read_tile = read_tile
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, index: int) -> bytes:
        """The root of a perfect subtree, as `merkle.inclusion_proof` asks for it; NotInLog where the tree lacks it."""
        if not 0 <= index < self.size >> level:
            raise NotInLog(
                f"a log of {Counted(self.size):entry|entries} has no complete subtree {index} at level {level}"
            )
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index, TILE_WIDTH >> height)
        at = offset * HASH_SIZE
        return self._tile(tile_level, tile_index)[height][at : at + HASH_SIZE]

    def _tile(self, level: int, index: int) -> list[bytes]:
        subtrees = self._tiles.get((level, index))
        if subtrees is None:
            width = tile_width(level, index, self.size)
            hashes = self._read_tile(level, index, width)
            if len(hashes) != width * HASH_SIZE:
                path = tile_path(level, index, width)
                raise Malformed(f"{path}: expected {width * HASH_SIZE} bytes, got {len(hashes)}; fetch it again")
            subtrees = self._tiles[level, index] = _subtrees(hashes)
        return subtrees


def _complete(
    size: int, leaves: Sequence[bytes], partial: Callable[[int], bytes]
) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Each tile that fills, with its root. The roots of one level are what the next level grows by."""
    hashes, level = b"".join(leaves), 0
    while True:
        index, held = divmod(size >> TILE_HEIGHT * level, TILE_WIDTH)
        if held * HASH_SIZE + len(hashes) < TILE_BYTES:
            return
        hashes = _held(partial, level, held) + hashes
        roots = []
        for at in range(0, len(hashes) - TILE_BYTES + 1, TILE_BYTES):
            full = hashes[at : at + TILE_BYTES]
            roots.append(tile_root(full))
            yield level, index + at // TILE_BYTES, full, roots[-1]
        hashes = b"".join(roots)
        level += 1


def _subtrees(hashes: bytes) -> list[bytes]:
    """A tile's hashes, then the roots of its pairs, of its fours and so on, each as one run of bytes."""
    levels = [hashes]
    while len(hashes) >= 2 * HASH_SIZE:
        pairs = range(0, len(hashes) - 2 * HASH_SIZE + 1, 2 * HASH_SIZE)
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH_SIZE]).digest() for at in pairs])
        levels.append(hashes)
    return levels


def _held(partial: Callable[[int], bytes], level: int, held: int) -> bytes:
    """What a level's partial tile holds; a wrong length would shift every later hash, so it is refused here."""
    hashes = partial(level) if held else b""
    if len(hashes) != held * HASH_SIZE:
        raise Malformed(
            f"partial tile at level {level}: expected {Counted(held):hash|hashes}, got "
            f"{Counted(len(hashes)):byte|bytes}"
        )
    return hashes
