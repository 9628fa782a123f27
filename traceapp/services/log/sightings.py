"""What witnesses have seen of the log, for whoever brings a database up to date: never to less than that.

A witness holds no entries, only the checkpoint that it cosigned last. That one is signed by the log, so a witness can
neither make it up nor be made to say a smaller one without the log's key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from traceapp.adapters.outgoing import Answer, get
from traceapp.core.checkpoint import Checkpoint
from traceapp.core.counted import Counted
from traceapp.core.errors import InconsistentLog, LogAhead, TraceappError, Unavailable
from traceapp.core.log_keys import head_name, log_origin, verify_by_log
from traceapp.core.merkle import Frontier, leaf_hash
from traceapp.services.log.tree import root_at
from traceapp.services.log.witnessed import policy_of
from traceapp.services.world import World

Fetch = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A checkpoint that the log signed, and who has it."""

    place: str
    checkpoint: Checkpoint


def head_path(host: str) -> str:
    """Where a witness serves the checkpoint of HOST's log that it cosigned last."""
    return f"{head_name(log_origin(host))}/checkpoint"


def seen_by_witnesses(world: World, connection: Connection, fetch: Fetch = get) -> tuple[list[Sighting], list[str]]:
    """What the witnesses that the trust file names have seen; and who could not be asked, with the reason."""
    found: list[Sighting] = []
    silent: list[str] = []
    for one in policy_of(world.trust(connection)).witnesses:
        address = f"{(one.url or '').rstrip('/')}/{head_path(world.host)}"
        settings = world.settings
        try:
            answer = fetch(address, settings.witness_seconds, loopback=settings.witness_loopback)
            if answer.status != 200:
                raise Unavailable(f"it answered {answer.status}.")
            found.append(Sighting(one.name, verify_by_log(answer.body, world.keyring(connection))[0]))
        except TraceappError as cause:
            silent.append(f"{one.name}: {cause}")
    return found, silent


def require_no_less(seen: Sequence[Sighting], checkpoint: Checkpoint, place: str) -> None:
    """LogAhead where somebody has seen more than `place` knows."""
    most = max(seen, key=lambda one: one.checkpoint.size, default=None)
    if most is not None and most.checkpoint.size > checkpoint.size:
        raise LogAhead(
            f"{most.place} has seen {Counted(most.checkpoint.size):entry|entries}, signed by this log; {place} knows "
            f"{checkpoint.size}: give a place that knows all, or entries that people were shown would be signed anew."
        )


def require_same_tree(
    seen: Sequence[Sighting], connection: Connection, own: Frontier, fetched: Sequence[bytes], place: str
) -> None:
    """InconsistentLog where somebody has seen another tree than the one that the fetched entries lead to."""
    wanted = {one.checkpoint.size: one for one in seen}
    roots = {size: root_at(connection, size) for size in wanted if size <= own.size}
    tree = own.copy()
    for entry in fetched:
        tree.append(leaf_hash(entry))
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    for one in seen:
        if roots.get(one.checkpoint.size) != one.checkpoint.root:
            raise InconsistentLog(
                f"{one.place} has seen another tree of {Counted(one.checkpoint.size):entry|entries} than {place} "
                "holds, both signed: the log was forked. Keep both and tell the witnesses; nothing was changed."
            )
