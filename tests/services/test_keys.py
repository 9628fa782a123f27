"""The life of keys: rotated, revoked, lost, mistaken; and nothing is ever signed with one that nobody can check."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from tests.check_log import ProvedWorld, check_log, heads
from tests.conftest import Clock, settings_for
from tests.services.cast import Cast, look
from traceapp.core.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from traceapp.core.credential import Signer
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import (
    BadSettings,
    Conflict,
    KeyNotValid,
    KeyRevoked,
    LogAhead,
    NotFound,
    Unavailable,
    UnknownKey,
    VerificationError,
)
from traceapp.core.facts import LabelSignature
from traceapp.core.keys import Keyring, PublicKey, Role, parse_multikey
from traceapp.core.log_keys import log_verifiers, require_seen_in_time, verify_by_log
from traceapp.core.trust import follow_trust, read_trust_list
from traceapp.db import driver
from traceapp.db.tables import trust_lists
from traceapp.services.labels.runs import identify, item_path, label_keys_of
from traceapp.services.operating import keys
from traceapp.services.operating.setup import initialise
from traceapp.services.records.events import capture
from traceapp.services.records.signing import read_document
from traceapp.services.world import World


def root(world: World) -> Signer:
    return Signer.of_host(world.host, world.key_store.load(Role.ROOT))


def rotate(world: World, role: Role, *, days: int = 0) -> PublicKey:
    with world.write() as connection:
        now, overlap = world.clock(), timedelta(days=days)
        return keys.rotate(connection, role, world.key_store, world.notary, root(world), now, overlap)


def revoke(world: World, name: str) -> PublicKey:
    with world.write() as connection:
        return keys.revoke(connection, name, world.clock(), world.key_store, world.notary, root(world), world.clock())


def in_use(world: World, role: Role) -> PublicKey:
    with world.read() as connection:
        (key,) = [key for key in world.trust(connection).keys if key.role is role and key.retired is None]
    return key


def folder_of(world: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in world.settings.keys_dir.iterdir()}


def tick(cast: Cast, **step: float) -> None:
    clock = cast.world.clock
    assert isinstance(clock, Clock)
    clock.tick(**step)


def test_init_makes_one_key_of_each_role_and_logs_it(cast: Cast) -> None:
    with cast.world.read() as connection:
        trust = cast.world.trust(connection)
    assert sorted(key.role for key in trust.keys) == sorted(Role)
    assert all(key.record_id for key in trust.keys)


def test_a_rotated_record_key_signs_on_and_what_the_old_one_signed_stays_good(cast: Cast) -> None:
    before = cast.harvest()
    old = in_use(cast.world, Role.RECORD)
    tick(cast, minutes=5)
    fresh = rotate(cast.world, Role.RECORD)
    tick(cast, minutes=5)
    cast.capture(cast.event())
    assert fresh.raw != old.raw == check_of(cast, before.record_id)
    assert "record-authentic" in cast.codes()


def check_of(cast: Cast, record_id: str) -> bytes:
    """The raw key that a record's proof names."""
    with cast.world.read() as connection:
        document = read_document(connection, record_id.rpartition("/")[2])
    return parse_multikey(str(document["proof"]["verificationMethod"]).partition("#")[2])


def test_each_trust_file_is_signed_by_a_root_that_the_one_before_names(cast: Cast) -> None:
    with cast.world.read() as connection:
        first = cast.world.trust(connection)
    for role in (Role.RECORD, Role.LABEL, Role.SERIAL):
        tick(cast, minutes=1)
        rotate(cast.world, role)
    with cast.world.read() as connection:
        newest = read_trust_list(cast.world.trust(connection).body, pinned=first)
    assert newest.version == first.version + 3


def test_no_other_key_than_the_logs_signs_beside_its_successor(cast: Cast) -> None:
    with pytest.raises(Conflict, match="side by side"):
        rotate(cast.world, Role.RECORD, days=3)


def test_a_rotated_log_key_signs_beside_the_old_one_and_alone_after_the_overlap(cast: Cast) -> None:
    world = cast.world
    old, before = in_use(world, Role.LOG), published_note(world)
    tick(cast, minutes=1)
    fresh = rotate(world, Role.LOG, days=3)
    assert signers(world) == {fresh.raw, old.raw}, "the checkpoint that tells of the new key is its first"
    cast.harvest()
    assert signers(world) == {fresh.raw, old.raw}
    assert world.log_key.public == fresh.raw
    tick(cast, days=3)
    cast.capture(cast.event())
    assert signers(world) == {fresh.raw}
    assert verify_by_log(before, keyring(world))[0].size < (fresh.first_size or 0), "what was published stays good"
    check_log(world)


def keyring(world: World) -> Keyring:
    with world.read() as connection:
        return world.keyring(connection)


def published_note(world: World) -> bytes:
    head = world.published.read()
    assert head is not None
    return head[2]


def signers(world: World) -> set[bytes]:
    """Whose log signatures the published checkpoint carries, each verified."""
    found = set()
    for verifier, key in log_verifiers(keyring(world)):
        with suppress(UnknownKey):
            verify_checkpoint(published_note(world), verifier)
            found.add(key.raw)
    return found


def test_another_process_signs_with_both_log_keys_after_a_rotation_it_did_not_make(cast: Cast) -> None:
    world = cast.world
    other = World(world.settings, clock=world.clock)
    with other.write() as connection:
        capture(connection, cast.event(), other.notary, other.clock())
    tick(cast, minutes=1)
    rotate(world, Role.LOG, days=3)
    with other.write() as connection:
        capture(connection, cast.event(), other.notary, other.clock())
    assert len(signers(world)) == 2
    check_log(world)
    other.engine.dispose()


def test_a_lost_file_of_the_old_log_key_stops_no_record(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    world = cast.world
    tick(cast, minutes=1)
    fresh = rotate(world, Role.LOG, days=3)
    next(world.settings.keys_dir.glob("log-*.pem")).unlink()
    cast.harvest()
    assert signers(world) == {fresh.raw}
    assert "cannot sign beside" in caplog.text


def test_a_lost_log_key_is_replaced_at_once_and_continues_nothing(cast: Cast) -> None:
    world = cast.world
    old, private = in_use(world, Role.LOG), world.key_store.load(Role.LOG)
    cast.harvest()
    tick(cast, hours=1)
    revoke(world, old.multikey)
    cast.capture(cast.event())
    assert signers(world) == {in_use(world, Role.LOG).raw}
    forged = sign_checkpoint(Checkpoint(world.log_key.name, 10**6, bytes(32)), private)
    with pytest.raises(KeyNotValid, match="retired log key"):
        verify_by_log(forged, keyring(world))
    smaller = sign_checkpoint(Checkpoint(world.log_key.name, 2, bytes(32)), private)
    key = verify_by_log(smaller, keyring(world))[1]
    with pytest.raises(KeyRevoked):
        require_seen_in_time(key, None)
    check_log(world)


def test_a_change_of_root_is_signed_by_both_and_verifiers_follow(cast: Cast) -> None:
    world = cast.world
    with world.read() as connection:
        first = world.trust(connection)
    for _ in range(2):
        tick(cast, hours=1)
        rotate(world, Role.ROOT)
        tick(cast, hours=1)
        rotate(world, Role.RECORD)
    cast.harvest()
    with world.read() as connection:
        bodies = dict(connection.execute(select(trust_lists.c.version, trust_lists.c.body)).all())
    assert [len(json.loads(bodies[version])["proof"]) for version in (first.version + 1, first.version + 3)] == [2, 2]
    newest = bodies[max(bodies)]
    with pytest.raises(UnknownKey, match="No root key that is pinned"):
        read_trust_list(newest, pinned=first)
    found = follow_trust(bodies.__getitem__, newest, first)
    assert found.version == first.version + 4
    roots = [key for key in found.keys if key.role is Role.ROOT]
    assert [key.retired is None for key in roots].count(True) == 1
    with pytest.raises(Conflict, match="pin the new trust file"):
        revoke(world, next(key.multikey for key in roots if key.retired is None))


def test_a_rotation_that_fails_leaves_every_key_file_as_it_was(cast: Cast) -> None:
    before = folder_of(cast.world)
    for role in (Role.RECORD, Role.LABEL, Role.SERIAL):
        with pytest.raises(ZeroDivisionError), cast.world.write() as connection:
            keys.audit.note(connection, "x", "y", "z", cast.world.clock())
            broken = Signer(root(cast.world).private, 1 // 0)  # type: ignore[arg-type]
            keys.rotate(connection, role, cast.world.key_store, cast.world.notary, broken, cast.world.clock())
        assert folder_of(cast.world) == before
    behind(cast.world)
    for role in (Role.RECORD, Role.LABEL, Role.SERIAL):
        with pytest.raises(LogAhead):
            rotate(cast.world, role)
        assert folder_of(cast.world) == before


def behind(world: World) -> None:
    """Somebody has published more than this database holds."""
    note = sign_checkpoint(Checkpoint(world.notary.log.origin, 10**6, b"\5" * 32), world.notary.log.private)
    world.published.advance(10**6, note)


def test_a_service_that_was_running_signs_with_the_new_key_at_once(cast: Cast) -> None:
    running = another_process(cast)
    running.world.notary  # noqa: B018
    tick(cast, minutes=5)
    fresh = rotate(cast.world, Role.RECORD)
    tick(cast, minutes=5)
    receipt = running.capture(running.event())[0]
    assert check_of(cast, receipt.record_id) == fresh.raw
    check_log(cast.world)
    running.world.engine.dispose()


def another_process(cast: Cast) -> Cast:
    """The same service in another process: nothing shared but the files and the database."""
    return Cast(**{**vars(cast), "world": ProvedWorld(cast.world.settings, clock=cast.world.clock)})


def test_a_rotation_waits_for_the_capture_that_has_begun(cast: Cast) -> None:
    """A record signed with the old key after that key was retired would be bad for ever."""
    running = another_process(cast)
    began = threading.Event()

    def rotate_meanwhile() -> None:
        began.wait()
        rotate(cast.world, Role.RECORD)

    rotating = threading.Thread(target=rotate_meanwhile)
    rotating.start()
    with running.world.write() as connection:
        notary = running.world.notary
        began.set()
        rotating.join(timeout=0.5)
        assert rotating.is_alive()
        now = running.world.clock() + timedelta(seconds=3)
        capture(connection, running.event(), notary, now)
        tick(cast, seconds=5)
    rotating.join()
    check_log(cast.world)
    running.world.engine.dispose()


def test_keys_of_another_service_sign_nothing(cast: Cast, tmp_path: Path) -> None:
    before = max(heads_of(cast))
    other = World(settings_for(tmp_path / "other"), clock=cast.world.clock)
    initialise(other)
    for name in ("record.pem", "log.pem", "label.pem"):
        mine = cast.world.settings.keys_dir / name
        kept = mine.read_bytes()
        shutil.copy(other.settings.keys_dir / name, mine)
        stranger = another_process(cast)
        with pytest.raises(BadSettings, match=f"{name} is not the .* key that the trust file has in use"):
            stranger.capture(stranger.event())
        stranger.world.engine.dispose()
        mine.write_bytes(kept)
    assert max(heads_of(cast)) == before
    other.engine.dispose()


def heads_of(cast: Cast) -> dict[int, bytes]:
    return heads(cast.world)


def test_a_retired_key_put_back_signs_nothing(cast: Cast) -> None:
    mine = cast.world.settings.keys_dir / "record.pem"
    old = mine.read_bytes()
    rotate(cast.world, Role.RECORD)
    mine.write_bytes(old)
    with pytest.raises(BadSettings, match=r"record\.pem is not the record key"):
        another_process(cast).capture(cast.event())


def test_a_revoked_record_key_takes_its_unwitnessed_records_down(cast: Cast) -> None:
    cast.harvest()
    lost = in_use(cast.world, Role.RECORD)
    tick(cast, minutes=5)
    with cast.world.read() as connection:
        assert keys.falling_records(connection, lost, cast.world.clock()) > 10
    revoked = revoke(cast.world, lost.multikey[:20])
    assert revoked.compromised_since is not None
    assert "key-revoked" in cast.codes()
    tick(cast, minutes=5)
    cast.capture(cast.event())
    assert in_use(cast.world, Role.RECORD).raw != lost.raw


def test_an_unknown_or_ambiguous_key_is_not_revoked(cast: Cast) -> None:
    for name in ("", "z6Mk", "zzz"):
        with pytest.raises(NotFound, match=r"keys? begins? with"):
            revoke(cast.world, name)


def test_a_label_of_a_revoked_label_key_says_ask_online(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(3, signed=True)
    lost = in_use(cast.world, Role.LABEL)
    path = item_path(run, 2, cast.world.serial_key)
    signature = cast.world.label_maker.url(path, signed=True).partition("S=")[2]
    assert outcome(cast, path, signature) == LabelSignature.GOOD
    tick(cast, minutes=5)
    revoke(cast.world, lost.multikey)
    assert outcome(cast, path, signature) == LabelSignature.KEY_REVOKED


def outcome(cast: Cast, path: str, signature: str) -> LabelSignature:
    facts, _ = look(cast.world, cast.lot)
    with cast.world.read() as connection:
        keyring = cast.world.keyring(connection)
    identity = parse_path(path).identity
    assert identity is not None
    code = identify(
        facts,
        identity,
        signature,
        host=cast.world.host,
        label_keys=label_keys_of(keyring, cast.world.host),
        serial_key=cast.world.serial_key,
        exposed=cast.world.exposed_serial_keys(keyring),
    )
    assert code is not None
    assert code.item == 2
    return code.signature


def test_labels_of_an_older_serial_key_are_known_after_its_rotation(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(3)
    rotate(cast.world, Role.SERIAL)
    tick(cast, minutes=1)
    newer, _ = cast.issue(3)
    assert run.serial_key != newer.serial_key
    for one, item in ((run, 2), (newer, 5)):
        path = item_path(one, item, cast.world.serial_key)
        assert item_path(one, item, another_process(cast).world.serial_key) == path


def test_a_leaked_serial_key_is_known_as_exposed(cast: Cast) -> None:
    leaked = cast.world.key_store.current_serial()
    key = in_use(cast.world, Role.SERIAL)
    with cast.world.read() as connection:
        assert cast.world.exposed_serial_keys(cast.world.keyring(connection)) == frozenset()
    revoke(cast.world, key.raw.hex()[:16])
    with cast.world.read() as connection:
        assert cast.world.exposed_serial_keys(cast.world.keyring(connection)) == {leaked}
    assert cast.world.key_store.current_serial() != leaked


def test_another_host_for_labels_is_a_new_trust_file(cast: Cast) -> None:
    with cast.world.write() as connection:
        trust = keys.add_host(connection, "tem.example.vn", root(cast.world), cast.world.clock())
        again = keys.add_host(connection, "tem.example.vn", root(cast.world), cast.world.clock())
    assert trust.hosts == ("id.example.vn", "tem.example.vn")
    assert again.version == trust.version


def test_a_trust_file_that_was_altered_is_not_believed(cast: Cast) -> None:
    def alter(connection_text: Callable[[], str]) -> None:
        with cast.world.engine.begin() as connection:
            for statement in connection_text().split(";"):
                connection.execute(text(statement))

    on = "" if cast.world.engine.dialect.name == "sqlite" else " ON trust_lists"
    guard = "guard_trust_lists_update" if not on else "guard_trust_lists_row"
    bytes_of = "CAST(replace(CAST(body AS TEXT), 'quorum', 'guorum') AS BLOB)"
    if on:
        bytes_of = "convert_to(replace(convert_from(body, 'UTF8'), 'quorum', 'guorum'), 'UTF8')"
    alter(lambda: f"DROP TRIGGER {guard}{on}; UPDATE trust_lists SET body = {bytes_of}")
    with pytest.raises(VerificationError, match="trust file"), cast.world.read() as connection:
        keys.trust_list(connection)


def test_a_clock_behind_the_key_signs_nothing(cast: Cast) -> None:
    """A record dated before its key came into use would never verify: a clock set back must stop the pen."""
    before = max(heads(cast.world))
    tick(cast, hours=-1)
    with pytest.raises(Unavailable, match=r"The clock says .* before the keys came into use"):
        cast.harvest()
    tick(cast, hours=1)
    assert max(heads(cast.world)) == before
    cast.harvest()


def test_who_looks_at_another_moment_takes_nobodys_keys_away(cast: Cast) -> None:
    world = cast.world

    class Interrupted(dict[str, Any]):
        """What a world remembers, for one that is asked about an earlier moment just after it looked."""

        def get(self, name: str, default: Any = None) -> Any:
            found = super().get(name, default)
            if name == "trust" and moments:
                world.keyring(moments.pop())
            return found

    moments: list[Connection] = []
    with world.read() as before:
        driver.run(before, "SELECT count(*) FROM trust_lists")
        rotate(world, Role.RECORD)
        with world.read() as after:
            world.trust(after)
            world.__dict__["_made"] = Interrupted(world.__dict__["_made"])
            moments.append(before)
            assert list(world.keyring(after)) == list(keys.trust_list(after).keys)
