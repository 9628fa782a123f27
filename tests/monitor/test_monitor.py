"""A producer's own monitor: it sees every record made in its name, and whatever the operator does to the log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from tests.conftest import ASOF, Clock, settings_for
from tests.own_keys import OwnBody, private_key
from tests.services.cast import Cast, put_on_stage
from tests.witnesses import name_witnesses, new_witness, running
from traceapp.app import create_app
from traceapp.cli import traceapp
from traceapp.core.checkpoint import parse_checkpoint, sign_checkpoint, verify_checkpoint
from traceapp.core.credential import Signer
from traceapp.core.errors import BadSettings, Unavailable
from traceapp.core.facts import CertificateState
from traceapp.core.keys import Role
from traceapp.core.note import parse_note
from traceapp.core.tail import decode_records
from traceapp.core.trust import read_trust_list
from traceapp.monitor.look import Look, Status, look
from traceapp.monitor.source import Source
from traceapp.monitor.state import State, Store
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.log.publishing import Publisher
from traceapp.services.operating.keys import rotate
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    folder = tmp_path_factory.mktemp("monitored") / "world"
    world = World(settings_for(folder), clock=Clock(ASOF))
    initialise(world)
    cast = put_on_stage(world)
    cast.harvest()
    world.engine.dispose()
    return cast


def copy_of(cast: Cast, folder: Path) -> Cast:
    cast.world.engine.dispose()
    shutil.copytree(cast.world.settings.data_dir.parent, folder)
    return replace(cast, world=World(settings_for(folder), clock=Clock(cast.world.clock())))


@pytest.fixture
def cast(original: Cast, tmp_path: Path) -> Iterator[Cast]:
    found = copy_of(original, tmp_path / "world")
    yield found
    found.world.engine.dispose()


@contextmanager
def served(world: World) -> Iterator[str]:
    """The real application over HTTP."""
    server = make_server("127.0.0.1", 0, create_app(world), threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def trust_of(world: World) -> bytes:
    with world.read() as connection:
        return world.trust(connection).body


class Watching:
    """The producer's monitor, in a folder of its own."""

    def __init__(self, cast: Cast, folder: Path, names: tuple[str, ...] | None = None) -> None:
        self.store = Store(folder)
        self.state = State(read_trust_list(trust_of(cast.world)), names or (cast.producer,))

    def look(self, place: str, now: object = ASOF) -> Look:
        found = look(self.state, Source(place), self.store, now)
        self.state = self.store.read() or self.state
        return found


def test_it_accepts_what_was_made_and_is_quiet_then(cast: Cast, tmp_path: Path) -> None:
    monitor = Watching(cast, tmp_path / "m")
    with served(cast.world) as address:
        first = monitor.look(address)
        assert first.status is Status.UNKNOWN_RECORD
        assert {one.declared_by for one in monitor.state.unknown.values()} == {cast.producer}
        monitor.state.accept(("all",))
        monitor.store.write(monitor.state)
        assert monitor.look(address).status is Status.GOOD
        receipt = cast.harvest(packs=3)
        cast.capture(cast.event(lot=cast.other_lot, by=cast.other_producer, place=None))
        again = monitor.look(address)
        assert set(monitor.state.unknown) == {receipt.record_id}, "only its own"
        assert (again.status, again.size) == (Status.UNKNOWN_RECORD, receipt.leaf_index + 2)


def test_an_operator_who_invents_a_record_in_a_producers_name_is_caught_by_its_monitor(
    cast: Cast, tmp_path: Path
) -> None:
    monitor = Watching(cast, tmp_path / "m")
    with served(cast.world) as address:
        monitor.look(address)
        monitor.state.accept(("all",))
        monitor.store.write(monitor.state)
        # The operator holds every key: the record is signed, logged and proved like any other.
        invented = cast.capture(cast.event("PPP", "2026-10-02", active="abamectin", phi_days=7, plot="A1"))[0]
        found = monitor.look(address)
        assert found.status is Status.UNKNOWN_RECORD
        assert f"{invented.record_id}" in found.problems[0][1] and "TraceEvent" in found.problems[0][1]
        assert monitor.look(address).status is Status.UNKNOWN_RECORD, "until it is accepted"


def test_it_follows_a_rotated_log_key_and_refuses_what_only_the_old_one_signed(cast: Cast, tmp_path: Path) -> None:
    world, monitor = cast.world, Watching(cast, tmp_path / "m")
    with served(world) as address:
        monitor.look(address)
        monitor.state.accept(("all",))
        monitor.store.write(monitor.state)
        old = world.key_store.load(Role.LOG)
        world.clock.tick(hours=1)
        root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
        with world.write() as connection:
            rotate(connection, Role.LOG, world.key_store, world.notary, root, world.clock(), timedelta(days=3))
        assert monitor.look(address).status is Status.GOOD
        world.clock.tick(days=4)
        cast.capture(cast.event(lot=cast.other_lot, by=cast.other_producer, place=None))
        assert monitor.look(address).status is Status.GOOD
        head = world.published.read()
        forged = sign_checkpoint(parse_checkpoint(parse_note(head[2]).body), old)
        (world.settings.data_dir / "published" / "checkpoint").write_bytes(forged)
        found = monitor.look(address)
        assert found.status is Status.UNREADABLE
        assert "retired log key only" in found.problems[0][1]


def forked(cast: Cast, folder: Path) -> Cast:
    other = copy_of(cast, folder)
    cast.harvest(packs=1)
    for packs in (5, 6):
        other.harvest(packs=packs)
    return other


@pytest.mark.parametrize("how", ["longer", "same size", "shorter"])
def test_a_log_that_was_forked_or_rolled_back_is_named_with_evidence(cast: Cast, tmp_path: Path, how: str) -> None:
    before = copy_of(cast, tmp_path / "before")
    other = forked(cast, tmp_path / "fork")
    if how == "same size":
        cast.harvest(packs=2)
    monitor = Watching(cast, tmp_path / "m")
    with served(cast.world) as address:
        monitor.look(address)
    then = before if how == "shorter" else other
    with served(then.world) as address:
        found = monitor.look(address)
    assert found.status is Status.FORKED
    assert found.evidence is not None
    names = {path.name for path in found.evidence.iterdir()}
    assert names == {"README.txt", "seen.checkpoint", "served.checkpoint", "trust.json"}
    key = monitor.state.trust.log_key
    seen, now = ((found.evidence / name).read_bytes() for name in ("seen.checkpoint", "served.checkpoint"))
    assert verify_checkpoint(seen, key) != verify_checkpoint(now, key), "both are signed: nobody can deny it"
    assert monitor.state.frontier.size == parse_checkpoint(parse_note(seen).body).size, "nothing of it is believed"
    for one in (before, other):
        one.world.engine.dispose()


def test_two_witnesses_a_forking_operator_and_a_monitor(cast: Cast, tmp_path: Path) -> None:
    """One history is shown to the witnesses, another to the producer: without their signatures it is not believed."""
    world = cast.world
    world.settings = replace(world.settings, witness_loopback=True, witness_seconds=2)
    with ExitStack() as stack:
        both = [
            stack.enter_context(
                running(new_witness(tmp_path / name, f"{name}.example.vn/w", world.log_key, ASOF.timestamp))
            )
            for name in ("w1", "w2")
        ]
        name_witnesses(world, *((one.url, one.key) for one in both), needed=2)
        Publisher(world).publish()
        monitor = Watching(cast, tmp_path / "m")
        with served(world) as address:
            assert Status.NOT_WITNESSED not in {status for status, _ in monitor.look(address).problems}
        other = copy_of(cast, tmp_path / "fork")
        other.world.settings = replace(other.world.settings, witness_loopback=True, witness_seconds=2)
        cast.harvest(packs=1)
        Publisher(world).publish()
        other.harvest(packs=5)
        other.harvest(packs=6)
        assert all(one.ahead for one in Publisher(other.world).publish()), "both witnesses refuse the fork"
        # Whoever forks on purpose also silences the alarm.
        other.world.alarm.set({})
        with served(other.world) as address:
            found = monitor.look(address)
        assert Status.NOT_WITNESSED in {status for status, _ in found.problems}
        with served(world) as address:
            assert monitor.look(address).status is Status.FORKED, "and the real history contradicts it for ever"
        other.world.engine.dispose()


def test_a_record_served_with_other_bytes_is_refused(cast: Cast, tmp_path: Path) -> None:
    export = tmp_path / "export"
    run(cast, "log", "export", export)
    (path,) = (export / "records").rglob("*.p/*")
    data = path.read_bytes()
    monitor = Watching(cast, tmp_path / "m")
    for changed, what in (
        (data.replace(b"FERT", b"FARM").replace(b"HARVEST", b"HARVESX"), "not the one that was logged"),
        (data[:-1], "breaks off"),
        (b"", "expected"),
    ):
        path.write_bytes(changed)
        found = monitor.look(str(export))
        assert found.status is Status.UNREADABLE and what in found.problems[0][1]
        assert monitor.state.frontier.size == 0
    path.write_bytes(data)
    assert monitor.look(str(export)).size == len(decode_records(data))


def run(cast: Cast, *arguments: object, **env: str) -> Result:
    settings = cast.world.settings
    environ = {
        "TRACEAPP_DATA_DIR": str(settings.data_dir),
        "TRACEAPP_KEYS_DIR": str(settings.keys_dir),
        "TRACEAPP_IDENTITY": settings.identity,
        **env,
    }
    found = CliRunner().invoke(traceapp, [str(one) for one in arguments], env=environ)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


def test_other_faults_are_told_and_nothing_is_believed(cast: Cast, tmp_path: Path) -> None:
    export = tmp_path / "export"
    run(cast, "log", "export", export)
    monitor = Watching(cast, tmp_path / "m")
    assert (
        monitor.look(str(export), ASOF + timedelta(days=800)).problems[0][1].startswith("The trust file is no longer")
    )
    note = (export / "checkpoint").read_bytes()
    (export / "checkpoint").write_bytes(note.replace(b"\n2", b"\n1", 1) if b"\n2" in note else note[::-1])
    assert Status.UNREADABLE in {status for status, _ in monitor.look(str(export)).problems}
    (export / "checkpoint").unlink()
    assert "There is no" in monitor.look(str(export)).problems[0][1]
    with pytest.raises(Unavailable, match="cannot be reached"):
        Source("http://127.0.0.1:9").get("log/checkpoint")


def test_the_command_line_watches_accepts_and_calls_for_help(cast: Cast, tmp_path: Path) -> None:
    trust, state, cry = tmp_path / "trust.json", tmp_path / "state", tmp_path / "cry"
    trust.write_bytes(trust_of(cast.world))
    options = ("--state", state, "--once")
    with served(cast.world) as address:
        assert "--trust FILE" in run(cast, "monitor", address, *options).stderr
        first = run(cast, "monitor", address, *options, "--for", cast.producer, "--trust", trust, "--run", f"tee {cry}")
        assert first.exit_code == Status.UNKNOWN_RECORD
        assert "Not known here: entry" in first.stdout and cry.read_text() == first.stdout
        quiet = run(cast, "monitor", address, *options, "--accept", "all")
        assert quiet.exit_code == Status.GOOD and "Not known" not in quiet.stdout
        assert "use another --state" in run(cast, "monitor", address, *options, "--for", "x").stderr
    assert run(cast, "monitor", "http://127.0.0.1:9", *options).exit_code == Status.UNREADABLE


def test_a_certifiers_monitor_knows_its_own_key_and_is_told_of_every_other_that_is_called_its_own(
    cast: Cast, tmp_path: Path
) -> None:
    certificate = declared_by_producer(cast)
    body = OwnBody(cast.world, cast.certifier, private_key(5))
    monitor = Watching(cast, tmp_path / "m", (cast.certifier,))
    monitor.state.add_own_keys((body.did,))
    with served(cast.world) as address:
        monitor.look(address)
        monitor.state.accept(("all",))
        monitor.store.write(monitor.state)
        body.register()
        body.say(certificate)
        assert monitor.look(address).status is Status.GOOD, "what its own key signed nobody else can have made"
        clock = cast.world.clock
        assert isinstance(clock, Clock)
        clock.tick(minutes=1)
        # The operator, who holds the root key, binds a key of its own to the certifier's name and confirms with it.
        rogue = replace(body, private=private_key(6))
        bound = rogue.register()
        confirmed = rogue.say(certificate, CertificateState.SUSPENDED, "bịa ra")
        found = monitor.look(address)
        assert found.status is Status.UNKNOWN_RECORD
        told = monitor.state.unknown
        assert bound.record_id in told and rogue.method in told[bound.record_id].line()
        assert confirmed.record_id in told
        assert [one.type for one in told.values() if body.method in one.type] == [
            f"KeyRecord of the key {body.method}"
        ], "that its own key was ended by another's hand"
    with pytest.raises(BadSettings, match="--own-key takes"):
        monitor.state.add_own_keys(("did:web:x.vn",))


def declared_by_producer(cast: Cast) -> str:
    details = {"scheme": "VIETGAP", "number": "VG-9", "issued": "2026-01-10", "expires": "2027-01-20"}
    world = cast.world
    with world.write() as connection:
        by, issuer, now = cast.producer, cast.certifier, world.clock()
        return declare_certificate(connection, by, issuer, details, by, world.notary, now)[0]
