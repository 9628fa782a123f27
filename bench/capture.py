"""Capture: events a second, in batches and one at a time, each side durable and checked to have stored what it says."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import func, select

from bench.figures import Figure, Rounds, per_second
from bench.floor import BareCapture
from bench.worlds import Farm, folder, new_world, register_farm, season
from traceapp.app import keep_for_good
from traceapp.core.epcis import say_event
from traceapp.core.events import Event
from traceapp.core.statements import document
from traceapp.db.tables import records
from traceapp.services.log.heads import size_of
from traceapp.services.records.events import capture_many
from traceapp.services.records.signing import new_uuid
from traceapp.services.world import World

BATCH = 1000
BATCHES = 5
SINGLES = 100
ROUNDS = 9
SLICES = 51
"""Rounds of single captures: short ones, so that whatever else the machine does falls on both sides."""
WARM = 300


def main() -> list[Figure]:
    """Batches of 1,000, and single captures."""
    return [
        _compare("capture, 1,000 a commit", BATCHES * BATCH, BATCH, ROUNDS, 0.35),
        _compare("capture, one a commit", SINGLES, 1, SLICES, 0.3),
    ]


def _compare(name: str, count: int, batch: int, times: int, limit: float) -> Figure:
    rounds = Rounds()
    with new_world() as world, folder() as where:
        farm, bare = register_farm(world), BareCapture(where)
        # Until SQLite's log has its size, each commit also waits for the file to grow: on both sides, but not for long.
        _ours(world, farm, max(batch, WARM), batch)
        _floor(bare, world, farm, max(batch, WARM), batch)
        # As a server does when it has started.
        keep_for_good()
        for _ in range(times):
            rounds.add(_ours(world, farm, count, batch), _floor(bare, world, farm, count, batch))
    return rounds.figure(name, limit)


def _ours(world: World, farm: Farm, count: int, batch: int) -> float:
    events, before = season(farm, count), _held(world)
    parts = [events[at : at + batch] for at in range(0, count, batch)]

    def work() -> None:
        for part in parts:
            with world.write() as connection:
                capture_many(connection, part, world.notary, world.clock())

    rate = per_second(count, work)
    assert _held(world) == tuple(one + count for one in before), "ours did not store what it says"
    return rate


def _held(world: World) -> tuple[int, int, int]:
    """Records, log entries, and the size that is published."""
    published = world.published.read()
    with world.read() as connection:
        stored = connection.execute(select(func.count()).select_from(records)).scalar() or 0
        return stored, size_of(connection), published[0] if published else 0


def _floor(bare: BareCapture, world: World, farm: Farm, count: int, batch: int) -> float:
    documents = _documents(world, season(farm, count))
    names = [str(uuid4()) for _ in documents]
    before = bare.stored()

    def work() -> None:
        for at in range(0, count, batch):
            bare.capture(documents[at : at + batch], names[at : at + batch])

    rate = per_second(count, work)
    assert bare.stored() == before + count, "the floor did not store what it says"
    return rate


def _documents(world: World, events: Sequence[Event]) -> list[dict[str, object]]:
    """The same records, ready to be canonicalised."""
    now = world.clock()
    said = [say_event(event, host=world.host, role="producer") for event in events]
    return [
        document(
            statement,
            host=world.host,
            issuer=world.notary.signer.did,
            record_id=new_uuid(),
            now=now,
            nonce=bytes(16),
            salts=[bytes(32)] * len(statement.personal),
        )[0]
        for statement in said
    ]
