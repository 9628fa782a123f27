from tests.builders import OTHER_LOT, PRODUCER, event, facts, goods
from tests.core.rules.judging import codes, only
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import critical_limits


def cooked(value, *, least=115, most=None, step="nấu", **more):
    measured = {"what": "nhiệt độ", "unit": "°C", "min": least, "max": most, "value": value}
    return event("CCP", "2026-11-02", ccp="CCP1", step=step, checks=[measured], label_en="Cooking", **more)


def test_a_value_on_its_limit_is_inside():
    for value, least, most in ((115, 115, None), (118, 115, 120), (120, None, 120), (5, None, None)):
        assert codes(critical_limits, facts(cooked(value, least=least, most=most))) == ["ccp-in-limits"]


def test_all_that_stayed_inside_is_one_finding_that_names_each_step_once():
    kept = only(critical_limits, facts(cooked(118), cooked(119), cooked(1, least=1, most=1, step="lọc")))
    assert (kept.code, kept.severity, kept.mark, kept.who) == (
        "ccp-in-limits",
        Severity.GOOD,
        Mark.DECLARED,
        PRODUCER,
    )
    assert kept.data["count"] == 3
    assert [step["step_vi"] for step in kept.data["steps"]] == ["nấu", "lọc"]


def test_outside_without_correction_is_a_deviation_with_its_numbers():
    broken = only(critical_limits, facts(cooked(109)))
    assert (broken.code, broken.severity, broken.when) == ("ccp-deviation", Severity.BAD, "2026-11-02")
    assert broken.data["checks"] == [{"what": "nhiệt độ", "value": 109, "unit": "°C", "min": 115, "max": None}]
    assert (broken.data["step_vi"], broken.data["step_en"]) == ("nấu", "Cooking")
    assert codes(critical_limits, facts(cooked(121, least=None, most=120))) == ["ccp-deviation"]


def test_a_correction_counts_only_with_a_verifier_whose_name_may_be_erased():
    corrected = cooked(109, corrective_action="Nấu lại", verified_by=True)
    assert only(critical_limits, facts(corrected)).severity == Severity.INFO
    assert codes(critical_limits, facts(corrected)) == ["ccp-corrected"]
    assert codes(critical_limits, facts(cooked(109, corrective_action="Nấu lại"))) == ["ccp-deviation"]
    assert codes(critical_limits, facts(cooked(109, verified_by="QA-02"))) == ["ccp-deviation"]


def test_a_deviation_in_a_source_lot_is_in_this_lot_too_but_its_merits_are_not():
    taken = event("MIX", "2026-11-05", inputs=[goods("kẹo, 10 kg", from_lot=OTHER_LOT)])
    broken = only(critical_limits, facts(cooked(109, lot=OTHER_LOT), taken))
    assert (broken.code, broken.data["lot"]) == ("ccp-deviation", OTHER_LOT)
    assert codes(critical_limits, facts(cooked(118, lot=OTHER_LOT), taken)) == []
    corrected = cooked(109, lot=OTHER_LOT, corrective_action="Nấu lại", verified_by=True)
    assert codes(critical_limits, facts(corrected, taken)) == []


def test_a_measured_value_without_name_of_its_step_goes_by_its_point():
    assert only(critical_limits, facts(cooked(118, step=None))).data["steps"][0]["step_vi"] == "CCP1"


def test_time_changes_nothing():
    assert list(critical_limits.moments(facts())) == []
