import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import (
    LOT,
    NOW,
    certificate,
    check,
    demo,
    event,
    facts,
    facts_of_demo,
    identity,
    item_code,
    source,
)
from tests.builders import lot as a_lot
from tests.core.gallery import CODES, gallery
from traceapp.core.dates import midnight
from traceapp.core.facts import CertificateState, HoldFact, LabelSignature, RecordState
from traceapp.core.findings import Severity
from traceapp.core.verdict import FAMILIES, HEADLINES, judge_all

SHOWN = tuple(gallery())
EXPIRING = certificate("OCOP", issued=date(2023, 10, 12), expires=None)


def judged_demo(told):
    unknown = bool(told.get("serial_of_no_item"))
    return judge_all(facts_of_demo(told["lot"], item=told.get("item"), unknown_serial=unknown), NOW)


@pytest.mark.parametrize(
    "told", demo()["expected"], ids=lambda one: f"{one['lot']}-{one.get('item', one.get('serial_of_no_item', 'lot'))}"
)
def test_every_scan_of_the_demo_says_what_it_must(told):
    verdict = judged_demo(told)
    codes = {finding.code for finding in verdict.findings}
    severities = {finding.severity for finding in verdict.findings}
    assert set(told["must"]) <= codes
    assert not codes & set(told.get("must_not", ()))
    assert not severities & set(told.get("must_not_severity", ()))


@pytest.mark.parametrize(
    ("lot", "headline"),
    [
        ("DM2610B", "record-authentic"),
        ("DG1115", "stars-expired"),
        ("DG1108", "phi-broken"),
        ("DM2607A", "lot-recalled"),
        ("DM2610T", "input-recalled"),
        ("BR1104", "ccp-deviation"),
        ("BR1103", "record-authentic"),
        ("SN2611X", "mass-balance-exceeded"),
    ],
)
def test_the_demos_headlines(lot, headline):
    assert judge_all(facts_of_demo(lot), NOW).headline == headline


def test_a_lot_of_the_demo_is_judged_as_of_its_day():
    assert judge_all(facts_of_demo("DM2607A", asof=date(2026, 8, 1)), NOW).headline == "test-failed"
    witnessed = judge_all(facts_of_demo("DM2610B", witnessed_at=NOW), NOW)
    assert witnessed.find("witnessed")


def test_every_code_there_is_can_be_found_and_no_other():
    assert {finding.code for known in SHOWN for finding in judge_all(known, NOW).findings} == CODES


def test_whatever_is_bad_can_be_the_headline():
    bad = {one.code for known in SHOWN for one in judge_all(known, NOW).findings if one.severity == Severity.BAD}
    assert bad <= set(HEADLINES)
    assert set(HEADLINES) <= CODES


def test_a_bad_finding_never_stands_under_a_good_headline():
    for known in SHOWN:
        verdict = judge_all(known, NOW)
        if verdict.worst == Severity.BAD:
            assert verdict.severity in (Severity.BAD, Severity.WARNING)


def test_findings_carry_json_only():
    for known in SHOWN:
        for finding in judge_all(known, NOW).findings:
            assert json.loads(json.dumps(dict(finding.data))) == dict(finding.data)


def test_findings_come_worst_first_and_in_the_order_of_the_families():
    order = [Severity.BAD, Severity.WARNING, Severity.INFO, Severity.GOOD]
    for known in SHOWN:
        ranks = [order.index(finding.severity) for finding in judge_all(known, NOW).findings]
        assert ranks == sorted(ranks)
    good = [one.code for one in judge_all(facts_of_demo("DM2610B"), NOW).findings if one.severity == Severity.GOOD]
    assert good[:3] == ["record-authentic", "stars-valid", "certificate-confirmed-by-account"]


def test_a_recalled_lot_is_reported_even_when_the_signature_is_good():
    verdict = judge_all(facts_of_demo("DM2607A"), NOW)
    assert (verdict.headline, verdict.severity) == ("lot-recalled", Severity.BAD)
    assert verdict.find("record-authentic")


def test_tampering_comes_before_everything_else():
    verdict = judge_all(facts(checks=(check(), check(RecordState.TAMPERED)), lot=a_lot(expires=date(2026, 1, 1))), NOW)
    assert (verdict.headline, verdict.severity) == ("record-tampered", Severity.BAD)
    assert not verdict.find("record-authentic")


def test_a_code_nobody_knows_is_information_and_says_nothing_of_the_goods():
    verdict = judge_all(facts(product=None, lot=None, producer=None, checks=()), NOW)
    assert (verdict.headline, verdict.severity) == ("foreign-code", Severity.INFO)
    assert [finding.code for finding in verdict.findings] == ["foreign-code", "not-proved"]


def test_a_held_lot_is_the_headline_before_what_is_wrong_with_it():
    held = HoldFact(LOT, False, "Chờ", source())
    verdict = judge_all(facts(holds=(held,), checks=(check(), check(RecordState.KEY_REVOKED))), NOW)
    assert (verdict.headline, verdict.severity, verdict.worst) == ("lot-on-hold", Severity.WARNING, Severity.BAD)


def test_a_label_whose_signature_does_not_fit_is_not_called_authentic():
    scanned = facts(identity=identity("item"), code=item_code(1, signature=LabelSignature.BAD))
    assert judge_all(scanned, NOW).headline == "label-signature-bad"


def test_where_nothing_was_checked_the_headline_claims_nothing():
    verdict = judge_all(facts(checks=()), NOW)
    assert (verdict.headline, verdict.severity) == ("not-proved", Severity.INFO)


def test_a_verdict_names_the_records_it_rests_on_and_for_whom_it_is():
    known = facts()
    verdict = judge_all(known, NOW)
    assert verdict.record_ids == tuple(one.record_id for one in known.checks)
    assert verdict.identity == known.identity


# Time


@pytest.mark.parametrize(
    ("known", "end", "before", "after"),
    [
        (facts(certificates=(EXPIRING,)), date(2026, 10, 12), "stars-valid", "stars-expired"),
        (facts(certificates=(certificate(),)), date(2027, 6, 5), "certificate-valid", "certificate-expired"),
        (facts(lot=a_lot(expires=date(2027, 1, 9))), date(2027, 1, 10), "not-proved", "lot-expired"),
        (facts(event("HARVEST", "2026-10-07")), date(2026, 12, 6), "not-proved", "data-stale"),
    ],
)
def test_what_ends_ends_at_vietnamese_midnight_exactly(known, end, before, after):
    flips = datetime.combine(end, datetime.min.time()).replace(tzinfo=UTC) - timedelta(hours=7)
    last = judge_all(known, flips - timedelta(microseconds=1))
    assert (bool(last.find(before)), bool(last.find(after)), last.changes_at) == (True, False, flips)
    assert judge_all(known, flips).find(after)


def test_what_no_date_can_change_never_changes():
    assert judge_all(facts(event("PACK", "2026-10-09")), NOW).changes_at is None


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
certified = st.builds(
    lambda scheme, pair, state: certificate(scheme, issued=min(pair), expires=max(pair), state=state),
    st.sampled_from(["VIETGAP", "HACCP", "OCOP", "TEST"]),
    st.tuples(days, days).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from(list(CertificateState)),
)


@st.composite
def known_facts(draw):
    harvested = draw(days)
    events = [event("HARVEST", harvested.isoformat())] + ([event("PACK", harvested.isoformat())] * draw(st.booleans()))
    return facts(
        *events,
        certificates=tuple(draw(st.lists(certified, max_size=4))),
        lot=a_lot(made=harvested, expires=draw(st.none() | days)),
    )


@pytest.mark.many
@settings(max_examples=60, deadline=None)
@given(known_facts(), st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)), st.floats(0, 1))
def test_between_now_and_the_next_change_nothing_changes(known, now, share):
    verdict = judge_all(known, now)
    until = verdict.changes_at or datetime(2090, 1, 1, tzinfo=UTC)
    assert until > now
    for later in (now + share * (until - now - timedelta(microseconds=1)), until - timedelta(microseconds=1)):
        assert judge_all(known, later).findings == verdict.findings
    if verdict.changes_at:
        assert midnight((verdict.changes_at + timedelta(hours=7)).date()) == verdict.changes_at


def test_every_family_judges_and_tells_its_moments():
    for family in FAMILIES:
        assert family.__doc__
        assert all(moment.tzinfo is not None for known in SHOWN for moment in family.moments(known))
