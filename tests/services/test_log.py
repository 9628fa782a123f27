"""The log: what a receipt promises, that nothing has a gap, and that a restored copy cannot fork it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.check_log import ProvedWorld, check_log, heads, require_extends
from tests.services.cast import Cast
from tests.worlds import Copies
from traceapp.app import create_app
from traceapp.core.checkpoint import verify_checkpoint
from traceapp.core.errors import LogAhead, NotFound
from traceapp.core.log_entry import entry_of
from traceapp.core.statements import record_uuid
from traceapp.core.tlog_proof import parse_proof, verify_proof
from traceapp.services.log.entries import place_of, prove_inclusion
from traceapp.services.log.tree import hash_reader
from traceapp.services.operating.setup import initialise
from traceapp.services.records.events import capture
from traceapp.services.records.signing import read_body
from traceapp.services.world import World


def test_a_receipt_proves_that_the_record_is_in_the_log(cast: Cast) -> None:
    receipt = cast.harvest()
    key = cast.world.log_key
    with cast.world.read() as connection:
        body = read_body(connection, record_uuid(receipt.record_id))
        checkpoint = verify_checkpoint(receipt.checkpoint, key)
        proof = prove_inclusion(hash_reader(connection, checkpoint.size), receipt.leaf_index, receipt.checkpoint)
    assert verify_proof(parse_proof(proof), entry_of(receipt.record_id, body), key) == checkpoint


def test_a_receipt_still_proves_its_record_after_the_log_has_grown(cast: Cast) -> None:
    receipt = cast.harvest()
    cast.capture(*[cast.event() for _ in range(20)])
    require_extends(cast.world, verify_checkpoint(receipt.checkpoint, cast.world.log_key))


def test_a_thousand_events_in_one_call_make_one_append_and_one_checkpoint(cast: Cast) -> None:
    before = heads(cast.world)
    receipts = cast.capture(*[cast.event() for _ in range(1000)])
    after = heads(cast.world)
    assert len(after) == len(before) + 1
    assert max(after) == max(before) + 1000
    assert [receipt.leaf_index for receipt in receipts] == list(range(max(before), max(before) + 1000))
    assert {receipt.checkpoint for receipt in receipts} == {receipts[0].checkpoint}


def test_an_append_across_a_full_tile_stores_it_once_and_rightly(cast: Cast) -> None:
    size = max(heads(cast.world))
    cast.capture(*[cast.event() for _ in range(255 - size)])
    assert check_log(cast.world).tiles == 0
    cast.capture(cast.event())
    assert check_log(cast.world).tiles == 1
    cast.capture(*[cast.event() for _ in range(600)])
    assert check_log(cast.world).tiles == 3


def test_nothing_of_a_refused_call_is_kept(cast: Cast) -> None:
    before = heads(cast.world)
    with pytest.raises(NotFound, match="no lot"):
        cast.capture(cast.event(), cast.event(lot=f"{cast.product}/10/NOWHERE"))
    assert heads(cast.world) == before


def test_what_fails_after_the_append_is_not_in_the_log(cast: Cast) -> None:
    before = heads(cast.world)
    with pytest.raises(ZeroDivisionError), cast.world.write() as connection:
        capture(connection, cast.event(), cast.world.notary, cast.world.clock())
        _ = 1 // 0
    assert heads(cast.world) == before
    assert cast.world.published.read()[0] == max(before)
    cast.harvest()


def test_what_is_committed_is_published(cast: Cast) -> None:
    receipt = cast.harvest()
    assert cast.world.published.read()[2] == receipt.checkpoint


def test_publishing_never_moves_back(cast: Cast) -> None:
    first, second = cast.harvest(), cast.harvest()
    older = verify_checkpoint(first.checkpoint, cast.world.log_key)
    cast.world.published.advance(older.size, first.checkpoint)
    assert cast.world.published.read()[2] == second.checkpoint


def test_a_record_has_one_place_and_an_unknown_one_none(cast: Cast) -> None:
    receipt = cast.harvest()
    with cast.world.read() as connection:
        assert place_of(connection, record_uuid(receipt.record_id))[1] == receipt.leaf_index
        with pytest.raises(NotFound):
            place_of(connection, "00000000-0000-7000-8000-000000000000")


def restored(cast: Cast, copies: Copies, folder: Path) -> Cast:
    """The same service on yesterday's copy of its database: keys and published files are today's."""
    yesterday = copies.copy(cast.world, folder, ProvedWorld)
    cast.harvest()
    shutil.rmtree(folder / "data" / "published")
    shutil.copytree(cast.world.settings.data_dir / "published", folder / "data" / "published")
    return Cast(**{**vars(cast), "world": yesterday})


def test_yesterdays_copy_of_the_database_cannot_fork_the_log(cast: Cast, copies: Copies, tmp_path: Path) -> None:
    yesterday = restored(cast, copies, tmp_path / "restored")
    before = heads(yesterday.world)
    with pytest.raises(LogAhead, match="traceapp log recover"):
        yesterday.harvest()
    assert heads(yesterday.world) == before
    yesterday.world.engine.dispose()


def test_a_capture_that_is_published_while_a_service_looks_leaves_no_database_behind(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = World(cast.world.settings, clock=cast.world.clock)
    read, meanwhile = cast.world.published.read, [Cast(**{**vars(cast), "world": other}).harvest]

    def read_after_a_capture() -> object:
        if meanwhile:
            meanwhile.pop()()
        return read()

    monkeypatch.setattr(cast.world.published, "read", read_after_a_capture)
    cast.world.require_not_behind()
    assert meanwhile == []
    other.engine.dispose()


def test_a_service_on_yesterdays_copy_does_not_start(cast: Cast, copies: Copies, tmp_path: Path) -> None:
    yesterday = restored(cast, copies, tmp_path / "restored")
    with pytest.raises(LogAhead, match="traceapp log recover"):
        yesterday.world.require_not_behind()
    with pytest.raises(LogAhead, match="traceapp log recover"):
        create_app(yesterday.world)
    yesterday.world.engine.dispose()


def test_a_copy_that_went_on_by_itself_cannot_go_on(cast: Cast, copies: Copies, tmp_path: Path) -> None:
    """As large as what is published, but another tree: a stale standby that was written to."""
    other = copies.copy(cast.world, tmp_path / "standby", ProvedWorld)
    cast.harvest()
    Cast(**{**vars(cast), "world": other}).harvest(packs=7)
    shutil.rmtree(tmp_path / "standby" / "data" / "published")
    shutil.copytree(cast.world.settings.data_dir / "published", tmp_path / "standby" / "data" / "published")
    with pytest.raises(LogAhead, match="traceapp log recover"):
        Cast(**{**vars(cast), "world": other}).harvest()
    other.engine.dispose()


def test_init_on_a_lost_database_does_not_start_a_second_tree(cast: Cast, copies: Copies, kind: str) -> None:
    world, folder = cast.world, cast.world.settings.data_dir.parent
    world.engine.dispose()
    for path in (folder / "data").glob("traceapp.db*"):
        path.unlink()
    settings = world.settings
    if kind == "postgresql":
        settings = replace(settings, database_url=copies.database(kind, folder))
    empty = ProvedWorld(settings, clock=world.clock)
    with pytest.raises(LogAhead, match="traceapp log recover"):
        initialise(empty)
    empty.engine.dispose()
