from tests.builders import LABORATORY, LOT, OTHER_LOT, PRODUCER, event, facts, goods
from tests.core.rules.judging import codes, findings, only
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import laboratory

TAKEN = event("MIX", "2026-10-19", inputs=[goods("chè khô, 2 kg", from_lot=OTHER_LOT)])


def report(value, *, what="độ ẩm", by=LABORATORY, lot=LOT, day="2026-08-01"):
    result = {"what": what, "unit": "%", "max": 7.5, "value": value}
    return event("TEST", day, lot=lot, by=by, report="KN-1", results=[result], label_vi="Độ ẩm", label_en="Moisture")


def test_a_laboratory_that_found_everything_inside_its_limits_passes_the_lot():
    passed = only(laboratory, facts(report(5.1)))
    assert (passed.code, passed.severity, passed.mark, passed.who) == (
        "test-passed",
        Severity.GOOD,
        Mark.TESTED,
        LABORATORY,
    )
    assert (passed.data["report"], passed.data["label_en"]) == ("KN-1", "Moisture")


def test_a_result_typed_in_by_the_producer_is_the_producers_word():
    passed = only(laboratory, facts(report(5.1, by=PRODUCER)))
    assert (passed.code, passed.severity, passed.mark) == ("test-passed", Severity.INFO, Mark.DECLARED)


def test_one_result_outside_its_limit_fails_and_is_told():
    failed = only(laboratory, facts(report(9.2)))
    assert (failed.code, failed.severity, failed.when) == ("test-failed", Severity.BAD, "2026-08-01")
    assert failed.data["results"] == [{"what": "độ ẩm", "value": 9.2, "unit": "%", "min": None, "max": 7.5}]


def test_a_later_pass_does_not_take_a_failure_back():
    assert codes(laboratory, facts(report(9.2), report(5.1, day="2026-08-09"))) == ["test-failed", "test-passed"]


def test_a_failure_of_a_source_lot_counts_until_the_same_is_tested_here_and_passes():
    failed = only(laboratory, facts(report(9.2, lot=OTHER_LOT), TAKEN))
    assert (failed.code, failed.data["lot"]) == ("test-failed", OTHER_LOT)
    known = facts(report(9.2, lot=OTHER_LOT), TAKEN, report(5.1, what="Độ ẩm"))
    assert codes(laboratory, known) == ["test-passed"]
    other_thing = facts(report(9.2, lot=OTHER_LOT), TAKEN, report(5.1, what="chì"))
    assert codes(laboratory, other_thing) == ["test-failed", "test-passed"]


def test_a_pass_of_a_source_lot_is_not_this_lots():
    assert findings(laboratory, facts(report(5.1, lot=OTHER_LOT), TAKEN)) == []


def test_a_product_without_a_lot_has_no_results_and_time_changes_nothing():
    assert codes(laboratory, facts(lot=None)) == []
    assert list(laboratory.moments(facts())) == []
