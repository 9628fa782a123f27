"""Sigstore's own check of inclusion accepts the proofs of our log, and refuses what the inspector's phone refuses."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.contract.conftest import outcomes
from tests.inspect.node import ask
from traceapp.core.bundle import unpack
from traceapp.core.digital_link import parse_path
from traceapp.core.evidence import StoredRecord
from traceapp.core.merkle import leaf_hash
from traceapp.core.statements import record_uuid
from traceapp.core.tlog_proof import TlogProof, parse_proof, verify_proof
from traceapp.services.records.bundles import make_bundle
from traceapp.services.records.verdicts import gather
from traceapp.services.world import World

pytestmark = pytest.mark.usefixtures("npm_dir")
PATH = "/01/09520000000110/10/VS2609A"


def lines(proofs: list[tuple[StoredRecord, TlogProof]], world: World) -> list[dict[str, Any]]:
    """Each proof as both verifiers take it: entry, index, size, path and root."""
    told = []
    for record, proof in proofs:
        with world.read() as connection:
            checkpoint = verify_proof(proof, record.entry, world.trust(connection).log_key)
        at = {"index": proof.index, "size": checkpoint.size, "path": list(proof.path), "root": checkpoint.root}
        told.append({"entry": record.entry, **at})
    return told


def sigstore_says(proofs: list[dict[str, Any]]) -> list[bool]:
    said = [json.dumps(one, default=lambda data: base64.b64encode(data).decode()).encode() for one in proofs]
    return [outcome.ok for outcome in outcomes("merkle.mjs", lines=said)]


def phone_says(proofs: list[dict[str, Any]]) -> list[bool]:
    tasks = ({"do": "include", "leaf": leaf_hash(one["entry"]), **without_entry(one)} for one in proofs)
    return [bool(answer["ok"]) for answer in ask(tasks)]


def without_entry(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "entry"}


def changes_of(one: dict[str, Any]) -> list[dict[str, Any]]:
    path = one["path"]
    return [
        {"entry": one["entry"] + b" "},
        {"index": one["index"] ^ 1},
        {"size": one["size"] + 1},
        {"path": path[:-1]},
        {"path": path[::-1]},
        {"root": one["root"][::-1]},
    ]


def test_sigstore_and_the_phone_say_the_same_of_every_proof(shared_demo: World) -> None:
    identity = parse_path(PATH).identity
    assert identity is not None
    with shared_demo.read() as connection:
        evidence = gather(connection, shared_demo.host, identity, shared_demo.rulebook).evidence
        label = f"{shared_demo.settings.base_url}{PATH}"
        bundle = unpack(make_bundle(connection, evidence, label, shared_demo.published.read(), shared_demo.host))
    known = [(one, parse_proof(bundle.proofs[record_uuid(one.record_id)])) for one in evidence.records]
    good = lines(known, shared_demo)
    assert len(good) > 15
    assert sigstore_says(good) == phone_says(good) == [True] * len(good)
    bad = [{**one, **change} for one in good for change in changes_of(one)]
    said = sigstore_says(bad)
    assert said == phone_says(bad)
    assert sum(said) < len(bad) / 3
