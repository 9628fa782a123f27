"""The phone finds the same cosignatures and doubts in a bundle as the service's own verifier, good and bad alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.cast import OTHER_PRODUCER, PRODUCER
from tests.core.cast import SAID, Ledger, at, keyring, organisation, said, tea
from tests.core.test_account_doubts import KEY, OTHER_KEY, SECOND, SERVICE, doubt, lifted
from tests.core.test_cosigning import CHALLENGE, OTHER_PHONE, PASSKEY, PHONE, cosignature, enrolment
from tests.inspect.node import Answer, ask
from traceapp.core.account_doubts import OPERATOR
from traceapp.core.acts import say_hold
from traceapp.core.cosigning import document_hash, say_cosignature, say_passkey_withdrawn
from traceapp.core.evidence import establish


def touched(phone: Authenticator = PHONE, places: tuple[int, ...] = (6,), **how: Any) -> Ledger:
    """The tea with one touch."""
    ledger = tea(enrolment(phone))
    ledger.say(cosignature(ledger, list(places), phone, **how))
    return ledger


def _moved() -> Ledger:
    ledger = tea(enrolment())
    other = document_hash(ledger.records[5].body or b"")
    answer = PHONE.answer(other)
    ledger.say(say_cosignature(PASSKEY, [(at(6), other)], answer, about=[PRODUCER], by=PRODUCER, role="producer"))
    return ledger


def _later() -> Ledger:
    ledger = tea()
    ledger.say(cosignature(ledger, [6]))
    ledger.say(enrolment())
    return ledger


def _foreign(by: str) -> Ledger:
    ledger = tea(organisation(OTHER_PRODUCER), enrolment(by=OTHER_PRODUCER))
    ledger.say(cosignature(ledger, [6], by=by))
    return ledger


def _withdrawn() -> Ledger:
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [5]))
    ledger.say(say_passkey_withdrawn(PASSKEY, by=PRODUCER, role="producer"))
    ledger.say(cosignature(ledger, [6]))
    return ledger


def _other_key() -> Ledger:
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [6], OTHER_PHONE))
    return ledger


def _in_doubt() -> Ledger:
    ledger = tea()
    ledger.say(enrolment(), account_key=KEY)
    ledger.say(cosignature(ledger, [6]))
    ledger.say(doubt())
    return ledger


LEDGERS: dict[str, Callable[[], Ledger]] = {
    "ES256": lambda: touched(),
    "EdDSA": lambda: touched(Authenticator(1, "EdDSA")),
    "RS256": lambda: touched(Authenticator(1, "RS256")),
    "several": lambda: touched(places=(4, 5, 6)),
    "type": lambda: touched(type="webauthn.create"),
    "challenge": lambda: touched(challenge="AAAA"),
    "origin": lambda: touched(origin="https://evil.example"),
    "cross origin": lambda: touched(crossOrigin=True),
    "site": lambda: touched(rp_id="evil.example"),
    "not verified": lambda: touched(flags=0x01),
    "not present": lambda: touched(flags=0x04),
    "another touch": lambda: touched(assertion=PHONE.answer(CHALLENGE)),
    "another key": _other_key,
    "another record": _moved,
    "enrolled later": _later,
    "another's key": lambda: _foreign(PRODUCER),
    "another's record": lambda: _foreign(OTHER_PRODUCER),
    "withdrawn": _withdrawn,
    "enrolled in doubt": _in_doubt,
}
GOOD = {"ES256", "EdDSA", "RS256", "several"}


def phone(ledger: Ledger, *, noble: bool = False) -> Answer:
    (answer,) = ask([{"do": "bundle", "data": ledger.bundle(), "pinned": None}], noble=noble)
    assert answer["ok"], answer
    return answer


@pytest.mark.parametrize("kind", LEDGERS)
def test_the_phone_judges_a_cosignature_as_the_service_does(kind: str) -> None:
    ledger = LEDGERS[kind]()
    found = establish(ledger.evidence(), keyring()).cosigned
    here = {
        "good": sorted(one.record_id for one in found if one.reason is None),
        "bad": sorted(one.record_id for one in found if one.reason is not None),
        "unseen": [],
    }
    assert phone(ledger)["cosigned"] == here
    assert (kind in GOOD) == (bool(here["good"]) and not here["bad"]) or kind == "withdrawn"


def test_without_webcrypto_a_phone_says_what_it_cannot_check() -> None:
    assert phone(touched(), noble=True)["cosigned"] == {"good": [], "bad": [], "unseen": [at(6)]}
    assert phone(touched(Authenticator(1, "EdDSA")), noble=True)["cosigned"]["good"] == [at(6)]


DOUBTED: dict[str, Callable[[Ledger], None]] = {
    "nothing": lambda ledger: None,
    "by an authority": lambda ledger: _say(ledger, doubt()),
    "by its own": lambda ledger: _say(ledger, doubt(PRODUCER, "producer")),
    "by another": lambda ledger: _say(ledger, doubt(OTHER_PRODUCER, "producer")),
    "by the operator": lambda ledger: _say(ledger, doubt(SERVICE, OPERATOR, keys=[OTHER_KEY, KEY])),
    "later": lambda ledger: _say(ledger, doubt(since=SAID + timedelta(seconds=1))),
    "lifted": lambda ledger: _say(ledger, doubt(), lifted()),
    "lifted for one": lambda ledger: _say(ledger, doubt(), lifted(records=[at(7)])),
    "lifted by another": lambda ledger: _say(ledger, doubt(), lifted(PRODUCER, "producer")),
    "lifted in doubt": lambda ledger: _lifted_in_doubt(ledger),
}


def _say(ledger: Ledger, *statements: Any) -> None:
    for one in statements:
        ledger.say(one)


def _lifted_in_doubt(ledger: Ledger) -> None:
    ledger.say(doubt())
    ledger.say(lifted(), account_key=OTHER_KEY)
    ledger.say(doubt(name=SECOND, keys=[OTHER_KEY]))


@pytest.mark.parametrize("kind", DOUBTED)
def test_the_phone_finds_the_records_in_doubt_that_the_service_finds(kind: str) -> None:
    ledger = tea()
    ledger.say(said(), account_key=KEY)
    ledger.say(say_hold(said().subject["traceapp:lot"]["id"], released=True, reason="x", by=PRODUCER, role="producer"),
               account_key=KEY)  # fmt: skip
    DOUBTED[kind](ledger)
    facts = establish(ledger.evidence(), keyring())
    here = {one.source.record_id: sorted((*one.stated, *one.uncounted)) for one in facts.doubts}
    there = {one["id"]: sorted(one["records"]) for one in phone(ledger)["doubts"]}
    assert there == here
