"""Trust at a million entries: exporting the log, following it for the first time, and auditing what is stored."""

from __future__ import annotations

from pathlib import Path

from bench.figures import Figure, per_second, seconds
from bench.worlds import folder, new_world, register_farm, season
from traceapp.core.statements import record_url
from traceapp.monitor.look import Status, look
from traceapp.monitor.source import Source
from traceapp.monitor.state import State, Store
from traceapp.services.log.check import check_log
from traceapp.services.log.entries import NewRecord, append
from traceapp.services.log.export import export_log
from traceapp.services.log.heads import size_of
from traceapp.services.records.events import capture_many
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.records.signing import new_uuid
from traceapp.services.world import World

ENTRIES = 1_000_000
AUDITED = 24_000
BATCH = 20_000
SECONDS = 60.0
RECORD_BYTES = 1_400
"""As long as an event's record is, with its proof."""


def main() -> list[Figure]:
    """A million entries exported and monitored within a minute each; the audit at 4,000 records a second."""
    return [*_at_a_million(), _audit()]


def _at_a_million() -> list[Figure]:
    with new_world() as world, folder() as where:
        _fill(world, ENTRIES)
        published = world.published.read()
        assert published is not None and published[0] >= ENTRIES
        with world.read() as connection:
            trust = world.trust(connection)
            exported = seconds(lambda: export_log(connection, published, world.log_key, where / "log"))
        state = State(trust, ("https://id.example.vn/id/nobody",))
        seen: list[Status] = []
        monitored = seconds(lambda: seen.append(_look(state, where)))
        assert seen == [Status.GOOD] and state.frontier.size == published[0], "the monitor did not see the whole log"
    return [
        Figure("log export, 1,000,000 entries", exported, None, exported, SECONDS, "s", at_most=True),
        Figure("monitor, 1,000,000 entries", monitored, None, monitored, SECONDS, "s", at_most=True),
    ]


def _look(state: State, where: Path) -> Status:
    found = look(state, Source(str(where / "log")), Store(where / "state"), state.trust.valid_from)
    return found.status


def _fill(world: World, count: int) -> None:
    """Entries of our own form over records of the usual length, which no page asks for."""
    filler = "x" * (RECORD_BYTES - 150)
    with world.read() as connection:
        held = size_of(connection)
    while held < count:
        now, new = world.clock(), []
        for number in range(held, min(held + BATCH, count)):
            uuid = str(new_uuid())
            body = f'{{"id":"{uuid}","traceapp:declaredBy":{{"id":"https://id.example.vn/id/x"}},"n":{number},"w":"{filler}"}}'
            new.append(NewRecord(record_url(world.host, uuid), "TraceEvent", now, body.encode()))
        with world.write() as connection:
            append(connection, world.notary.log, new)
        held += len(new)


def _audit() -> Figure:
    with new_world() as world:
        farm = register_farm(world)
        events = season(farm, AUDITED)
        for at in range(0, AUDITED, 2000):
            with world.write() as connection:
                capture_many(connection, events[at : at + 2000], world.notary, world.clock())
        rates = [per_second(AUDITED, lambda: _audit_once(world)) for _ in range(3)]
    best = sorted(rates)[1]
    return Figure("audit, records a second", best, None, best, 4000, raw=tuple(f"{rate:,.0f}" for rate in rates))


def _audit_once(world: World) -> None:
    index = IndexRows()
    with world.read() as connection:
        report = check_log(connection, world.host, world.keyring(connection), world.published.read(), index)
        index.require_same(connection)
    assert report.entries >= AUDITED
