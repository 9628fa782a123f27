"""docs/verifying.md lets a stranger verify: each command in it is run against a real service, and against a liar."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.conftest import settings_for
from tests.services.cast import Cast, put_on_stage
from tests.witnesses import name_witnesses, new_witness, running
from traceapp.app import create_app
from traceapp.core.credential import Signer
from traceapp.core.keys import Role
from traceapp.services.log.publishing import Publisher
from traceapp.services.operating.keys import rotate
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

GUIDE = (Path(__file__).resolve().parents[2] / "docs/verifying.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh tried\n(.*?)```", GUIDE, re.DOTALL)
TOOLS = ("curl", "jq", "openssl", "xxd", "bash")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Cast, bytes]]:
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"{' '.join(missing)} not found: apt-get install {' '.join(missing)}")
    world = World(settings_for(tmp_path_factory.mktemp("verifying")))
    initialise(world)
    cast = put_on_stage(world)
    cast.harvest()
    server = make_server("127.0.0.1", 0, create_app(world), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    with world.read() as connection:
        trust = world.trust(connection).body
    yield f"http://127.0.0.1:{server.server_port}", cast, trust
    server.shutdown()
    world.engine.dispose()


def run(script: str, folder: Path, address: str, record: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "SERVICE": address, "RECORD": record, "LC_ALL": "C.UTF-8"}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_every_command_works_as_written(served: tuple[str, Cast, bytes], tmp_path: Path) -> None:
    address, cast, trust = served
    (tmp_path / "trust.json").write_bytes(trust)
    record = cast.harvest(packs=3).record_id.rpartition("/")[2]
    done = run("\n".join(BLOCKS), tmp_path, address, record)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Signature Verified Successfully") == 2
    assert "record key in use since" in done.stdout
    size = cast.world.published.read()[0]
    assert f"line {size - 1} of {size} in id.example.vn/log" in done.stdout


LIES = {
    "another record's bytes": "sed -i 's/HARVEST/HARVESX/' record.json",
    "another signature": "printf x >> signed.txt",
    "another path": "sed -i '3s/^Z/Y/;t;3s/^./Z/' proof.txt",
    "another kind of proof": "sed -i '1s/v1/v2/' proof.txt",
    "a line beyond the log": "awk 'NR == 2 { $2 += 65536 } 1' proof.txt > lie; mv lie proof.txt",
    "a line before the log": "awk 'NR == 2 { $2 -= 65536 } 1' proof.txt > lie; mv lie proof.txt",
    "another root": "sed -i '0,/^id.example.vn.log$/{s/log$/lag/}' proof.txt",
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_is_not_as_it_was_signed_stops_it(lie: str, served: tuple[str, Cast, bytes], tmp_path: Path) -> None:
    address, cast, trust = served
    (tmp_path / "trust.json").write_bytes(trust)
    fetch, newer, token, *rest = BLOCKS
    fetch += newer
    middle = token.rpartition("\n")[0].rpartition("\n")
    steps = [fetch, LIES[lie], token, *rest] if lie != "another signature" else [
        fetch, middle[0], LIES[lie], middle[2], *rest
    ]  # fmt: skip
    record = (
        cast.harvest().record_id.rpartition("/")[2]
        if lie == "another record's bytes"
        else cast.household_record.rpartition("/")[2]
    )
    done = run("\n".join(steps), tmp_path, address, record)
    assert done.returncode != 0, done.stdout


def test_a_pinned_trust_file_leads_to_newer_ones_that_its_root_key_signed_and_to_no_others(tmp_path: Path) -> None:
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"{' '.join(missing)} not found: apt-get install {' '.join(missing)}")
    pins = []
    for name in ("ours", "theirs"):
        world = World(settings_for(tmp_path / name))
        initialise(world)
        with world.read() as connection:
            pins.append(world.trust(connection).body)
    ours = World(settings_for(tmp_path / "ours"))
    cast = put_on_stage(ours)
    for role in (Role.RECORD, Role.ROOT, Role.RECORD):
        root = Signer.of_host(ours.host, ours.key_store.load(Role.ROOT))
        with ours.write() as connection:
            rotate(connection, role, ours.key_store, ours.notary, root, ours.clock())
    record = cast.harvest().record_id.rpartition("/")[2]
    with closing(make_server("127.0.0.1", 0, create_app(ours), threaded=True)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = []
        for pin in pins:
            (tmp_path / "trust.json").write_bytes(pin)
            found.append(run("\n".join(BLOCKS), tmp_path, f"http://127.0.0.1:{server.server_port}", record))
        server.shutdown()
    followed, refused = found
    assert followed.returncode == 0, followed.stderr
    assert followed.stdout.count("Signature Verified Successfully") == 5
    assert refused.returncode != 0 and "Verified" not in refused.stdout
    assert (tmp_path / "trust.json").read_bytes() == pins[1]
    ours.engine.dispose()


def test_what_witnesses_saw_is_verified_with_openssl_though_the_logs_key_was_rotated(tmp_path: Path) -> None:
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"{' '.join(missing)} not found: apt-get install {' '.join(missing)}")
    (block,) = re.findall(r"```sh witnessed\n(.*?)```", GUIDE, re.DOTALL)
    world = World(replace(settings_for(tmp_path / "world"), witness_loopback=True))
    initialise(world)
    cast = put_on_stage(world)
    witnesses = [
        new_witness(tmp_path / name, f"{name}.example.vn/w", world.log_key, lambda: world.clock().timestamp())
        for name in ("one", "two")
    ]
    with ExitStack() as stack:
        asked = [stack.enter_context(running(one)) for one in witnesses]
        name_witnesses(world, *((one.url, one.key) for one in asked))
        root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
        with world.write() as connection:
            rotate(connection, Role.LOG, world.key_store, world.notary, root, world.clock(), timedelta(days=3))
        record = cast.harvest().record_id.rpartition("/")[2]
        Publisher(world).publish()
        server = stack.enter_context(closing(make_server("127.0.0.1", 0, create_app(world), threaded=True)))
        Thread(target=server.serve_forever, daemon=True).start()
        with world.read() as connection:
            (tmp_path / "trust.json").write_bytes(world.trust(connection).body)
        address = f"http://127.0.0.1:{server.server_port}"
        done = run("\n".join([*BLOCKS, block]), tmp_path, address, record)
        lying = "\n".join([*BLOCKS, "sed -i 's/^\\(— one.example.vn.w .\\{60\\}\\)../\\1AA/' checkpoint", block])
        lied = run(lying, tmp_path, address, record)
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Signature Verified Successfully") == 4
    assert done.stdout.count(".example.vn/w saw it at 20") == 2
    assert lied.returncode != 0 or "one.example.vn/w saw it" not in lied.stdout
    world.engine.dispose()


class closing:
    """A server that is closed behind the block."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def __enter__(self) -> Any:
        return self._server

    def __exit__(self, *_: object) -> None:
        self._server.server_close()
