"""From committed to published: what witnesses see first, and what they catch."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.check_log import ProvedWorld
from tests.conftest import ASOF
from tests.services.cast import Cast, identity_of
from tests.services.test_log_check import found, tampering
from tests.witnesses import Running, name_witnesses, new_witness, running
from tests.worlds import Copies
from traceapp.adapters.outgoing import Answer
from traceapp.core.bundle import unpack
from traceapp.core.checkpoint import Checkpoint, cosign, cosignature_times, parse_checkpoint, sign_checkpoint
from traceapp.core.credential import Signer
from traceapp.core.errors import BadSettings, Conflict, LogAhead, NotFound, Unavailable
from traceapp.core.keys import Role
from traceapp.core.note import Algorithm, VerifierKey, parse_note
from traceapp.core.offline import check_bundle
from traceapp.core.tlog_proof import parse_proof
from traceapp.core.trust import read_trust_list
from traceapp.db.tables import cosignatures
from traceapp.services.log.heads import size_of
from traceapp.services.log.publish_loop import publish_at_start
from traceapp.services.log.publishing import Publisher
from traceapp.services.log.witnessed import with_witnesses, witness_name
from traceapp.services.log.witnesses import add_witness, remove_witness
from traceapp.services.operating.keys import falling_records, key_called, revoke, rotate, trust_list
from traceapp.services.records.bundles import make_bundle
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.world import World

ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"])
PUBLIC = "https://witness.example.vn/w1"
PATIENCE, LIMIT, HUNG = 30, 5, 60
"""Seconds: for a witness on a busy machine, for one beside which another hangs, and for how long that one hangs."""


@pytest.fixture
def two(cast: Cast, tmp_path: Path) -> Iterator[tuple[Cast, Running, Running]]:
    """The cast, whose log two witnesses see before it is published."""
    settings = replace(cast.world.settings, witness_loopback=True, witness_seconds=PATIENCE)
    cast.world.settings = settings
    with ExitStack() as stack:
        found = [
            stack.enter_context(
                running(new_witness(tmp_path / name, f"{name}.example.vn/w", cast.world.log_key, clock_of(cast.world)))
            )
            for name in ("first", "second")
        ]
        name_witnesses(cast.world, *((one.url, one.key) for one in found), needed=2)
        yield cast, found[0], found[1]


def clock_of(world: World) -> object:
    return lambda: world.clock().timestamp()


def published(world: World) -> tuple[int, dict[VerifierKey, int]]:
    """The published size, and who cosigned it when."""
    head = world.published.read()
    assert head is not None
    with world.read() as connection:
        from traceapp.services.log.witnessed import policy_of

        keys = policy_of(world.trust(connection)).witness_keys
    return head[0], cosignature_times(head[2], keys)


def committed(world: World) -> int:
    with world.read() as connection:
        return size_of(connection)


def codes(cast: Cast) -> set[str]:
    """Findings of the lot's page, as the page judges them."""
    world = cast.world
    with world.read() as connection:
        gathered = gather(connection, world.host, identity_of(world, cast.lot), world.rulebook)
        trust = trust_list(connection)
        evidence = with_witnesses(connection, gathered.evidence, trust)
        return {finding.code for finding in assess(evidence, trust.keyring(), world.clock())[1].findings}


def test_a_receipt_waits_for_witnesses_and_the_checkpoint_is_published_with_both_signatures(
    two: tuple[Cast, Running, Running],
) -> None:
    cast, first, second = two
    before = published(cast.world)[0]
    receipt = cast.harvest()
    assert receipt.status == "awaiting-witness"
    assert published(cast.world)[0] == before, "published before witnesses saw it"
    assert "not-witnessed" in codes(cast)
    assert cast.world.to_publish.is_set()

    asked = Publisher(cast.world).publish()

    size, seen = published(cast.world)
    assert size == committed(cast.world) == before + 1
    assert set(seen) == {first.key, second.key}
    assert {one.problem for one in asked} == {""}
    assert "witnessed" in codes(cast)


@ONE_DATABASE
def test_without_witnesses_a_receipt_is_published_at_once_and_nobody_is_asked(cast: Cast) -> None:
    assert cast.harvest().status == "published"
    assert Publisher(cast.world, send=refuse_all).publish() == ()
    assert published(cast.world)[0] == committed(cast.world)


def refuse_all(*_: object, **__: object) -> Answer:
    raise Unavailable("nobody is here.")


@ONE_DATABASE
def test_a_dead_witness_delays_nothing_past_the_limit_and_is_then_left_alone(
    two: tuple[Cast, Running, Running],
) -> None:
    cast, first, _ = two
    release, calls = threading.Event(), []
    publisher = Publisher(cast.world)
    real = publisher.send

    def one_hangs(url: str, body: bytes, seconds: float, *, loopback: bool) -> Answer:
        if url.startswith(first.url):
            return real(url, body, seconds, loopback=loopback)
        calls.append(url)
        release.wait(HUNG)
        raise Unavailable("it hung.")

    publisher.send = one_hangs
    cast.world.settings = replace(cast.world.settings, witness_seconds=LIMIT)
    cast.harvest()
    begun = time.monotonic()
    publisher.publish()
    assert LIMIT - 0.1 < time.monotonic() - begun < HUNG / 2
    assert set(published(cast.world)[1]) == {first.key}
    cast.harvest(packs=3)
    publisher.world.settings = replace(cast.world.settings, witness_seconds=1)
    publisher.publish()
    assert len(calls) == 1, "a second request was sent while one was in flight"
    assert published(cast.world)[0] == committed(cast.world)
    assert "not-witnessed" in codes(cast), "one of two is no quorum"
    release.set()


@ONE_DATABASE
def test_a_late_signature_is_published_with_the_same_checkpoint(two: tuple[Cast, Running, Running]) -> None:
    cast, first, second = two
    cast.harvest()
    publisher = Publisher(cast.world)
    real = publisher.send

    def second_is_away(url: str, body: bytes, seconds: float, *, loopback: bool) -> Answer:
        if url.startswith(second.url):
            raise Unavailable("it is away.")
        return real(url, body, seconds, loopback=loopback)

    publisher.send = second_is_away
    publisher.publish()
    size, seen = published(cast.world)
    assert set(seen) == {first.key}
    Publisher(cast.world).publish()
    assert published(cast.world) == (size, {first.key: seen[first.key], second.key: seen[first.key]})
    assert "witnessed" in codes(cast)


LIES = {
    "another key's signature": lambda note: cosign(note, other_key(), "second.example.vn/w", at()),
    "a signature on another checkpoint": lambda note: cosign(fork_of(note), other_key(), "second.example.vn/w", at()),
    "no signature line": lambda note: b"all is well\n",
    "nothing": lambda note: b"",
    "bytes that are no text": lambda note: b"\xff\xfe\n",
    "a signature line of a stranger": lambda note: b"\xe2\x80\x94 stranger.example c3RyYW5nZXI=\n",
}


def other_key() -> object:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(bytes(32))


def at() -> int:
    return int(ASOF.timestamp())


def fork_of(note: bytes) -> bytes:
    seen = parse_checkpoint(parse_note(note).body)
    return sign_checkpoint(Checkpoint(seen.origin, seen.size, bytes(32)), other_key())


@ONE_DATABASE
def test_whatever_a_lying_witness_answers_neither_counts_nor_is_published(
    two: tuple[Cast, Running, Running],
) -> None:
    cast, first, second = two
    for lie in LIES.values():
        cast.harvest()
        publisher = Publisher(cast.world)
        real = publisher.send

        def second_lies(url: str, body: bytes, seconds: float, *, loopback: bool, said=lie, ask=real) -> Answer:
            if url.startswith(second.url):
                return Answer(200, "text/plain", said(body.partition(b"\n\n")[2]))
            return ask(url, body, seconds, loopback=loopback)

        publisher.send = second_lies
        problems = {one.witness.key: one.problem for one in publisher.publish()}
        assert problems[second.key] and not problems[first.key]
        size, seen = published(cast.world)
        assert (size, set(seen)) == (committed(cast.world), {first.key})
        assert b"stranger" not in cast.world.published.read()[2]


@ONE_DATABASE
@pytest.mark.parametrize("hours", [-25, 25])
def test_a_witness_whose_clock_is_a_day_wrong_proves_no_time(two: tuple[Cast, Running, Running], hours: int) -> None:
    cast, _, second = two
    wrong = replace(second.witness, clock=lambda: (cast.world.clock() + timedelta(hours=hours)).timestamp())
    cast.harvest()
    with running(wrong) as server:
        publisher = Publisher(cast.world)
        real = publisher.send

        def to_the_wrong_one(url: str, body: bytes, seconds: float, *, loopback: bool) -> Answer:
            return real(url.replace(second.url, server.url), body, seconds, loopback=loopback)

        publisher.send = to_the_wrong_one
        (problem,) = [one.problem for one in publisher.publish() if one.problem]
    assert "its clock says" in problem
    assert second.key not in published(cast.world)[1]


def test_a_database_older_than_what_witnesses_saw_appends_nothing(
    two: tuple[Cast, Running, Running], copies: Copies, tmp_path: Path
) -> None:
    """Database and published checkpoint both come from yesterday: only the witnesses know."""
    cast, first, second = two
    yesterday = copies.copy(cast.world, tmp_path / "restored", ProvedWorld)
    yesterday.settings = replace(
        yesterday.settings, witness_loopback=True, witness_seconds=PATIENCE, keys_dir=cast.world.settings.keys_dir
    )
    cast.harvest()
    Publisher(cast.world).publish()
    old = Cast(**{**vars(cast), "world": yesterday})
    before = committed(yesterday)
    with pytest.raises(LogAhead, match=r"traceapp log recover.*traceapp witness remove"):
        publish_at_start(yesterday)
    with pytest.raises(LogAhead, match="has seen"):
        old.harvest()
    assert committed(yesterday) == before
    assert first.seen(cast.world) == second.seen(cast.world) == committed(cast.world)
    yesterday.engine.dispose()


@ONE_DATABASE
def test_a_fork_is_caught_by_both_witnesses_and_stops_the_operator(
    two: tuple[Cast, Running, Running], copies: Copies, tmp_path: Path
) -> None:
    """An operator who keeps two histories shows one to the witnesses; the other gets no signature and no successor."""
    cast, first, second = two
    Publisher(cast.world).publish()
    forked = copies.copy(cast.world, tmp_path / "fork", ProvedWorld)
    forked.settings = replace(
        forked.settings, witness_loopback=True, witness_seconds=PATIENCE, keys_dir=cast.world.settings.keys_dir
    )
    other = Cast(**{**vars(cast), "world": forked})
    cast.harvest()
    Publisher(cast.world).publish()
    other.harvest(packs=7)
    other.harvest(packs=8)
    other.harvest(packs=9)

    asked = Publisher(forked).publish()

    assert {one.ahead for one in asked} == {committed(cast.world)}
    assert published(forked)[1] == {}
    for one in (first, second):
        assert one.seen(cast.world) == committed(cast.world)
        evidence = list((one.memory._folder / "evidence").iterdir())
        assert evidence and b"old " in evidence[0].read_bytes()
    with pytest.raises(LogAhead):
        other.harvest()
    forked.engine.dispose()


@ONE_DATABASE
def test_a_bundle_carries_the_quorum_and_says_so_offline(two: tuple[Cast, Running, Running]) -> None:
    cast, first, second = two
    cast.harvest()
    Publisher(cast.world).publish()
    seen_at = cast.world.clock()
    cast.world.clock.tick(hours=3)
    cast.harvest(packs=2)
    Publisher(cast.world).publish()
    world = cast.world
    with world.read() as connection:
        evidence = gather(connection, world.host, identity_of(world, cast.lot), world.rulebook).evidence
        data = make_bundle(connection, evidence, cast.lot, world.published.read(), world.host)
        trust = read_trust_list(world.trust(connection).body)
    proofs = [parse_proof(one) for one in unpack(data).proofs.values()]
    assert {frozenset(cosignature_times(one.checkpoint, (first.key, second.key))) for one in proofs} == {
        frozenset({first.key, second.key})
    }
    assert len({one.checkpoint for one in proofs}) == 2, "the newest speaks until now, the rest of when it was seen"
    checked = check_bundle(data, world.rulebook, world.clock(), pinned=trust)
    assert checked.verdict.find("witnessed")
    assert checked.size == committed(world)
    assert {one.witnessed_at for one in checked.facts.checks} == {seen_at, world.clock()}


@ONE_DATABASE
def test_the_logs_key_is_rotated_while_witnesses_follow_one_after_the_other(two: tuple[Cast, Running, Running]) -> None:
    cast, first, second = two
    world, publisher = cast.world, Publisher(cast.world)
    publisher.publish()
    world.clock.tick(hours=1)
    root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
    with world.write() as connection:
        rotate(connection, Role.LOG, world.key_store, world.notary, root, world.clock(), timedelta(days=3))
    # Neither witness was told yet: both go on, and so does whoever pinned the trust file from before.
    assert {one.problem for one in publisher.publish()} == {""}
    first.memory.follow(world.log_key.format())
    cast.harvest()
    assert {one.problem for one in publisher.publish()} == {""}
    assert "witnessed" in codes(cast)
    world.clock.tick(days=4)
    cast.harvest(packs=3)
    problems = {one.witness.key: one.problem for one in Publisher(world).publish()}
    assert (problems[first.key], "it knows another key of this log" in problems[second.key]) == ("", True)
    assert published(world) == (committed(world), {first.key: int(world.clock().timestamp())})
    second.memory.follow(world.log_key.format())
    assert {one.problem for one in Publisher(world).publish()} == {""}
    with world.read() as connection:
        evidence = gather(connection, world.host, identity_of(world, cast.lot), world.rulebook).evidence
        data = make_bundle(connection, evidence, cast.lot, world.published.read(), world.host)
        trust = read_trust_list(world.trust(connection).body)
    checked = check_bundle(data, world.rulebook, world.clock(), pinned=trust)
    assert checked.outcome == 0, "proofs to checkpoints of all three times are good"


@ONE_DATABASE
def test_a_bundle_after_the_logs_key_was_lost_proves_to_what_still_counts(two: tuple[Cast, Running, Running]) -> None:
    cast, first, second = two
    world = cast.world
    Publisher(world).publish()
    world.clock.tick(hours=2)
    lost = world.clock()
    world.clock.tick(hours=2)
    cast.harvest()
    Publisher(world).publish()
    world.clock.tick(hours=2)
    root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
    with world.write() as connection:
        name = world.log_key.public
        key = next(key for key in trust_list(connection).keys if key.raw == name)
        revoke(connection, key.multikey, lost, world.key_store, world.notary, root, world.clock())
    for one in (first, second):
        one.memory.follow(world.log_key.format())
    Publisher(world).publish()
    with world.read() as connection:
        evidence = gather(connection, world.host, identity_of(world, cast.lot), world.rulebook).evidence
        data = make_bundle(connection, evidence, cast.lot, world.published.read(), world.host)
        trust = read_trust_list(world.trust(connection).body)
    checked = check_bundle(data, world.rulebook, world.clock(), pinned=trust)
    assert checked.outcome == 0
    assert checked.verdict.find("witnessed")


@ONE_DATABASE
def test_a_lost_key_takes_down_only_what_no_quorum_saw_before(two: tuple[Cast, Running, Running]) -> None:
    cast, _, _ = two
    world = cast.world
    Publisher(world).publish()
    with world.read() as connection:
        key = next(key for key in world.trust(connection).keys if key.role == "record")
        everything = falling_records(connection, key, world.clock() - timedelta(days=1))
    world.clock.tick(hours=2)
    lost = world.clock()
    world.clock.tick(hours=2)
    cast.harvest()
    with world.read() as connection:
        assert falling_records(connection, key_called(connection, key.multikey), lost) == 1
    assert everything > 10


@ONE_DATABASE
def test_a_cosignature_written_into_the_table_by_another_hand_counts_for_nothing(
    two: tuple[Cast, Running, Running],
) -> None:
    cast, first, second = two
    cast.harvest()
    size = committed(cast.world)
    with cast.world.write_aside() as connection:
        for one in (first, second):
            forged = cosign(sign_checkpoint(Checkpoint("x/log", 1, bytes(32)), other_key()), other_key(), "x", at())
            name = f"{one.key.name}+{one.key.id.hex()}"
            row = {"size": size, "witness": name, "time": datetime.fromtimestamp(at(), ASOF.tzinfo), "line": forged}
            connection.execute(cosignatures.insert().values(row))
    assert "not-witnessed" in codes(cast)


@ONE_DATABASE
def test_witnesses_are_named_in_the_trust_file_and_only_with_sense(cast: Cast) -> None:
    world = cast.world
    key = VerifierKey.of("witness.example.vn/w1", Algorithm.COSIGNATURE_V1, other_key())
    log_key = VerifierKey.of("witness.example.vn/w1", Algorithm.ED25519, other_key())
    name_witnesses(world, (PUBLIC, key))
    with world.write() as connection:
        root = root_of(world)
        now = world.clock()
        assert f"witness {key.name} {key.format()} {PUBLIC}" in trust_list(connection).policy
        for url, vkey, kind, match in (
            (PUBLIC, key.format(), Conflict, "already"),
            ("http://witness.example.vn", key.format(), BadSettings, "https"),
            ("http://127.0.0.1:9", key.format(), BadSettings, "https"),
            ("https://user:word@witness.example.vn", key.format(), BadSettings, "password"),
            ("https://witness.example.vn/a b", key.format(), BadSettings, "blanks"),
            (PUBLIC, log_key.format(), BadSettings, "no witness's key"),
        ):
            with pytest.raises(kind, match=match):
                add_witness(connection, url, vkey, root, now, needed=None, loopback=False)
        with pytest.raises(NotFound, match="no witness"):
            remove_witness(connection, "nobody", root, now)
        assert "quorum none" in remove_witness(connection, key.name, root, now).policy
    assert cast.harvest().status == "published"


def root_of(world: World) -> object:
    from traceapp.core.credential import Signer
    from traceapp.core.keys import Role

    return Signer.of_host(world.host, world.key_store.load(Role.ROOT))


@ONE_DATABASE
def test_cosignatures_are_append_only(two: tuple[Cast, Running, Running]) -> None:
    cast, _, _ = two
    cast.harvest()
    Publisher(cast.world).publish()
    with cast.world.read() as connection:
        assert len(connection.execute(select(cosignatures)).all()) == 2
    with pytest.raises(Exception, match="append-only"), cast.world.write_aside() as connection:
        connection.execute(cosignatures.delete())


def claiming(cast: Cast, *liars: Running, status: int = 409) -> Publisher:
    """A publisher to whom these witnesses answer with the size of a log that nobody has seen."""
    publisher = Publisher(cast.world)
    real, addresses = publisher.send, tuple(one.url for one in liars)

    def send(url: str, body: bytes, seconds: float, *, loopback: bool) -> Answer:
        if url.startswith(addresses):
            return Answer(status, "text/x.tlog.size", b"1000000\n")
        return real(url, body, seconds, loopback=loopback)

    publisher.send = send
    return publisher


@ONE_DATABASE
@pytest.mark.parametrize("status", [409, 422])
def test_one_lying_witness_stops_neither_appending_nor_publishing_and_is_told_of(
    two: tuple[Cast, Running, Running], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    cast, first, second = two
    Publisher(cast.world).publish()
    for packs in (1, 2):
        cast.harvest(packs=packs)
        asked = claiming(cast, first, status=status).publish()
        assert [one.ahead is not None for one in asked if one.witness.key == first.key] == [True]
        assert published(cast.world)[0] == committed(cast.world)
        assert second.key in published(cast.world)[1]
    assert "shows nothing that the log signed" in caplog.text
    assert set(cast.world.doubts.read()) == {first.key.name}
    assert cast.world.alarm.read() == {}
    Publisher(cast.world).publish()
    assert cast.world.doubts.read() == {}, "it cosigned again"


@ONE_DATABASE
def test_a_witness_that_shows_what_no_log_key_in_use_signed_is_not_believed(two: tuple[Cast, Running, Running]) -> None:
    cast, first, _ = two
    huge = Checkpoint(cast.world.log_key.name, 10**6, bytes(32))
    shown = {
        "a stranger's": sign_checkpoint(huge, other_key()),
        "our own, smaller": cast.world.published.read()[2],
        "no note": b"\xff\xfe",
        "another log's": sign_checkpoint(replace(huge, origin="other.vn/log"), cast.world.key_store.load(Role.LOG)),
    }
    for note in shown.values():
        publisher = claiming(cast, first)
        publisher.fetch = lambda *_, note=note, **__: Answer(200, "text/plain", note)
        publisher.publish()
        cast.harvest(packs=1)
    assert set(cast.world.doubts.read()) == {first.key.name}


@ONE_DATABASE
def test_a_quorum_that_says_it_has_seen_more_is_believed_until_it_cosigns_again(
    two: tuple[Cast, Running, Running],
) -> None:
    cast, first, second = two
    claiming(cast, first, second).publish()
    with pytest.raises(LogAhead, match=r"first\.example\.vn/w has seen 1000000 entries"):
        cast.harvest()
    Publisher(cast.world).publish()
    cast.harvest()
    shutil.rmtree(cast.world.settings.data_dir / "published")


def test_a_cosignature_that_somebody_changed_forged_or_moved_is_found(two: tuple[Cast, Running, Running]) -> None:
    cast, first, second = two
    cast.harvest()
    Publisher(cast.world).publish()
    size, table = published(cast.world)[0], cosignatures
    one = (table.c.size == size) & (table.c.witness == witness_name(first.key))
    told = f"The cosignature by {witness_name(first.key)} on {size} entries"
    with cast.world.read() as connection:
        other = connection.execute(select(table.c.line).where(table.c.witness == witness_name(second.key))).scalar()
        line = connection.execute(select(table.c.line).where(one)).scalar_one()
    lies: list[tuple[dict[str, object], str]] = [
        ({"time": cast.world.clock() - timedelta(days=9)}, f"{told}: its row says another time"),
        ({"line": other}, f"{told}: no signature by"),
        ({"line": line + other}, f"{told}: its row says another time, or more"),
        ({"line": line[:-3] + b"A=\n"}, told),
        ({"witness": "w9.example.vn+00000000"}, "no trust file names that witness"),
        ({"size": size - 1}, "does not fit the text"),
        ({"size": size + 1}, "there is no checkpoint of that size"),
    ]
    for lie, expected in lies:
        with tampering(cast.world) as connection:
            connection.execute(update(table).where(one).values(**lie))
            assert expected in str(found(cast.world, connection)), lie
