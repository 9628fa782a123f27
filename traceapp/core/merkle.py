"""Merkle trees: hashes, roots, proofs and their verification (RFC 9162 section 2.1, the trees of RFC 6962).

A hash is 32 bytes of SHA-256. `node(level, index)` names a perfect subtree: the root over the leaves
`index · 2^level` up to, but not including, `(index + 1) · 2^level`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from traceapp.core.counted import Counted
from traceapp.core.errors import InconsistentLog, Malformed, NotInLog, VerificationError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry's line in the log."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """All that appending needs of a tree: the roots of the perfect subtrees that make up its leaves, largest first."""

    __slots__ = ("_roots", "size")

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote for a tree of `size` leaves; raises Malformed where the length does not fit."""
        if size < 0 or len(data) != size.bit_count() * HASH_SIZE:
            raise Malformed(
                f"{Counted(len(data)):byte is|bytes are} no frontier of {Counted(size):leaf|leaves}; rebuild it from "
                "the leaf hashes"
            )
        frontier = cls()
        frontier.size = size
        frontier._roots = [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]
        return frontier

    @classmethod
    def of(cls, size: int, node: Node) -> Frontier:
        """That of the first `size` leaves, from the nodes of their tree; raises what `node` raises."""
        frontier = cls()
        frontier.size = size
        levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
        # What is left of a subtree are larger ones: all higher bits of the size, and nothing else.
        frontier._roots = [node(level, (size >> level) - 1) for level in levels]
        return frontier

    def copy(self) -> Frontier:
        """Another one, which grows by itself."""
        twin = Frontier()
        twin.size, twin._roots = self.size, self._roots.copy()
        return twin

    def to_bytes(self) -> bytes:
        """The roots, one after the other: one per set bit of the size."""
        return b"".join(self._roots)

    def append(self, leaf: bytes) -> None:
        """Add one leaf by its hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes, in order."""
        roots, size = self._roots, self.size
        for root in leaves:
            # Each trailing one bit of the size is a finished subtree as large as the one that just grew beside it.
            carry = size
            while carry & 1:
                root = sha256(b"\x01" + roots.pop() + root).digest()
                carry >>= 1
            roots.append(root)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self._roots:
            return EMPTY_ROOT
        *lefts, root = self._roots
        for left in reversed(lefts):
            root = sha256(b"\x01" + left + root).digest()
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def tree_root(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """The siblings from leaf `index` up to the root of the tree of `size` leaves; NotInLog outside that tree."""
    _require_index(index, size)
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises NotInLog unless `path` leads from the leaf hash at `index` to the root of the tree of `size` leaves."""
    _require_index(index, size)
    # Below `inner` the path to the leaf and the path to the last leaf run apart, so every level has a sibling;
    # above it the leaf lies on the right edge, where only left siblings exist.
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    _require_path(path, inner + border, NotInLog)
    computed = _climb_right(_climb(leaf, index, path[:inner]), path[inner:])
    if computed != root:
        raise NotInLog(f"leaf {index} of {size}: expected root {root.hex()}, got {computed.hex()}")


def consistency_proof(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """What shows that the tree of `new` leaves extends that of `old`; empty where `old` is 0 or `new`."""
    _require_growth(old, new)
    if old in (0, new):
        return ()
    path = []
    start, end = 0, new
    while end != old:
        middle = _split(start, end)
        if old <= middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    # Starting at 0 it is the whole old tree, whose root the verifier has.
    if start:
        path.append(_range_root(start, end, node))
    return tuple(reversed(path))


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raises InconsistentLog unless `path` shows that the new tree begins with the old one."""
    _require_growth(old, new)
    if old in (0, new):
        _require_path(path, 0, InconsistentLog)
        _require_root(old, EMPTY_ROOT if old == 0 else new_root, old_root)
        return
    # The climb starts at the last perfect subtree of the old tree, `level` above the leaves. Where that subtree is
    # the whole old tree, its root is known and the path leaves it out.
    level = (old & -old).bit_length() - 1
    last = (old - 1) >> level
    inner = ((old - 1) ^ (new - 1)).bit_length() - level
    border = (last >> inner).bit_count()
    _require_path(path, (1 if last else 0) + inner + border, InconsistentLog)
    seed, *steps = path if last else (old_root, *path)
    siblings, edge = steps[:inner], steps[inner:]
    lefts = [sibling for height, sibling in enumerate(siblings) if last >> height & 1]
    _require_root(old, _climb_right(_climb_right(seed, lefts), edge), old_root)
    _require_root(new, _climb_right(_climb(seed, last, siblings), edge), new_root)


def _fold(roots: Sequence[bytes]) -> bytes:
    """One root over neighbouring perfect subtrees, largest first."""
    return _climb_right(roots[-1], reversed(roots[:-1]))


def _climb(root: bytes, index: int, siblings: Iterable[bytes]) -> bytes:
    """From node `index` of a level upwards: bit k of the index says on which side the k-th sibling stands."""
    for height, sibling in enumerate(siblings):
        root = node_hash(sibling, root) if index >> height & 1 else node_hash(root, sibling)
    return root


def _climb_right(root: bytes, siblings: Iterable[bytes]) -> bytes:
    """Upwards along the right edge: every sibling stands on the left."""
    for sibling in siblings:
        root = node_hash(sibling, root)
    return root


def _split(start: int, end: int) -> int:
    """Where a subtree of two leaves or more divides: after the largest power of two below its width."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _range_root(start: int, end: int, node: Node) -> bytes:
    return _fold([node(level, index) for level, index in _perfect_subtrees(start, end)])


def _perfect_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The (level, index) that make up a subtree of the tree, largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _require_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise NotInLog(f"leaf {index} is not in a log of {Counted(size):entry|entries}; ask for a later checkpoint")


def _require_growth(old: int, new: int) -> None:
    if not 0 <= old <= new:
        raise InconsistentLog(
            f"a log of {Counted(new):entry|entries} cannot extend one of {old}: the old size must be 0 to {new}"
        )


def _require_path(path: Sequence[bytes], length: int, error: type[VerificationError]) -> None:
    if len(path) != length:
        raise error(f"expected a proof of {Counted(length):hash|hashes}, got {len(path)}")
    for sibling in path:
        if len(sibling) != HASH_SIZE:
            raise error(f"expected hashes of {HASH_SIZE} bytes in the proof, got one of {len(sibling)}")


def _require_root(size: int, computed: bytes, root: bytes) -> None:
    if computed != root:
        raise InconsistentLog(
            f"tree of {Counted(size):entry|entries}: expected root {root.hex()}, got {computed.hex()}"
        )
