"""docs/verifying.md lets a stranger verify: each command in it is run against a real service, and against a liar."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from tests.conftest import settings_for
from tests.services.cast import Cast, put_on_stage
from traceapp.app import create_app
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
    "another path": "sed -i '3s/^./Z/' proof.txt",
    "another root": "sed -i '0,/^id.example.vn.log$/{s/log$/lag/}' proof.txt",
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_is_not_as_it_was_signed_stops_it(lie: str, served: tuple[str, Cast, bytes], tmp_path: Path) -> None:
    address, cast, trust = served
    (tmp_path / "trust.json").write_bytes(trust)
    fetch, token, *rest = BLOCKS
    middle = token.rpartition("\n")[0].rpartition("\n")
    steps = [fetch, LIES[lie], token, *rest] if lie != "another signature" else [
        fetch, middle[0], LIES[lie], middle[2], *rest
    ]  # fmt: skip
    record = (
        cast.household_record.rpartition("/")[2]
        if lie == "another path"
        else cast.harvest().record_id.rpartition("/")[2]
    )
    done = run("\n".join(steps), tmp_path, address, record)
    assert done.returncode != 0, done.stdout
