"""Re-proves every invariant of a world's log: after a step of a test, or after each write.

What `traceapp log check` walks must hold, and beside it: the log never shrinks, no size gets a second root, what is
published is committed, and any committed entry has the tlog-proof that a stranger would ask for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, select

from traceapp.core.checkpoint import Checkpoint, verify_checkpoint
from traceapp.core.keys import Keyring
from traceapp.core.log_keys import verify_by_log
from traceapp.core.merkle import verify_consistency
from traceapp.core.own.keys import OwnKeys
from traceapp.core.tlog_proof import parse_proof, verify_proof
from traceapp.db.tables import checkpoints, log_entries
from traceapp.services.log import check as log_check
from traceapp.services.log.check import LogReport
from traceapp.services.log.entries import prove_consistency, prove_inclusion
from traceapp.services.log.heads import newest_checkpoint
from traceapp.services.log.tree import hash_reader
from traceapp.services.records.stored import Checker, Problems, Signed, Stored
from traceapp.services.world import World


def check_log(world: World) -> LogReport:
    """Everything that must be true of the log of `world` now; raises where it is not."""
    with world.read() as connection:
        return _check(world, connection)


def _check(world: World, connection: Connection) -> LogReport:
    report = walk(world, connection)
    newest = newest_checkpoint(connection)
    assert newest is not None and newest[0] == report.entries
    _require_proved(world, connection, newest[1], random.Random(report.entries).randrange(report.entries))
    return report


def walk(world: World, connection: Connection) -> LogReport:
    """`traceapp log check` over this connection, so that a test can look at what it has not committed."""
    return log_check.check_log(connection, world.host, world.keyring(connection), world.published.read())


def _require_proved(world: World, connection: Connection, note: bytes, leaf_index: int) -> None:
    checkpoint = verify_checkpoint(note, world.log_key)
    proof = prove_inclusion(hash_reader(connection, checkpoint.size), leaf_index, note)
    entry = connection.execute(select(log_entries.c.entry).where(log_entries.c.leaf_index == leaf_index)).scalar_one()
    assert verify_proof(parse_proof(proof), entry, world.log_key) == checkpoint


def heads(world: World) -> dict[int, bytes]:
    """The root signed for each size, every note verified."""
    with world.read() as connection:
        keyring = world.keyring(connection)
        notes = [verify_by_log(note, keyring)[0] for note in connection.execute(select(checkpoints.c.note)).scalars()]
    return {checkpoint.size: checkpoint.root for checkpoint in notes}


def require_extends(world: World, older: Checkpoint) -> None:
    """The log of `world` is a continuation of the tree that `older` signed."""
    with world.read() as connection:
        newest = newest_checkpoint(connection)
        assert newest is not None
        now = verify_checkpoint(newest[1], world.log_key)
        path = prove_consistency(connection, older.size, now.size) if older.size else ()
    if older.size:
        verify_consistency(older.size, older.root, now.size, now.root, path)


class Remembered(Checker):
    """Verifies again only what is not, to the byte, what it verified before under the same keys."""

    def __init__(self, host: str, keyring: Keyring, own: OwnKeys, known: set[Any]) -> None:
        super().__init__(host, keyring, own, None)
        self._known = known

    def check(self, rows: Sequence[Stored]) -> Problems:
        return self._of_what_is_new(super().check, rows)

    def check_signed(self, rows: Sequence[Signed]) -> Problems:
        return self._of_what_is_new(super().check_signed, rows)

    def _of_what_is_new(self, check: Callable[[Sequence[Any]], Problems], rows: Sequence[Any]) -> Problems:
        new = [row for row in rows if row not in self._known]
        found = dict(zip(new, check(new), strict=True))
        self._known.update(row for row, problem in found.items() if problem is None)
        return iter([found.get(row) for row in rows])


@contextmanager
def _remembering(host: str, keyring: Keyring, own: OwnKeys, _: int) -> Iterator[Checker]:
    # What another body's key may say depends on the whole log: then nothing is remembered.
    yield Remembered(host, keyring, own, set() if any(own) else _verified(host, keyring.host, keyring.pinned, *keyring))


@cache
def _verified(*_: object) -> set[Any]:
    """What was verified in this process under those keys."""
    return set()


class ProvedWorld(World):
    """A world that re-proves its log after each write: a test walks through its steps and each of them is proved."""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
        # What is published first: another process may commit and publish more in between.
        published, before = self.published.read(), self.__dict__.get("_heads", {})
        with self.read() as connection, patch.object(log_check, "checker", _remembering):
            _check(self, connection)
            # Each note was found to sign what its row says.
            now = {size: root for size, root in connection.execute(select(checkpoints.c.size, checkpoints.c.root))}
        assert before.items() <= now.items(), "a checkpoint was lost, or a size got a second root"
        assert published is not None and now[published[0]] == published[1], "what is published is not committed"
        self.__dict__["_heads"] = now
