"""A second claimant's word: it holds the labels until an authority has spoken once more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import AUTHORITY, CERTIFIER, PRODUCER, PRODUCT, thing_id
from tests.core.cast import SAID, Ledger, keyring, tea
from traceapp.core.errors import InvalidEvent
from traceapp.core.evidence import establish
from traceapp.core.facts import Facts
from traceapp.core.gates import refusals
from traceapp.core.registers import is_household, say_claim, say_identity, say_organisation
from traceapp.core.statements import Statement
from traceapp.core.verdict import judge_all

CLAIMED = say_claim(PRODUCT, claimant=CERTIFIER, role="producer")
WITHDRAWN = say_claim(PRODUCT, claimant=CERTIFIER, role="producer", withdrawn=True)
SETTLED = say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority")


def facts_of(*said: Statement) -> Facts:
    return establish(tea(*said).evidence(), keyring())


def is_held(facts: Facts) -> bool:
    return any(one.code == "identity-unconfirmed" for one in refusals(judge_all(facts, SAID)))


def test_a_claim_of_somebody_else_holds_the_labels_of_the_product() -> None:
    facts = facts_of(CLAIMED)
    assert facts.producer and facts.producer.gtin_disputed
    assert is_held(facts)
    assert not is_held(facts_of())


def test_an_authority_settles_a_claim_by_confirming_the_producer_once_more() -> None:
    assert not is_held(facts_of(CLAIMED, SETTLED))
    assert is_held(facts_of(CLAIMED, SETTLED, CLAIMED))


def test_an_authority_that_finds_the_claimant_right_leaves_the_labels_held() -> None:
    assert is_held(facts_of(CLAIMED, say_identity(PRODUCER, "disputed", authority=AUTHORITY, role="authority")))


def denied(product: str | None = PRODUCT) -> Statement:
    return say_identity(PRODUCER, "disputed", authority=AUTHORITY, role="authority", product=product)


def told(*said: Statement) -> dict[str, Any]:
    (finding,) = judge_all(facts_of(*said), SAID).find("identity-unconfirmed")
    return dict(finding.data)


def test_a_code_that_an_authority_decided_to_be_anothers_is_told_as_that_and_no_longer_as_in_dispute() -> None:
    assert told(CLAIMED) == {"disputed": True}
    assert told(CLAIMED, denied()) == {"disputed": True, "denied": True}
    assert is_held(facts_of(CLAIMED, denied()))
    assert told(denied(), denied(None), CLAIMED)["denied"], (
        "what follows about others takes it back no more than a claim"
    )


def test_a_decision_about_another_product_or_about_none_says_nothing_of_this_code() -> None:
    """So do those that were recorded before they named a product."""
    for product in (None, thing_id("other")):
        assert told(CLAIMED, denied(product)) == {"disputed": True}


def test_a_decision_is_an_authoritys_and_ends_when_it_confirms_once_more() -> None:
    by_another = say_identity(PRODUCER, "disputed", authority=CERTIFIER, role="authority", product=PRODUCT)
    assert told(CLAIMED, by_another) == {"disputed": True}
    assert not judge_all(facts_of(CLAIMED, denied(), SETTLED), SAID).find("identity-unconfirmed")
    assert told(denied(), SETTLED, CLAIMED) == {"disputed": True}


def test_a_claim_that_was_taken_back_holds_nothing() -> None:
    assert not is_held(facts_of(CLAIMED, WITHDRAWN))


def test_a_claim_of_ones_own_code_or_of_another_product_holds_nothing() -> None:
    own = say_claim(PRODUCT, claimant=PRODUCER, role="producer")
    other = say_claim(thing_id("other"), claimant=CERTIFIER, role="producer")
    assert not is_held(facts_of(own, other))


def test_a_product_whose_producer_nobody_knows_can_be_claimed_without_harm() -> None:
    facts = establish(Ledger(CLAIMED).evidence(), keyring())
    assert facts.producer is None


def test_a_claim_in_a_state_that_there_is_not_cannot_be_said() -> None:
    odd = Statement(CLAIMED.type, {**CLAIMED.subject, "traceapp:state": "bought"}, CERTIFIER, "producer")
    facts = facts_of(odd)
    assert [check.reason for check in facts.checks if check.reason and "claim" in check.reason]
    assert not is_held(facts)


def test_the_name_of_one_person_can_be_erased_as_a_households_can() -> None:
    assert is_household("Hộ kinh doanh") and is_household("Cá nhân")
    assert not is_household("Hợp tác xã") and not is_household(None)
    officer = {"name": "Nguyễn Văn Năm", "role": "endorser", "legal_form": "Cá nhân"}
    said = say_organisation(thing_id("officer"), officer, declared_by=thing_id("officer"), role="endorser")
    assert dict(said.personal) == {"name": "Nguyễn Văn Năm"}
    assert "Nguyễn" not in str(said.subject)


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(InvalidEvent):
        say_organisation(thing_id("x"), {"name": "X", "role": "king"}, declared_by=thing_id("x"), role="king")
