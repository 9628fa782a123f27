from datetime import timedelta

from tests.builders import NOW, check, facts
from tests.core.rules.judging import codes, findings
from traceapp.core.facts import RecordState
from traceapp.core.findings import Severity
from traceapp.core.rules import record


def test_good_records_are_authentic_and_without_witnesses_that_is_only_said():
    authentic, unseen = findings(record, facts())
    assert (authentic.code, authentic.severity, authentic.data["count"]) == ("record-authentic", Severity.GOOD, 1)
    assert (unseen.code, unseen.severity) == ("not-witnessed", Severity.INFO)


def test_one_tampered_record_takes_authentic_away_and_is_counted():
    tampered, unseen = findings(record, facts(checks=(check(), check(RecordState.TAMPERED))))
    assert (tampered.code, tampered.severity, tampered.data["count"]) == ("record-tampered", Severity.BAD, 1)
    assert unseen.code == "not-witnessed"


def test_a_missing_record_and_a_revoked_key_are_bad_too():
    checks = (check(RecordState.MISSING), check(RecordState.KEY_REVOKED), check(RecordState.KEY_REVOKED))
    missing, revoked = findings(record, facts(checks=checks))
    assert (missing.code, missing.severity) == ("record-missing", Severity.BAD)
    assert (revoked.code, revoked.severity, revoked.data["count"]) == ("key-revoked", Severity.BAD, 2)
    assert revoked.data["records"] == [one.record_id for one in checks[1:]]


def test_a_record_of_an_unknown_version_is_neither_bad_nor_authentic():
    partly = findings(record, facts(checks=(check(), check(RecordState.CANNOT_BE_CHECKED))))[0]
    assert (partly.code, partly.severity, partly.data["unchecked"]) == ("record-authentic", Severity.INFO, 1)
    assert codes(record, facts(checks=(check(RecordState.CANNOT_BE_CHECKED),))) == []


def test_all_records_witnessed_is_good_and_says_when_the_last_was():
    earlier = NOW - timedelta(hours=1)
    known = facts(checks=(check(witnessed_at=earlier), check(witnessed_at=NOW)), witnesses_configured=True)
    witnessed = findings(record, known)[1]
    assert (witnessed.code, witnessed.severity, witnessed.when) == ("witnessed", Severity.GOOD, "2026-11-21T11:05:00Z")


def test_where_witnesses_are_configured_one_unseen_record_is_a_warning():
    known = facts(checks=(check(witnessed_at=NOW), check()), witnesses_configured=True)
    unseen = findings(record, known)[1]
    assert (unseen.code, unseen.severity) == ("not-witnessed", Severity.WARNING)
    assert (unseen.data["witnessed"], unseen.data["of"]) == (1, 2)


def test_no_records_say_nothing_and_time_changes_nothing():
    assert codes(record, facts(checks=())) == []
    assert list(record.moments(facts())) == []
