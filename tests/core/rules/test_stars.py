from datetime import date, timedelta

from tests.builders import COUNCIL, NOW, PRODUCER, certificate, facts
from tests.core.rules.judging import codes, only
from traceapp.core.dates import midnight
from traceapp.core.facts import CertificateState
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import stars


def decided(issued=date(2023, 10, 12), expires=None, **fields):
    return certificate("OCOP", issued=issued, expires=expires, **fields)


def judged(*decisions, now=NOW):
    return only(stars, facts(certificates=decisions), now)


def test_stars_are_valid_for_36_months_from_the_decision_and_not_a_second_longer():
    end = midnight(date(2026, 10, 12))
    valid = judged(decided(), now=end - timedelta(microseconds=1))
    assert (valid.code, valid.severity, valid.mark, valid.who) == (
        "stars-valid",
        Severity.GOOD,
        Mark.CONFIRMED,
        COUNCIL,
    )
    assert (valid.data["stars"], valid.data["expires"]) == (4, "2026-10-12")
    expired = judged(decided(), now=end)
    assert (expired.code, expired.severity, expired.when) == ("stars-expired", Severity.WARNING, "2026-10-12")
    assert list(stars.moments(facts(certificates=(decided(),)))) == [midnight(date(2023, 10, 12)), end]


def test_an_end_that_comes_sooner_counts_and_a_later_one_does_not():
    assert judged(decided(expires=date(2025, 1, 1))).data["expires"] == "2025-01-01"
    assert judged(decided(expires=date(2099, 1, 1))).data["expires"] == "2026-10-12"


def test_a_decision_of_a_leap_day_runs_through_the_last_of_february():
    assert judged(decided(date(2024, 2, 29))).data["expires"] == "2027-03-01"


def test_stars_that_no_council_confirmed_are_the_producers_word():
    valid = judged(decided(date(2025, 1, 1), state=CertificateState.DECLARED))
    assert (valid.code, valid.severity, valid.mark, valid.who) == (
        "stars-valid",
        Severity.INFO,
        Mark.DECLARED,
        PRODUCER,
    )


def test_a_renewed_decision_replaces_the_expired_one():
    assert judged(decided(), decided(date(2026, 10, 1), stars=5)).data["stars"] == 5


def test_a_renewal_that_only_the_producer_declares_does_not_bring_the_stars_back():
    renewal = decided(date(2026, 10, 1), state=CertificateState.DECLARED)
    assert judged(decided(), renewal).code == "stars-expired"


def test_expired_stars_tell_whether_the_producer_declares_a_later_decision():
    def told(*others):
        return judged(decided(), *others).data["renewal_declared"]

    declared = CertificateState.DECLARED
    assert told(decided(date(2026, 10, 1), state=declared))
    assert not told()
    assert not told(decided(date(2023, 1, 1), state=declared)), "an earlier one"
    assert not told(decided(date(2026, 10, 1), date(2026, 11, 1), state=declared)), "one that has ended, too"
    assert not told(decided(date(2026, 12, 1), state=declared)), "one not yet taken"


def test_suspended_or_revoked_stars_are_never_valid():
    for state in (CertificateState.SUSPENDED, CertificateState.REVOKED):
        assert codes(stars, facts(certificates=(decided(date(2026, 1, 1), state=state),))) == []


def test_a_decision_not_yet_taken_gives_no_stars_yet():
    known = facts(certificates=(decided(date(2026, 12, 1)),))
    assert codes(stars, known) == []
    assert codes(stars, known, midnight(date(2026, 12, 1))) == ["stars-valid"]


def test_other_schemes_carry_no_stars():
    assert codes(stars, facts(certificates=(certificate(), decided(stars=None)))) == []
