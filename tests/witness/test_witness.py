"""A witness: what it cosigns, what it refuses, and that nothing it said is ever forgotten."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.witnesses import new_witness, running
from traceapp.core.checkpoint import (
    Checkpoint,
    add_signatures,
    format_add_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
    verify_cosignature,
)
from traceapp.core.errors import BadSettings, Conflict
from traceapp.core.log_keys import head_name
from traceapp.core.merkle import consistency_proof, leaf_hash
from traceapp.core.note import Algorithm, VerifierKey, parse_note
from traceapp.core.tiles import HashReader
from traceapp.witness.judge import SIZE, Witness
from traceapp.witness.key_file import create_key, load_key
from traceapp.witness.memory import Memory

ORIGIN = "id.example.vn/log"
LOG, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32) for byte in (1, 2))
LOG_KEY = VerifierKey.of(ORIGIN, Algorithm.ED25519, LOG)
NOW = 1_795_000_000
LEAVES = [leaf_hash(b"entry %d" % index) for index in range(40)]
OTHER = [*LEAVES[:7], *(leaf_hash(b"other %d" % index) for index in range(33))]


def tree(size: int, leaves: list[bytes] = LEAVES) -> HashReader:
    return HashReader(size, lambda level, index, width: b"".join(leaves[:width]))


def root(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    from traceapp.core.merkle import root_of

    return root_of(leaves[:size])


def head(size: int, leaves: list[bytes] = LEAVES, key: Ed25519PrivateKey = LOG, origin: str = ORIGIN) -> bytes:
    return sign_checkpoint(Checkpoint(origin, size, root(size, leaves)), key)


def request(old: int, new: int, leaves: list[bytes] = LEAVES) -> bytes:
    return format_add_checkpoint(old, consistency_proof(old, new, tree(new, leaves).node), head(new, leaves))


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return new_witness(tmp_path / "w", "w.example.vn/w1", LOG_KEY, lambda: NOW)


def key_of(witness: Witness) -> VerifierKey:
    return VerifierKey.of(witness.name, Algorithm.COSIGNATURE_V1, witness.private)


def test_it_cosigns_a_log_that_grows(witness: Witness) -> None:
    for old, new in ((0, 0), (0, 5), (5, 5), (5, 6), (6, 33)):
        reply = witness.add_checkpoint(request(old, new))
        assert (reply.status, reply.kind) == (200, "text/plain; charset=utf-8")
        assert verify_cosignature(add_signatures(head(new), reply.body), key_of(witness)) == NOW
    assert witness.memory.last(ORIGIN).size == 33


def test_what_it_refuses_has_the_standards_status_and_changes_nothing(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, 9)).status == 200
    bent = bytearray(request(9, 20))
    bent[10] ^= 1
    refused: dict[str, tuple[int, bytes]] = {
        "no request": (400, b"hello"),
        "an old size larger than the new one": (400, format_add_checkpoint(20, (), head(9))),
        "a proof beside old size 0, from where it does not stand": (
            409,
            format_add_checkpoint(0, (bytes(32),), head(20)),
        ),
        "a log that is not followed": (404, format_add_checkpoint(0, (), head(5, origin="other.vn/log"))),
        "a stranger's signature": (403, format_add_checkpoint(9, (), head(20, key=STRANGER))),
        "an old size from where it does not stand": (409, request(5, 20)),
        "a smaller tree": (409, request(3, 5)),
        "a proof with a bit flipped": (422, bytes(bent)),
        "no proof": (422, format_add_checkpoint(9, (), head(20))),
        "the same size with another root": (422, format_add_checkpoint(9, (), head(9, OTHER))),
        "another history": (422, request(9, 20, OTHER)),
    }
    for why, (status, body) in refused.items():
        reply = witness.add_checkpoint(body)
        assert reply.status == status, why
        if status == 409:
            assert (reply.body, reply.kind) == (b"9\n", SIZE), why
        assert witness.memory.last(ORIGIN) == Checkpoint(ORIGIN, 9, root(9)), why


def test_a_checkpoint_that_contradicts_what_was_cosigned_is_kept_as_evidence(witness: Witness, tmp_path: Path) -> None:
    witness.add_checkpoint(request(0, 9))
    fork = format_add_checkpoint(9, (), head(9, OTHER))
    witness.add_checkpoint(fork)
    assert [path.read_bytes() for path in (tmp_path / "w/evidence").iterdir()] == [fork]


def signed_by(old: int, new: int, *keys: Ed25519PrivateKey) -> bytes:
    note = sign_checkpoint(Checkpoint(ORIGIN, new, root(new)), *keys)
    return format_add_checkpoint(old, consistency_proof(old, new, tree(new).node), note)


def test_through_an_overlap_a_witness_goes_on_with_either_key_and_never_back_to_the_old_one(witness: Witness) -> None:
    assert witness.add_checkpoint(signed_by(0, 5, LOG)).status == 200
    assert witness.add_checkpoint(signed_by(5, 6, STRANGER, LOG)).status == 200, "it knows only the old one"
    assert witness.add_checkpoint(signed_by(6, 7, STRANGER)).status == 403, "the overlap is over, and nobody told it"
    witness.memory.follow(VerifierKey.of(ORIGIN, Algorithm.ED25519, STRANGER).format())
    # What it remembers carries the new key's signature: the old one alone continues nothing.
    reply = witness.add_checkpoint(signed_by(6, 7, LOG))
    assert (reply.status, b"newer one took over" in reply.body) == (403, True)
    assert witness.add_checkpoint(signed_by(6, 7, STRANGER, LOG)).status == 200
    assert witness.add_checkpoint(signed_by(7, 9, LOG)).status == 403
    assert witness.add_checkpoint(signed_by(7, 9, STRANGER)).status == 200
    assert witness.memory.last(ORIGIN) == Checkpoint(ORIGIN, 9, root(9))


def test_a_checkpoint_with_one_good_and_one_bad_signature_of_known_keys_is_refused(witness: Witness) -> None:
    witness.memory.follow(VerifierKey.of(ORIGIN, Algorithm.ED25519, STRANGER).format())
    stray = head(4, key=STRANGER).partition(b"\n\n")[2]
    assert witness.add_checkpoint(format_add_checkpoint(0, (), add_signatures(head(5), stray))).status == 403


def test_a_retired_keys_checkpoint_is_refused_and_a_new_keys_taken(witness: Witness) -> None:
    witness.memory.follow(VerifierKey.of(ORIGIN, Algorithm.ED25519, STRANGER).format())
    assert witness.add_checkpoint(format_add_checkpoint(0, (), head(5, key=STRANGER))).status == 200
    path = witness.memory._folder / "logs"
    path.write_text(f"# its first key is retired\n{VerifierKey.of(ORIGIN, Algorithm.ED25519, STRANGER).format()}\n")
    assert witness.add_checkpoint(request(5, 6)).status == 403


@given(
    st.one_of(
        st.binary(max_size=400),
        st.builds(
            lambda at, bit: bytes(one ^ (bit if place == at else 0) for place, one in enumerate(request(9, 20))),
            st.integers(0, 500),
            st.integers(1, 255),
        ),
        st.builds(lambda at: request(9, 20)[:at], st.integers(0, 500)),
        st.builds(lambda old, text: f"old {old}\n\n{text}".encode(), st.integers(), st.text(max_size=80)),
    )
)
def test_no_request_whatever_makes_it_crash_or_cosign_twice_what_differs(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    witness = _shared(tmp_path_factory)
    reply = witness.add_checkpoint(body)
    assert reply.status in (200, 400, 403, 404, 409, 422)
    last = witness.memory.last(ORIGIN)
    assert last.root == root(last.size)


_made: list[Witness] = []


def _shared(folders: pytest.TempPathFactory) -> Witness:
    if not _made:
        _made.append(new_witness(folders.mktemp("fuzz") / "w", "fuzz.example/w", LOG_KEY, lambda: NOW))
        _made[0].add_checkpoint(request(0, 9))
    return _made[0]


def test_of_many_requests_at_once_no_two_go_on_from_the_same_tree(witness: Witness) -> None:
    forks = [request(0, 8 + at, LEAVES if at % 2 else OTHER) for at in range(16)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(witness.add_checkpoint, forks))
    assert [reply.status for reply in replies].count(200) == 1


def test_over_http_it_speaks_as_the_standard_says(witness: Witness) -> None:
    with running(witness) as server:
        connection = http.client.HTTPConnection(server.url.partition("://")[2])

        def ask(method: str, path: str, body: bytes | None = None) -> tuple[int, bytes, str | None]:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Content-Type")

        assert ask("GET", f"/{head_name(ORIGIN)}/checkpoint")[0] == 404
        assert ask("POST", "/add-checkpoint", request(0, 5))[0] == 200
        assert ask("POST", "/add-checkpoint", request(0, 6)) == (409, b"5\n", "text/x.tlog.size")
        assert ask("GET", f"/{head_name(ORIGIN)}/checkpoint")[1] == head(5)
        assert ask("POST", "/elsewhere", b"x")[0] == ask("GET", "/")[0] == 404
        with socket.create_connection(connection.sock.getpeername()) as raw:
            raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 999999999\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        with socket.create_connection((connection.host, connection.port)) as raw:
            raw.sendall(b"\x00\xff garbage\r\n\r\n")
            assert b"400" in raw.recv(200)
        connection.close()


@pytest.fixture
def process(witness: Witness, tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """Starts the real program on the same folder."""
    started: list[subprocess.Popen[str]] = []
    name, state = "traceapp.cli", tmp_path / "w"

    def start() -> tuple[subprocess.Popen[str], str]:
        code = f"from {name} import main; main()"
        command = [sys.executable, "-c", code, "witness", "serve", "--state", str(state), "--port", "0"]
        found = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        started.append(found)
        assert found.stdout
        line = found.stdout.readline()
        return found, line.partition(" on http://")[2].partition(",")[0]

    yield start
    for one in started:
        one.kill()
        one.wait()


def test_killed_at_any_moment_it_has_remembered_whatever_it_answered(
    process: Callable[[], tuple[subprocess.Popen[str], str]], witness: Witness
) -> None:
    answered = 0
    for moment in (0.02, 0.05):
        running_, address = process()
        connection = http.client.HTTPConnection(address, timeout=60)
        stop, before = time.monotonic() + moment, answered
        while answered < 39 and (answered == before or time.monotonic() < stop):
            connection.request("POST", "/add-checkpoint", request(answered, answered + 1))
            reply = connection.getresponse()
            assert (reply.status, reply.read()[:1]) == (200, "—".encode()[:1])
            answered += 1
        os.kill(running_.pid, signal.SIGKILL)
        running_.wait()
        last = Memory(witness.memory._folder).last(ORIGIN)
        assert last is not None and last == parse_checkpoint(parse_note(head(last.size)).body)
        assert last.size >= answered > 0
        answered = last.size


def test_two_processes_never_share_a_memory(witness: Witness) -> None:
    with witness.memory.alone(), pytest.raises(Conflict, match="stop it first"), Memory(witness.memory._folder).alone():
        pass


def test_a_damaged_memory_is_not_guessed_at(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 5))
    (witness.memory._folder / "heads" / head_name(ORIGIN)).write_bytes(b"id.example.vn/log\n0\n")
    with pytest.raises(BadSettings, match="damaged"):
        witness.memory.last(ORIGIN)


def test_its_key_is_sealed_private_and_made_once(tmp_path: Path) -> None:
    key = create_key(tmp_path, "w.example.vn/w1", "a long passphrase")
    assert VerifierKey.of(*_named(load_key(tmp_path, "a long passphrase"))) == key
    assert b"ENCRYPTED" in (tmp_path / "key.pem").read_bytes()
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict, match="keeps its key"):
        create_key(tmp_path, "again", None)
    for passphrase in ("wrong", None):
        with pytest.raises(BadSettings, match="passphrase"):
            load_key(tmp_path, passphrase)
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(BadSettings, match="chmod 600"):
        load_key(tmp_path, "a long passphrase")
    with pytest.raises(BadSettings, match="witness init"):
        load_key(tmp_path / "nowhere", None)


def _named(found: tuple[str, Ed25519PrivateKey]) -> tuple[str, Algorithm, Ed25519PrivateKey]:
    return found[0], Algorithm.COSIGNATURE_V1, found[1]


def test_only_logs_are_followed(witness: Witness) -> None:
    for text, match in ((key_of(witness).format(), "not a log"), ("nonsense", "no log's verifier key")):
        with pytest.raises(BadSettings, match=match):
            witness.memory.follow(text)
