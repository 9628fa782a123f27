from tests.builders import OTHER_LOT, event, facts
from tests.core.rules.judging import codes, only
from traceapp.core.findings import Severity
from traceapp.core.rules import stages

HARVEST = event("HARVEST", "2026-10-07", "2026-10-20", plot="DM-05", label_vi="Thu hái", label_en="Plucking")


def test_stages_that_start_one_after_another_are_in_order_though_they_overlap():
    ordered = only(stages, facts(HARVEST, event("PROCESS", "2026-10-08"), event("PACK", "2026-10-08")))
    assert (ordered.code, ordered.severity, ordered.data["count"]) == ("stages-ordered", Severity.GOOD, 3)


def test_packing_before_the_harvest_began_is_information_with_both_stages():
    packed_early = event("PACK", "2026-10-06", label_vi="Đóng gói")
    disordered = only(stages, facts(packed_early, HARVEST))
    assert (disordered.code, disordered.severity) == ("stages-disordered", Severity.INFO)
    assert disordered.data == {
        "first": {"stage": "HARVEST", "start": "2026-10-07", "label_vi": "Thu hái", "label_en": "Plucking"},
        "then": {"stage": "PACK", "start": "2026-10-06", "label_vi": "Đóng gói", "label_en": ""},
    }


def test_the_first_of_each_kind_counts_so_that_batches_may_follow_each_other():
    batches = (HARVEST, event("PACK", "2026-10-09"), event("HARVEST", "2026-11-01"), event("PACK", "2026-11-02"))
    assert codes(stages, facts(*batches)) == ["stages-ordered"]
    assert codes(stages, facts(*reversed(batches))) == ["stages-ordered"]


def test_care_tests_and_checks_may_come_at_any_time():
    care = (event("FERT", "2026-12-01"), event("TEST", "2026-01-01"), HARVEST, event("PACK", "2026-10-09"))
    assert codes(stages, facts(*care)) == ["stages-ordered"]


def test_one_stage_alone_has_no_order_and_other_lots_stages_do_not_count():
    assert codes(stages, facts(HARVEST)) == []
    assert codes(stages, facts(HARVEST, event("PACK", "2026-10-09", lot=OTHER_LOT))) == []
    assert list(stages.moments(facts())) == []
