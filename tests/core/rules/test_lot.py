from datetime import UTC, date, datetime, timedelta

import pytest

from tests.builders import AUTHORITY, INSPECTOR, LOT, NOW, OTHER_LOT, PRODUCER, event, facts, goods, source
from tests.builders import lot as a_lot
from tests.core.rules.judging import codes, findings, only
from traceapp.core.facts import HoldFact, InspectionFact, RecallFact
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import lot

THIRD_LOT = OTHER_LOT + "3"


def recall(of=LOT, by=PRODUCER):
    return RecallFact(of, date(2026, 8, 2), "Độ ẩm cao", source(by), "Too moist", "Đổi hàng")


def taking(from_lot, *, into=LOT):
    return event("MIX", "2026-10-19", lot=into, inputs=[goods("chè khô, 2 kg", from_lot=from_lot)])


def test_a_recalled_lot_is_recalled_with_its_words():
    recalled = only(lot, facts(recalls=(recall(),)))
    assert (recalled.code, recalled.severity, recalled.when) == ("lot-recalled", Severity.BAD, "2026-08-02")
    assert (recalled.mark, recalled.who) == (Mark.DECLARED, PRODUCER)
    assert (recalled.data["reason_vi"], recalled.data["reason_en"]) == ("Độ ẩm cao", "Too moist")


def test_an_authority_may_recall_too():
    recalled = only(lot, facts(recalls=(recall(by=AUTHORITY),)))
    assert (recalled.mark, recalled.who) == (Mark.CONFIRMED, AUTHORITY)


def test_a_recall_written_as_an_event_counts():
    recalled = only(lot, facts(event("RECALL", "2026-08-02", label_vi="Thu hồi", action="Đổi hàng")))
    assert (recalled.code, recalled.data["reason_vi"], recalled.data["action_vi"]) == (
        "lot-recalled",
        "Thu hồi",
        "Đổi hàng",
    )


def test_goods_of_a_recalled_lot_are_found_at_any_depth():
    known = facts(taking(OTHER_LOT), taking(THIRD_LOT, into=OTHER_LOT), recalls=(recall(THIRD_LOT),))
    found = only(lot, known)
    assert (found.code, found.severity, found.data["lot"]) == ("input-recalled", Severity.BAD, THIRD_LOT)


def test_lots_that_took_goods_in_a_circle_are_each_looked_at_once():
    known = facts(taking(OTHER_LOT), taking(LOT, into=OTHER_LOT), recalls=(recall(OTHER_LOT),))
    assert codes(lot, known) == ["input-recalled"]


def test_a_recall_of_a_lot_that_took_goods_from_this_one_says_nothing_here():
    assert codes(lot, facts(taking(LOT, into=OTHER_LOT), recalls=(recall(OTHER_LOT),))) == []


def test_a_recall_is_known_even_when_the_lots_own_record_cannot_be_read():
    known = facts(event("PACK", "2026-10-09"), lot=None, recalls=(recall(),))
    assert codes(lot, known) == ["lot-recalled"]


def held(released, at, by=PRODUCER, of=LOT):
    return HoldFact(of, released, "Chờ phiếu đo", source(by, datetime(2026, 11, at, tzinfo=UTC)))


def test_a_held_lot_is_on_hold_until_it_is_released():
    on_hold = only(lot, facts(holds=(held(False, 1, by=AUTHORITY),)))
    assert (on_hold.code, on_hold.severity, on_hold.mark) == ("lot-on-hold", Severity.WARNING, Mark.CONFIRMED)
    assert on_hold.data["reason"] == "Chờ phiếu đo"
    assert codes(lot, facts(holds=(held(False, 1), held(True, 2)))) == []
    again = only(lot, facts(holds=(held(False, 1), held(True, 2), held(False, 3))))
    assert (again.mark, again.when) == (Mark.DECLARED, "2026-11-03T00:00:00Z")


def test_a_hold_on_another_lot_says_nothing_here():
    assert codes(lot, facts(taking(OTHER_LOT), holds=(held(False, 1, of=OTHER_LOT),))) == []


def test_a_lot_is_good_through_its_last_day_in_vietnam():
    known = facts(lot=a_lot(expires=date(2026, 11, 21)))
    (midnight,) = lot.moments(known)
    assert midnight == datetime(2026, 11, 21, 17, tzinfo=UTC)
    assert codes(lot, known, midnight - timedelta(microseconds=1)) == []
    expired = only(lot, known, midnight)
    assert (expired.code, expired.severity, expired.data["expires"]) == ("lot-expired", Severity.WARNING, "2026-11-21")


def test_a_lot_without_an_end_never_expires():
    assert list(lot.moments(facts())) == []
    assert list(lot.moments(facts(lot=None))) == []
    assert list(lot.moments(facts(lot=a_lot(expires=date.max)))) == []
    assert codes(lot, facts(lot=None), NOW) == []


@pytest.mark.parametrize(
    ("result", "severity"), [("pass", Severity.GOOD), ("fail", Severity.WARNING), ("nắp hở", Severity.INFO)]
)
def test_what_an_inspector_saw_is_told_as_seen(result, severity):
    seen = InspectionFact(LOT, date(2026, 11, 12), result, source(INSPECTOR), "niêm phong còn nguyên")
    elsewhere = InspectionFact(OTHER_LOT, date(2026, 11, 12), result, source(INSPECTOR))
    (inspected,) = findings(lot, facts(inspections=(seen, elsewhere)))
    assert (inspected.code, inspected.severity, inspected.mark) == ("inspected", severity, Mark.INSPECTED)
    assert (inspected.who, inspected.when, inspected.data["note"]) == (
        INSPECTOR,
        "2026-11-12",
        "niêm phong còn nguyên",
    )
