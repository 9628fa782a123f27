"""Stored cosignatures, verified by SimpleWebAuthn with nothing but the records; and what it refuses, we refuse too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.contract.conftest import outcomes
from tests.core.cast import Ledger, keyring, tea
from tests.core.test_cosigning import cosignature, enrolment
from traceapp.core.evidence import establish

ALGORITHMS = ("ES256", "EdDSA", "RS256")
WRONG: tuple[dict[str, Any], ...] = (
    {"type": "webauthn.create"},
    {"challenge": "AAAA"},
    {"origin": "https://evil.example"},
    {"rp_id": "evil.example"},
    {"flags": 0x01},
    {"flags": 0x04},
)


def cosigned(places: list[int], phone: Authenticator, by: Authenticator | None = None, **how: Any) -> Ledger:
    """A ledger that ends with a cosignature of the records at `places`; `by` another phone than the enrolled one."""
    ledger = tea(enrolment(phone))
    ledger.say(cosignature(ledger, places, by or phone, **how))
    return ledger


def line(ledger: Ledger, places: list[int]) -> bytes:
    """What the script is given: the stored records, as JSON."""
    stored = [json.loads(one.body or b"") for one in ledger.records]
    told = {"cosignature": stored[-1], "enrolment": stored[7], "signed": [stored[place] for place in places]}
    return json.dumps(told).encode()


def holds_here(ledger: Ledger) -> bool:
    """What our own verifier says."""
    found = establish(ledger.evidence(), keyring()).cosigned
    return bool(found) and all(one.reason is None for one in found)


@pytest.fixture(scope="module")
def good() -> list[tuple[Ledger, list[int]]]:
    return [(cosigned(places, Authenticator(1, one)), places) for one in ALGORITHMS for places in ([6], [4, 5, 6])]


def test_simplewebauthn_accepts_what_we_store(npm_dir: Path, good: list[tuple[Ledger, list[int]]]) -> None:
    found = outcomes("cosignature.mjs", lines=[line(ledger, places) for ledger, places in good])
    assert [one.error for one in found] == [""] * len(good)
    assert all(holds_here(ledger) for ledger, _ in good)


def test_simplewebauthn_and_we_refuse_the_same(npm_dir: Path) -> None:
    ledgers = [cosigned([6], Authenticator(), **wrong) for wrong in WRONG]
    ledgers.append(cosigned([6], Authenticator(), Authenticator(2)))
    found = outcomes("cosignature.mjs", lines=[line(ledger, [6]) for ledger in ledgers])
    assert [one.ok for one in found] == [False] * len(ledgers) == [holds_here(ledger) for ledger in ledgers]


def test_a_cosignature_moved_to_another_record_is_refused_there(npm_dir: Path) -> None:
    ledger = cosigned([6], Authenticator())
    (moved,) = outcomes("cosignature.mjs", lines=[line(ledger, [5])])
    assert not moved.ok and "other records" in moved.error
