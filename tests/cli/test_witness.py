"""`traceapp witness`: both sides of it, as two bodies would use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Service
from tests.witnesses import running
from traceapp.witness.judge import Witness
from traceapp.witness.key_file import load_key
from traceapp.witness.memory import Memory


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_witness_is_made_named_asked_and_dropped(nothing: Service, tmp_path: Path) -> None:
    service = nothing
    service.said("init")
    state = tmp_path / "witness"
    service.env["TRACEAPP_WITNESS_LOOPBACK"] = "yes"
    vkey = service.said("witness", "init", "w.example.vn/w1", "--state", state).strip()
    assert vkey.startswith("w.example.vn/w1+")
    assert "keeps its key" in service.refused("witness", "init", "w.example.vn/w1", "--state", state)
    log = service.world.log_key.format()
    assert "is followed" in service.said("witness", "follow", log, "--state", state)
    assert "type 04" in service.refused("witness", "add", "http://127.0.0.1:1", log)
    world = service.world
    with running(Witness(*load_key(state, None), Memory(state), lambda: world.clock().timestamp())) as server:
        added = service.said("witness", "add", server.url, vkey)
        assert "Trust file version 2" in added and "quorum witnesses" in added
        assert "w.example.vn/w1: cosigned 5 entries\n5 entries are published." in service.said("witness", "ask")
        assert "cosigned 5 entries\nquorum: 1 of 1" in service.said("witness", "list")
        # A rotation is committed, then waits for its witness.
        service.said("keys", "rotate", "label")
        assert world.published.read()[0] == 5
        service.said("witness", "ask")
        assert world.published.read()[0] == 7
        assert "audit lines" in service.said("log", "check")
    world.alarm.set({"w.example.vn/w1": 99})
    assert "traceapp log recover" in service.refused("keys", "rotate", "label")
    assert "has seen 99, which is not here" in service.said("witness", "list")
    assert "quorum none" in service.said("witness", "remove", "w.example.vn/w1")
    service.said("keys", "rotate", "label")
    assert world.published.read()[0] == 9
    world.engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_empty_service_can_be_written_as_a_static_site(nothing: Service, tmp_path: Path) -> None:
    nothing.said("init")
    assert "4 pages and 5 records" in nothing.said("export-site", tmp_path / "site")
    for name in (
        "index.html",
        "404.html",
        "404.en.html",
        "nginx.conf",
        "Caddyfile",
        "log/checkpoint",
        "log/trust/1.json",
    ):
        assert (tmp_path / "site" / name).stat().st_size
    assert "export-site" in nothing.said("audit", "search", "export-site")
