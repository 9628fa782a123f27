"""Accounts in doubt: whose records are, what of them counts no more, and who lifts it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW
from tests.cast import AUTHORITY, CERTIFIER, HOST, LOT, OTHER_PRODUCER, PRODUCER, thing_id
from tests.core.cast import SAID, at, keyring, lot, product, said, tea
from traceapp.core.account_doubts import KEY_BYTES, MOST_NAMED, OPERATOR, say_doubt, say_lift
from traceapp.core.acts import say_correction, say_hold, say_inspection, say_recall
from traceapp.core.errors import InvalidEvent
from traceapp.core.evidence import establish
from traceapp.core.facts import CertificateState, Facts, RecordState
from traceapp.core.findings import Mark, Severity
from traceapp.core.gates import refusals
from traceapp.core.keys import did_web
from traceapp.core.registers import say_certificate, say_certificate_state, say_claim, say_identity
from traceapp.core.statements import Statement, subjects_of
from traceapp.core.verdict import judge_all

KEY, OTHER_KEY = b"\x07" * KEY_BYTES, b"\x08" * KEY_BYTES
DOUBT, SECOND = thing_id("doubt"), thing_id("second doubt")
SERVICE = did_web(HOST)


def doubt(by: str = AUTHORITY, role: str = "authority", name: str = DOUBT, **told: Any) -> Statement:
    """The account of KEY is in doubt since what is said in these tests."""
    given: dict[str, Any] = {
        "since": SAID,
        "keys": [KEY],
        "organisations": [PRODUCER],
        "reason": "Mất điện thoại",
        **told,
    }
    return say_doubt(name, by=by, role=role, **given)


def lifted(by: str = AUTHORITY, role: str = "authority", name: str = DOUBT, records: Iterable[str] = ()) -> Statement:
    """It is lifted again."""
    return say_lift(name, records=list(records), organisations=[PRODUCER], by=by, role=role, reason=None)


def facts_of(*more: Statement | tuple[Statement, bytes]) -> Facts:
    """The tea, and then what is said; what comes with a key was made by its account."""
    ledger = tea()
    for one in more:
        statement, key = one if isinstance(one, tuple) else (one, None)
        ledger.say(statement, account_key=key)
    return establish(ledger.evidence(), keyring())


def test_records_of_an_account_in_doubt_still_state_their_facts_and_are_named() -> None:
    facts = facts_of((said(), KEY), said(), doubt())
    (word,) = facts.doubts
    assert (word.stated, word.uncounted, word.reason) == ((at(7),), (), "Mất điện thoại")
    assert len(facts.events) == 3
    assert {check.state for check in facts.checks} == {RecordState.GOOD}


def test_nobody_is_in_doubt_until_somebody_says_so() -> None:
    assert facts_of((said(), KEY)).doubts == ()


@pytest.mark.parametrize(
    "more",
    [
        {"keys": [OTHER_KEY]},
        {"since": SAID + timedelta(seconds=1)},
    ],
)
def test_another_account_or_an_earlier_record_is_not_touched(more: dict[str, Any]) -> None:
    assert facts_of((said(), KEY), doubt(**more)).doubts == ()


def test_any_of_the_keys_that_an_account_had_marks_its_records() -> None:
    assert facts_of((said(), KEY), doubt(keys=[OTHER_KEY, KEY])).doubts


def test_an_organisation_casts_doubt_on_its_own_records_alone() -> None:
    own, foreign = (doubt(by, "producer") for by in (PRODUCER, OTHER_PRODUCER))
    assert facts_of((said(), KEY), own).doubts
    assert facts_of((said(), KEY), foreign).doubts == ()
    assert facts_of((said(), KEY), doubt(SERVICE, OPERATOR)).doubts


@pytest.mark.parametrize(
    ("statement", "still"),
    [
        (say_hold(LOT, released=True, reason="Xong", by=PRODUCER, role="producer"), False),
        (say_hold(LOT, released=False, reason="Chờ", by=PRODUCER, role="producer"), True),
        (say_inspection(lot=LOT, day=NOW.date(), result="pass", note=None, by=AUTHORITY, role="authority"), False),
        (say_inspection(lot=LOT, day=NOW.date(), result="fail", note=None, by=AUTHORITY, role="authority"), True),
        (say_recall(lot=LOT, day=NOW.date(), by=PRODUCER, role="producer", reason_vi="Ẩm"), True),
        (say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority"), False),
        (say_identity(PRODUCER, "disputed", authority=AUTHORITY, role="authority"), True),
        (say_claim(product().subject["id"], claimant=OTHER_PRODUCER, role="producer", withdrawn=True), False),
        (say_claim(product().subject["id"], claimant=OTHER_PRODUCER, role="producer"), True),
    ],
    ids=lambda one: one.type if isinstance(one, Statement) else "",
)
def test_what_vouches_or_releases_counts_no_more_and_what_warns_does(statement: Statement, *, still: bool) -> None:
    (word,) = facts_of((statement, KEY), doubt()).doubts
    assert (word.stated, word.uncounted) == (((at(7),), ()) if still else ((), (at(7),)))


def certificate(by: str = PRODUCER) -> Statement:
    told = {"scheme": "VIETGAP", "number": "VG-1", "issued": "2026-01-01", "expires": "2029-01-01"}
    role = "certifier" if by == CERTIFIER else "producer"
    return say_certificate(thing_id("vg"), PRODUCER, CERTIFIER, told, declared_by=by, role=role, status_index=1)


def state(kind: CertificateState) -> Statement:
    return say_certificate_state(
        thing_id("vg"), PRODUCER, kind, by=CERTIFIER, role="certifier", status_index=1, reason="Lý do"
    )


def test_a_confirmation_in_doubt_leaves_a_certificate_declared_and_a_suspension_stands() -> None:
    confirmed = (state(CertificateState.CONFIRMED), KEY)
    assert facts_of(certificate(), confirmed).certificates[0].state is CertificateState.CONFIRMED
    assert facts_of(certificate(), confirmed, doubt()).certificates[0].state is CertificateState.DECLARED
    suspended = (state(CertificateState.SUSPENDED), KEY)
    assert facts_of(certificate(), suspended, doubt()).certificates[0].state is CertificateState.SUSPENDED
    entered = facts_of((certificate(CERTIFIER), KEY), doubt())
    assert entered.certificates[0].state is CertificateState.DECLARED, "its issuer's own entry confirmed it"
    assert facts_of((certificate(), KEY), doubt()).certificates[0].state is CertificateState.DECLARED


def test_a_certificate_that_an_account_in_doubt_took_back_stands_again() -> None:
    said_back = say_certificate_state(
        thing_id("vg"), PRODUCER, CertificateState.WITHDRAWN, by=PRODUCER, role="producer", status_index=1, reason="x"
    )
    assert facts_of(certificate(), (said_back, KEY)).certificates == ()
    assert facts_of(certificate(), (said_back, KEY), doubt()).certificates[0].state is CertificateState.DECLARED


def test_what_an_account_in_doubt_took_back_stands_again() -> None:
    wrong = said().subject
    taken_back = say_correction(
        wrong, record=at(6), by=PRODUCER, role="producer", now=SAID, corrected_by=None, restricted=False
    )
    assert facts_of((taken_back, KEY)).events == ()
    assert len(facts_of((taken_back, KEY), doubt()).events) == 1


def test_it_is_lifted_wholly_or_record_by_record() -> None:
    two = [(said(), KEY), (lot(expires="2029-01-01"), KEY)]
    assert facts_of(*two, doubt(), lifted()).doubts == ()
    (word,) = facts_of(*two, doubt(), lifted(records=[at(7)])).doubts
    assert word.stated == (at(8),)
    assert facts_of(*two, doubt(), lifted(name=SECOND)).doubts[0].stated == (at(7), at(8))


def test_only_an_authority_or_whoever_said_it_lifts_it() -> None:
    mine = doubt(PRODUCER, "producer")
    assert facts_of((said(), KEY), mine, lifted(PRODUCER, "producer")).doubts == ()
    assert facts_of((said(), KEY), mine, lifted()).doubts == ()
    assert facts_of((said(), KEY), mine, lifted(SERVICE, OPERATOR)).doubts, "the operator settles its own doubts alone"
    assert facts_of((said(), KEY), doubt(), lifted(PRODUCER, "producer")).doubts
    assert facts_of((said(), KEY), lifted(), doubt()).doubts, "nothing is lifted before it is said"


def test_a_lift_by_an_account_in_doubt_lifts_nothing_until_that_is_settled() -> None:
    told = [(said(), KEY), doubt(), (lifted(), OTHER_KEY)]
    assert facts_of(*told).doubts == ()
    second = doubt(name=SECOND, keys=[OTHER_KEY])
    assert {one.doubt: one.uncounted for one in facts_of(*told, second).doubts} == {DOUBT: (), SECOND: (at(9),)}
    assert facts_of(*told, second, lifted(name=SECOND)).doubts == ()


def test_a_mark_that_is_none_belongs_to_nobody() -> None:
    ledger = tea()
    ledger.say(said(), account_key=KEY, changed={"traceapp:nonce": "not base64"})
    ledger.say(doubt())
    facts = establish(ledger.evidence(), keyring())
    assert facts.doubts == () and {check.state for check in facts.checks} == {RecordState.GOOD}


@pytest.mark.parametrize(
    "broken",
    [
        {"traceapp:state": "guessed"},
        {"traceapp:accountKeys": []},
        {"traceapp:accountKeys": ["07"]},
        {"traceapp:accountKeys": "07" * 32},
        {"traceapp:since": "yesterday"},
    ],
    ids=str,
)
def test_a_doubt_of_another_shape_counts_as_tampered_with(broken: dict[str, Any]) -> None:
    statement = doubt()
    facts = facts_of((said(), KEY), Statement(statement.type, {**statement.subject, **broken}, AUTHORITY, "authority"))
    assert facts.checks[-1].state is RecordState.TAMPERED and facts.doubts == ()


def test_the_finding_warns_names_who_says_it_and_refuses_labels_only_for_what_it_states() -> None:
    for by, role, mark in (
        (AUTHORITY, "authority", Mark.CONFIRMED),
        (PRODUCER, "producer", Mark.DECLARED),
        (SERVICE, OPERATOR, Mark.SERVICE),
    ):
        verdict = judge_all(facts_of((said(), KEY), doubt(by, role)), NOW)
        (finding,) = verdict.find("account-doubtful")
        assert (finding.severity, finding.mark, finding.data["count"]) == (Severity.WARNING, mark, 1)
        assert finding.who == (None if role == OPERATOR else by)
        assert verdict.headline == "account-doubtful" and finding in refusals(verdict)
    confirmed = (say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority"), KEY)
    verdict = judge_all(facts_of(confirmed, doubt()), NOW)
    (finding,) = verdict.find("account-doubtful")
    assert finding not in refusals(verdict), "what counts no more has its consequences already"


def test_nobody_is_put_in_doubt_without_a_key_or_an_organisation_and_a_lift_has_an_end() -> None:
    for wrong in ({"keys": []}, {"organisations": []}, {"keys": [b"short"]}):
        with pytest.raises(InvalidEvent):
            doubt(**wrong)
    with pytest.raises(InvalidEvent, match="At most"):
        lifted(records=[at(number) for number in range(MOST_NAMED + 1)])


def test_a_doubt_is_filed_under_every_organisation_it_is_about() -> None:
    statement = doubt(organisations=[PRODUCER, CERTIFIER])
    keys = subjects_of({"credentialSubject": statement.subject})
    assert keys == (DOUBT, *sorted([PRODUCER, CERTIFIER]))
