"""jose, which nobody here wrote, verifies a record served as a token."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.conftest import ASOF, Clock, settings_for
from tests.contract.conftest import run_node
from tests.services.cast import put_on_stage
from traceapp.app import create_app
from traceapp.core.statements import record_uuid
from traceapp.db.guards import guard_names
from traceapp.db.tables import records
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

pytestmark = pytest.mark.usefixtures("npm_dir")
TOKEN = {"Accept": "application/vc+jwt"}


def jose(jwks: Any, *tokens: str) -> list[dict[str, Any]]:
    done = run_node("verify_jwt.mjs", stdin=json.dumps({"jwks": jwks, "tokens": tokens}).encode())
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_a_record_as_a_token_is_verified_by_jose_and_says_the_same(tmp_path: Path) -> None:
    world = World(settings_for(tmp_path), clock=Clock(ASOF))
    initialise(world)
    cast = put_on_stage(world)
    uuid = record_uuid(cast.harvest().record_id)
    client = create_app(world).test_client()
    plain = client.get(f"/records/{uuid}", base_url="http://localhost")
    answer = client.get(f"/records/{uuid}", headers=TOKEN, base_url="http://localhost")
    assert (answer.status_code, answer.content_type) == (200, "application/vc+jwt")
    assert "Accept" in answer.vary and "Accept" in plain.vary
    token, jwks = answer.data.decode(), client.get("/.well-known/jwks.json", base_url="http://localhost").get_json()
    head, body, signature = token.split(".")
    other = base64.urlsafe_b64encode(b'{"issuer":"did:web:other.vn"}').decode().rstrip("=")
    good, bent, foreign = jose(jwks, token, f"{head}.{body}.{'A' * len(signature)}", f"{head}.{other}.{signature}")
    assert good["ok"] and not bent["ok"] and not foreign["ok"]
    said = json.loads(plain.data)
    assert good["payload"] == {name: value for name, value in said.items() if name != "proof"}
    assert {name: good["header"][name] for name in ("alg", "typ", "cty")} == {
        "alg": "EdDSA", "typ": "vc+jwt", "cty": "vc",
    }  # fmt: skip
    did = client.get("/.well-known/did.json", base_url="http://localhost").get_json()
    assert good["header"]["kid"] in did["assertionMethod"]

    with world.read() as connection:
        root_signed = (
            connection.execute(select(records.c.record_id).where(records.c.type == "KeyRecord")).scalars().first()
        )
    assert client.get(f"/records/{root_signed}", headers=TOKEN, base_url="http://localhost").status_code == 422
    # What somebody changed in the database is never signed anew.
    with world.engine.begin() as connection:
        for name in guard_names("records", "sqlite"):
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE records SET body = replace(body, 'HARVEST', 'HARVESX')"))
    assert client.get(f"/records/{uuid}", headers=TOKEN, base_url="http://localhost").status_code == 422
    world.engine.dispose()
