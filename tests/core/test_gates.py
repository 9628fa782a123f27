import pytest

from tests.builders import NOW, demo, demo_lot, facts, facts_of_demo, organisation
from traceapp.core.findings import Finding, Severity
from traceapp.core.gates import REFUSING, refusals, refuses
from traceapp.core.verdict import judge_all


def test_the_gate_is_this_set():
    assert {
        "record-tampered",
        "record-missing",
        "lot-recalled",
        "lot-on-hold",
        "lot-expired",
        "input-recalled",
        "phi-broken",
        "ccp-deviation",
        "test-failed",
        "mass-balance-exceeded",
    } == REFUSING


def test_an_unconfirmed_identity_does_not_refuse_labels_but_a_disputed_gtin_does():
    assert not refuses(Finding("identity-unconfirmed", Severity.WARNING, data={"disputed": False}))
    disputed = judge_all(facts(producer=organisation(gtin_disputed=True)), NOW)
    assert [finding.code for finding in refusals(disputed)] == ["identity-unconfirmed"]


def test_expired_stars_and_certificates_do_not_refuse_labels():
    for code in ("stars-expired", "certificate-expired", "copy-suspected", "active-not-permitted", "key-revoked"):
        assert not refuses(Finding(code, Severity.WARNING))


@pytest.mark.parametrize("told", [one for one in demo()["expected"] if "labels" in one], ids=lambda one: one["lot"])
def test_the_demos_lots_get_labels_or_are_refused_as_it_says(told):
    asked = facts_of_demo(told["lot"], planned_labels=demo_lot(told["lot"])["qty"])
    assert ("refused" if refusals(judge_all(asked, NOW)) else "issued") == told["labels"]


def test_one_label_more_than_there_are_packs_is_refused():
    asked = facts_of_demo("DM2610B", labels=900, planned_labels=1)
    assert [finding.code for finding in refusals(judge_all(asked, NOW))] == ["mass-balance-exceeded"]
