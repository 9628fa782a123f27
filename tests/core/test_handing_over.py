"""What was sent against what came."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.builders import goods
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.handing_over import (
    CaseDifference,
    Difference,
    case_differences,
    cases_in,
    differences,
    outside_cases,
    parties,
    with_cases,
)

CASES = ("https://id.example.vn/00/095200000000000017", "https://id.example.vn/00/095200000000000024")
US, THEM = "https://id.example.vn/id/us", "https://id.example.vn/id/them"


def event(stage: Stage = Stage.SHIP, *sent: Goods, **kde: Any) -> Event:
    day = date(2026, 11, 1)
    return Event("https://id.example.vn/01/1/10/L", stage, day, day, US, inputs=sent, kde=kde)


def test_equal_counts_do_not_differ_whatever_unit_they_are_told_in() -> None:
    assert differences([goods("chè khô, 0.1 kg"), goods("chè khô, 0.2 kg")], [goods("Chè  khô, 300 g")]) == ()


def test_what_is_missing_and_what_is_too_much_is_told_in_the_senders_unit() -> None:
    (less,) = differences([goods("gói 200 g, 300 gói")], [goods("gói 200 g, 297 gói")])
    assert (less, less.missing) == (Difference("gói 200 g", "gói", 300.0, 297.0), True)
    (more,) = differences([goods("chè khô, 10 kg")], [goods("chè khô, 10500 g")])
    assert (more, more.missing) == (Difference("chè khô", "kg", 10.0, 10.5), False)


def test_goods_of_one_side_alone_differ() -> None:
    assert differences([goods("chè, 1 kg")], [goods("trà, 1 kg")]) == (
        Difference("chè", "kg", 1.0, 0.0),
        Difference("trà", "kg", 0.0, 1.0),
    )


def test_what_lies_in_cases_is_told_beside_all_the_goods_and_can_be_taken_off_again() -> None:
    lines, kde = with_cases([goods("chè, 2 kg"), goods("gói, 5 gói")], [*CASES, CASES[0]], goods("gói, 48 gói"))
    assert lines == (goods("chè, 2 kg"), goods("gói, 53 gói"))
    assert kde["cases"] == list(CASES)
    assert outside_cases(lines, event(**kde)) == (goods("chè, 2 kg"), goods("gói, 5 gói"))


def test_goods_that_lie_in_cases_alone_leave_nothing_outside() -> None:
    lines, kde = with_cases([goods("chè, 2 kg")], CASES, goods("gói, 48 gói"))
    assert lines == (goods("chè, 2 kg"), goods("gói, 48 gói"))
    assert outside_cases(lines, event(**kde)) == (goods("chè, 2 kg"),)
    assert outside_cases([goods("chè, 2 kg")], event(**kde)) == (goods("chè, 2 kg"),)


def test_without_cases_goods_stay_as_they_are() -> None:
    assert with_cases([goods("chè, 2 kg")], [], None) == ((goods("chè, 2 kg"),), {})
    assert with_cases([], CASES[:1], None) == ((), {"cases": [CASES[0]]})
    for kde in ({}, {"cases": "one"}, {"cases": list(CASES)}, {"cases": [7], "cased": {}}):
        assert outside_cases([goods("chè, 2 kg")], event(**kde)) == (goods("chè, 2 kg"),)
    odd = {"cases": list(CASES), "cased": {"goods": "chè", "unit": "kg", "quantity": "two"}}
    assert outside_cases([goods("chè, 2 kg")], event(**odd)) == (goods("chè, 2 kg"),)
    assert cases_in(event(cases=[CASES[0], 7])) == CASES[:1]


def test_cases_that_did_not_come_and_those_nobody_sent_are_told() -> None:
    sent, received = event(cases=list(CASES)), event(Stage.RECEIVE, cases=[CASES[1], US])
    assert case_differences(sent, received) == CaseDifference((CASES[0],), (US,))


def test_the_parties_are_told_where_both_are_known_by_id() -> None:
    assert parties(event(to=THEM)) == (US, THEM)
    assert parties(event(Stage.RECEIVE, **{"from": THEM})) == (THEM, US)
    assert parties(event(to="Cửa hàng chị Ba")) is None
    assert parties(event(Stage.RECEIVE)) is None
    assert parties(event(Stage.SELL, to=THEM)) is None
