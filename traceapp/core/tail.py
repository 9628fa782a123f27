"""Following a log from where one left off, with nothing but its static files (C2SP tlog-tiles) and the tree so far.

`fetch(path)` returns the bytes below the log's address and raises what it likes where there are none. Entries that make
the signed root on top of a tree that was verified before prove that the log only grew: no other proof is needed.

Beside the entries stand the records themselves: `records/{N}[.p/W]` holds, for each entry of the bundle of that number,
its record behind the record's length in four bytes, big-endian. A record that only its parties may read has length 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from traceapp.core.checkpoint import Checkpoint
from traceapp.core.counted import Counted
from traceapp.core.errors import InconsistentLog, Malformed, NotInLog
from traceapp.core.merkle import Frontier, leaf_hash
from traceapp.core.tiles import TILE_WIDTH, decode_entries, entries_path, parse_tile_path, tile_width

Fetch = Callable[[str], bytes]

_LENGTH_BYTES = 4
_RECORDS, _ENTRIES = "records/", "tile/entries/"


def records_path(index: int, width: int = TILE_WIDTH) -> str:
    """`records/x001/067`, with `.p/W` where the bundle is partial."""
    return _RECORDS + entries_path(index, width).removeprefix(_ENTRIES)


def parse_records_path(text: str) -> tuple[int, int]:
    """(number, width) of a bundle of records; raises Malformed on any but the one canonical spelling."""
    if not text.startswith(_RECORDS):
        raise Malformed(f"{text[:80]!r} is no bundle of records; expected something like records/005.p/17")
    tile = parse_tile_path(_ENTRIES + text.removeprefix(_RECORDS))
    return tile.index, tile.width


def encode_records(bodies: Iterable[bytes]) -> bytes:
    """A bundle of records; an empty one stands for a record that only its parties may read."""
    parts: list[bytes] = []
    for body in bodies:
        parts += (len(body).to_bytes(_LENGTH_BYTES, "big"), body)
    return b"".join(parts)


def decode_records(data: bytes) -> tuple[bytes, ...]:
    """The records of a bundle; raises Malformed where it breaks off."""
    bodies: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if max(start, at) > len(data):
            raise Malformed(
                f"bundle of records breaks off in record {len(bodies)}, after {Counted(len(data)):byte|bytes}"
            )
        bodies.append(data[start:at])
    return tuple(bodies)


def entry_bundles(fetch: Fetch, start: int, size: int) -> Iterator[tuple[bytes, ...]]:
    """The entries from `start` up to `size`, bundle by bundle."""
    return _bundles(fetch, start, size, entries_path, decode_entries)


def record_bundles(fetch: Fetch, start: int, size: int) -> Iterator[tuple[bytes, ...]]:
    """The records of the entries from `start` up to `size`, bundle by bundle; empty ones are not shown."""
    return _bundles(fetch, start, size, records_path, decode_records)


def _bundles(
    fetch: Fetch,
    start: int,
    size: int,
    path: Callable[[int, int], str],
    decode: Callable[[bytes], tuple[bytes, ...]],
) -> Iterator[tuple[bytes, ...]]:
    for index in range(start // TILE_WIDTH, -(-size // TILE_WIDTH)):
        width = tile_width("entries", index, size)
        found = decode(fetch(path(index, width)))
        if len(found) != width:
            raise Malformed(f"{path(index, width)}: expected {Counted(width):entry|entries}, got {len(found)}")
        yield found[max(start - index * TILE_WIDTH, 0) :]


def extend(frontier: Frontier, entries: Sequence[bytes]) -> None:
    """Add entries to the tree that was verified so far."""
    frontier.extend([leaf_hash(entry) for entry in entries])


def require_root(frontier: Frontier, checkpoint: Checkpoint, since: int) -> None:
    """InconsistentLog unless the tree is the checkpoint's: then the log is not the one that was seen at `since`."""
    if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root):
        raise InconsistentLog(
            f"the checkpoint of {Counted(checkpoint.size):entry|entries} does not extend the log of "
            f"{Counted(since):entry|entries} seen before: its root is {checkpoint.root.hex()}, the entries it serves "
            f"make {frontier.root().hex()}"
        )


def require_hash(body: bytes, entry_hash: str, record_id: str) -> None:
    """NotInLog unless these are the bytes that the log's line for the record names."""
    if hashlib.sha256(body).hexdigest() != entry_hash:
        raise NotInLog(f"the record {record_id[:120]} as served is not the one that was logged")
