from datetime import timedelta

from tests.builders import NOW, facts, identity, item_code, scans
from tests.core.rules.judging import codes, only
from traceapp.core.facts import CodeFact, ScanFact, Suspicion
from traceapp.core.findings import Severity
from traceapp.core.rules import copies


def suspicion(**fields):
    opened = {"opened": NOW, "scans": 57, "hours": 24, "visitors": 31, "provinces": 3}
    return Suspicion(**{**opened, **fields})


def scanned(seen, code=None):
    return facts(identity=identity("item"), code=code or item_code(7), scans=seen)


def test_a_label_nobody_else_has_scanned_is_a_first_scan():
    first = only(copies, scanned(scans(total=3)))
    assert (first.code, first.severity, first.data) == ("first-scan", Severity.INFO, {"total": 3})


def test_scans_of_others_are_told_in_numbers():
    normal = only(copies, scanned(scans(total=3, by_others=2)))
    assert (normal.code, normal.severity) == ("scans-normal", Severity.INFO)
    assert normal.data == {
        "total": 3,
        "by_others": 2,
        "first": "2026-11-20T11:05:00Z",
        "cleared": None,
        "cleared_reason": None,
        "last_24h": 3,
        "last_7d": 3,
        "visitors": 3,
        "usual_least": 1,
        "usual_most": 5,
    }


def test_a_first_scan_of_unknown_time_is_left_out():
    assert only(copies, scanned(ScanFact(2, 1, None, 2, 2, ()))).data["first"] is None


def test_an_open_suspicion_is_told_with_the_numbers_that_opened_it():
    suspected = only(copies, scanned(scans(58, 57, suspicion=suspicion())))
    assert (suspected.code, suspected.severity, suspected.when) == (
        "copy-suspected",
        Severity.WARNING,
        "2026-11-21T11:05:00Z",
    )
    assert suspected.data == {
        "scans": 57,
        "hours": 24,
        "visitors": 31,
        "provinces": 3,
        "total": 58,
        "week": 57,
        "turns": 0,
        "after": 0,
        "km": None,
        "minutes": None,
        "usual_least": 1,
        "usual_most": 5,
    }


def test_a_distance_is_told_as_more_than_and_a_time_as_within():
    """So that the places themselves are not told."""
    for km, minutes, told in ((1010, 35, (1000, 40)), (1099, 0, (1000, 5)), (54, 119, (50, 120))):
        data = only(copies, scanned(scans(2, 1, suspicion=suspicion(scans=2, km=km, minutes=minutes)))).data
        assert (data["km"], data["minutes"]) == told


def test_one_visitor_alone_never_triggers_it():
    assert codes(copies, scanned(scans(500, 0, suspicion=suspicion(visitors=1)))) == ["first-scan"]


def test_a_suspicion_the_producer_cleared_leaves_its_reason():
    cleared = suspicion(cleared=NOW + timedelta(hours=1), cleared_reason="Hội chợ")
    normal = only(copies, scanned(scans(58, 57, suspicion=cleared)))
    assert (normal.code, normal.data["cleared"], normal.data["cleared_reason"]) == (
        "scans-normal",
        "2026-11-21T12:05:00Z",
        "Hội chợ",
    )


def test_labels_of_lots_and_serials_never_issued_are_never_called_copies():
    assert codes(copies, facts(scans=scans(500, 499, suspicion=suspicion()))) == []
    assert codes(copies, scanned(scans(500, 499), code=CodeFact("1", None, None))) == []
    assert codes(copies, facts(identity=identity("item"), code=item_code(7))) == []
    assert list(copies.moments(facts())) == []
