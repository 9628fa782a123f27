from dataclasses import replace
from datetime import date

from tests.builders import LOT, OTHER_LOT, OTHER_PRODUCER, PRODUCER, event, facts, goods
from tests.core.rules.judging import codes, findings, only
from traceapp.core.facts import RuleBook
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import preharvest

LIST = RuleBook("test", permitted_actives=frozenset({"Abamectin", "Azadirachtin"}), permitted_as_of=date(2026, 1, 1))


def sprayed(start, end=None, *, plot="DG-15", phi=14, active="Abamectin", **more):
    return event("PPP", start, end, plot=plot, phi_days=phi, active=active, **more)


def harvested(start, end=None, *, plot="DG-15", **more):
    return event("HARVEST", start, end, plot=plot, outputs=["cam tươi, 640 kg"], **more)


def judged(*events, rulebook=LIST):
    return only(preharvest, facts(*events, rulebook=rulebook))


def test_a_harvest_before_the_interval_has_passed_breaks_it():
    broken = judged(sprayed("2026-10-28"), harvested("2026-11-08"))
    assert (broken.code, broken.severity) == ("phi-broken", Severity.BAD)
    assert (broken.mark, broken.who, broken.when) == (Mark.DECLARED, PRODUCER, "2026-11-08")
    assert broken.data == {
        "plot": "DG-15",
        "active": "Abamectin",
        "sprayed": "2026-10-28",
        "phi_days": 14,
        "allowed_from": "2026-11-11",
        "harvested": "2026-11-08",
        "days": 11,
        "early": 3,
        "within_harvest": False,
        "veterinary": False,
        "lot": LOT,
    }


def test_the_first_allowed_day_keeps_the_interval_and_the_day_before_breaks_it():
    assert judged(sprayed("2026-10-28"), harvested("2026-11-11")).code == "phi-kept"
    assert judged(sprayed("2026-10-28"), harvested("2026-11-10")).code == "phi-broken"


def test_days_are_counted_from_the_end_of_spraying_to_the_start_of_harvest():
    kept = judged(sprayed("2026-10-26", "2026-10-28"), harvested("2026-11-11", "2026-11-13"))
    assert (kept.code, kept.data["days"]) == ("phi-kept", 14)


def test_of_several_kept_intervals_the_tightest_is_told():
    kept = judged(sprayed("2026-10-01", phi=3, active="Azadirachtin"), sprayed("2026-10-20"), harvested("2026-11-05"))
    assert (kept.data["active"], kept.data["days"], kept.data["phi_days"]) == ("Abamectin", 16, 14)


def test_a_spray_filed_under_another_lot_counts_on_the_same_plot():
    assert judged(sprayed("2026-10-28", lot=OTHER_LOT), harvested("2026-11-08")).code == "phi-broken"


def test_a_plot_is_the_same_however_its_code_is_typed():
    assert judged(sprayed("2026-10-28", plot=" dg-15"), harvested("2026-11-08")).code == "phi-broken"


def test_another_plot_or_another_producers_plot_of_that_name_does_not_count():
    assert codes(preharvest, facts(sprayed("2026-10-28", plot="DG-12"), harvested("2026-11-08"))) == []
    elsewhere = sprayed("2026-10-28", by=OTHER_PRODUCER)
    assert codes(preharvest, facts(elsewhere, harvested("2026-11-08"))) == []


def test_a_spray_done_by_a_hired_crew_and_declared_by_the_producer_counts():
    spray = sprayed("2026-10-28")
    hired = replace(spray, event=replace(spray.event, actor=OTHER_PRODUCER))
    assert judged(hired, harvested("2026-11-08")).code == "phi-broken"


def test_one_of_many_harvested_plots_is_enough():
    harvest = event("HARVEST", "2026-11-08", plots=["DG-12", "DG-15"], outputs=["cam tươi, 640 kg"])
    broken = judged(sprayed("2026-10-28"), harvest)
    assert (broken.code, broken.data["plot"]) == ("phi-broken", "DG-15")


def test_a_spray_within_the_harvest_breaks_even_the_shortest_interval():
    broken = judged(sprayed("2026-11-09", phi=0), harvested("2026-11-08", "2026-11-12"))
    assert (broken.code, broken.data["within_harvest"]) == ("phi-broken", True)
    assert judged(sprayed("2026-11-08", phi=0), harvested("2026-11-08")).code == "phi-broken"


def test_a_spray_after_the_harvest_does_not_matter():
    assert codes(preharvest, facts(sprayed("2026-11-09"), harvested("2026-11-08"))) == []


def test_every_broken_interval_is_told():
    known = facts(sprayed("2026-10-28"), sprayed("2026-11-01"), harvested("2026-11-08"), rulebook=LIST)
    assert codes(preharvest, known) == ["phi-broken", "phi-broken"]


def test_a_veterinary_drug_follows_the_same_rule_and_no_pesticide_list():
    drug = event("VETDRUG", "2026-10-28", plot="đàn 3", withdrawal_days=30, active="Oxytetracycline")
    broken = judged(drug, harvested("2026-11-08", plot="đàn 3"))
    assert (broken.code, broken.data["veterinary"], broken.data["allowed_from"]) == ("phi-broken", True, "2026-11-27")


def test_a_blend_answers_for_the_harvest_of_its_sources():
    known = facts(
        sprayed("2026-10-28", lot=OTHER_LOT),
        harvested("2026-11-08", lot=OTHER_LOT),
        event("MIX", "2026-11-09", inputs=[goods("cam tươi, 10 kg", from_lot=OTHER_LOT)]),
        rulebook=LIST,
    )
    broken = only(preharvest, known)
    assert (broken.code, broken.data["lot"]) == ("phi-broken", OTHER_LOT)


def test_an_active_ingredient_off_the_list_is_warned_of_once():
    events = [sprayed("2026-10-01", active="Carbofuran"), sprayed("2026-10-05", active="CARBOFURAN")]
    _, warned = findings(preharvest, facts(*events, harvested("2026-11-08"), rulebook=LIST))
    assert (warned.code, warned.severity) == ("active-not-permitted", Severity.WARNING)
    assert warned.data == {
        "active": "Carbofuran",
        "list_known": True,
        "as_of": "2026-01-01",
        "sprayed": "2026-10-01",
    }


def test_without_a_list_every_active_ingredient_is_warned_of():
    _, warned = findings(preharvest, facts(sprayed("2026-10-01"), harvested("2026-11-08")))
    assert (warned.code, warned.data["list_known"], warned.data["as_of"]) == ("active-not-permitted", False, None)


def test_a_list_without_a_date_says_so():
    undated = RuleBook("test", permitted_actives=frozenset({"Azadirachtin"}))
    _, warned = findings(preharvest, facts(sprayed("2026-10-01"), harvested("2026-11-08"), rulebook=undated))
    assert (warned.data["list_known"], warned.data["as_of"]) == (True, None)


def test_sprays_of_seasons_past_are_not_held_against_todays_list():
    old = sprayed("2025-10-01", active="Carbofuran")
    assert codes(preharvest, facts(old, harvested("2026-11-08"), rulebook=LIST)) == ["phi-kept"]


def test_time_changes_nothing():
    assert list(preharvest.moments(facts())) == []
