"""The log at a million entries: what one more append costs beside one at a thousand, and what a proof costs."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from bench.figures import ROUNDS, Figure, Rounds, seconds
from bench.worlds import new_world
from traceapp.core.log_entry import entry_of
from traceapp.core.merkle import Frontier, leaf_hash, verify_inclusion
from traceapp.core.statements import record_url
from traceapp.core.tlog_proof import parse_proof
from traceapp.services.log.entries import NewRecord, append, prove_inclusion
from traceapp.services.log.heads import newest_head, size_of
from traceapp.services.log.tree import hash_reader
from traceapp.services.records.signing import new_uuid
from traceapp.services.world import World

SMALL, LARGE = 1_000, 1_000_000
BATCH = 20_000
APPENDS, PROOFS = 100, 300


class GrowingLog:
    """A service's log filled with entries of its own form, and the tree that they must make."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._tree = Frontier()
        self._bodies = count()
        with world.read() as connection:
            held = size_of(connection)
            reader = hash_reader(connection, held)
            self._tree.extend([reader.node(0, index) for index in range(held)])

    def grow(self, count: int) -> None:
        """Append `count` entries as one commit."""
        now = self.world.clock()
        new = [
            NewRecord(record_url(self.world.host, str(new_uuid())), "TraceEvent", now, b"%d" % next(self._bodies))
            for _ in range(count)
        ]
        with self.world.write() as connection:
            append(connection, self.world.notary.log, new)
        self._tree.extend([leaf_hash(entry_of(one.record_id, one.body)) for one in new])

    def grow_to(self, size: int) -> None:
        """Append until there are `size` entries."""
        while self._tree.size < size:
            self.grow(min(BATCH, size - self._tree.size))

    def require_sound(self) -> None:
        """The signed head is the root over every entry."""
        with self.world.read() as connection:
            head = newest_head(connection)
        assert head is not None and head[:2] == (self._tree.size, self._tree.root()), "the log is not its entries"

    def prove_some(self) -> float:
        """Seconds for one inclusion proof read from tiles; each is checked."""
        took = []
        with self.world.read() as connection:
            head = newest_head(connection)
            assert head is not None
            size, root, note = head
            for index in random.Random(1).sample(range(size), PROOFS):
                start = time.perf_counter()
                proof = prove_inclusion(hash_reader(connection, size), index, note)
                took.append(time.perf_counter() - start)
                leaf = hash_reader(connection, size).node(0, index)
                verify_inclusion(leaf, index, size, parse_proof(proof).path, root)
        return statistics.median(took)


def main() -> list[Figure]:
    """An append at a million costs at most half as much again as at a thousand."""
    rounds = Rounds()
    with _log_of(SMALL) as small, _log_of(LARGE) as large:
        for _ in range(ROUNDS):
            rounds.add(*_appends_in_turn(large, small))
        small.require_sound()
        large.require_sound()
        proof = large.prove_some() * 1e6
    return [
        rounds.figure("append at 1,000,000 beside 1,000", 1.5, unit="µs", at_most=True),
        Figure("inclusion proof at 1,000,000", proof, None, proof, None, "µs"),
    ]


@contextmanager
def _log_of(size: int) -> Iterator[GrowingLog]:
    with new_world() as world:
        log = GrowingLog(world)
        log.grow_to(size)
        log.require_sound()
        yield log


def _appends_in_turn(large: GrowingLog, small: GrowingLog) -> tuple[float, float]:
    """Microseconds of one append and its commit: the median of each side."""
    pairs = [(seconds(lambda: large.grow(1)), seconds(lambda: small.grow(1))) for _ in range(APPENDS)]
    return statistics.median(one for one, _ in pairs) * 1e6, statistics.median(one for _, one in pairs) * 1e6
