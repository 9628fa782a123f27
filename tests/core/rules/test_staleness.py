from datetime import date, timedelta

from tests.builders import OTHER_LOT, event, facts
from tests.builders import lot as a_lot
from tests.core.rules.judging import codes, only
from traceapp.core.dates import midnight
from traceapp.core.findings import Severity
from traceapp.core.rules import always, staleness

HARVEST = event("HARVEST", "2026-10-07", plot="DM-05", outputs=["búp tươi, 880 kg"], label_vi="Thu hái")


def test_an_unfinished_lot_goes_stale_60_days_after_its_last_entry():
    (stale,) = staleness.moments(facts(HARVEST))
    assert stale == midnight(date(2026, 12, 6))
    assert codes(staleness, facts(HARVEST), stale - timedelta(microseconds=1)) == []
    found = only(staleness, facts(HARVEST), stale)
    assert (found.code, found.severity) == ("data-stale", Severity.INFO)
    assert found.data == {"last": "2026-10-07", "stale_days": 60}


def test_a_packed_or_sent_lot_never_goes_stale():
    for finished in ("PACK", "SHIP"):
        assert list(staleness.moments(facts(HARVEST, event(finished, "2026-10-09")))) == []


def test_a_lot_with_no_entry_counts_from_its_own_record():
    assert list(staleness.moments(facts(lot=a_lot()))) == [midnight(date(2023, 3, 3))]
    assert list(staleness.moments(facts(lot=None))) == []


def test_the_same_entry_on_another_lot_is_told_with_the_lots():
    copied = event("HARVEST", "2026-10-07", lot=OTHER_LOT, plot="DM-05", outputs=["búp tươi, 880 kg"], label_vi="x")
    found = only(staleness, facts(HARVEST, copied))
    assert (found.code, found.severity, found.data["lots"]) == ("data-copied", Severity.INFO, [OTHER_LOT])
    assert (found.data["stage"], found.data["label_vi"]) == ("HARVEST", "Thu hái")


def test_people_do_not_make_an_entry_differ_because_their_hashes_always_do():
    one = event("CCP", "2026-11-02", ccp="1", checks=[{"what": "t", "value": 118}], operator="abc")
    other = event("CCP", "2026-11-02", lot=OTHER_LOT, ccp="1", checks=[{"what": "t", "value": 118}], operator="def")
    assert codes(staleness, facts(one, other)) == ["data-copied"]


def test_another_day_or_another_number_is_another_entry():
    for changed in (("2026-10-08", "880"), ("2026-10-07", "881")):
        day, kilos = changed
        other = event("HARVEST", day, lot=OTHER_LOT, plot="DM-05", outputs=[f"búp tươi, {kilos} kg"])
        assert codes(staleness, facts(HARVEST, other)) == []


def test_a_spray_belongs_to_every_lot_of_its_plot_by_right():
    sprays = [
        event("PPP", "2026-09-24", lot=lot, plot="DM-05", active="x", phi_days=3)
        for lot in (HARVEST.event.lot, OTHER_LOT)
    ]
    assert codes(staleness, facts(*sprays)) == []


def test_what_no_label_can_prove_is_always_said():
    said = only(always, facts())
    assert (said.code, said.severity) == ("not-proved", Severity.INFO)
    assert list(always.moments(facts())) == []


def test_an_entry_that_says_it_was_taken_over_is_still_the_same_entry():
    first = event("HARVEST", "2026-11-08", plot="A", outputs=["cam, 640 kg"], noted_at="2026-11-08T01:00:00Z")
    again = event("HARVEST", "2026-11-08", plot="A", outputs=["cam, 640 kg"], lot=OTHER_LOT, copied=["outputs"])
    assert codes(staleness, facts(first, again)) == ["data-copied"]
