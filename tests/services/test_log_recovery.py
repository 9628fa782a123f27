"""A restored backup is brought up to what is published: exactly that, or nothing with the reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.check_log import ProvedWorld, check_log
from tests.services.cast import Cast, look
from tests.witnesses import Running, name_witnesses, new_witness, running
from tests.worlds import Copies
from traceapp.adapters.outgoing import Answer
from traceapp.core.checkpoint import sign_checkpoint
from traceapp.core.credential import Signer
from traceapp.core.errors import InconsistentLog, LogAhead, TraceappError, Unavailable
from traceapp.core.identifiers import Lot
from traceapp.core.keys import Role
from traceapp.core.statements import record_uuid
from traceapp.db.tables import label_runs, lots, records
from traceapp.monitor.source import Source
from traceapp.services.log.check import check_log as audit_log
from traceapp.services.log.export import export_log
from traceapp.services.log.publishing import Publisher
from traceapp.services.log.restoring import recover
from traceapp.services.operating import keys
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.registry.registers import register_lot
from traceapp.services.world import World


@pytest.fixture
def lost(cast: Cast, copies: Copies, tmp_path: Path) -> Iterator[tuple[Cast, Cast]]:
    """(today's service, the same on yesterday's database): keys and published files are today's."""
    yesterday = copies.copy(cast.world, tmp_path / "restored", ProvedWorld)
    cast.harvest()
    cast.issue(5)
    with cast.world.write() as connection:
        register_lot(connection, cast.product, Lot("L2"), {"made": "2026-10-20"}, cast.world.notary, cast.world.clock())
    yield cast, Cast(**{**vars(cast), "world": yesterday})
    yesterday.engine.dispose()


def export(world: World, folder: Path, *, hidden: bool = False) -> Source:
    with world.read() as connection:
        export_log(connection, world.published.read(), world.log_key, folder, hidden=hidden)
    return Source(str(folder))


def take_todays_files(today: World, restored: World) -> None:
    for name in ("published",):
        shutil.rmtree(restored.settings.data_dir / name)
        shutil.copytree(today.settings.data_dir / name, restored.settings.data_dir / name)
    shutil.rmtree(restored.settings.keys_dir)
    shutil.copytree(today.settings.keys_dir, restored.settings.keys_dir)


def bodies(world: World) -> list[bytes]:
    with world.read() as connection:
        return list(connection.execute(select(records.c.body).order_by(records.c.record_id)).scalars())


def test_what_a_backup_lacks_is_fetched_verified_and_appended(lost: tuple[Cast, Cast], tmp_path: Path) -> None:
    today, restored = lost
    place = export(today.world, tmp_path / "export")
    take_todays_files(today.world, restored.world)
    with pytest.raises(LogAhead, match="traceapp log recover"):
        restored.harvest()

    found = recover(restored.world, [place])

    assert found.size == today.world.published.read()[0]
    assert bodies(restored.world) == bodies(today.world)
    check_log(restored.world)
    world = restored.world
    with world.read() as connection:
        index = IndexRows()
        audit_log(connection, world.host, world.keyring(connection), world.published.read(), index)
        assert index.require_same(connection)
        for table in (label_runs, lots):
            assert len(connection.execute(select(table)).all()) == (1 if table is label_runs else 3)
    assert look(world, restored.lot)[1] == look(today.world, today.lot)[1]
    assert restored.issue(3)[0].first == 6, "the next labels do not repeat serials"


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("role", [Role.RECORD, Role.LOG])
def test_a_key_rotated_since_the_backup_is_known_again(role: Role, lost: tuple[Cast, Cast], tmp_path: Path) -> None:
    today, restored = lost
    for _ in range(2):
        today.world.clock.tick(hours=1)
        with today.world.write() as connection:
            root = Signer.of_host(today.world.host, today.world.key_store.load(Role.ROOT))
            keys.rotate(connection, role, today.world.key_store, today.world.notary, root, today.world.clock())
        today.harvest()
    place = export(today.world, tmp_path / "export")
    take_todays_files(today.world, restored.world)
    restored.world.clock.tick(hours=3)
    gone = tmp_path / "export/trust/2.json"
    kept = gone.read_bytes()
    gone.unlink()
    (tmp_path / "export/.well-known").mkdir()
    (tmp_path / "export/.well-known/traceapp-trust.json").write_bytes((tmp_path / "export/trust/3.json").read_bytes())
    with pytest.raises(LogAhead, match=r"trust/2\.json is in none"):
        recover(restored.world, [place])
    gone.write_bytes(kept)
    recover(restored.world, [place])
    check_log(restored.world)
    restored.harvest()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_restricted_record_comes_from_the_operators_own_export_or_from_its_parties(
    lost: tuple[Cast, Cast], tmp_path: Path
) -> None:
    today, restored = lost
    shipped = today.capture(today.event("SHIP", "2026-10-12", to=today.other_producer, lot_out=today.lot))[0]
    public = export(today.world, tmp_path / "public")
    take_todays_files(today.world, restored.world)
    before = bodies(restored.world)
    uuid = record_uuid(shipped.record_id)
    with pytest.raises(LogAhead, match=rf"{uuid}.*from their parties"):
        recover(restored.world, [public])
    assert bodies(restored.world) == before, "nothing is appended by halves"
    (tmp_path / "party/records").mkdir(parents=True)
    with today.world.read() as connection:
        body = connection.execute(select(records.c.body).where(records.c.record_id == uuid)).scalar_one()
    (tmp_path / f"party/records/{uuid}.json").write_bytes(body)
    recover(restored.world, [public, Source(str(tmp_path / "party"))])
    assert bodies(restored.world) == bodies(today.world)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_does_not_verify_is_never_appended(lost: tuple[Cast, Cast], tmp_path: Path) -> None:
    today, restored = lost
    folder = tmp_path / "export"
    place = export(today.world, folder)
    take_todays_files(today.world, restored.world)
    before = bodies(restored.world)
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name == "vkey" or "tile/0" in str(path) or path.parent.name == "trust":
            continue
        good = path.read_bytes()
        for at in (len(good) - 90, len(good) - 40):  # of what the backup lacks
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            with pytest.raises(TraceappError):
                recover(restored.world, [place])
            assert bodies(restored.world) == before, path
        path.write_bytes(good)
    recover(restored.world, [place])


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_database_that_went_on_by_itself_is_told_so(lost: tuple[Cast, Cast], tmp_path: Path) -> None:
    today, restored = lost
    restored.harvest(packs=9)
    place = export(today.world, tmp_path / "export")
    take_todays_files(today.world, restored.world)
    with pytest.raises(InconsistentLog, match=r"no beginning of the published log.*went on by itself"):
        recover(restored.world, [place])
    (tmp_path / "empty").mkdir()
    with pytest.raises(LogAhead, match="None of the places"):
        recover(restored.world, [Source(str(tmp_path / "empty"))])


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_place_that_is_itself_behind_is_not_enough(lost: tuple[Cast, Cast], tmp_path: Path) -> None:
    today, restored = lost
    place = export(today.world, tmp_path / "export")
    today.harvest(packs=2)
    take_todays_files(today.world, restored.world)
    with pytest.raises(LogAhead, match="give a place that knows all"):
        recover(restored.world, [place])


@pytest.fixture
def witnessed(lost: tuple[Cast, Cast], tmp_path: Path) -> Iterator[tuple[Cast, Cast, Running]]:
    """The same, where a witness has cosigned what today's service published."""
    today, restored = lost
    for world in (today.world, restored.world):
        world.settings = replace(world.settings, witness_loopback=True, witness_seconds=2)
    clock = today.world.clock
    with running(
        new_witness(tmp_path / "w", "w.example.vn/w", today.world.log_key, lambda: clock().timestamp())
    ) as one:
        name_witnesses(today.world, (one.url, one.key))
        today.harvest(packs=3)
        Publisher(today.world).publish()
        yield today, restored, one


@pytest.mark.parametrize("kind", ["sqlite"])
def test_nothing_less_than_a_witness_has_seen_is_taken(
    witnessed: tuple[Cast, Cast, Running], copies: Copies, tmp_path: Path
) -> None:
    today, restored, witness = witnessed
    old = export(today.world, tmp_path / "old")
    before = today.world.published.read()[0]
    today.harvest(packs=2)
    Publisher(today.world).publish()
    published = restored.world.settings.data_dir / "published/checkpoint"
    yesterdays = published.read_bytes()
    take_todays_files(today.world, restored.world)
    # The published checkpoint comes from the backup too: only the witness knows.
    published.write_bytes(yesterdays)
    for places in ([old], [old, Source(witness.url)]):
        with pytest.raises(LogAhead, match=rf"has seen {before + 1} entries, signed by this log; .* knows {before}"):
            recover(restored.world, places)
    with pytest.raises(LogAhead, match="is a witness: it has seen"):
        recover(restored.world, [Source(witness.url)], ask=nobody)
    found = recover(restored.world, [Source(witness.url), export(today.world, tmp_path / "new")])
    assert (found.size, set(found.seen_by)) == (before + 1, {"w.example.vn/w", witness.url})
    assert bodies(restored.world) == bodies(today.world)


def nobody(*_: object, **__: object) -> Answer:
    raise Unavailable("nobody is here.")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_witness_that_saw_another_history_ends_the_recovery(
    witnessed: tuple[Cast, Cast, Running], tmp_path: Path
) -> None:
    today, restored, witness = witnessed
    place = export(today.world, tmp_path / "export")
    take_todays_files(today.world, restored.world)
    last = witness.memory.last(today.world.log_key.name)
    for size in (last.size, 3):
        other = sign_checkpoint(replace(last, size=size, root=bytes(32)), today.world.key_store.load(Role.LOG))
        witness.memory.write(last.origin, other)
        before = bodies(restored.world)
        with pytest.raises(InconsistentLog, match="the log was forked"):
            recover(restored.world, [place])
        assert bodies(restored.world) == before
    witness.memory.write(last.origin, b"damaged")
    found = recover(restored.world, [place])
    assert (found.seen_by, len(found.silent)) == ((), 1)
